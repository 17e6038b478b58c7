"""Projects in which something has been done that takes its time: done once, copied for each test.

DVC locks a project while it looks at it, so tests that run at the same time do not share one.
"""

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.projects import run, set_params
from tests.sharing import once


class Repeated(NamedTuple):
    """A project in which the pipeline has run again, what that showed, and what was said before."""

    folder: Path
    ran: list[str]
    stale: str


def _change(folder: Path, original: Path, change: Callable[[Path], object]) -> None:
    """Copy a built project, change it, and write down what comparing and running it show."""
    shutil.copytree(original, folder, symlinks=True, dirs_exist_ok=True)
    change(folder)
    stale = run("stance", "compare", folder=folder, code=1).stderr
    shown = run("dvc", "repro", folder=folder).stdout
    folder.with_suffix(".stale").write_text(stale, "utf-8")
    folder.with_suffix(".shown").write_text(shown, "utf-8")


def _copy(folder: Path, into: Path) -> Repeated:
    shown = folder.with_suffix(".shown").read_text("utf-8")
    return Repeated(
        Path(shutil.copytree(folder, into / folder.name, symlinks=True)),
        re.findall(r"Running stage '(\w+)'", shown),
        folder.with_suffix(".stale").read_text("utf-8"),
    )


@pytest.fixture(scope="session")
def softer_once(built_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a small project run again with another C, not committed; not to be changed."""

    def change(folder: Path) -> None:
        set_params(folder, {"train": {"C": 0.01}})

    return once("softer", tmp_path_factory, lambda folder: _change(folder, built_once, change))


@pytest.fixture
def softer(softer_once: Path, tmp_path: Path) -> Repeated:
    """Return a small project run again with another C, not committed."""
    return _copy(softer_once, tmp_path)


@pytest.fixture(scope="session")
def annotated_anew_once(built_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a small project with two sentences annotated otherwise; not to be changed."""

    def change(folder: Path) -> None:
        path = folder / "data/annotations/gulf-rsf.csv"
        lines = path.read_text("utf-8").splitlines(keepends=True)
        sentence = lines[1].split(",author-2")[0]
        mine = [number for number, line in enumerate(lines) if line.startswith(sentence)]
        old = lines[mine[0]].rsplit("author-2,")[1].split(",")[0]
        new = "none" if old != "none" else "hostile"
        for number in mine:
            lines[number] = lines[number].replace(f",{old},", f",{new},")
        split = next(
            number
            for number, line in enumerate(lines)
            if "author-2,none" in line and number not in mine
        )
        lines[split] = lines[split].replace("author-2,none", "author-2,hostile")
        path.write_text("".join(lines), encoding="utf-8", newline="\n")

    return once(
        "annotated-anew", tmp_path_factory, lambda folder: _change(folder, built_once, change)
    )


@pytest.fixture
def annotated_anew(annotated_anew_once: Path, tmp_path: Path) -> Repeated:
    """Return a small project in which a sentence has another label, and votes on one are split."""
    return _copy(annotated_anew_once, tmp_path)


class Experiments(NamedTuple):
    """A project with experiments on its commit, and its params when both had run."""

    folder: Path
    params: str


@pytest.fixture(scope="session")
def experiments_once(built_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a small project with two experiments; not to be changed."""

    def make(folder: Path) -> None:
        shutil.copytree(built_once, folder, symlinks=True, dirs_exist_ok=True)
        exp = ["dvc", "exp", "run", "--quiet", "--name"]
        run(*exp, "poor", "--temp", "-S", "train.min_df=60", "evaluate", folder=folder)
        run(*exp, "other", "-S", "train.C=9", "evaluate", folder=folder)
        shutil.copy(folder / "params.yaml", folder.with_suffix(".yaml"))
        run("git", "checkout", "--quiet", ".", folder=folder)
        run("dvc", "checkout", "--quiet", folder=folder)

    return once("experiments", tmp_path_factory, make)


@pytest.fixture
def experiments(experiments_once: Path, tmp_path: Path) -> Experiments:
    """Return a small project with a harmless experiment and a harmful one.

    The harmful one ran first, in a copy; the harmless one in the workspace; neither ran beyond
    `evaluate`.
    """
    folder = Path(shutil.copytree(experiments_once, tmp_path / "experiments", symlinks=True))
    return Experiments(folder, experiments_once.with_suffix(".yaml").read_text("utf-8"))
