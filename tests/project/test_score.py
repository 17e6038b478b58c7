"""Scoring from the command line and from Python: every row comes out once, or one sentence why."""

import csv
import io
import re
import shutil
import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pandas as pd
import pytest

from stance import StanceModel
from tests.inside import Done, Inside
from tests.projects import ENVIRONMENT, run
from tests.terminal import Terminal

TALKS = "They met in Doha for talks on peace."
BANNED = "The group was banned as a terrorist organisation."


Score = Callable[..., Done]


@pytest.fixture(scope="module")
def model(built_once: Path) -> StanceModel:
    return StanceModel.load(built_once / "models")


@pytest.fixture
def folder(built_once: Path, tmp_path: Path) -> Path:
    """Return a folder with a model and a file of statements."""
    shutil.copytree(built_once / "models", tmp_path / "models")
    (tmp_path / "in.csv").write_text(f"id,text\n7,{TALKS}\n9,{BANNED}\n", "utf-8")
    return tmp_path


@pytest.fixture
def score(folder: Path, monkeypatch: pytest.MonkeyPatch, inside: Inside) -> Score:
    """Return `stance score` in this process: many runs, and no start of a program for each."""
    monkeypatch.chdir(folder)
    return partial(inside.stance, "score", code=None)


def test_the_readmes_statement_is_contact_only(full: Path) -> None:
    text = "Moscow keeps a line open to the group to free its citizens, and nothing more."
    done = run("stance", "score", text, folder=full)
    (row,) = csv.DictReader(io.StringIO(done.stdout))
    assert row["text"] == text
    assert row["stance"] == "contact-only"
    assert done.stderr == ""


def test_a_statement_has_one_score_whatever_is_scored_beside_it(full: Path) -> None:
    model = StanceModel.load(full / "models")
    texts = pd.read_csv(full / "data/statements.csv")["sentence"].tolist()[:70]
    together = model.score(texts)
    fresh = StanceModel.load(full / "models")
    alone = pd.concat([fresh.score([text]) for text in texts[:10]], ignore_index=True)
    pd.testing.assert_frame_equal(together.head(10), alone)


def test_on_a_terminal_the_answer_is_readable(folder: Path) -> None:
    shown = Terminal("stance", "score", BANNED, "1 2\x1b[2J 3", folder=folder).end()
    assert re.search(r"stance conf contact-only dialogue hostile none text", shown)
    assert re.search(r"hostile \?? ?0\.\d\d .*[█▉▊▋▌▍▎▏].*The group was banned", shown)
    # What would command the terminal is shown, not done.
    assert "1 2\ufffd[2J 3" in shown
    assert shown.rstrip().endswith("? abstains: 1 no-statement")


def test_on_a_terminal_the_words_are_coloured(folder: Path) -> None:
    coloured = Terminal("stance", "score", "--explain", BANNED, folder=folder)
    shown = coloured.end()
    assert re.search(r"\x1b\[3[12]m[a-z.]+\x1b\[0m", coloured.shown)
    assert re.search(r"hostile 0\.\d\d rather than [a-z-]+", shown)
    names = ["sum words and phrases ", ", meaning ", ", intercept ", " = "]
    weights = re.search("".join(f"{name}([-+.0-9]+)" for name in names), shown)
    assert weights
    *parts, margin = map(float, weights.groups())
    assert sum(parts) == pytest.approx(margin, abs=0.02)
    plain = Terminal("stance", "score", "--explain", BANNED, folder=folder, NO_COLOR="1")
    plain.end()
    assert "\x1b[3" not in plain.shown


def test_progress_is_shown_on_a_terminal_only(folder: Path) -> None:
    rows = "".join(f"{n},They met {n} times for talks.\n" for n in range(9_000))
    (folder / "in.csv").write_text(f"id,text\n{rows}", "utf-8")
    command = ["stance", "score", "--input", "in.csv", "--output", "out.csv"]
    shown = Terminal(*command, folder=folder).end()
    assert re.search(r"\d+ % \|.*\| [\d,]+ rows, [\d,]+/s, \S+ left", shown)
    told = run(*command, folder=folder).stderr
    assert re.fullmatch(r"stance score: Measured on [^\n]*\n", told)


def test_a_reader_that_leaves_is_no_traceback(built_once: Path) -> None:
    rows = "".join(f"Statement number {number}.\n" for number in range(3000))
    process = subprocess.run(
        "stance score --input - | head -n 1",
        shell=True,
        cwd=built_once,
        env=ENVIRONMENT,
        input=f"text\n{rows}".encode(),
        capture_output=True,
        check=False,
    )
    assert process.stdout.startswith(b"text,stance,")
    assert process.stderr == b""
