"""Projects that many tests share: built once, copied for whoever changes them."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock

from tests.project import commit, copy_project, mark_up, run, shrink, stage


def _once(name: str, factory: pytest.TempPathFactory, build: Callable[[Path], object]) -> Path:
    """Return a folder that is built by the first process of the test run that needs it."""
    shared = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    folder, ready = shared / name, shared / f"{name}.ready"
    with FileLock(shared / f"{name}.lock"):
        if not ready.exists():
            folder.mkdir()
            build(folder)
            ready.touch()
    return folder


def _build_small(folder: Path) -> None:
    shrink(copy_project(folder))
    run("dvc", "repro", "--quiet", folder=folder)
    commit(folder, "build")


def _build_full(folder: Path) -> None:
    copy_project(folder)
    run("dvc", "repro", "--quiet", folder=folder)


@pytest.fixture(scope="session")
def built_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a small project with all its artefacts, committed; not to be changed."""
    return _once("small", tmp_path_factory, _build_small)


@pytest.fixture(scope="session")
def full(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the whole project as a fresh clone after `dvc repro`; not to be changed."""
    return _once("full", tmp_path_factory, _build_full)


@pytest.fixture(scope="session")
def marked_up(built_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a small project whose texts hold markup, with its report; not to be changed."""

    def build(folder: Path) -> None:
        mark_up(Path(shutil.copytree(built_once, folder, symlinks=True, dirs_exist_ok=True)))
        for name in ("segment", "label", "encode", "evaluate", "analyse", "report"):
            stage(name, folder)

    return _once("marked-up", tmp_path_factory, build)


@pytest.fixture
def project(built_once: Path, tmp_path: Path) -> Path:
    """Return a small project with all its artefacts, to do with as a test likes."""
    return Path(shutil.copytree(built_once, tmp_path / "project", symlinks=True))
