"""Exports of other tools keep their people, their labels, and so the agreement; or are refused."""

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from pipeline.annotation.agreement import measure
from pipeline.annotation.tools.exchange import import_votes
from pipeline.project.documents import read_documents
from pipeline.project.frames import read_csv
from pipeline.project.params import read_params
from stance.errors import DataError
from tests.exports import PER_PERSON, SHAPES, Export, studio_choices, table_of
from tests.projects import ROOT

FIRST = "The Russian authorities do not have a plan to make friends with the Taliban."
SECOND = "Any cooperation between Russia and the Taliban would be criminally offensive."
NEW = "They met in Doha."


@pytest.fixture
def data(built_once: Path, tmp_path: Path, monkeypatch) -> Path:
    """Return a copy of the small project's data and params, which is the current directory."""
    shutil.copytree(built_once / "data", tmp_path / "data")
    shutil.copy(built_once / "params.yaml", tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def files(folder: Path) -> dict[str, bytes]:
    """Return all that lies in the data folder."""
    paths = (folder / "data").rglob("*")
    return {str(path): path.read_bytes() for path in paths if path.is_file()}


def bring(export: Export, folder: Path, kind: str | None = "person") -> None:
    """Import an export, with the files that say who and what is what."""
    (folder / "file").write_bytes(export.content.encode())
    paths: dict[str, Path | None] = {"annotator": None, "label": None}
    for column, names in (("annotator", export.people), ("label", export.labels)):
        if names:
            paths[column] = folder / f"{column}s.csv"
            rows = pd.DataFrame(list(names.items()), columns=["found", column])
            rows.to_csv(paths[column], index=False)
    import_votes(
        export.form,
        "file",
        export.annotator,
        kind,
        annotators=paths["annotator"],
        labels=paths["label"],
    )


@pytest.mark.parametrize("shape", SHAPES, ids=": ".join)
def test_agreement_is_what_it_was(shape: tuple[str, str], data: Path) -> None:
    params = read_params()
    agreed = measure(read_documents(params), params.labels.all, params.label.referees)
    votes = pd.concat(read_csv(path) for path in sorted((data / "data/annotations").iterdir()))
    for path in (data / "data/annotations").iterdir():
        path.write_text(f"{path.read_text('utf-8').splitlines()[0]}\n", "utf-8")
    if shape in PER_PERSON:
        for name, some in votes.groupby("annotator", sort=False):
            bring(replace(SHAPES[shape](some), annotator=str(name)), data)
    else:
        bring(SHAPES[shape](votes), data)
    documents = read_documents(params)
    assert len(documents.votes) == len(votes)
    again = measure(documents, params.labels.all, params.label.referees)
    for key in ("alpha", "disputed"):
        assert again[key] == agreed[key]
    # Whoever comes first in the file is the first of a pair.
    alike = {frozenset(pair["annotators"]): pair["alike"] for pair in again["annotators"]}
    assert alike == {frozenset(pair["annotators"]): pair["alike"] for pair in agreed["annotators"]}


def test_the_table_of_the_documentation_is_what_is_tested() -> None:
    assert table_of((ROOT / "docs/importing.md").read_text("utf-8")) == set(SHAPES)


def two_people() -> Export:
    votes = pd.DataFrame(
        [(FIRST, "ada", "hostile"), (FIRST, "bob", "hostile"), (SECOND, "bob", "none")],
        columns=["sentence", "annotator", "stance"],
    )
    return studio_choices(votes)


def test_people_are_annotators_as_they_are_or_as_a_file_says(data: Path) -> None:
    export = two_people()
    bring(replace(export, people={}), data)
    votes = read_csv(data / "data/annotations/russia-taliban.csv")
    assert votes["annotator"].tolist()[-3:] == ["11", "12", "12"]
    assert (data / "data/annotators.csv").read_text("utf-8").endswith("11,person,\n12,person,\n")
    bring(export, data)
    assert read_csv(data / "data/annotations/russia-taliban.csv")["annotator"].tolist()[-3:] == [
        "ada", "bob", "bob",
    ]  # fmt: skip


def test_a_spreadsheets_people_may_be_called_otherwise(data: Path) -> None:
    text = f"sentence,stance,annotator\n{FIRST},none,ada@example.org\n{SECOND},none,coder-5\n"
    bring(Export("csv", text, {"ada@example.org": "ada"}), data)
    votes = read_csv(data / "data/annotations/russia-taliban.csv")
    assert votes["annotator"].tolist()[-2:] == ["ada", "coder-5"]
    assert (data / "data/annotators.csv").read_text("utf-8").endswith("\nada,person,\n")


def test_one_annotator_for_several_people_is_refused_with_their_names(data: Path) -> None:
    before = files(data)
    with pytest.raises(DataError, match=r"those of 2 people \(11, 12\), not of ada alone; leave"):
        bring(replace(two_people(), people={}, annotator="ada"), data)
    with pytest.raises(DataError, match=r"nothing is said of 12, whose votes are in file; add"):
        bring(replace(two_people(), people={"11": "ada"}), data)
    assert files(data) == before


def test_skipped_and_empty_answers_are_counted_and_named(data: Path, capsys) -> None:
    (task,) = json.loads(two_people().content)[1:]
    (answer,) = task["annotations"]
    skipped = {**task, "annotations": [{**answer, "was_cancelled": True}]}
    empty = {**task, "annotations": [{**answer, "result": []}]}
    draft = {**task, "annotations": [], "drafts": [{"result": []}]}
    text = json.dumps([task, skipped, empty, {**task, "annotations": []}, draft])
    bring(Export("label-studio", text, annotator="ada"), data)
    assert capsys.readouterr().err == (
        "1 vote added in 1 document, 0 there already, 4 sentences without a label.\n"
        "1 skipped: task 2\n2 not answered: task 3; task 4\n"
        "1 a draft that was not submitted: task 5\n"
    )


def answer(**result: object) -> str:
    """Return a task of Label Studio with one answer of a type."""
    (kind,) = result
    annotation = {"completed_by": 1, "result": [{"from_name": "x", "type": kind, "value": result}]}
    return json.dumps([{"data": {"text": FIRST}, "annotations": [annotation]}])


def line(**fields: object) -> str:
    return json.dumps({"text": FIRST, **fields}) + "\n"


def nested(depth: int) -> str:
    return f'{{"text": "x", "label": {"[" * depth}{"]" * depth}}}\n'


HALF = '{"text": "They met \\ud83d.", "label": "none", "answer": "accept"}\n'
DIGITS = f'{{"text": "x", "label": ["none"], "id": {"1" * 5000}}}\n'
BOTH: dict[str, Any] = {"annotator": "ada"}
MANY = "".join(line(label=["none"], username=name) for name in "abcdefg")
STAMP = {"options": [{"id": 0, "text": "hostile"}], "answer": "accept"}

# The tool, the file, what else is given, and what is said on the last line or above it.
BAD: dict[str, tuple[str, str | bytes, dict[str, Any], str]] = {
    "brackets in brackets": ("doccano", nested(100_000), BOTH, "nested too deep; export"),
    "brackets in brackets in an array": ("label-studio", nested(100_000), BOTH, "nested too deep"),
    "five thousand digits": ("doccano", DIGITS, BOTH, "a number is too long"),
    "five thousand digits in an array": ("label-studio", f"[{DIGITS}]", BOTH, "is too long"),
    "five thousand digits in Prodigy": ("prodigy", DIGITS, BOTH, "line 1: a number is too long"),
    "half a surrogate pair": ("prodigy", HALF, BOTH, "line 1: a text holds half a surrogate"),
    "half a surrogate pair in doccano": ("doccano", HALF, BOTH, "half a surrogate pair"),
    "half a surrogate pair in a task": (
        "label-studio",
        answer(choices=["none"]).replace(FIRST, "\\udc00"),
        BOTH,
        "task 1: a text holds half",
    ),
    "no UTF-8": ("csv", b"sentence,stance\ncaf\xe9,none\n", BOTH, "sentence 'café' is in no docum"),
    "UTF-16": ("csv", "sentence,stance\n".encode("utf-16"), BOTH, "there are no rows"),
    "an array for lines": ("prodigy", "[{}]", BOTH, "one JSON array; export it as JSON Lines"),
    "lines for an array": ("label-studio", line() + line(), BOTH, "not valid JSON .Extra data"),
    "nothing": ("doccano", "\n", BOTH, "there is nothing in it to import"),
    "numbers for rows": ("doccano", "1\n", BOTH, "line 1: not a JSON object"),
    "JSON-MIN": ("label-studio", '[{"text": "x", "sentiment": "none"}]', BOTH, "not as JSON-MIN"),
    "tasks that were never exported": (
        "label-studio",
        json.dumps([{"data": {"text": NEW}, "predictions": []}]),
        {**BOTH, "statements": True},
        "a task without 'annotations'",
    ),
    "an answer that is a box": ("label-studio", answer(rectanglelabels=["none"]), BOTH, "cannot"),
    "a rating alone": ("label-studio", answer(rating=3), BOTH, "1 with part of an answer without"),
    "choices that are no list": ("label-studio", answer(choices=5), BOTH, "which is no list"),
    "several labels": ("label-studio", answer(choices=["none", "hostile"]), BOTH, "1 with several"),
    "two paths": ("label-studio", answer(taxonomy=[["a", "none"], ["hostile"]]), BOTH, "2 labels"),
    "labels in a field of another name": (
        "doccano",
        json.dumps({"text": NEW, "category": "hostile"}),
        {**BOTH, "statements": True},
        "no label: neither 'label'.*; the row has 'text', 'category'",
    ),
    "spans": ("doccano", line(label=[[0, 3, "hostile"]]), BOTH, "are no list of names"),
    "doccano's numbers": ("doccano", line(annotations=[{"label": 2}]), BOTH, "own number of it"),
    "a probability": ("doccano", line(cats={"none": 0.7}), BOTH, "neither 0 nor 1; a probability"),
    "many people": ("doccano", MANY, BOTH, r"7 people \(a, b, c, d, e, f, g\), not of ada"),
    "a person with a space": ("doccano", line(label=["none"], username="A L"), {}, "'A L' is no"),
    "nobody": ("doccano", line(label=["none"]), {}, "line 1: the vote names nobody; say whose"),
    "an answer of spans": (
        "prodigy",
        json.dumps({"text": NEW, "spans": [], "answer": "accept"}),
        {**BOTH, "statements": True},
        "no answer: none of 'accept', 'label', 'cats'; the row has",
    ),
    "a rejection": ("prodigy", line(label="none", answer="reject"), BOTH, "is a rejection"),
    "an answer nobody knows": ("prodigy", line(label="none", answer="yes"), BOTH, "is none of acc"),
    "an option that is none": ("prodigy", line(accept=[4], **STAMP), BOTH, "unknown stance '4'"),
    "a label that is none": ("csv", f"sentence,stance\n{FIRST},FAVOR\n", BOTH, "stance 'FAVOR'"),
    "half of the rows": (
        "csv",
        f"sentence,stance\n{FIRST},none\n{NEW},none\n",
        BOTH,
        "file: 1 row does not fit; nothing was imported",
    ),
    "a name with a comma": (
        "csv",
        f"sentence,stance\n{FIRST},none\n",
        {"annotator": "a,b"},
        "no white space and no commas",
    ),
    "an empty kind": ("csv", f"sentence,stance\n{FIRST},none\n", {**BOTH, "kind": " "}, "is empty"),
    "two speakers": (
        "csv",
        f"sentence,stance,annotator,speaker\n{FIRST},none,ada,x\n{FIRST},none,coder-5,y\n",
        BOTH,
        "the speaker is 'y', and elsewhere 'x'",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_a_bad_import_is_a_sentence_and_leaves_no_trace(case: str, data: Path, capsys) -> None:
    form, content, given, expected = BAD[case]
    before = files(data)
    (data / "file").write_bytes(content if isinstance(content, bytes) else content.encode())
    options = {"kind": "person", "annotator": None, **given}
    with pytest.raises(DataError) as error:
        import_votes(form, "file", options.pop("annotator"), options.pop("kind"), **options)
    said = f"{capsys.readouterr().err}{error.value}"
    assert re.search(expected, said)
    assert all(len(sentence) < 500 for sentence in said.splitlines())
    assert files(data) == before
