"""Marks by folder, and worlds that many tests share: made once, copied for who changes them."""

import shutil
from pathlib import Path

import pytest

from stance import StanceModel
from tests.inside import Inside
from tests.projects import (
    STAGES,
    build,
    commit,
    copy_data,
    copy_project,
    mark_up,
    run,
    shrink,
)
from tests.sharing import once

TESTS = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test with the folder that it lies in."""
    for item in items:
        item.add_marker(item.path.relative_to(TESTS).parts[0])


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the tables of all sentences, labelled; not to be changed."""
    return once("corpus", tmp_path_factory, lambda folder: build(copy_data(folder), *STAGES[:2]))


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a small project's files with all that the stages make of them; not to be changed."""
    return once("small", tmp_path_factory, lambda folder: build(shrink(copy_data(folder))))


@pytest.fixture(scope="session")
def small_model(small: Path) -> StanceModel:
    """Return the model of the small project."""
    return StanceModel.load(small)


@pytest.fixture
def here(small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the small project's files as the current directory, to do with as a test likes."""
    folder = Path(shutil.copytree(small, tmp_path / "here"))
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def inside(monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]) -> Inside:
    """Return what runs the program and the stages in this process."""
    return Inside(monkeypatch, capsysbinary)


@pytest.fixture(scope="session")
def marked_up(small: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a small project whose texts hold markup, with its report; not to be changed."""

    def make(folder: Path) -> None:
        mark_up(Path(shutil.copytree(small, folder, dirs_exist_ok=True)))
        build(folder, *(name for name in STAGES if name != "train"))

    return once("marked-up", tmp_path_factory, make)


@pytest.fixture(scope="session")
def built_once(small: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a small project with all its artefacts, committed; not to be changed."""

    def make(folder: Path) -> None:
        copy_project(folder, small)
        run("dvc", "commit", "--force", "--quiet", folder=folder)
        commit(folder, "build")

    return once("built", tmp_path_factory, make)


@pytest.fixture(scope="session")
def full(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the whole project as a fresh clone after `dvc repro`; not to be changed."""

    def make(folder: Path) -> None:
        copy_project(folder)
        run("dvc", "repro", "--quiet", folder=folder)

    return once("full", tmp_path_factory, make)


@pytest.fixture(scope="session")
def full_model(full: Path) -> StanceModel:
    """Return the model of the whole project."""
    return StanceModel.load(full)


@pytest.fixture
def project(built_once: Path, tmp_path: Path) -> Path:
    """Return a small project with all its artefacts, to do with as a test likes."""
    return Path(shutil.copytree(built_once, tmp_path / "project", symlinks=True))
