"""What goes to another tool comes back whole; what does not fit is named and nothing is written."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from pipeline.annotation.tools.exchange import export_votes, import_votes
from pipeline.project.frames import read_csv
from pipeline.project.tables import codebook_hash
from stance.errors import DataError
from tests.inside import Inside

FORMATS = ["csv", "doccano", "label-studio", "prodigy"]
FIRST = "The Russian authorities do not have a plan to make friends with the Taliban."
NEW = "They met in Doha."


@pytest.fixture
def data(here: Path) -> Path:
    """Return the small project, which is the current directory."""
    return here


def annotations(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (folder / "data/annotations").iterdir()}


@pytest.mark.parametrize("form", FORMATS)
def test_a_round_trip_loses_nothing(form: str, data: Path) -> None:
    """Not even what hinders it: an odd rationale, a sentence that the program cuts otherwise.

    Who speaks, and under which codebook a vote was given, travels along.
    """
    path = data / "data/annotations/gulf-rsf.csv"
    table = read_csv(path)
    table.loc[table.index[0], "rationale"] = 'no; "never"\nand, =never'
    sentences = read_csv(data / "data/sentences.csv").query("document == 'gulf-rsf'")
    last = sentences[sentences["paragraph"].duplicated(keep=False)]["text"].tolist()[-2:]
    table = table[~table["sentence"].isin(last)]
    joined = pd.DataFrame([[" ".join(last), "coder-4", "none", "", ""]], columns=table.columns)
    path.write_text(pd.concat([table, joined]).to_csv(index=False), "utf-8")
    path = data / "data/annotations/britain-ira.csv"
    table = read_csv(path).assign(codebook="")
    table.loc[table.index[:3], "codebook"] = "0123456789ab"
    path.write_text(table.to_csv(index=False), "utf-8")
    before = annotations(data)
    assert b",speaker\n" in before["russia-taliban.csv"]
    export_votes([], form, "out")
    for path in (data / "data/annotations").iterdir():
        path.write_text(f"{path.read_text('utf-8').splitlines()[0]}\n", "utf-8")
    import_votes(form, "out", "coder-1", None, statements=False)
    assert annotations(data) == before
    # Once more is no error and adds nothing.
    import_votes(form, "out", "coder-1", None, statements=False)
    assert annotations(data) == before


def label_studio(sentence: str, *choices: str) -> str:
    """Return a task as Label Studio exports it."""
    result = {
        "id": "kd8Wq1",
        "type": "choices",
        "value": {"choices": list(choices)},
        "origin": "manual",
        "to_name": "text",
        "from_name": "sentiment",
    }
    annotation = {
        "id": 7,
        "completed_by": 1,
        "result": [result],
        "was_cancelled": False,
        "ground_truth": False,
        "lead_time": 3.2,
        "created_at": "2020-02-29T10:00:00.000000Z",
    }
    task = {"id": 3, "annotations": [annotation], "drafts": [], "predictions": [], "meta": {}}
    return json.dumps([{**task, "data": {"text": sentence}, "project": 1}])


def doccano(sentence: str, *labels: str) -> str:
    return json.dumps({"id": 5, "text": sentence, "label": list(labels), "Comments": []}) + "\n"


def prodigy(sentence: str, *accept: str) -> str:
    task = {"text": sentence, "_input_hash": -7, "_task_hash": 8, "_view_id": "choice"}
    options = [{"id": "hostile", "text": "hostile"}, {"id": "none", "text": "none"}]
    answer = {
        "accept": list(accept),
        "answer": "accept",
        "_annotator_id": "ws-1",
        "options": options,
    }
    return json.dumps({**task, **answer, "_timestamp": 1600000000}) + "\n"


def spreadsheet(sentence: str, *stances: str) -> str:
    return f"stance;sentence\r\n{' '.join(stances)};{sentence}\r\n"


FOREIGN: dict[str, Callable[..., str]] = {
    "label-studio": label_studio,
    "doccano": doccano,
    "prodigy": prodigy,
    "csv": spreadsheet,
}


@pytest.mark.parametrize("form", FORMATS)
def test_what_the_tools_write_of_their_own_is_read(form: str, data: Path, capsys) -> None:
    (data / "file").write_bytes(b"\xef\xbb\xbf" + FOREIGN[form](FIRST, "hostile").encode())
    import_votes(form, "file", "coder-5", None, statements=False)
    note = "file: read with fields parted by semicolons.\n" * (form == "csv")
    assert capsys.readouterr().err == (
        f"{note}1 vote added in 1 document, 0 there already, 0 sentences without a label.\n"
    )
    table = read_csv(data / "data/annotations/russia-taliban.csv")
    assert table.iloc[-1].tolist() == [FIRST, "coder-5", "hostile", "", "", "", codebook_hash()]
    (data / "file").write_text(FOREIGN[form](FIRST, *[]), "utf-8")
    import_votes(form, "file", "coder-5", None, statements=False)
    assert "0 votes added in 0 documents" in capsys.readouterr().err


def test_prodigys_single_label_and_its_ignored_tasks(data: Path, capsys) -> None:
    tasks = [
        {"text": FIRST, "label": "hostile", "answer": "accept"},
        {"text": FIRST, "label": "none", "answer": "ignore"},
    ]
    (data / "file").write_text("\n".join(map(json.dumps, tasks)), "utf-8")
    import_votes("prodigy", "file", "coder-5", None, statements=False)
    assert (
        "1 vote added in 1 document, 0 there already, 1 sentence without" in capsys.readouterr().err
    )


def test_statements_of_a_new_annotator(data: Path, capsys) -> None:
    table = f"sentence,stance,target\n{NEW},hostile,Taliban\nThey left.,,\n{FIRST},none,\n"
    (data / "file.csv").write_text(table, "utf-8")
    import_votes("csv", "file.csv", "ada", "person", statements=True)
    assert capsys.readouterr().err == (
        "2 votes added in 2 documents, 0 there already, 1 sentence without a label, 2 new "
        "statements.\n1 not answered: line 3\n"
    )
    statements = (data / "data/statements.csv").read_text("utf-8")
    assert statements.endswith(f"{NEW},,Taliban\nThey left.,,\n")
    votes = (data / "data/annotations/statements.csv").read_text("utf-8")
    assert votes.endswith(f"\n{NEW},ada,hostile,,,{codebook_hash()}\n")
    assert (data / "data/annotators.csv").read_text("utf-8").endswith("\nada,person,\n")


def rows(*lines: str) -> str:
    return "\n".join(["sentence,document,annotator,stance,confidence,rationale", *lines]) + "\n"


MISFITS: dict[str, tuple[str, str, str]] = {
    "no sentence of the document": (
        "csv",
        rows(f"{FIRST[:-1]} group.,russia-taliban,,hostile,,"),
        rf"file, line 2: the sentence .* is not in russia-taliban; the nearest .* is '{FIRST}'",
    ),
    "no sentence of any": ("csv", rows(f"{NEW},,,none,,"), r"line 2: .*with --statements\."),
    "no document": ("csv", rows(f"{NEW},ghost,,none,,"), r"no document 'ghost'; add it with"),
    "no label": ("csv", rows(f"{FIRST},,,friendly,,"), r"unknown stance 'friendly'; it must be"),
    "no annotator": ("csv", rows(f"{FIRST},,x,none,,"), r"unknown annotator 'x'; add a row to"),
    "no confidence": ("csv", rows(f"{FIRST},,,none,9,"), r"confidence '9' must be 1, 2, 3"),
    "a rationale alone": ("csv", rows(f"{FIRST},,,,,why"), r"rationale without a stance"),
    "no text": ("csv", rows(" ,,,none,,"), r"line 2: the sentence is empty"),
    "annotated otherwise": (
        "csv",
        rows(f"{FIRST},,coder-1,none,,"),
        r"coder-1 has annotated the sentence .* otherwise \(hostile, 3, .* in data/annotations/",
    ),
    "twice in the file": (
        "csv",
        rows(f"{FIRST},,,none,,", f"{FIRST},,,hostile,,"),
        r"line 3: coder-5 has annotated the sentence .* otherwise \(none\) in file, line 2",
    ),
    "two labels": ("doccano", doccano(FIRST, "none", "hostile"), r"line 1: 2 labels \(none"),
    "no JSON": ("doccano", doccano(FIRST, "none") + "{\n", r"line 2, column 2: not valid JSON"),
    "no text field": ("doccano", '{"data": "x"}\n', r"line 1: no 'text'; give each sentence"),
    "a rejection": (
        "prodigy",
        json.dumps({"text": FIRST, "label": "none", "answer": "reject"}),
        r"line 1: the answer is a rejection",
    ),
    "two choices": ("label-studio", label_studio(FIRST, "none", "hostile"), r"task 1: 2 labels"),
    "JSON-MIN": ("label-studio", '[{"text": "x", "stance": "none"}]', r"task 1: no task with"),
}  # fmt: skip


@pytest.mark.parametrize("case", MISFITS)
def test_rows_that_do_not_fit_are_named_and_nothing_is_written(
    case: str, data: Path, capsys
) -> None:
    form, content, expected = MISFITS[case]
    before = annotations(data)
    (data / "file").write_text(content, "utf-8")
    with pytest.raises(DataError, match=r"^file: 1 row does not fit( \(1 with .*\))?; nothing was"):
        import_votes(form, "file", "coder-5", None, statements=False)
    (line,) = capsys.readouterr().err.splitlines()
    assert re.search(expected, line)
    assert annotations(data) == before


@pytest.mark.parametrize(
    ("form", "content", "expected"),
    [
        ("csv", "text,label\na,b\n", r"no column 'sentence'; the file has 'text', 'label'"),
        ("csv", "sentence,stance\n", "there are no rows; the file must have at least one"),
        ("doccano", "[{}]", r"this is one JSON array; export it as JSON Lines"),
        ("label-studio", "[{]", r"line 1, column 3: not valid JSON .*; export the tasks as JSON"),
        ("label-studio", "{}", r"no array of tasks"),
    ],
)
def test_files_of_another_kind_are_refused(data: Path, form, content, expected) -> None:
    (data / "file").write_text(content, "utf-8")
    with pytest.raises(DataError, match=expected):
        import_votes(form, "file", "coder-5", None, statements=False)


def test_the_commands(here: Path, inside: Inside) -> None:
    command = ["export", "--to", "label-studio", "gulf-rsf", "--output", "rsf.json"]
    done = inside.stance(*command)
    assert '<Choice value="contact-only"/>' in done.err
    assert len(json.loads((here / "rsf.json").read_text("utf-8"))) == 50
    piped = inside.stance("export", "--to", "csv", "gulf-rsf").out
    assert piped.startswith("\ufeffid,document,sentence,annotator,stance,")
    (here / "new.csv").write_text(f"sentence,stance\n{FIRST},none\n", "utf-8")
    command = ["import", "--from", "csv", "new.csv", "--annotator", "ada"]
    done = inside.stance(*command, code=1)
    assert "ada is new: what are they" in done.err
    assert "say it with --kind." in done.err
    inside.stance(*command, "--kind", "person")
    votes = pd.read_csv(here / "data/annotations/russia-taliban.csv")
    assert votes["annotator"].iloc[-1] == "ada"
    assert "no document 'x'" in inside.stance("export", "--to", "csv", "x", code=1).err
