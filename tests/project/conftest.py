"""Projects in which something has been done that takes its time: done once, looked at by many."""

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


def _repeated(
    name: str,
    factory: pytest.TempPathFactory,
    original: Path,
    change: Callable[[Path], object],
) -> Repeated:
    def make(folder: Path) -> None:
        shutil.copytree(original, folder, symlinks=True, dirs_exist_ok=True)
        change(folder)
        stale = run("stance", "compare", folder=folder, code=1).stderr
        shown = run("dvc", "repro", folder=folder).stdout
        folder.with_suffix(".stale").write_text(stale, "utf-8")
        folder.with_suffix(".shown").write_text(shown, "utf-8")

    folder = once(name, factory, make)
    shown = folder.with_suffix(".shown").read_text("utf-8")
    ran = re.findall(r"Running stage '(\w+)'", shown)
    return Repeated(folder, ran, folder.with_suffix(".stale").read_text("utf-8"))


@pytest.fixture(scope="session")
def softer(built_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Repeated:
    """Return a small project run again with another C, not committed; not to be changed."""

    def change(folder: Path) -> None:
        set_params(folder, {"train": {"C": 0.01}})

    return _repeated("softer", tmp_path_factory, built_once, change)


@pytest.fixture(scope="session")
def annotated_anew(built_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Repeated:
    """Return a small project with two sentences annotated otherwise; not to be changed.

    One has another label, the votes on the other are split.
    """

    def change(folder: Path) -> None:
        path = folder / "data/annotations/gulf-rsf.csv"
        lines = path.read_text("utf-8").splitlines(keepends=True)
        sentence = lines[1].split(",author-2")[0]
        mine = [line for line in lines if line.startswith(sentence)]
        old = mine[0].rsplit("author-2,")[1].split(",")[0]
        new = "none" if old != "none" else "hostile"
        head = "".join(
            line.replace(f",{old},", f",{new},") if line in mine else line for line in lines
        )
        first, found, rest = head.partition(mine[-1].replace(f",{old},", f",{new},"))
        rest = rest.replace("author-2,none", "author-2,hostile", 1)
        path.write_text(f"{first}{found}{rest}", encoding="utf-8", newline="\n")

    return _repeated("annotated-anew", tmp_path_factory, built_once, change)


class Experiments(NamedTuple):
    """A project with experiments on its commit, and its params when both had run."""

    folder: Path
    params: str


@pytest.fixture(scope="session")
def experiments(built_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Experiments:
    """Return a small project with a harmless experiment and a harmful one; not to be changed.

    The second ran first, in a copy; the first in the workspace; neither beyond `evaluate`.
    """

    def make(folder: Path) -> None:
        shutil.copytree(built_once, folder, symlinks=True, dirs_exist_ok=True)
        exp = ["dvc", "exp", "run", "--quiet", "--name"]
        run(*exp, "poor", "--temp", "-S", "train.min_df=60", "evaluate", folder=folder)
        run(*exp, "other", "-S", "train.C=9", "evaluate", folder=folder)
        shutil.copy(folder / "params.yaml", folder.with_suffix(".yaml"))
        run("git", "checkout", "--quiet", ".", folder=folder)
        run("dvc", "checkout", "--quiet", folder=folder)

    folder = once("experiments", tmp_path_factory, make)
    return Experiments(folder, folder.with_suffix(".yaml").read_text("utf-8"))
