"""What tests of `stance score` have in common: a model, statements, and the command in-process."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.inside import Done, Inside

TALKS = "They met in Doha for talks on peace."
BANNED = "The group was banned as a terrorist organisation."


@pytest.fixture
def folder(small: Path, tmp_path: Path) -> Path:
    """Return a folder with a model and a file of statements."""
    shutil.copytree(small / "models", tmp_path / "models")
    (tmp_path / "in.csv").write_text(f"id,text\n7,{TALKS}\n9,{BANNED}\n", "utf-8")
    return tmp_path


@pytest.fixture
def score(folder: Path, inside: Inside, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Done]:
    """Return `stance score` in this process."""
    monkeypatch.chdir(folder)
    return lambda *arguments, stdin=b"": inside.stance("score", *arguments, stdin=stdin, code=None)
