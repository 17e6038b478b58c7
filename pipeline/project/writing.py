"""Everything that people's commands write in `data/`: one at a time, whole, and never half of it.

Whoever reads a table to write it again holds the project's lock meanwhile, so that two people, or
two windows of one, lose nothing of each other. The operating system lets go of the lock of a
process that is killed. It lies where DVC keeps its own, which neither Git nor DVC look at.
"""

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pandas as pd
from filelock import FileLock, Timeout

from pipeline.project.frames import read_csv
from pipeline.project.tables import (
    ANNOTATION_COLUMNS,
    ANNOTATIONS,
    ANNOTATOR_COLUMNS,
    ANNOTATORS_CSV,
    OPTIONAL_COLUMNS,
)
from stance.errors import DataError
from stance.files import fold, replacing, to_csv

LOCK = Path(".dvc/tmp/stance.lock")
# Seconds that a command waits for another one: each holds the lock for less than one.
WAIT = 20.0
# Before that somebody is told that they wait.
_PATIENCE = 0.5

_ANNOTATOR = re.compile(r"[^\s,]+")


@contextmanager
def locked() -> Iterator[None]:
    """Hold the project's lock in the block; a process that has it already may take it again.

    Raises
    ------
    DataError
        If another process holds it for longer than `WAIT` seconds.
    """
    LOCK.parent.mkdir(parents=True, exist_ok=True)
    # Singletons are re-entrant, and known by their paths.
    lock = FileLock(LOCK.resolve(), is_singleton=True)
    try:
        lock.acquire(timeout=min(WAIT, _PATIENCE))
    except Timeout:
        sys.stderr.write("Somebody else is writing in data/; waiting for them …\n")
        try:
            lock.acquire(timeout=WAIT)
        except Timeout:
            raise DataError(
                f"data/: another command has been writing there for {WAIT:g} seconds; nothing was "
                "written: run again when it has ended."
            ) from None
    try:
        yield
    finally:
        lock.release()


def write_together(texts: Mapping[Path, str]) -> None:
    """Write several files: all are written before any takes its name, in the order given.

    Whoever is killed among the renames leaves the first of them new, so the order is one in which
    every beginning is valid.
    """
    with ExitStack() as stack:
        # They take their names as the stack unwinds, from its end.
        for path, text in reversed(list(texts.items())):
            file = stack.enter_context(replacing(path))
            file.write(text.encode("utf-8"))
            file.flush()


def with_annotations(document: str, rows: Sequence[Mapping[str, str]]) -> tuple[Path, str]:
    """Return a document's file of annotations with votes below those that it has.

    Parameters
    ----------
    document
        Names the file, which need not be there.
    rows
        Each with the annotation columns; optional ones are added to a file that lacks them where
        a row fills them.

    Raises
    ------
    DataError
        If an annotator has a vote on the sentence already.
    """
    path, table = _read(document)
    there = set(zip(table["sentence"].map(fold), table["annotator"], strict=True))
    for row in rows:
        if (fold(row["sentence"]), row["annotator"]) in there:
            raise DataError(
                f"{path}: {row['annotator']} has annotated the sentence {row['sentence']!r} "
                "meanwhile, in another window; start again to go on with the others."
            )
    added = [
        column
        for column in OPTIONAL_COLUMNS
        if column not in table and any(row.get(column) for row in rows)
    ]
    columns = [*table.columns, *added]
    new = pd.DataFrame(list(rows), columns=columns, dtype="str").fillna("")
    both = pd.concat([table.reindex(columns=columns, fill_value=""), new], ignore_index=True)
    return path, to_csv(both)


def _read(document: str) -> tuple[Path, pd.DataFrame]:
    path = ANNOTATIONS / f"{document}.csv"
    if path.is_file():
        return path, read_csv(path, ANNOTATION_COLUMNS)
    return path, pd.DataFrame(columns=ANNOTATION_COLUMNS, dtype="str")


def append_annotations(document: str, rows: Sequence[Mapping[str, str]]) -> None:
    """Add votes to a document's file; parameters and errors as for `with_annotations`."""
    with locked():
        write_together(dict([with_annotations(document, rows)]))


def remove_annotation(document: str, sentence: str, annotator: str) -> None:
    """Take an annotator's vote on a sentence out of the document's file."""
    with locked():
        path, table = _read(document)
        of_sentence = table["sentence"].map(fold) == fold(sentence)
        kept = table[~(of_sentence & (table["annotator"] == annotator))]
        write_together({path: to_csv(kept)})


def with_annotators(kinds: Mapping[str, str]) -> str:
    """Return `annotators.csv` with a row for each annotator that it lacks.

    Parameters
    ----------
    kinds
        What each of them is, by name.

    Raises
    ------
    DataError
        If a name has white space or commas, or a kind is empty.
    """
    table = read_csv(ANNOTATORS_CSV, ANNOTATOR_COLUMNS)
    new = {name: kind for name, kind in kinds.items() if name not in set(table["annotator"])}
    for name, kind in new.items():
        check_annotator(name)
        if not kind.strip():
            raise DataError(
                f"{name!r} is not in {ANNOTATORS_CSV}, and their kind is empty; say what they are, "
                "such as person."
            )
    rows = [{"annotator": name, "kind": kind.strip()} for name, kind in new.items()]
    added = pd.DataFrame(rows, columns=table.columns, dtype="str").fillna("")
    return to_csv(pd.concat([table, added], ignore_index=True))


def check_annotator(name: str) -> None:
    """Raise a `DataError` if an annotator's name has white space or commas, or is empty."""
    if not _ANNOTATOR.fullmatch(name):
        raise DataError(
            f"an annotator's name may have no white space and no commas, and {name!r} has; "
            "take a short one, such as coder-1."
        )


def add_annotator(name: str, kind: str) -> None:
    """Give an annotator a row in `annotators.csv`, unless there is one; errors as above."""
    with locked():
        write_together({ANNOTATORS_CSV: with_annotators({name: kind})})
