"""Statements from anywhere, a chunk of rows at a time: files of seven formats, or standard input.

A source knows what it has read of its input, as a hash, so that a run that was interrupted goes on
only where the input up to that place is the one that it was.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain, islice
from pathlib import Path
from typing import Any, Protocol, TypeVar

from stance.errors import DataError
from stance.files import STREAM
from stance.scoring.rows.delimited import SEPARATORS, Records, csv_records, find_separator
from stance.scoring.rows.formats import JSONL, PARQUET, SHEETS, TSV, TXT, Layout
from stance.scoring.rows.json_lines import json_row
from stance.scoring.rows.lines import Lines, existing, open_lines
from stance.scoring.rows.parquet import ArrowChunk, damaged, open_parquet, require
from stance.scoring.rows.records import Chunk, JsonChunk, TextChunk
from stance.scoring.rows.sheets import SheetChunk, as_text, read_sheet

Item = TypeVar("Item")

CHUNK_ROWS = 1_000
# Rows of long cells make smaller chunks; characters.
CHUNK_SIZE = 1_000_000
TEXT_OPTION = "--text-column"


class Source(Protocol):
    """A table of statements, read once from its beginning."""

    name: str
    names: list[str]

    @property
    def notes(self) -> list[str]:
        """What there is to say about how it was read, as far as it is read."""

    def chunks(self) -> Iterator[Chunk]:
        """Yield the rows in chunks, the same ones at every reading; one without rows if need be."""

    def digest(self) -> str:
        """Return a hash of all that the chunks so far were read from."""

    def share(self) -> float | None:
        """Return how much of the input is read, from 0 to 1; None where that is not known."""

    def close(self) -> None:
        """Close the input."""


def open_source(
    place: str, layout: Layout, column: str = "text", option: str | None = TEXT_OPTION
) -> Source:
    """Return the table in a file, or in standard input for ``-``.

    Parameters
    ----------
    place
        The file.
    layout
        How it holds its rows.
    column
        The name of the column with the texts; in plain text it is always `text`.
    option
        What names it otherwise, if anything does.

    Raises
    ------
    DataError
        If it is not there or not of the format, or has no such column.
    """
    if layout.form == PARQUET:
        if place == STREAM:
            raise DataError("standard input: Parquet cannot be read from a pipe; name its file.")
        return ParquetSource(existing(place), column, option)
    if layout.form in SHEETS:
        return SheetSource(place, layout, column, option)
    lines = open_lines(place, layout.encoding)
    try:
        if layout.form == JSONL:
            return JsonSource(lines, column, option)
        if layout.form == TXT:
            return LineSource(lines)
        return TableSource(lines, layout, column, option)
    except BaseException:
        lines.close()
        raise


def table_records(lines: Lines, layout: Layout, columns: Mapping[str, str | None]) -> Records[str]:
    """Return the rows of CSV or tab-separated text.

    Parameters
    ----------
    lines
        The lines of the file.
    layout
        How they hold the rows.
    columns
        The columns that must be there, and the option that names each otherwise, if there is one.

    Raises
    ------
    DataError
        If one is not there, or it is not clear what parts the fields.
    """
    given = layout.separator or ("\t" if layout.form == TSV else None)
    quotes = layout.form != TSV or layout.separator is not None
    if given is None:
        separator, rows, before = find_separator(
            iter(lines), list(columns), lines.name, header=layout.header
        )
    else:
        separator, rows, before = given, iter(lines), 0
    records = csv_records(
        rows, lines.name, separator, quotes=quotes, header=layout.header, before=before
    )
    records.check(columns)
    records.notes = [*lines.notes]
    if given is None and separator != ",":
        records.notes.append(f"with fields parted by {SEPARATORS.get(separator, separator)}")
    return records


def sheet_records(place: str, layout: Layout, columns: Mapping[str, str | None]) -> Records[Any]:
    """Return the rows of a sheet; parameters and errors as for `table_records` and `read_sheet`."""
    found, notes = read_sheet(place, layout.form, layout.sheet)
    name = "standard input" if place == STREAM else place
    mend = "clear what is beside the table"
    records = Records(found, name, as_text, mend, header=layout.header, unit="row")
    records.check(columns)
    records.notes = notes
    return records


class _LineSource:
    def __init__(self, lines: Lines, column: str) -> None:
        self.name = lines.name
        self._lines = lines
        self._column = column

    @property
    def notes(self) -> list[str]:
        """What there is to say about how it was read."""
        return self._lines.notes

    def digest(self) -> str:
        """Return a hash of the lines so far."""
        return self._lines.hash.hexdigest()

    def share(self) -> float | None:
        """Return how much of the input is read."""
        return self._lines.share()

    def close(self) -> None:
        """Close the input."""
        self._lines.close()


def _chunked(items: Iterable[Item], size: Callable[[Item], int]) -> Iterator[list[Item]]:
    """Yield items in chunks of so many rows and characters; one empty chunk if there are none."""
    some: list[Item] = []
    total = number = 0
    for item in items:
        some.append(item)
        total += size(item)
        if len(some) >= CHUNK_ROWS or total >= CHUNK_SIZE:
            yield some
            number += 1
            some, total = [], 0
    if some or not number:
        yield some


class TableSource(_LineSource):
    """CSV or tab-separated text."""

    def __init__(self, lines: Lines, layout: Layout, column: str, option: str | None) -> None:
        super().__init__(lines, column)
        self._records = table_records(lines, layout, {column: option})
        self.names = self._records.names

    @property
    def notes(self) -> list[str]:
        """What there is to say about how it was read."""
        return all_notes(self._records)

    def chunks(self) -> Iterator[Chunk]:
        """Yield rows of text."""
        for some in _chunked(self._records, lambda record: sum(map(len, record[1]))):
            rows, lines = [row for _, row in some], [line for line, _ in some]
            yield TextChunk(self.names, rows, lines, self._column)


class SheetSource:
    """A sheet of a spreadsheet, which is held in memory."""

    def __init__(self, place: str, layout: Layout, column: str, option: str | None) -> None:
        if place != STREAM:
            existing(place)
        self._records = sheet_records(place, layout, {column: option})
        self.name = "standard input" if place == STREAM else place
        self.names = self._records.names
        self._column = column
        self._hash = hashlib.sha256()

    @property
    def notes(self) -> list[str]:
        """What there is to say about how it was read."""
        return all_notes(self._records)

    def chunks(self) -> Iterator[Chunk]:
        """Yield rows of the sheet."""
        for some in _chunked(self._records, lambda record: len(record[1])):
            values = [row for _, row in some]
            rows = [list(map(as_text, row)) for row in values]
            self._hash.update(repr(rows).encode("utf-8", "replace"))
            yield SheetChunk(self.names, rows, [place for place, _ in some], self._column, values)

    def digest(self) -> str:
        """Return a hash of the rows so far."""
        return self._hash.hexdigest()

    def share(self) -> float | None:
        """Return None: the sheet is read at once."""
        return None

    def close(self) -> None:
        """Do nothing: there is nothing open."""


def all_notes(records: Records[Any]) -> list[str]:
    """Return what there is to say about how a table was read to its end."""
    rows = f"without {records.empty:,} empty row{'s' * (records.empty != 1)}"
    return [*records.notes, *[rows] * bool(records.empty)]


class LineSource(_LineSource):
    """Plain text: a statement a line; blank lines are none, and lines are numbered."""

    def __init__(self, lines: Lines) -> None:
        super().__init__(lines, "text")
        self.names = ["line", "text"]

    def _read(self) -> Iterator[tuple[int, str]]:
        for line in self._lines:
            text = line.removesuffix("\n").removesuffix("\r")
            if text.strip():
                yield self._lines.number, text

    def chunks(self) -> Iterator[Chunk]:
        """Yield rows of `line` and `text`."""
        for some in _chunked(self._read(), lambda found: len(found[1])):
            rows = [[str(number), text] for number, text in some]
            yield TextChunk(self.names, rows, [number for number, _ in some], "text")


class JsonSource(_LineSource):
    """JSON lines: an object per line; blank lines are none."""

    def __init__(self, lines: Lines, column: str, option: str | None) -> None:
        super().__init__(lines, column)
        self._option = option
        self._objects = self._read()
        first = list(islice(self._objects, 1))
        self._objects = chain(first, self._objects)
        self.names = list(first[0][1]) if first else [column]

    def _read(self) -> Iterator[tuple[str, dict[str, str], int]]:
        for line in self._lines:
            if not line.strip():
                continue
            where = f"{self.name}, line {self._lines.number}"
            parsed = json_row(line, where)
            if self._column not in parsed:
                there = ", ".join(map(repr, parsed)) or "none"
                mend = f"; name the right one with {self._option}" if self._option else ""
                raise DataError(f"{where}: no key {self._column!r}; the object has {there}{mend}.")
            yield line, parsed, self._lines.number

    def chunks(self) -> Iterator[Chunk]:
        """Yield rows of objects."""
        for some in _chunked(self._objects, lambda found: len(found[0])):
            yield JsonChunk(
                self.name,
                self.names,
                [line for line, _, _ in some],
                [row for _, row, _ in some],
                [number for _, _, number in some],
                self._column,
            )


class ParquetSource:
    """A Parquet file."""

    def __init__(self, path: Path, column: str, option: str | None) -> None:
        self.name = str(path)
        self._column = column
        self._file = open_parquet(path, column, option)
        self.names: list[str] = self._file.schema_arrow.names
        self.notes: list[str] = []
        self._rows = 0
        self._hash = hashlib.sha256()

    def chunks(self) -> Iterator[Chunk]:
        """Yield record batches."""
        for batch in self._batches():
            numbers = range(self._rows + 1, self._rows + len(batch) + 1)
            self._rows += len(batch)
            self._hash.update(batch.serialize())
            yield ArrowChunk(self.name, batch, numbers, self._column)

    def _batches(self) -> Iterator[Any]:
        pa = require()
        if not self._file.metadata.num_rows:
            yield pa.RecordBatch.from_pylist([], schema=self._file.schema_arrow)
        try:
            yield from self._file.iter_batches(CHUNK_ROWS)
        except (pa.ArrowException, OSError, ValueError) as error:
            raise damaged(self.name, error) from None

    def digest(self) -> str:
        """Return a hash of the batches so far."""
        return self._hash.hexdigest()

    def share(self) -> float | None:
        """Return how much of the rows is read."""
        total: int = self._file.metadata.num_rows
        return self._rows / total if total else None

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class ListSource:
    """Rows that are in memory: statements of the command line, or the sentences of an article."""

    def __init__(self, name: str, names: list[str], rows: list[list[str]]) -> None:
        self.name = name
        self.notes: list[str] = []
        self.names = names
        self._rows = rows
        self._read = 0

    def chunks(self) -> Iterator[Chunk]:
        """Yield rows of text; the text stands in the column `text`."""
        for start in range(0, max(1, len(self._rows)), CHUNK_ROWS):
            some = self._rows[start : start + CHUNK_ROWS]
            self._read += len(some)
            lines = list(range(start + 1, start + len(some) + 1))
            yield TextChunk(self.names, some, lines, "text")

    def digest(self) -> str:
        """Return a hash of the rows so far."""
        return hashlib.sha256(repr(self._rows[: self._read]).encode("utf-8", "replace")).hexdigest()

    def share(self) -> float | None:
        """Return how much of the rows is read."""
        return self._read / len(self._rows) if self._rows else None

    def close(self) -> None:
        """Do nothing: there is nothing open."""
