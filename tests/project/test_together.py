"""Two people at once lose nothing of each other, and neither does whoever is killed."""

from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.project import writing
from pipeline.project.writing import LOCK, append_annotations, locked
from stance.errors import DataError
from tests.projects import run
from tests.terminal import dying
from tests.together import (
    SENTENCES,
    adding,
    contents,
    finish,
    held,
    importing,
    lost,
    make_project,
    start,
    work_together,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_project(tmp_path / "project")


def test_two_add_and_two_import_at_once(folder: Path) -> None:
    for number in range(3):
        assert work_together(folder, number) == []
    everybody = [f"coder-{number}-{one}" for number in range(3) for one in "ab"]
    documents = [f"talks-{number}-{one}" for number in range(3) for one in "ab"]
    assert lost(folder, documents, everybody) == []


def test_whoever_waits_is_told_and_then_goes_on(folder: Path) -> None:
    with held(folder) as other:
        process = start(importing(folder, "bob"), folder)
        assert process.stderr
        told = process.stderr.readline().decode()
        assert told == "Somebody else is writing in data/; waiting for them …\n"
        assert lost(folder, [], ["bob"])
        # Even a process that is killed lets go.
        other.kill()
        assert finish(process)[0] == 0
    assert lost(folder, [], ["bob"]) == []


def test_a_lock_that_is_held_for_long_is_a_sentence(folder: Path, monkeypatch) -> None:
    monkeypatch.chdir(folder)
    monkeypatch.setattr(writing, "WAIT", 0.0)
    before = contents(folder)
    vote = {"sentence": SENTENCES[0], "annotator": "ada", "stance": "none"}
    with (
        held(folder),
        pytest.raises(DataError, match=r"^data/: another command has been writing there for 0"),
    ):
        append_annotations("doha", [vote])
    assert contents(folder) == before
    with locked(), locked():
        append_annotations("doha", [vote])
    assert contents(folder) != before


def test_one_person_in_two_windows_has_one_vote(folder: Path, monkeypatch) -> None:
    monkeypatch.chdir(folder)
    vote = {"sentence": SENTENCES[0], "annotator": "ada", "stance": "none"}
    append_annotations("doha", [vote])
    with pytest.raises(DataError, match=r"ada has annotated the sentence .* in another window"):
        append_annotations("doha", [{**vote, "stance": "hostile"}])


def test_the_lock_is_in_nobodys_way(project: Path) -> None:
    run(*importing(project, "bob")[:-1], folder=project, code=1)
    assert (project / LOCK).exists()
    for name in ("bob.csv",):
        (project / name).unlink()
    assert run("git", "status", "--porcelain", folder=project).stdout == ""
    assert "up to date" in run("dvc", "status", folder=project).stdout


@pytest.mark.parametrize("rename", range(1, 6))
@pytest.mark.parametrize("make", [adding, importing])
def test_a_killed_command_loses_nothing_and_is_completed(
    folder: Path, tmp_path: Path, make: Callable[[Path, str], list[str]], rename: int
) -> None:
    """Kill it before its n-th file takes its name, if it has so many, and run it again."""
    run(*importing(folder, "eve"), folder=folder)
    command = make(folder, "bob")
    killed = finish(start(command, folder, **dying(tmp_path, rename)))[0]
    assert killed in (0, -9)
    assert lost(folder, [], ["eve"]) == []
    if killed:
        again = run(*command, folder=folder).stderr
        assert "waiting" not in again
    whole = make_project(tmp_path / "whole")
    for one in (importing(whole, "eve"), make(whole, "bob")):
        run(*one, folder=whole)
    assert contents(folder) == contents(whole)
