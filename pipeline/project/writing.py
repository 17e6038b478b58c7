"""Everything that people's commands write in `data/`: one at a time, whole, and never half of it.

Whoever reads a table to write it again holds the project's lock meanwhile, so that two people, or
two windows of one, lose nothing of each other. The operating system lets go of the lock of a
process that is killed. It lies where DVC keeps its own, which neither Git nor DVC look at.
"""

import csv
import io
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from filelock import FileLock, Timeout

from pipeline.project.disk import Signature, signature, signature_of, sync_name
from pipeline.project.frames import read_csv
from pipeline.project.tables import (
    ANNOTATION_COLUMNS,
    ANNOTATIONS,
    ANNOTATOR_COLUMNS,
    ANNOTATORS_CSV,
    OPTIONAL_COLUMNS,
)
from stance.errors import DataError
from stance.files import fold, read_text, replacing, to_csv
from stance.scoring.rows.delimited import csv_records

LOCK = Path(".dvc/tmp/stance.lock")
# Seconds that a command waits for another one: each holds the lock for less than one.
WAIT = 20.0
# Before that somebody is told that they wait.
_PATIENCE = 0.5

_ANNOTATOR = re.compile(r"[^\s,]+")


class BusyError(DataError):
    """Another process is writing, and has been for long."""


@contextmanager
def locked(wait: float | None = None) -> Iterator[None]:
    """Hold the project's lock in the block; a thread that has it already may take it again.

    Parameters
    ----------
    wait
        Seconds that it waits for another process; `WAIT` if None.

    Raises
    ------
    BusyError
        If another process holds it for longer.
    """
    wait = WAIT if wait is None else wait
    LOCK.parent.mkdir(parents=True, exist_ok=True)
    # Singletons are re-entrant, and known by their paths.
    lock = FileLock(LOCK.resolve(), is_singleton=True)
    try:
        lock.acquire(timeout=min(wait, _PATIENCE))
    except Timeout:
        sys.stderr.write("Somebody else is writing in data/; waiting for them …\n")
        try:
            lock.acquire(timeout=wait)
        except Timeout:
            raise BusyError(
                f"data/: another command has been writing there for {wait:g} seconds; nothing was "
                "written: run again when it has ended."
            ) from None
    try:
        yield
    finally:
        lock.release()


def write_together(texts: Mapping[Path, str]) -> dict[Path, Signature]:
    """Write several files: all are written before any takes its name, in the order given.

    Whoever is killed among the renames leaves the first of them new, so the order is one in which
    every beginning is valid. What is written is on the disk when the function returns, and stays
    there when the power fails.

    Returns
    -------
    The signature of each file that was written.
    """
    signatures: dict[Path, Signature] = {}
    with ExitStack() as stack:
        # They take their names as the stack unwinds, from its end.
        for path, text in reversed(list(texts.items())):
            file = stack.enter_context(replacing(path))
            file.write(text.encode("utf-8"))
            file.flush()
            # What is written to a pipe waits in memory first, and no disk has it.
            with suppress(io.UnsupportedOperation):
                os.fsync(file.fileno())
                # Before it has its name: what has it later may be somebody else's.
                signatures[path] = signature_of(os.fstat(file.fileno()))
    for path in {Path(path).parent: path for path in texts}.values():
        sync_name(path)
    return signatures


@dataclass(frozen=True)
class _Votes:
    """A document's file of annotations, as rows and as the text that they make.

    Attributes
    ----------
    path, columns, rows
        What it holds; the file need not be there.
    keys
        Of each row the sentence, its white space folded, and the annotator.
    text
        The file as it is written.
    """

    path: Path
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    keys: Sequence[tuple[str, str]]
    text: str

    @classmethod
    def of(cls, path: Path, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> "_Votes":
        sentence, annotator = columns.index("sentence"), columns.index("annotator")
        keys = [(fold(row[sentence]), row[annotator]) for row in rows]
        return cls(path, columns, rows, keys, _as_csv([columns, *rows]))

    def filled(self, rows: Iterable[Mapping[str, str]]) -> "_Votes":
        """Return it with those optional columns besides that a row fills."""
        added = [
            column
            for column in OPTIONAL_COLUMNS
            if column not in self.columns and any(row.get(column) for row in rows)
        ]
        if not added:
            return self
        wider = [[*row, *([""] * len(added))] for row in self.rows]
        return _Votes.of(self.path, [*self.columns, *added], wider)

    def with_rows(self, rows: Sequence[Mapping[str, str]]) -> "_Votes":
        """Return it with votes below those that it has."""
        here = self.filled(rows)
        new = [[row.get(column, "") for column in here.columns] for row in rows]
        keys = [(fold(row["sentence"]), row["annotator"]) for row in rows]
        # The rest is left as it stands: files grow, and answers wait for this.
        text = here.text + _as_csv(new)
        return _Votes(here.path, here.columns, [*here.rows, *new], [*here.keys, *keys], text)

    def with_change(self, key: tuple[str, str], row: Mapping[str, str]) -> "_Votes":
        """Return it with other values in the rows of a sentence and an annotator."""
        here = self.filled([row])
        rows = [
            [row.get(column, cell) for column, cell in zip(here.columns, cells, strict=True)]
            if at == key
            else cells
            for at, cells in zip(here.keys, here.rows, strict=True)
        ]
        return _Votes.of(here.path, here.columns, rows)

    def without(self, key: tuple[str, str]) -> "_Votes":
        """Return it without the rows of a sentence and an annotator."""
        kept = [row for at, row in zip(self.keys, self.rows, strict=True) if at != key]
        return _Votes.of(self.path, self.columns, kept)


def _as_csv(rows: Iterable[Sequence[str]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    # Up to Python 3.12 a carriage return is not quoted, and ends a row when it is read.
    quoting = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL)
    for row in rows:
        (quoting if any("\r" in cell for cell in row) else writer).writerow(row)
    return text.getvalue()


# Files of annotations as they were last read or written here, by place, with their signatures: a
# page that saves vote after vote need not read the same file each time.
_seen: dict[str, tuple[Signature | None, _Votes]] = {}


def _read(document: str) -> _Votes:
    path = ANNOTATIONS / f"{document}.csv"
    now = signature(path)
    if now is None or not path.is_file():
        return _Votes.of(path, ANNOTATION_COLUMNS, [])
    then, votes = _seen.get(os.path.abspath(path), (None, None))
    if votes is not None and then == now:
        return votes
    records = csv_records(io.StringIO(read_text(path), newline=""), str(path))
    records.check(dict.fromkeys(ANNOTATION_COLUMNS, ""))
    votes = _Votes.of(path, records.names, [row for _, row in records])
    _seen[os.path.abspath(path)] = now, votes
    return votes


def _write(votes: _Votes) -> Signature | None:
    written = write_together({votes.path: votes.text}).get(votes.path)
    _seen[os.path.abspath(votes.path)] = written, votes
    return written


def _added(document: str, rows: Sequence[Mapping[str, str]]) -> _Votes:
    votes = _read(document)
    for row in rows:
        if (fold(row["sentence"]), row["annotator"]) in votes.keys:
            raise DataError(
                f"{votes.path}: {row['annotator']} has annotated the sentence {row['sentence']!r} "
                "meanwhile, in another window; start again to go on with the others."
            )
    return votes.with_rows(rows)


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
    votes = _added(document, rows)
    return votes.path, votes.text


def append_annotations(document: str, rows: Sequence[Mapping[str, str]]) -> Signature | None:
    """Add votes to a document's file, and return its signature; otherwise as `with_annotations`."""
    with locked():
        return _write(_added(document, rows))


def change_annotation(document: str, row: Mapping[str, str]) -> Signature | None:
    """Give an annotator's vote on a sentence other values; what `row` does not name stays.

    Returns
    -------
    The file's signature.

    Raises
    ------
    DataError
        If there is no such vote.
    """
    key = (fold(row["sentence"]), row["annotator"])
    with locked():
        votes = _read(document)
        if key not in votes.keys:
            raise DataError(
                f"{votes.path}: {row['annotator']} has no vote on the sentence "
                f"{row['sentence']!r} any more; annotate it anew."
            )
        # The sentence stays as it was written, its white space too.
        return _write(votes.with_change(key, {**row, "sentence": _as_written(votes, key)}))


def _as_written(votes: _Votes, key: tuple[str, str]) -> str:
    return votes.rows[votes.keys.index(key)][votes.columns.index("sentence")]


def remove_annotation(document: str, sentence: str, annotator: str) -> Signature | None:
    """Take an annotator's vote out of the document's file, and return the file's signature."""
    with locked():
        return _write(_read(document).without((fold(sentence), annotator)))


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
