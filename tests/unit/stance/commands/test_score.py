"""Scoring from the command line and from Python: every row comes out once, or one sentence why."""

import io
import json
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

import stance.scoring
from stance import StanceModel
from stance.errors import DataError
from tests.inside import Done
from tests.unit.stance.commands.conftest import BANNED, TALKS

ADDED = [
    "stance",
    "confidence",
    "abstain",
    "p_contact_only",
    "p_dialogue",
    "p_hostile",
    "p_none",
    "reason",
]
TABLE = 'id,statement\n7,"They met, twice."\n7,"A second\nline."\n9,"He said ""never""."\n'


Score = Callable[..., Done]


@pytest.fixture(scope="module")
def model(small_model: StanceModel) -> StanceModel:
    return small_model


def test_a_file_keeps_its_columns_and_rows(score: Score, folder: Path, model: StanceModel) -> None:
    (folder / "in.csv").write_text(TABLE, "utf-8")
    options = ["--text-column", "statement"]
    done = score("--input", "in.csv", "--output", "out.csv", *options)
    assert done == Done(0, "", f"stance score: {model.calibration.kept}\n")
    assert not done.told
    given = pd.read_csv(folder / "in.csv", dtype="str")
    scored = pd.read_csv(folder / "out.csv", dtype="str")
    assert list(scored) == ["id", "statement", *ADDED]
    pd.testing.assert_frame_equal(scored[["id", "statement"]], given)
    piped = score("--input", "-", *options, stdin="\ufeff" + TABLE)
    assert piped.out == (folder / "out.csv").read_text("utf-8")


def test_a_column_that_is_called_stance_stays_beside_ours(score: Score) -> None:
    table = f"stance,text\nmine,{TALKS}\n"
    done = score("--input", "-", stdin=table)
    assert done.code == 1
    assert "has a column 'stance' already" in done.err
    (row,) = score("--input", "-", "--prefix", "model_", stdin=table).rows()
    assert list(row) == ["stance", "text", *(f"model_{name}" for name in ADDED)]
    assert row["stance"] == "mine"


def test_texts_that_are_empty_abstain_and_are_told(score: Score) -> None:
    done = score("--input", "-", stdin=f"n,text\n1,{TALKS}\n2,\n3, \n")
    assert [row["n"] for row in done.rows()] == ["1", "2", "3"]
    assert [row["abstain"] for row in done.rows()][1:] == ["True", "True"]
    assert done.told == (
        "stance score: 2 of 3 texts are empty and abstain; the first is standard input, line 3.\n"
    )


def test_formats_go_by_suffix_or_by_name(score: Score, folder: Path) -> None:
    (folder / "in.txt").write_bytes(f"{TALKS}\r\n\r\n{BANNED} \u2013 no.".encode("cp1252"))
    texts = ["--input", "in.txt", "--encoding", "cp1252"]
    done = score(*texts)
    assert [(row["line"], row["text"]) for row in done.rows()] == [
        ("1", TALKS),
        ("3", f"{BANNED} – no."),
    ]
    score(*texts, "--output", "out.jsonl")
    lines = (folder / "out.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line)["text"] for line in lines] == [TALKS, f"{BANNED} – no."]
    score("--input", "out.jsonl", "--output", "out.parquet", "--prefix", "again_")
    found = pd.read_parquet(folder / "out.parquet")
    assert (found["again_stance"] == found["stance"]).all()
    assert (found["again_confidence"].astype("str") == found["confidence"]).all()
    piped = score("--input", "-", "--format", "txt", "--output-format", "tsv", stdin=TALKS)
    assert piped.out.splitlines()[1].startswith(f"1\t{TALKS}\t")


def test_an_article_is_cut_as_the_pipeline_does(score: Score, folder: Path) -> None:
    text = f"A heading\n\n{TALKS} It rained.\n\nRead more: another article\n\n{BANNED}\n"
    (folder / "article.txt").write_text(text, "utf-8")
    rows = score("--article", "article.txt").rows()
    assert list(rows[0]) == ["paragraph", "position", "text", *ADDED]
    assert [row["text"] for row in rows] == [TALKS, "It rained.", BANNED]
    assert [row["position"] for row in rows] == ["1", "2", "3"]
    assert rows[0]["paragraph"] == rows[1]["paragraph"] != rows[2]["paragraph"]
    assert score("--article", "-", stdin=text).rows() == rows


def test_articles_are_files_patterns_and_folders_of_any_kind(score: Score, folder: Path) -> None:
    saved = folder / "saved"
    saved.mkdir()
    (saved / "a.txt").write_text(f"A heading\n\n{TALKS} It rained.\n", "utf-8")
    (saved / "b.shtml").write_text(f"<html><p>{BANNED}</p><p>{TALKS}</p></html>", "utf-16")
    (saved / "c.txt").write_text("> They met in Doha for talks on\n> peace.\n", "utf-8")
    done = score("--article", "saved")
    rows = done.rows()
    assert list(rows[0]) == ["article", "paragraph", "position", "text", *ADDED]
    assert [(row["article"], row["text"]) for row in rows] == [
        ("saved/a.txt", TALKS),
        ("saved/a.txt", "It rained."),
        ("saved/b.shtml", BANNED),
        ("saved/b.shtml", TALKS),
        ("saved/c.txt", TALKS),
    ]
    assert done.err.splitlines()[:3] == [
        "stance score: saved/b.shtml: a web page in utf-16, 16 of its 16 words.",
        (
            "stance score: saved/c.txt: text in utf-8; 2 lines of quoted mail; 1 line joined, "
            "broken at 29 columns."
        ),
        "stance score: left out as no text: 1 heading (2 words).",
    ]
    assert score("--article", "saved/*").rows() == rows
    assert score("--article", "saved/a.txt", "saved/b.shtml").rows() == rows[:4]
    score("--article", "saved", "--output", "out.csv")
    assert pd.read_csv(folder / "out.csv", dtype="str")["text"].tolist() == [
        row["text"] for row in rows
    ]
    (mix,) = {
        line.partition(",")[0]
        for line in score("--article", "saved", "--by", "article").out.splitlines()[1:]
    } - {"saved/a.txt", "saved/b.shtml"}
    assert mix == "saved/c.txt"


def test_texts_of_several_sentences_are_scored_and_told_once(score: Score) -> None:
    done = score("--input", "-", stdin=f"text\n{TALKS}\n{TALKS} {BANNED}\n{BANNED} {TALKS}\n")
    assert len(done.rows()) == 3
    assert done.told.endswith(
        "stance score: 2 of 3 texts hold several sentences and are scored as one statement each; "
        "the first is standard input, line 3. To score sentences, give articles with --article, or "
        "a sentence a row.\n"
    )
    assert "several" not in score("Mr. A. B. Smith of the U.S. Senate met Gen. Lee.").err


def test_a_mark_says_that_a_table_is_utf_16(score: Score, folder: Path) -> None:
    (folder / "in.csv").write_text(f"text\n{TALKS}\n", "utf-16")
    (row,) = score("--input", "in.csv").rows()
    assert row["text"] == TALKS


def test_explanations_are_objects(score: Score, model: StanceModel) -> None:
    (line,) = score("--explain", BANNED).out.splitlines()
    found = json.loads(line)
    assert list(found) == ["text", *ADDED, "explanation"]
    (expected,) = model.explain([BANNED])
    assert found["stance"] == expected.stance
    assert found["explanation"]["margin"] == round(expected.margin, 4)
    assert [near["document"] for near in found["explanation"]["similar"]] == [
        near.document for near in expected.similar
    ]
    assert {"start", "end", "text", "weight", "meaning"} == set(found["explanation"]["words"][0])


def test_the_mix_of_each_group(score: Score, folder: Path) -> None:
    rows = [f"{speaker},{text}" for speaker, text in [("B", TALKS), ("A", BANNED)] for _ in "123"]
    (folder / "in.csv").write_text("\n".join(["speaker,text", *rows, "A,1 2 3", "C,"]), "utf-8")
    done = score("--input", "in.csv", "--by", "speaker", "--chart", "mix.svg")
    mix = pd.read_csv(io.StringIO(done.out))
    fixed = ["speaker", "statements", "abstained", "not_statements", "drawn", "stance"]
    assert list(mix)[:6] == fixed
    assert mix["speaker"].tolist() == [name for name in "ABC" for _ in range(4)]
    of_group = mix.groupby("speaker")
    assert of_group["statements"].first().tolist() == [3, 3, 0]
    assert of_group["not_statements"].first().tolist() == [1, 0, 1]
    # Nothing is said of a group without statements.
    assert mix[mix["speaker"] == "C"]["share"].isna().all()
    shares = mix[mix["speaker"] != "C"]
    for name in ("share", "corrected"):
        assert shares.groupby("speaker")[name].sum().tolist() == pytest.approx([1, 1], abs=2e-4)
        assert (shares[f"{name}_low"] <= shares[f"{name}_high"]).all()
    assert (shares.loc[shares["share"] == 1, "stance"] == ["hostile", "dialogue"]).all()
    picture = (folder / "mix.svg").read_text("utf-8")
    assert ">A<" in picture or "<!-- A -->" in picture
    # The rows go to a file beside it, and are those of a run without counting.
    score("--input", "in.csv", "--by", "speaker", "--output", "out.csv")
    assert (folder / "out.csv").read_text("utf-8") == score("--input", "in.csv").out


def test_the_columns_mean_what_the_readme_says(model: StanceModel) -> None:
    scores = model.score([TALKS, BANNED, "It rained."])
    assert list(scores) == ["text", *ADDED]
    probabilities = scores[ADDED[3:-1]]
    assert probabilities.sum(axis=1).to_numpy() == pytest.approx(1, abs=2e-4)
    assert (scores["confidence"] == probabilities.max(axis=1)).all()
    columns = "p_" + scores["stance"].str.replace("-", "_")
    assert (columns == probabilities.idxmax(axis=1)).all()
    unsure = model.calibration.unsure(scores["confidence"].to_numpy())
    # Two words are no statement, however sure the classifier is.
    assert scores["abstain"].tolist() == [*unsure[:2], True]
    reasons = [("unsure" if one else "") for one in unsure[:2]]
    assert scores["reason"].tolist() == [*reasons, "no-statement"]


def test_python_takes_lists_series_and_iterators(model: StanceModel) -> None:
    texts = [TALKS, BANNED, TALKS]
    of_list = model.score(texts)
    pd.testing.assert_frame_equal(model.score(iter(texts)), of_list)
    series = pd.Series(texts, index=[5, 3, 9])
    assert model.score(series).index.tolist() == [5, 3, 9]
    pd.testing.assert_frame_equal(model.score(series).reset_index(drop=True), of_list)
    pd.testing.assert_frame_equal(model.score(TALKS), of_list.head(1))
    assert model.score([]).dtypes.tolist() == of_list.dtypes.tolist()
    assert [one.text for one in model.explain(iter(texts))] == texts


def test_repeated_texts_are_encoded_once(small: Path) -> None:
    model = StanceModel.load(small / "models")
    encoded: list[str] = []

    class Counting:
        def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
            encoded.extend(texts)
            return np.empty((len(texts), 0), dtype=np.float32)

    model._encoder = Counting()
    model.score([TALKS, BANNED] * 1_500)
    model.score([BANNED])
    assert encoded == [TALKS, BANNED]


@pytest.mark.parametrize(
    ("arguments", "stdin", "code", "expected"),
    [
        (["--input", "-"], "", 1, r"standard input: the file is empty"),
        (["--input", "-"], "text\n", 1, r"standard input: there are no rows to score"),
        (["--input", "-"], "sentence\nA\n", 1, r"no column 'text'; the file has 'sentence'"),
        (["--input", "-"], 'text\nA\n"b\n', 1, r"line 3: not valid CSV"),
        (["--input", "-"], "text,n\nA\n", 1, r"line 2: 1 fields where the header has 2"),
        (["--input", "-"], "text,text\nA,B\n", 1, r"column 'text' is there twice"),
        (["--input", "-"], b"text\n\xe9\n", 1, r"line 2, byte 1: 0xe9 is not UTF-8"),
        (["--input", "-", "--format", "parquet"], "", 1, r"Parquet cannot be read from a pipe"),
        (["A", "--output-format", "parquet"], None, 1, r"Parquet cannot be written into a pipe"),
        (["--input", "absent.csv"], None, 1, r"absent\.csv: no such file"),
        (["--model", "absent.zip", "A"], None, 1, r"absent\.zip: there is no model; name the bun"),
        (["--output", "/proc/forbidden.csv", "A"], None, 1, r"/proc.*: .*"),
        (["--input", "in.csv", "--output", "absent/out.csv"], None, 1, r"no folder .*; make it"),
        (["--input", "in.csv", "--output", "in.csv"], None, 1, r"it is the input; name another"),
        (["--input", "in.csv", "--output", "./in.csv"], None, 1, r"it is the input; name another"),
        (["A", "--output", "models", "--output-format", "csv"], None, 1, r"models: it is a folder"),
        (["--input", "in.csv", "--by", "month"], None, 1, r"no column 'month' to count by"),
        (["--input", "models"], None, 2, r"its suffix is none of \.csv, .*--format"),
        (["--input", "models", "--format", "csv"], None, 1, r"models: it is a folder; name a file"),
        (["--input", "-"], b"%PDF-1.4\n", 1, r"this is PDF, no table; score an .* with --article"),
        (["--input", "-"], "<!DOCTYPE html>\n", 1, r"this is a web page, no table"),
        (["--input", "-"], b"PK\x03\x04", 1, r"this is an Office document or a zip archive"),
        (["--input", "-"], b"\x1f\x8b", 1, r"compressed by gzip; unpack it first"),
        (["--article", "-"], b"A caf\xe9.\n", 1, r"0xe9 is not UTF-8; name .* with --encoding"),
        (["--article", "absent.txt"], None, 1, r"absent\.txt: no such file"),
        (["--article", "absent*"], None, 1, r"absent\*: there is no article; name files"),
        (["--article", "-"], "A heading\n", 1, r"no sentence, only headings and furniture"),
        (["--encoding", "rot13", "A"], None, 2, r"'rot13' is no encoding of text"),
        ([], None, 2, r"give either statements or --input FILE"),
        (["A", "--input", "b.csv"], None, 2, r"give either statements or --input FILE"),
        (["A", "--resume"], None, 2, r"--resume needs --output FILE"),
        (["A", "--chart", "a.svg"], None, 2, r"--chart needs --by COLUMN"),
        (["A", "--document", "d"], None, 2, r"--document needs --by COLUMN"),
        (["A", "--date-format", "%Y"], None, 2, r"--date-format needs --period"),
        (["A", "--by", "text,,n"], None, 2, r"'text,,n' must name columns"),
        (["A", "--by", "text", "--by", "text"], None, 2, r"name a column twice"),
        (["A", "--by", "month", "--period", "month"], None, 2, r"name a column twice"),
        (["A", "--only-about"], None, 2, r"--only-about need --target NAME"),
        (["A", "--target", " "], None, 2, r"--target: a name is empty"),
        (["A", "--abstained", "a.doc"], None, 2, r"a\.doc: its suffix is none of .*; name another"),
        (["A", "--abstained", "-"], None, 2, r"--abstained - is taken by the rows; name a file"),
        (["A", "--explain", "--strip-markup"], None, 2, r"leave --strip-markup out"),
        (["A", "--explain", "--abstained", "a.csv"], None, 2, r"--explain writes JSON lines"),
        (["A", "--sort", "confidence", "--resume", "--output", "a.csv"], None, 2, r"--resume"),
        (["--input", "*.csv", "--output", "o", "--sort", "confidence"], None, 2, r"no pattern"),
        (["--input", "in.csv", "--abstained", "in.csv"], None, 1, r"it is the input; name another"),
        (["A", "--output", "a.csv", "--abstained", "./a.csv"], None, 1, r"is an output already"),
        (["A", "--target", "B", "--aliases", "absent.csv"], None, 1, r"absent\.csv: no such file"),
        (["A", "--period", "month"], None, 1, r"'date' to take dates from; .* --date-column"),
        (["A", "--by", "text", "--document", "d"], None, 1, r"to tell documents by; .* --document"),
        (["--input", "-", "--by", "share"], "text,share\nA,1\n", 1, r"a column 'share' of its own"),
        (["A", "--by", "text", "--chart", "a.gif"], None, 2, r"ends in \.svg, \.png or \.pdf"),
        (["A", "--workers", "2"], None, 2, r"need a pattern of files"),
        (["A", "--explain", "--output", "a.csv"], None, 2, r"--explain writes JSON lines"),
        (["--input", "*.csv"], None, 2, r"a pattern of files needs --output FOLDER"),
        (["--nonsense"], None, 2, r"unrecognized arguments: --nonsense"),
    ],
)  # fmt: skip
def test_bad_input_is_one_sentence(
    score: Score, folder: Path, arguments: list[str], stdin: str, code: int, expected: str
) -> None:
    before = (folder / "in.csv").read_bytes()
    done = score(*arguments, stdin=stdin or b"")
    assert done.code == code
    assert re.search(expected, done.err.splitlines()[-1])
    assert code == 2 or len(done.err.splitlines()) == 1
    assert done.out == ""
    assert (folder / "in.csv").read_bytes() == before
    assert {path.name for path in folder.iterdir()} == {"in.csv", "models"}


def test_without_the_extras_the_command_that_adds_them_is_named(
    score: Score, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    done = score("--input", "in.csv", "--output", "out.parquet")
    assert done.err.endswith("Parquet needs the extra 'parquet'; install it with `make parquet`.\n")
    monkeypatch.setitem(sys.modules, "distributed", None)
    monkeypatch.delitem(sys.modules, "stance.scoring.cluster", raising=False)
    monkeypatch.delattr(stance.scoring, "cluster", raising=False)
    done = score("--input", "*.csv", "--output", "out", "--workers", "1")
    assert "needs the extra 'cluster'; install it with `make cluster`." in done.err
    assert done.code == 1


def test_python_callers_get_sentences_too(model: StanceModel) -> None:
    for call in (model.score, model.explain):
        with pytest.raises(DataError, match="text 2 is None, not a string"):
            call(["They met.", None])  # type: ignore[list-item]
