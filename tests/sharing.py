"""Folders that a run of the tests makes once, whichever of its processes needs them first."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock


def once(name: str, factory: pytest.TempPathFactory, make: Callable[[Path], object]) -> Path:
    """Return a folder that is made by the first process of the test run that needs it."""
    shared = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    folder, ready = shared / name, shared / f"{name}.ready"
    with FileLock(shared / f"{name}.lock"):
        if not ready.exists():
            folder.mkdir()
            make(folder)
            ready.touch()
    return folder
