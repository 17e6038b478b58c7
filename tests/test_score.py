"""Scoring from the command line and from Python: every row comes out once, or one sentence why."""

import csv
import io
import json
import os
import pty
import re
import shutil
import subprocess
from pathlib import Path

import pandas as pd
import pytest

from pipeline import StanceModel
from pipeline.errors import DataError
from tests.project import ENVIRONMENT, run

ADDED = [
    "stance",
    "confidence",
    "abstain",
    "p_contact_only",
    "p_dialogue",
    "p_hostile",
    "p_none",
]
TABLE = 'id,statement\n7,"They met, twice."\n7,"A second\nline."\n9,"He said ""never""."\n'


@pytest.fixture
def model(built_once: Path) -> StanceModel:
    return StanceModel.load(built_once / "models/stance.joblib")


def test_the_readmes_statement_is_contact_only(full: Path) -> None:
    text = "Moscow keeps a line open to the group to free its citizens, and nothing more."
    done = run("stance", "score", text, folder=full)
    (row,) = csv.DictReader(io.StringIO(done.stdout))
    assert row["text"] == text
    assert row["stance"] == "contact-only"
    assert done.stderr == ""


def test_a_file_keeps_its_columns_and_rows(project: Path) -> None:
    (project / "in.csv").write_text(TABLE, "utf-8")
    options = ["--input", "in.csv", "--output", "out.csv", "--text-column", "statement"]
    done = run("stance", "score", *options, folder=project)
    assert done.stdout == done.stderr == ""
    given = pd.read_csv(project / "in.csv", dtype="str")
    scored = pd.read_csv(project / "out.csv", dtype="str")
    assert list(scored) == ["id", "statement", *ADDED]
    pd.testing.assert_frame_equal(scored[["id", "statement"]], given)
    piped = run(
        "stance",
        "score",
        "--input",
        "-",
        "--text-column",
        "statement",
        folder=project,
        stdin="\ufeff" + TABLE,
    )
    assert piped.stdout == (project / "out.csv").read_text("utf-8")


def test_the_columns_mean_what_the_readme_says(model: StanceModel) -> None:
    scores = model.score(["They met.", "The group was banned as terrorist.", "It rained."])
    assert list(scores) == ["text", *ADDED]
    probabilities = scores[ADDED[3:]]
    assert probabilities.sum(axis=1).to_numpy() == pytest.approx(1, abs=2e-4)
    assert (scores["confidence"] == probabilities.max(axis=1)).all()
    columns = "p_" + scores["stance"].str.replace("-", "_")
    assert (columns == probabilities.idxmax(axis=1)).all()
    assert (scores["abstain"] == (scores["confidence"] < 0.5)).all()


def test_a_statement_has_one_score_whatever_is_scored_beside_it(full: Path) -> None:
    model = StanceModel.load(full / "models/stance.joblib")
    texts = pd.read_csv(full / "data/statements.csv")["sentence"].tolist()[:70]
    together = model.score(texts)
    alone = pd.concat([model.score([text]) for text in texts[:10]], ignore_index=True)
    pd.testing.assert_frame_equal(together.head(10), alone)


def test_on_a_terminal_the_answer_is_readable(project: Path) -> None:
    ours, theirs = pty.openpty()
    command = ["stance", "score", "The group was banned as terrorist."]
    process = subprocess.Popen(command, cwd=project, env=ENVIRONMENT, stdout=theirs)
    os.close(theirs)
    shown = os.read(ours, 4096).decode()
    assert process.wait() == 0
    assert re.fullmatch(r"[a-z-]+  0\.\d\d  The group was banned as terrorist\..*\r\n", shown)


@pytest.mark.parametrize(
    ("arguments", "stdin", "code", "expected"),
    [
        ([""], None, 1, r"text 1 is empty"),
        (["They met.", " \u00a0"], None, 1, r"text 2 is empty"),
        (["--input", "-"], "", 1, r"standard input: the file is empty"),
        (["--input", "-"], "text\n", 1, r"standard input: there are no rows below the header"),
        (["--input", "-"], "sentence\nA\n", 1, r"no column 'text'; the file has 'sentence'"),
        (["--input", "-"], "text,n\nA,1\n,2\n", 1, r"line 3, column 'text': the text is empty"),
        (["--input", "-"], 'text\nA\n"b\n', 1, r"line 3: not valid CSV"),
        (["--input", "-"], "text,n\nA\n", 1, r"line 2: 1 fields where the header has 2"),
        (["--input", "-"], "text,text\nA,B\n", 1, r"column 'text' is there twice"),
        (["--input", "-"], "text,stance\nA,B\n", 1, r"has a column 'stance' already"),
        (["--input", "-"], b"text\n\xe9\n", 1, r"line 2, byte 1: 0xe9 is not UTF-8"),
        (["--input", "absent.csv"], None, 1, r"absent\.csv: no such file"),
        (["--model", "absent.joblib", "A"], None, 1, r"no model; train one with `dvc repro`"),
        (["--output", "/proc/forbidden.csv", "A"], None, 1, r"/proc.*: .*"),
        ([], None, 2, r"give either statements or --input FILE"),
        (["A", "--input", "b.csv"], None, 2, r"give either statements or --input FILE"),
        (["--nonsense"], None, 2, r"unrecognized arguments: --nonsense"),
    ],
)  # fmt: skip
def test_bad_input_is_one_sentence(built_once, arguments, stdin, code, expected):
    done = run("stance", "score", *arguments, folder=built_once, code=code, stdin=stdin)
    assert re.search(expected, done.stderr.splitlines()[-1])
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_no_file_is_left_where_scoring_fails(project: Path) -> None:
    (project / "in.csv").write_text("text\nA\n\nB,C\n", "utf-8")
    run("stance", "score", "--input", "in.csv", "--output", "out.csv", folder=project, code=1)
    assert not list(project.glob("*out.csv*"))


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


def test_a_model_altered_by_one_byte_is_not_loaded(built_once: Path, tmp_path: Path) -> None:
    models = Path(shutil.copytree(built_once / "models", tmp_path / "models"))
    content = bytearray((models / "stance.joblib").read_bytes())
    content[len(content) // 2] ^= 1
    (models / "stance.joblib").write_bytes(content)
    with pytest.raises(DataError, match=r"the file is not the one that stance\.json describes"):
        StanceModel.load(models / "stance.joblib")


def test_a_model_from_another_scikit_learn_is_not_loaded(built_once: Path, tmp_path: Path) -> None:
    models = Path(shutil.copytree(built_once / "models", tmp_path / "models"))
    about = json.loads((models / "stance.json").read_text("utf-8"))
    about["versions"]["scikit-learn"] = "1.2.3"
    (models / "stance.json").write_text(json.dumps(about), "utf-8")
    with pytest.raises(
        DataError, match=r"trained with scikit-learn 1\.2\.3, and this is \d.*train"
    ):
        StanceModel.load(models / "stance.joblib")


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"sha256": 3}', "{"])
def test_a_damaged_description_is_refused(built_once: Path, tmp_path: Path, content: str) -> None:
    models = Path(shutil.copytree(built_once / "models", tmp_path / "models"))
    (models / "stance.json").write_text(content, "utf-8")
    with pytest.raises(DataError, match=r"stance\.json: not the description of a model"):
        StanceModel.load(models / "stance.joblib")
    (models / "stance.json").unlink()
    with pytest.raises(DataError, match=r"stance\.json: no such file"):
        StanceModel.load(models / "stance.joblib")


def test_python_callers_get_sentences_too(model: StanceModel) -> None:
    with pytest.raises(DataError, match="text 2 is None, not a string"):
        model.score(["They met.", None])  # type: ignore[list-item]
    with pytest.raises(DataError, match="there is no text to score"):
        model.score([])
