"""An article is added whole or not at all, cleaned, and shown as it was cut."""

from pathlib import Path

from tests.projects import run, stage
from tests.terminal import Terminal, dying

HOLDER_TARGET = ["--holder", "Qatar", "--target", "Taliban"]
TEXT = """Talks in Doha
By Ada Lovelace

The envoy called the talks useful. Nothing was said of recognition.
Read more: What the envoy wants
A line stays open to free citizens.
"""


def rows(folder: Path) -> list[str]:
    return (folder / "data/articles.csv").read_text("utf-8").splitlines()


def test_what_is_missing_is_asked_for(project: Path) -> None:
    (project / "doha.txt").write_text(TEXT, "utf-8")
    shown = (
        Terminal("stance", "add", "doha.txt", "--date", "2020", folder=project)
        .step(("title:", "Talks, at last\r"), ("author:", "Ada Lovelace\r"), ("publisher:", "\r"))
        .step((r"origin.*published", "x\r"), (r"origin.*published", "\r"))
        .step(("holder.*:", "\r"), ("holder.*:", "Qatar\r"), ("target.*:", "Taliban\r"))
        .end()
    )
    assert "talks-at-last: 5 paragraphs, 3 sentences" in shown
    assert rows(project)[-1] == (
        'talks-at-last,published,"Talks, at last",Ada Lovelace,,2020,Qatar,Taliban'
    )


def test_leaving_a_question_adds_nothing(project: Path) -> None:
    (project / "doha.txt").write_text(TEXT, "utf-8")
    before = rows(project)
    shown = Terminal("stance", "add", "doha.txt", folder=project).step(("title:", "\x03")).end(1)
    assert "stance add: left without an answer; nothing was written." in shown
    assert rows(project) == before


def test_a_killed_run_is_finished_by_the_next(project: Path, tmp_path: Path) -> None:
    command = ["stance", "add", "-", "--document", "doha", *HOLDER_TARGET]
    before = rows(project)
    path = project / "data/articles/doha.txt"
    variables = dying(tmp_path, 1)
    run(*command, folder=project, code=-9, stdin=TEXT, variables=variables)
    assert not path.exists()
    assert rows(project) == before
    run(*command, folder=project, code=-9, stdin=TEXT, variables=dying(tmp_path, 2))
    assert path.exists()
    assert rows(project) == before
    assert "has no row for 'doha'; add one" in stage("segment", project, code=1).stderr
    other = run(*command, folder=project, code=1, stdin="They met.\n")
    assert "there is a document 'doha' (data/articles/doha.txt)" in other.stderr
    run(*command, folder=project, stdin=TEXT)
    assert rows(project) == [*before, "doha,published,,,,,Qatar,Taliban"]
    stage("segment", project)
    # What the killed ones left behind is nobody's business.
    assert "?? data/articles/." not in run("git", "status", "--short", folder=project).stdout
