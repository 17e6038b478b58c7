"""A vote as it travels: with where it stands in its file, so that errors can say so."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from pipeline.project.documents import Documents
from stance.errors import DataError

# What goes along with a sentence, its label and its text.
META = ["id", "document", "holder", "target", "annotator", "confidence", "rationale"]
COLUMNS = ["id", "document", "sentence", "annotator", "stance", "confidence", "rationale"]
COLUMNS += ["holder", "target"]


@dataclass(frozen=True)
class Vote:
    """A sentence in a file, with a label or without; what the file does not say is empty."""

    where: str
    sentence: str
    stance: str = ""
    document: str = ""
    annotator: str = ""
    confidence: str = ""
    rationale: str = ""
    holder: str = ""
    target: str = ""


def vote_table(documents: Documents) -> pd.DataFrame:
    """Return the sentences and the votes on them: `COLUMNS`, a row per vote.

    A sentence without a vote has a row, too, with no annotator and no stance.
    """
    votes = documents.votes[["id", "annotator", "stance", "confidence", "rationale"]]
    table = documents.sentences.merge(votes, on="id", how="left").fillna("")
    return table.rename(columns={"text": "sentence"})[COLUMNS]


def collect(
    rows: Iterable[tuple[str, Any]], parse: Callable[[str, Any], Iterable[Vote]]
) -> tuple[list[Vote], list[str]]:
    """Return the votes of all rows that can be read, and a sentence on each that cannot.

    Parameters
    ----------
    rows
        Where a row stands, and what stands there.
    parse
        Returns the votes of a row, or raises a `DataError`.
    """
    votes: list[Vote] = []
    misfits: list[str] = []
    for where, row in rows:
        try:
            votes += parse(where, row)
        except DataError as error:
            misfits.append(str(error))
    return votes, misfits


def json_rows(text: str, name: str) -> list[tuple[str, Any]]:
    """Return the rows of JSON Lines; a line that is no JSON object is None.

    Raises
    ------
    DataError
        If the first line that says anything opens an array: that is JSON, not JSON Lines.
    """
    if text.lstrip().startswith("["):
        raise DataError(f"{name}: this is one JSON array; export it as JSON Lines (JSONL).")
    rows: list[tuple[str, Any]] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            try:
                row = json.loads(line)
            except json.JSONDecodeError:
                row = None
            rows.append((f"{name}, line {number}", row))
    return rows


def json_object(row: Any, where: str) -> dict[str, Any]:
    """Return a row that is a JSON object.

    Raises
    ------
    DataError
        If it is not.
    """
    if not isinstance(row, dict):
        raise DataError(f"{where}: not a JSON object; export the file again.")
    return row


def sentence_of(fields: Mapping[str, Any], where: str) -> str:
    """Return the field `text`.

    Raises
    ------
    DataError
        If there is none, or it is no text.
    """
    text = fields.get("text")
    if not isinstance(text, str) or not text.strip():
        raise DataError(f"{where}: no 'text'; give each sentence in a field of that name.")
    return text


def meta_of(fields: Mapping[str, Any]) -> dict[str, str]:
    """Return what goes along with a sentence, as text, from its `meta` or from its own fields."""
    meta = fields.get("meta")
    found = {**fields, **(meta if isinstance(meta, dict) else {})}
    return {
        name: "" if found.get(name) is None else str(found[name]) for name in META if name != "id"
    }


def one_label(labels: Any, where: str) -> str:
    """Return the label of a list with one, "" of an empty one.

    Raises
    ------
    DataError
        If there are several, or something else than names.
    """
    if labels is None:
        return ""
    if isinstance(labels, str):
        return labels
    if not isinstance(labels, list) or not all(isinstance(label, str) for label in labels):
        raise DataError(f"{where}: labels {labels!r} are no list of names; export the file again.")
    if len(labels) > 1:
        raise DataError(
            f"{where}: {len(labels)} labels ({', '.join(labels)}); a sentence has one: choose it."
        )
    return labels[0] if labels else ""


def dump_json_lines(rows: Iterable[Mapping[str, Any]]) -> str:
    """Return rows as JSON Lines."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
