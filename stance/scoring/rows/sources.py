"""Statements from anywhere, a chunk of rows at a time: files of five formats, or standard input.

A source knows what it has read of its input, as a hash, so that a run that was interrupted goes on
only where the input up to that place is the one that it was.
"""

import codecs
import hashlib
import sys
from collections.abc import Callable, Iterable, Iterator
from io import BufferedReader
from itertools import chain, islice
from pathlib import Path
from typing import Any, Protocol, TypeVar, cast

from stance.errors import DataError
from stance.files import STREAM
from stance.scoring.rows.delimited import check_columns, csv_records
from stance.scoring.rows.formats import JSONL, PARQUET, TSV, TXT, Layout
from stance.scoring.rows.json_lines import json_row
from stance.scoring.rows.parquet import ArrowChunk, damaged, open_parquet, require
from stance.scoring.rows.records import Chunk, JsonChunk, TextChunk

Item = TypeVar("Item")

CHUNK_ROWS = 1_000
# Rows of long cells make smaller chunks; characters.
CHUNK_SIZE = 1_000_000
_BLOCK = 1 << 16


class Source(Protocol):
    """A table of statements, read once from its beginning."""

    name: str
    names: list[str]

    def chunks(self) -> Iterator[Chunk]:
        """Yield the rows in chunks, the same ones at every reading; one without rows if need be."""

    def digest(self) -> str:
        """Return a hash of all that the chunks so far were read from."""

    def share(self) -> float | None:
        """Return how much of the input is read, from 0 to 1; None where that is not known."""

    def close(self) -> None:
        """Close the input."""


def open_source(place: str, layout: Layout, column: str = "text") -> Source:
    """Return the table in a file, or in standard input for ``-``.

    Parameters
    ----------
    place
        The file.
    layout
        How it holds its rows.
    column
        The name of the column with the texts; in plain text it is always `text`.

    Raises
    ------
    DataError
        If it is not there or not of the format, or has no such column.
    """
    if layout.form == PARQUET:
        if place == STREAM:
            raise DataError("standard input: Parquet cannot be read from a pipe; name its file.")
        return ParquetSource(_existing(place), column)
    lines = open_lines(place, layout.encoding)
    try:
        if layout.form == JSONL:
            return JsonSource(lines, column)
        if layout.form == TXT:
            return LineSource(lines)
        return TableSource(lines, column, tabs=layout.form == TSV, header=layout.header)
    except BaseException:
        lines.close()
        raise


def open_lines(place: str, encoding: str) -> "Lines":
    """Return the lines of a file, or of standard input for ``-``.

    Raises
    ------
    DataError
        If it is not there.
    """
    if place == STREAM:
        return Lines(cast("BufferedReader", sys.stdin.buffer), "standard input", encoding)
    path = _existing(place)
    size = path.stat().st_size if path.is_file() else None
    return Lines(path.open("rb"), place, encoding, size)


def _existing(place: str) -> Path:
    path = Path(place)
    if path.is_dir():
        raise DataError(f"{path}: it is a folder; name a file, or files with a pattern.")
    if not path.exists():
        raise DataError(f"{path}: no such file.")
    return path


class Lines:
    """The lines of a stream of bytes, decoded as they are asked for.

    Parameters
    ----------
    stream
        What to read.
    name
        What to call it in errors.
    encoding
        Any encoding of text; a byte-order mark is left out, and one of UTF-16 goes before UTF-8.
    size
        How many bytes there are, if that is known.
    """

    def __init__(
        self, stream: BufferedReader, name: str, encoding: str, size: int | None = None
    ) -> None:
        self.name = name
        self.number = 0
        self.hash = hashlib.sha256()
        self._stream = stream
        self._encoding = encoding
        self._size = size
        self._bytes = 0

    def __iter__(self) -> Iterator[str]:
        """Yield lines with their ends, which is a line feed for all but perhaps the last one.

        Raises
        ------
        DataError
            If a byte is not of the encoding; names its line.
        """
        try:
            decoder = codecs.getincrementaldecoder(self._encoding)()
        except LookupError:
            raise DataError(f"{self._encoding!r} is no encoding of files; name another.") from None
        rest = ""
        while True:
            # What a pipe has by now: whoever writes into it may wait for an answer.
            block = self._stream.read1(_BLOCK)
            if not self._bytes:
                # Statements of the command line need no detector.
                from stance.text.formats.kinds import marked_encoding, refuse_document

                refuse_document(block, self.name)
                if self._encoding == "utf-8" and (marked := marked_encoding(block)):
                    self._encoding = marked
                    decoder = codecs.getincrementaldecoder(marked)()
            self._bytes += len(block)
            try:
                text = rest + decoder.decode(block, final=not block)
            except UnicodeDecodeError as error:
                raise self._undecodable(error, rest) from None
            if self.number == 0:
                text = text.removeprefix("\ufeff")
            *lines, rest = text.split("\n")
            for line in lines:
                yield self._count(line + "\n")
            if not block:
                if rest:
                    yield self._count(rest)
                return

    def share(self) -> float | None:
        """Return how much of the stream is read."""
        return min(1.0, self._bytes / self._size) if self._size else None

    def close(self) -> None:
        """Close the stream, unless it is standard input."""
        if self._stream is not sys.stdin.buffer:
            self._stream.close()

    def _count(self, line: str) -> str:
        self.number += 1
        try:
            self.hash.update(line.encode())
        except UnicodeEncodeError:
            raise DataError(
                f"{self.name}, line {self.number}: half a surrogate pair, which is no character; "
                "remove it."
            ) from None
        return line

    def _undecodable(self, error: UnicodeDecodeError, rest: str) -> DataError:
        before = rest + error.object[: error.start].decode(self._encoding, "ignore")
        line = self.number + before.count("\n") + 1
        of_line = before.rpartition("\n")[2]
        place = len(of_line.encode(self._encoding, "ignore")) + 1
        return DataError(
            f"{self.name}, line {line}, byte {place}: 0x{error.object[error.start]:02x} is not "
            f"{self._encoding.upper()}; name the file's own encoding with --encoding."
        )


class _LineSource:
    def __init__(self, lines: Lines, column: str) -> None:
        self.name = lines.name
        self._lines = lines
        self._column = column

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

    def __init__(self, lines: Lines, column: str, *, tabs: bool, header: bool = True) -> None:
        super().__init__(lines, column)
        separator = "\t" if tabs else ","
        self._records = csv_records(
            iter(lines), lines.name, separator, quotes=not tabs, header=header
        )
        _, self.names = next(self._records)
        check_columns(self.names, [column], lines.name)

    def chunks(self) -> Iterator[Chunk]:
        """Yield rows of text."""
        for some in _chunked(self._records, lambda record: sum(map(len, record[1]))):
            rows, lines = [row for _, row in some], [line for line, _ in some]
            yield TextChunk(self.names, rows, lines, self._column)


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

    def __init__(self, lines: Lines, column: str) -> None:
        super().__init__(lines, column)
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
                raise DataError(
                    f"{where}: no key {self._column!r}; "
                    f"the object has {', '.join(map(repr, parsed)) or 'none'}."
                )
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

    def __init__(self, path: Path, column: str) -> None:
        self.name = str(path)
        self._column = column
        self._file = open_parquet(path, column)
        self.names: list[str] = self._file.schema_arrow.names
        self._rows = 0
        self._hash = hashlib.sha256()

    def chunks(self) -> Iterator[Chunk]:
        """Yield record batches."""
        for batch in self._batches():
            first = self._rows + 1
            self._rows += len(batch)
            self._hash.update(batch.serialize())
            yield ArrowChunk(self.name, batch, first, self._column)

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
