"""Scored files that many tests read."""

from pathlib import Path

import pytest

from tests.reading import make_scored
from tests.sharing import once


@pytest.fixture(scope="session")
def scored(small: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with scored files; not to be changed."""
    return once("scored", tmp_path_factory, lambda folder: make_scored(folder, small))
