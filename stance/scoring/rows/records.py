"""A chunk of a table of statements: as it was read, and as the formats of text write it.

A row keeps what it came with. Text stays text; an object of JSON lines stays the very line it was;
rows of Parquet (`stance.scoring.rows.parquet`) stay the record batch that they were.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from numpy.typing import NDArray

from stance.errors import DataError
from stance.scoring.rows.formats import CSV, JSONL, Style

# The columns that scoring adds, and what else belongs to each row.
Added = Mapping[str, NDArray[Any]]
Extra = Sequence[Mapping[str, Any]] | None

_TO_QUOTE = re.compile(r'[,"\r\n]')
# By which spreadsheets know a formula, wide forms included; a number is none.
_FORMULA = re.compile(r"[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]")
_NUMBER = re.compile(r"[+-]?(?:\d+(?:[.,]\d+)*|[.,]\d+)(?:[eE][+-]?\d+)?\s*%?")


class Chunk(Protocol):
    """Some rows of a table, each with a text to score."""

    @property
    def names(self) -> list[str]:
        """The columns of the table."""

    @property
    def texts(self) -> list[str]:
        """The text of each row; empty where there is none."""

    def places(self) -> list[str]:
        """Return where each row stands, such as `line 3`."""

    def values(self, column: str) -> list[str]:
        """Return the cells of a column as text."""

    def cells(self) -> list[list[str]]:
        """Return all cells of each row as text."""

    def objects(self) -> list[str]:
        """Return each row as a JSON object."""


@dataclass(frozen=True)
class TextChunk:
    """Rows whose cells are text.

    Attributes
    ----------
    names
        The columns.
    rows
        The cells of each row.
    lines
        The line on which each row ends.
    column
        The name of the column with the texts.
    """

    names: list[str]
    rows: list[list[str]]
    lines: list[int]
    column: str

    @property
    def texts(self) -> list[str]:
        """The text of each row."""
        return self.values(self.column)

    def places(self) -> list[str]:
        """Return where each row stands."""
        return [f"line {line}" for line in self.lines]

    def values(self, column: str) -> list[str]:
        """Return the cells of a column."""
        number = self.names.index(column)
        return [row[number] for row in self.rows]

    def cells(self) -> list[list[str]]:
        """Return the cells as they are."""
        return self.rows

    def objects(self) -> list[str]:
        """Return each row as a JSON object of strings."""
        return [
            json.dumps(dict(zip(self.names, row, strict=True)), ensure_ascii=False)
            for row in self.rows
        ]


@dataclass(frozen=True)
class JsonChunk:
    """Rows that are objects of JSON lines.

    Attributes
    ----------
    name
        What to call the file in errors.
    names
        The keys of the file's first object: the columns, where there must be columns.
    lines
        The objects as they were written.
    parsed
        Their values as text.
    numbers
        The line of each.
    column
        The key of the texts.
    """

    name: str
    names: list[str]
    lines: list[str]
    parsed: list[dict[str, str]]
    numbers: list[int]
    column: str

    @property
    def texts(self) -> list[str]:
        """The text of each row."""
        return self.values(self.column)

    def places(self) -> list[str]:
        """Return where each row stands."""
        return [f"line {line}" for line in self.numbers]

    def values(self, column: str) -> list[str]:
        """Return the value of a key, empty where an object lacks it."""
        return [row.get(column, "") for row in self.parsed]

    def cells(self) -> list[list[str]]:
        """Return the values of the first object's keys.

        Raises
        ------
        DataError
            If an object has another key: a table cannot get another column half-way.
        """
        for row, line in zip(self.parsed, self.numbers, strict=True):
            if more := [key for key in row if key not in self.names]:
                raise DataError(
                    f"{self.name}, line {line}: the key {more[0]!r} is not in the first object, "
                    "and a table cannot get another column here; write JSON lines."
                )
        return [[row.get(name, "") for name in self.names] for row in self.parsed]

    def objects(self) -> list[str]:
        """Return the lines as they were."""
        return self.lines


def csv_lines(rows: Sequence[Sequence[str]]) -> str:
    """Return rows as CSV with bare line feeds.

    The library's writer leaves a carriage return unquoted where lines end in line feeds.
    """
    return "".join(
        # A line without anything would be no row.
        (",".join(map(_quoted, row)) if list(row) != [""] else '""') + "\n"
        for row in rows
    )


def _quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if _TO_QUOTE.search(cell) else cell


def without_formula(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula: with an apostrophe before it."""
    armed = _FORMULA.match(cell) and not _NUMBER.fullmatch(cell)
    return f"'{cell}" if armed else cell


def tsv_lines(rows: Sequence[Sequence[str]], places: Sequence[str]) -> str:
    """Return rows as tab-separated text, where nothing can be quoted.

    Raises
    ------
    DataError
        If a cell holds a tab or a line end; names the row.
    """
    lines = []
    for row, place in zip(rows, places, strict=True):
        line = "\t".join(row)
        if line.count("\t") != len(row) - 1 or "\n" in line or "\r" in line:
            raise DataError(
                f"{place}: a cell holds a tab or a line end, which tab-separated text cannot; "
                "write CSV."
            )
        lines.append(line + "\n")
    return "".join(lines)


def added_cells(added: Added) -> list[list[str]]:
    """Return the cells that scoring adds to each row, as text."""
    return [
        [str(value) for value in row]
        for row in zip(*(column.tolist() for column in added.values()), strict=True)
    ]


def to_bytes(chunk: Chunk, added: Added, style: Style, extra: Extra = None) -> bytes:
    """Return a chunk with the columns that scoring adds, as a format of text writes them.

    Parameters
    ----------
    chunk, added
        n rows, and the columns behind their own.
    style
        Of the form `csv`, `tsv` or `jsonl`.
    extra
        For JSON lines, what else comes into each object.

    Raises
    ------
    DataError
        If the format cannot hold a row; names it.
    """
    if style.form == JSONL:
        names = list(added)
        lines = []
        columns = zip(*(column.tolist() for column in added.values()), strict=True)
        for number, (line, values) in enumerate(zip(chunk.objects(), columns, strict=True)):
            ours = {**dict(zip(names, values, strict=True)), **(extra[number] if extra else {})}
            theirs = line.rstrip().removesuffix("}").rstrip()
            lines.append(f"{theirs}, {json.dumps(ours, ensure_ascii=False)[1:]}\n")
        return "".join(lines).encode()
    cells = [
        [*theirs, *ours] for theirs, ours in zip(chunk.cells(), added_cells(added), strict=True)
    ]
    return text_lines(cells, chunk.places(), style).encode()


def text_lines(rows: Sequence[Sequence[str]], places: Sequence[str], style: Style) -> str:
    """Return rows as CSV or tab-separated text; errors as for `tsv_lines`."""
    if style.disarmed:
        rows = [list(map(without_formula, row)) for row in rows]
    return csv_lines(rows) if style.form == CSV else tsv_lines(rows, places)


def header_line(names: Sequence[str], style: Style) -> bytes:
    """Return the line that names the columns, in the formats that have one."""
    if style.form == JSONL:
        return b""
    mark = "\ufeff" * style.mark
    return (mark + text_lines([names], ["the header"], style)).encode()
