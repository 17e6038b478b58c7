"""The annotators' votes: checked row by row, joined with the sentences, and written after each one.

Every write replaces the whole file, so that whoever is killed while annotating finds each answer
that was confirmed, and the file as valid as before.
"""

import difflib
import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import pandas as pd

from pipeline.project.frames import read_csv, write_csv
from pipeline.project.tables import (
    ANNOTATION_COLUMNS,
    ANNOTATIONS,
    ANNOTATOR_COLUMNS,
    ANNOTATORS_CSV,
    SPEAKER,
    read_annotators,
)
from stance.errors import DataError
from stance.files import fold

CONFIDENCES = ["1", "2", "3"]

_ANNOTATOR = re.compile(r"[^\s,]+")


def nearest_sentence(key: str, texts: Sequence[str]) -> str:
    """Return the text that is most like `key`."""
    return difflib.get_close_matches(key, texts, n=1, cutoff=0)[0]


def check_annotations(
    annotations: pd.DataFrame,
    sentences: pd.DataFrame,
    labels: Collection[str],
    annotators: Collection[str],
) -> None:
    """Raise a `DataError` that names file and line of the first row that cannot be used.

    Parameters
    ----------
    annotations
        As `read_annotations` returns them.
    sentences
        All sentences: `document` and `text`.
    labels, annotators
        The names that may occur.
    """
    texts = sentences.groupby("document")["text"].agg(list)
    known = {document: set(of_document) for document, of_document in texts.items()}
    seen: dict[tuple[str, str, str], int] = {}
    for row in annotations.to_dict("records"):
        where = f"{row['file']}, line {row['line']}"
        if row["document"] not in known:
            raise DataError(
                f"{row['file']}: there is no document {row['document']!r}; "
                "name the file after its article."
            )
        if row["key"] not in known[row["document"]]:
            nearest = nearest_sentence(row["key"], texts[row["document"]])
            raise DataError(
                f"{where}: the sentence {row['key']!r} is not in {row['document']}; "
                f"the nearest one there is {nearest!r}."
            )
        if row["annotator"] not in annotators:
            raise DataError(
                f"{where}: unknown annotator {row['annotator']!r}; add a row to {ANNOTATORS_CSV}."
            )
        if row["stance"] not in labels:
            raise DataError(
                f"{where}: unknown stance {row['stance']!r}; it must be one of {', '.join(labels)}."
            )
        if row["confidence"] not in ("", *CONFIDENCES):
            raise DataError(
                f"{where}: confidence {row['confidence']!r} must be 1, 2, 3 or left empty."
            )
        key = (row["document"], row["key"], row["annotator"])
        if key in seen:
            raise DataError(
                f"{where}: {row['annotator']} has annotated this sentence already, in line "
                f"{seen[key]}; remove one of the rows."
            )
        seen[key] = row["line"]


def join_votes(sentences: pd.DataFrame, annotations: pd.DataFrame) -> pd.DataFrame:
    """Return the votes with the sentences' `id`, in the order of the sentences.

    Parameters
    ----------
    sentences
        `id`, `document` and `text`.
    annotations
        As `read_annotations` returns them.

    Returns
    -------
    `id`, `document`, `text`, `annotator`, `stance`, `confidence`, `rationale`, `key`.
    """
    return sentences[["id", "document", "text"]].merge(
        annotations.drop(columns=["sentence", "file", "line", SPEAKER]),
        left_on=["document", "text"],
        right_on=["document", "key"],
    )


def _read(document: str) -> tuple[Path, pd.DataFrame]:
    path = ANNOTATIONS / f"{document}.csv"
    if path.is_file():
        return path, read_csv(path, ANNOTATION_COLUMNS)
    return path, pd.DataFrame(columns=ANNOTATION_COLUMNS, dtype="str")


def append_annotations(document: str, rows: Sequence[Mapping[str, str]]) -> None:
    """Add votes to a document's file, below those that it has.

    Parameters
    ----------
    document
        Names the file, which need not be there.
    rows
        Each with the annotation columns.
    """
    path, table = _read(document)
    new = pd.DataFrame(list(rows), columns=table.columns, dtype="str").fillna("")
    write_csv(path, pd.concat([table, new], ignore_index=True))


def remove_annotation(document: str, sentence: str, annotator: str) -> None:
    """Take an annotator's vote on a sentence out of the document's file."""
    path, table = _read(document)
    of_sentence = table["sentence"].map(fold) == fold(sentence)
    write_csv(path, table[~(of_sentence & (table["annotator"] == annotator))])


def add_annotator(name: str, kind: str) -> None:
    """Give an annotator a row in `annotators.csv`, unless there is one.

    Raises
    ------
    DataError
        If the name has white space or commas, or the kind is empty.
    """
    if name in read_annotators():
        return
    if not _ANNOTATOR.fullmatch(name):
        raise DataError(
            f"an annotator's name may have no white space and no commas, and {name!r} has; "
            "take a short one, such as coder-1."
        )
    if not kind.strip():
        raise DataError(
            f"{name!r} is not in {ANNOTATORS_CSV}, and their kind is empty; say what they are, "
            "such as person."
        )
    table = read_csv(ANNOTATORS_CSV, ANNOTATOR_COLUMNS)
    row = pd.DataFrame(
        [{"annotator": name, "kind": kind.strip()}], columns=table.columns, dtype="str"
    )
    write_csv(ANNOTATORS_CSV, pd.concat([table, row.fillna("")], ignore_index=True))
