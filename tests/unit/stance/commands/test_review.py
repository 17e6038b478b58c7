"""Why the model abstains, whom that is handed to, and what a statement is about."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from stance.errors import DataError
from stance.model.encoder import MAX_TOKENS, FinetunedEncoder
from stance.model.names import FINETUNED, NO_ENCODER
from stance.model.reach import Reach
from stance.model.reasons import REASONS
from stance.model.store import FolderStore
from stance.scoring.targets import find_targets
from stance.text.markup import holds_markup, without_markup
from tests.inside import Done
from tests.tiny import write_tiny_encoder
from tests.unit.stance.commands.conftest import BANNED, TALKS

Score = Callable[..., Done]
GERMAN = "Die Regierung sprach mit der Bewegung nie"
TABLE = f"n,text\n1,{TALKS}\n2,\n3,{BANNED}\n4,1 2 3\n5,{GERMAN}\n6,<p>{TALKS}</p>\n"


def test_each_row_says_why_it_is_abstained_from(
    score: Score, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Reach, "cut", lambda _, texts: np.array([t == BANNED for t in texts]))
    done = score("--input", "-", stdin=TABLE)
    rows = {row["n"]: row["reason"] for row in done.rows()}
    assert [rows[n] for n in "2345"] == ["empty", "cut", "no-statement", "not-english"]
    assert all((row["abstain"] == "True") == bool(row["reason"]) for row in done.rows())
    assert {row["reason"] for row in done.rows()} <= {*REASONS, ""}
    assert (
        "1 of 6 texts are longer than what the encoder reads and abstain; the first is standard "
        "input, line 4."
    ) in done.err


def test_what_is_cut_is_what_the_encoder_does_not_read(tmp_path: Path) -> None:
    write_tiny_encoder(tmp_path / "encoder")
    store = FolderStore(tmp_path)
    texts = ["a", "b" * MAX_TOKENS, "b" * MAX_TOKENS + "c", "c" * 9_000]
    assert Reach(store, FINETUNED).cut(texts).tolist() == [False, False, True, True]
    whole, longer = FinetunedEncoder(store).encode(texts[1:3])
    assert (whole == longer).all()
    assert not Reach(store, NO_ENCODER).cut(texts).any()


def test_what_is_abstained_from_is_a_file_for_a_colleague(score: Score, folder: Path) -> None:
    done = score("--input", "-", "--abstained", "look.csv", "--output", "out.csv", stdin=TABLE)
    assert done.code == 0
    scored = pd.read_csv(folder / "out.csv", dtype="str")
    expected = scored[scored["abstain"] == "True"].reset_index(drop=True)
    assert 0 < len(expected) < len(scored)
    pd.testing.assert_frame_equal(pd.read_csv(folder / "look.csv", dtype="str"), expected)


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet", "xlsx"])
def test_the_least_sure_come_first(score: Score, folder: Path, form: str) -> None:
    rows = [f"{n},They met and spoke of {n} things." for n in range(2_300)]
    (folder / "in.csv").write_text("\n".join(["n,text", *rows, f"a,{BANNED}", "b,"]), "utf-8")
    score("--input", "in.csv", "--output", f"many.{form}", "--prefix", "x_")
    options = ["--prefix", "y_", "--sort", "confidence", "--abstained", f"look.{form}"]
    assert score("--input", f"many.{form}", "--output", f"out.{form}", *options).code == 0
    readers: dict[str, Callable[..., Any]] = {
        "csv": pd.read_csv,
        "jsonl": partial(pd.read_json, lines=True),
        "parquet": pd.read_parquet,
        "xlsx": partial(pd.read_excel, engine="calamine"),
    }
    read = readers[form]
    given, sorted_, look = (read(folder / f"{name}.{form}") for name in ("many", "out", "look"))
    expected = given.sort_values("x_confidence", kind="stable")
    assert sorted_["n"].astype(str).tolist() == expected["n"].astype(str).tolist()
    assert look["n"].tolist() == sorted_[sorted_["y_abstain"]]["n"].tolist()


def test_abstained_rows_are_resumed_with_the_others(
    score: Score, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [f"{n},NONE,{n} times 3." if n % 3 else f"{n},NONE,{TALKS}" for n in range(2_500)]
    (folder / "in.csv").write_text("\n".join(["n,label,text", *rows]), "utf-8")
    command = ["--input", "in.csv", "--output", "out.csv", "--abstained", "look.csv"]
    command += ["--label-column", "label"]
    said = score(*command).err
    assert "'NONE' is taken for 'none' (2,500 rows)." in said
    whole = [(folder / name).read_bytes() for name in ("out.csv", "look.csv")]
    for name in ("out.csv", "look.csv"):
        (folder / name).unlink()
    calls: list[int] = []

    def counted(*_: object) -> list[bool]:
        calls.append(1)
        if len(calls) > 2_000:
            raise DataError("no more.")
        return []

    with monkeypatch.context() as patched:
        patched.setattr("stance.scoring.tally.holds_several", counted)
        assert score(*command).err.startswith("stance score: 2,000 rows are kept; --resume goes on")
    # The second file may be ahead, never behind.
    assert score(*command, "--resume").err == said
    assert [(folder / name).read_bytes() for name in ("out.csv", "look.csv")] == whole


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("<p>They met.<br/>They left.</p>", "They met. They left."),
        ("The <b>group</b> was <a href='x'>banned</a>.", "The group was banned."),
        ("Law &amp; order &#8211; &quot;no&quot;", 'Law & order – "no"'),
        ("He said &lt;b&gt; aloud.", "He said <b> aloud."),
        ("<script>if (a < b) x()</script>They met.", "They met."),
        ("They **never** met [him](https://example.org/a_b).", "They never met him."),
        ("if a < b and c > d then", None),
        ("AT&T; and R&D met <ada@example.org> at 5 * 3 * 2.", None),
        ("They met <the group> and _left", None),
    ],
)
def test_markup_is_known_and_taken_off(text: str, plain: str | None) -> None:
    assert holds_markup(text) == (plain is not None)
    assert without_markup(text) == (text if plain is None else plain)


def test_markup_is_told_and_left_out_of_the_score_if_asked(score: Score) -> None:
    table = f"text\n{TALKS}\n<p>{TALKS}</p>\n<b></b>\n"
    done = score("--input", "-", stdin=table)
    assert "2 of 3 texts hold markup; the first is standard input, line 3. To score" in done.err
    stripped = score("--input", "-", "--strip-markup", stdin=table)
    plain, marked, nothing = stripped.rows()
    assert marked["text"] == f"<p>{TALKS}</p>"
    assert {**marked, "text": TALKS} == plain
    assert nothing["reason"] == "empty"
    assert "2 of 3 texts hold markup, which is left out; the first" in stripped.err


FIGHTS = "The army fights the PKK but talks to the Islamic Resistance Movement."


def test_statements_are_marked_by_what_they_are_about(score: Score, folder: Path) -> None:
    (folder / "aliases.csv").write_text("target,alias\nHamas,the Gaza movement\nPKK,\n", "utf-8")
    table = f"text\n{TALKS}\n{FIGHTS}\nThe gaza  movement was not there.\n"
    options = ["--input", "-", "--target", "hamas", "--aliases", "aliases.csv"]
    done = score(*options, stdin=table)
    found = [(row["about"], row["targets"], row["several_targets"]) for row in done.rows()]
    assert found == [
        ("False", "", "False"),
        ("True", "PKK; Hamas", "True"),
        ("True", "Hamas", "False"),
    ]
    assert "2 of 3 texts name Hamas.\n" in done.err
    assert "1 of 3 texts name several groups, and have one stance for all of them" in done.err
    only = score(*options, "--only-about", "--by", "targets_", "--prefix", "x_", stdin=table)
    assert "no column 'targets_' to count by; the input has" in only.err
    assert only.err.endswith("; name the right one with --by.\n")
    only = score(*options, "--only-about", stdin=table)
    assert only.rows() == done.rows()[1:]
    assert "2 of 3 texts name Hamas; the other 1 are left out.\n" in only.err


def test_an_interrupted_run_that_leaves_rows_out_goes_on(
    score: Score, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [f"{n},They met Hamas {n} times." if n % 7 else f"{n},{TALKS}" for n in range(2_500)]
    (folder / "in.csv").write_text("\n".join(["n,text", *rows]), "utf-8")
    command = ["--input", "in.csv", "--output", "out.csv", "--target", "Hamas", "--only-about"]
    said = score(*command).err
    whole = (folder / "out.csv").read_bytes()
    calls: list[int] = []

    def counted(*_: object) -> list[bool]:
        calls.append(1)
        if len(calls) > 1_000:
            raise DataError("no more.")
        return []

    with monkeypatch.context() as patched:
        patched.setattr("stance.scoring.tally.holds_several", counted)
        assert "rows are kept; --resume goes on" in score(*command).err
    assert score(*command, "--resume").err == said
    assert (folder / "out.csv").read_bytes() == whole


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("The Taliban's envoy met the Pakistani Taliban.", ["Taliban", "TTP"]),
        ("TALIBAN TALKS", ["Taliban"]),
        ("This is what the us said.", []),
        ("The IS and the us", ["IS"]),
        ("Talibanisation", []),
        ("the Tehrik-i-Taliban  Pakistan", ["TTP"]),
        ("the frente Mart\u00ed of old", ["Frente Mart\u00ed"]),
    ],
)
def test_names_are_whole_words_and_the_longest_counts(text: str, names: list[str]) -> None:
    targets = find_targets(["IS", "Frente  Marti\u0301"], None)
    assert targets.find(text) == names


def test_a_row_keeps_its_number_where_others_are_left_out(score: Score, folder: Path) -> None:
    rows = {"text": [TALKS, FIGHTS, "The PKK met."], "label": ["none", "none", "x"]}
    pd.DataFrame(rows).to_parquet(folder / "in.parquet")
    options = ["--target", "PKK", "--only-about", "--label-column", "label"]
    done = score("--input", "in.parquet", *options)
    assert done.err.startswith("stance score: in.parquet, row 3: 'x' is no label of the model")


def test_aliases_mean_one_target(tmp_path: Path) -> None:
    for content, expected in {
        "target,alias\nA,x y\nB,X  y\n": "line 3: 'X y' means 'A' already",
        "target,alias\n,x\n": "line 2: there is no target; name it",
        "name,alias\nA,x\n": "no column 'target'; a table of aliases has the columns",
        "target\nA\n": "line 1: no column 'alias'; the file has 'target'\\.$",
    }.items():
        (tmp_path / "a.csv").write_text(content, "utf-8")
        with pytest.raises(DataError, match=expected):
            find_targets(["A"], tmp_path / "a.csv")
