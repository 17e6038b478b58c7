"""Projects that many tests share: built once, copied for whoever changes them."""

import os
import shutil
from pathlib import Path

import pytest
from filelock import FileLock

from tests.project import commit, copy_project, run, shrink


def _build_once(name: str, factory: pytest.TempPathFactory, *, small: bool) -> Path:
    """Return a project on which `dvc repro` has run, one for all processes of the test run."""
    shared = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    folder, ready = shared / name, shared / f"{name}.ready"
    with FileLock(shared / f"{name}.lock"):
        if not ready.exists():
            folder.mkdir()
            copy_project(folder)
            if small:
                shrink(folder)
            run("dvc", "repro", "--quiet", folder=folder)
            if small:
                commit(folder, "build")
            ready.touch()
    return folder


@pytest.fixture(scope="session")
def built_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a small project with all its artefacts, committed; not to be changed."""
    return _build_once("small", tmp_path_factory, small=True)


@pytest.fixture(scope="session")
def full(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the whole project as a fresh clone after `dvc repro`; not to be changed."""
    return _build_once("full", tmp_path_factory, small=False)


@pytest.fixture
def project(built_once: Path, tmp_path: Path) -> Path:
    """Return a small project with all its artefacts, to do with as a test likes."""
    return Path(shutil.copytree(built_once, tmp_path / "project", symlinks=True))
