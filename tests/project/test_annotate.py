"""Annotating on a real terminal: every confirmed answer is on disk, whatever happens next."""

import io
import re
from pathlib import Path

import pandas as pd
import pytest

from pipeline.annotation.screen import label_keys
from pipeline.annotation.selection import order_uncertain
from pipeline.project.frames import read_csv
from pipeline.project.tables import ANNOTATION_COLUMNS, codebook_hash
from tests.projects import ROOT, run, set_params, stage
from tests.terminal import Terminal, dying
from tests.together import make_project

TEXT = "They met in Doha. Nothing was said of recognition.\nThe group was banned as terrorist.\n"
SENTENCES = ["They met in Doha.", "Nothing was said of recognition."]
SENTENCES += ["The group was banned as terrorist."]
FILE = "data/annotations/doha.csv"
ANNOTATE = ["stance", "annotate", "doha", "--annotator"]
# What is shown before each of the two keys that a sentence takes.
SAVE = "save with confidence.*?undo"


def at(number: int, of: int) -> str:
    return rf"{number} of {of} .*?quit"


@pytest.fixture
def article(project: Path) -> Path:
    """Return a project with an article that is registered and nothing else."""
    (project / "data/articles/doha.txt").write_text(TEXT, "utf-8")
    with (project / "data/articles.csv").open("a", encoding="utf-8") as file:
        file.write("doha,published,,,,,Qatar,Taliban\n")
    return project


def answers(folder: Path, name: str = FILE) -> list[list[str]]:
    if not (folder / name).exists():
        return []
    return read_csv(folder / name)[ANNOTATION_COLUMNS].to_numpy().tolist()


def test_a_walk_with_everything_in_it(article: Path) -> None:
    shown = (
        Terminal(*ANNOTATE, "coder-9", folder=article)
        .step(("coder-9 is new: what are they", "\x15person\r"))
        .step((at(1, 3), "x3"), (SAVE, "2"))  # a key that is none does nothing
        .step((at(2, 3), "1"), (SAVE, "u"), (at(2, 3), "4"), (SAVE, "r"))
        .step(("rationale:", 'no, "nothing"\r'), (SAVE, "\r"))
        .step((at(3, 3), "u"), (at(2, 3), "u"), (at(1, 3), "2"), (SAVE, "\r"))
        .step((at(2, 3), "s"), (at(3, 3), "c"), ("Exactly one of", ""))
        .step((at(3, 3), "q"))
        .end()
    )
    assert "doha:001 1 of 3 Qatar → Taliban → They met in Doha. Nothing was said" in shown
    assert "They met in Doha. → Nothing was said of recognition." in shown
    # The keys that the docs show are those of the program.
    walk = (
        (ROOT / "docs/annotating.md").read_text("utf-8").partition("```text\n── ")[2].splitlines()
    )
    for line in (walk[2], walk[3], walk[5]):
        assert " ".join(line.split()) in shown
    assert "1 saved, 1 skipped, 1 not seen." in shown
    assert answers(article) == [[SENTENCES[0], "coder-9", "dialogue", "", ""]]
    # A vote remembers the codebook that it was given under.
    codebook = codebook_hash(article / "data/codebook.md")
    assert read_csv(article / FILE)["codebook"].tolist() == [codebook]
    assert (article / "data/annotators.csv").read_text("utf-8").endswith("\ncoder-9,person,\n")
    # The suggestion comes after the choice, never before.
    first = shown.split("1 of 3")[1].split("2 of 3")[0]
    assert first.index(" 4 none ") < first.index("hostile the model: ")
    # What was skipped comes again.
    Terminal(*ANNOTATE, "coder-9", folder=article).step(
        (at(1, 2), "4"), (SAVE, "r"), ("rationale:", 'no, "nothing"\r'), (SAVE, "3"),
        (at(2, 2), "3"), (SAVE, "1"),
    ).end()  # fmt: skip
    assert answers(article) == [
        [SENTENCES[0], "coder-9", "dialogue", "", ""],
        [SENTENCES[1], "coder-9", "none", "3", 'no, "nothing"'],
        [SENTENCES[2], "coder-9", "hostile", "1", ""],
    ]
    stage("segment", article)
    stage("label", article)
    labelled = read_csv(article / "data/labelled.csv")
    of_article = labelled[labelled["document"] == "doha"]
    assert of_article["stance"].tolist() == ["dialogue", "none", "hostile"]
    assert (
        "Every sentence has been annotated" in Terminal(*ANNOTATE, "coder-9", folder=article).end()
    )


def test_what_was_confirmed_survives_a_kill(article: Path, tmp_path: Path) -> None:
    command = [*ANNOTATE, "coder-1"]
    Terminal(*command, folder=article).step((at(1, 3), "3"), (SAVE, "\r"), (at(2, 3), "4")).kill()
    assert answers(article) == [[SENTENCES[0], "coder-1", "hostile", "", ""]]
    # Killed between writing and renaming: the file is the old one.
    dead = Terminal(*command, folder=article, **dying(tmp_path, 1))
    dead.step((at(1, 2), "4"), (SAVE, "\r")).kill()
    assert answers(article) == [[SENTENCES[0], "coder-1", "hostile", "", ""]]
    # Leaving by Ctrl-C is no loss either.
    shown = Terminal(*command, folder=article).step(
        (at(1, 2), "4"), (SAVE, "\r"), (at(2, 2), "3"), (SAVE, "\x03")
    ).end()  # fmt: skip
    assert "1 saved, 0 skipped, 1 not seen." in shown
    assert [row[2] for row in answers(article)] == ["hostile", "none"]


def test_the_least_sure_come_first_and_suggestions_when_asked_for(article: Path) -> None:
    shown = (
        Terminal(*ANNOTATE, "coder-1", "--order", "uncertain", "--suggest", "--count", "2",
                 folder=article)
        .step((at(1, 2), "s"), (at(2, 2), "s"))
        .end()
    )  # fmt: skip
    scored = run("stance", "score", *SENTENCES, folder=article).stdout
    table = pd.read_csv(io.StringIO(scored))
    order = order_uncertain(table.filter(like="p_").to_numpy())
    for number, row in enumerate(order[:2], start=1):
        assert f"doha:{row + 1:03d} {number} of 2" in shown
    assert re.search(r"the model: \w.* 1 contact-only 2 dialogue", shown)


def test_a_second_pass_is_blind_and_its_sample_stays(project: Path) -> None:
    name = "data/annotations/gulf-rsf.csv"
    before = answers(project, name)
    command = ["stance", "annotate", "gulf-rsf", "--second", "coder-1", "--sample", "3"]
    shown = (
        Terminal(*command, folder=project)
        .step((at(1, 3), "3"), (SAVE, "\r"), (at(2, 3), "4"), (SAVE, "q2"), (at(3, 3), "q"))
        .end()
    )
    assert not re.search("author-2|coder-4|the model", shown)
    new = answers(project, name)
    assert new[: len(before)] == before
    assert [row[1:4] for row in new[len(before) :]] == [
        ["coder-1", "hostile", ""],
        ["coder-1", "none", "2"],
    ]
    third = re.search(r"(gulf-rsf:\d+) 3 of 3", shown)
    assert third
    shown = Terminal(*command, folder=project).step((at(1, 1), "q")).end()
    assert f"{third[1]} 1 of 1" in shown


def test_a_referee_sees_the_votes_and_decides(project: Path) -> None:
    path = project / "data/annotations/gulf-rsf.csv"
    table = read_csv(path)
    open_ = table[table["annotator"] != "referee"]
    path.write_text(open_.to_csv(index=False), "utf-8")
    done = run("stance", "agreement", "gulf-rsf", folder=project).stdout
    (disputed,) = re.findall(
        r"^  (gulf-rsf:\d+)  author-2 ([\w-]+), coder-4 ([\w-]+)", done, re.MULTILINE
    )
    command = ["stance", "annotate", "gulf-rsf", "--referee"]
    shown = Terminal(*command, "referee", folder=project).step((at(1, 1), "4"), (SAVE, "3")).end()
    assert f"{disputed[0]} 1 of 1" in shown
    assert f"author-2 says {disputed[1]}" in shown
    assert f"coder-4 says {disputed[2]}" in shown
    assert answers(project, str(path.relative_to(project)))[-1][1:4] == ["referee", "none", "3"]
    assert "Nothing is disputed." in Terminal(*command, "referee", folder=project).end()
    shown = Terminal(*command, "coder-1", folder=project).end(1)
    assert "'coder-1' is no referee; label.referees in params.yaml names referee." in shown


def test_more_labels_than_keys_take_two_keys_each(tmp_path: Path) -> None:
    folder = make_project(tmp_path / "project")
    labels = [f"label {number}" for number in range(40)]
    set_params(folder, {"labels": {"stances": labels, "background": None}})
    shown = (
        Terminal(*ANNOTATE, "ada", folder=folder)
        # Of two keys that no label has the second one is the first of the next.
        .step((at(1, 3), "21"), (SAVE, "\r"), (at(2, 3), "2z"))
        .step((" ", "1"), ("", "2"), (SAVE, "3"), (at(3, 3), "s"))
        .end()
    )
    assert " 11 label 0 12 label 1 " in shown
    assert [row[1:4] for row in answers(folder)] == [
        ["ada", label_keys(labels)["21"], ""],
        ["ada", "label 1", "3"],
    ]


@pytest.mark.parametrize("count", [2, 31, 32, 200])
def test_every_label_has_keys_of_its_own_that_no_command_begins(count: int) -> None:
    labels = [f"label {number}" for number in range(count)]
    keys = label_keys(labels)
    assert list(keys.values()) == labels
    assert {len(key) for key in keys} == {1 if count < 32 else 2}
    assert not {key[0] for key in keys} & {"s", "u", "c", "q", "r"}


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (
            ["gohst", "--annotator", "coder-1"],
            "there is no document 'gohst'; data/articles.csv has",
        ),
        (["--annotator", "ada lovelace", "--kind", "person"], "may have no white space"),
    ],
)
def test_slips_at_the_terminal(built_once: Path, arguments: list[str], expected: str) -> None:
    assert expected in Terminal("stance", "annotate", *arguments, folder=built_once).end(1)


def test_leaving_before_the_first_sentence_adds_nobody(built_once: Path) -> None:
    terminal = Terminal("stance", "annotate", "--annotator", "ada", folder=built_once)
    assert "left without an answer" in terminal.step(("ada is new", "\x03")).end(1)
    assert "ada" not in (built_once / "data/annotators.csv").read_text("utf-8")


def test_a_terminal_that_knows_no_commands_gets_none(article: Path) -> None:
    """Lines are shown and lines are typed, whatever the texts hold."""
    text = "They met\x1b[31m in Doha. The group was \u202ebanned as terrorist.\n"
    (article / "data/articles/doha.txt").write_text(text, "utf-8")
    terminal = Terminal(*ANNOTATE, "coder-9", folder=article, TERM="dumb")
    terminal.step(("coder-9 is new: what are they", "person\r"))
    terminal.step((at(1, 2), "x\r2\r"), (SAVE, "r\r"), ("rationale:", "why\r"), (SAVE, "\r"))
    terminal.step((at(2, 2), "4\r"), (SAVE, "3\r")).end()
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\u202e]", terminal.shown)
    assert [row[2:] for row in answers(article)] == [["dialogue", "", "why"], ["none", "3", ""]]
