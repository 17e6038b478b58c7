"""The annotators' votes: checked row by row, and joined with the sentences."""

import difflib
from collections.abc import Collection, Sequence

import pandas as pd

from pipeline.project.tables import ANNOTATORS_CSV
from stance.errors import DataError

CONFIDENCES = ["1", "2", "3"]


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
    `id`, `document`, `text`, `annotator`, `stance`, `confidence`, `rationale`, `speaker`,
    `codebook`, `key`.
    """
    return sentences[["id", "document", "text"]].merge(
        annotations.drop(columns=["sentence", "file", "line"]),
        left_on=["document", "text"],
        right_on=["document", "key"],
    )
