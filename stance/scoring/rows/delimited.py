"""Records of CSV and tab-separated text, one at a time, each with the line that it ends on.

What parts the fields is told by the header. A row has as many fields as its header or is named; a
cell may be as long as an article. Rows and columns that are wholly empty, which spreadsheets leave
behind a table, are none of it.
"""

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import chain, islice
from typing import Generic, TypeVar

from stance.errors import DataError

# A cell may be long (an article pasted into a spreadsheet); the default limit is 128 KiB.
csv.field_size_limit(2**31 - 1)

Cell = TypeVar("Cell")

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
# Rows that are looked at before anything is said about the columns.
_AHEAD = 100
# What Excel writes, and reads, above a table of another separator than its own.
_NAMED = re.compile(r'"?sep=(.)"?\r?\n?', re.IGNORECASE)


class Records(Generic[Cell]):
    """The rows of a table, each with the place that it ends at.

    Parameters
    ----------
    found
        The place of each row, and its cells; without a header the first one has the columns'
        number.
    name
        What to call the file in errors.
    header
        Whether the first row names the columns; else they are called ``"1"``, ``"2"`` and so on.
    mend
        What would mend a row that has more or fewer cells.
    as_text
        Returns the text of a cell.
    unit
        What a place is: a line, or a row.

    Attributes
    ----------
    names
        The columns: those of the header but for the ones that have no name and hold nothing.
    empty
        How many rows without anything were left out so far.
    notes
        What there is to say about how the table was read.

    Raises
    ------
    DataError
        If there is no header.
    """

    def __init__(
        self,
        found: Iterator[tuple[int, list[Cell]]],
        name: str,
        as_text: Callable[[Cell], str],
        mend: str,
        *,
        header: bool = True,
        unit: str = "line",
    ) -> None:
        self._name = name
        self.as_text = as_text
        self._mend = mend
        self._header = header
        self._unit = unit
        self.empty = 0
        self.notes: list[str] = []
        filled = self._filled(found)
        self._place, first = next(filled, (0, []))
        if header and not first:
            raise DataError(f"{name}: the file is empty; its first {unit} must name the columns.")
        ahead = list(islice(filled, _AHEAD))
        if not header and first:
            ahead.insert(0, (self._place, first))
        self._rows = chain(ahead, filled)
        titles = [as_text(cell) for cell in first]
        if not header:
            titles = [str(number) for number in range(1, len(first) + 1)]
        self._width = len(titles)
        rows = [row for _, row in ahead]
        self._left_out = [
            number
            for number, title in enumerate(titles)
            if not title.strip() and all(self._is_blank(row[number : number + 1]) for row in rows)
        ]
        if len(self._left_out) == self._width:
            self._left_out = []
        self._kept = [number for number in range(self._width) if number not in self._left_out]
        self.names = [titles[number] for number in self._kept]

    def _is_blank(self, cells: Iterable[Cell]) -> bool:
        return not any(self.as_text(cell).strip() for cell in cells)

    def _filled(self, found: Iterator[tuple[int, list[Cell]]]) -> Iterator[tuple[int, list[Cell]]]:
        for place, row in found:
            # In a table of one column an empty cell is an answer.
            if len(row) > 1 and self._is_blank(row):
                self.empty += 1
            elif row:
                yield place, row

    def check(self, columns: Mapping[str, str | None]) -> None:
        """Check the columns; parameters and errors as for `check_columns`."""
        check_columns(self.names, columns, f"{self._name}, {self._unit} {self._place}")

    def __iter__(self) -> Iterator[tuple[int, list[Cell]]]:
        """Yield the place of each row, and the cells of the columns.

        Raises
        ------
        DataError
            If a row has more or fewer fields than the header, or than the first row where there is
            none, or something in a column without a name.
        """
        for place, row in self._rows:
            missing = range(len(row), self._width)
            # An empty cell too many may be what an unquoted comma has moved there.
            if len(row) > self._width or not set(missing) <= set(self._left_out):
                raise DataError(
                    f"{self._name}, {self._unit} {place}: {len(row)} fields where the "
                    f"{'header' if self._header else 'first row'} has {self._width}; {self._mend}."
                )
            for number in self._left_out:
                if not self._is_blank(row[number : number + 1]):
                    raise DataError(
                        f"{self._name}, {self._unit} {place}: column {number + 1} has no name and "
                        f"holds {self.as_text(row[number])!r} here; name it, or empty it."
                    )
            yield place, ([row[n] for n in self._kept] if self._left_out else row)


def csv_records(
    lines: Iterable[str],
    name: str,
    separator: str = ",",
    *,
    quotes: bool = True,
    header: bool = True,
    before: int = 0,
) -> Records[str]:
    """Return the rows of CSV or tab-separated text.

    Parameters
    ----------
    lines
        The lines with their ends; no more of them are taken than the rows need.
    name
        What to call the file in errors.
    separator
        What stands between fields.
    quotes
        Whether quotes hold a field together; else they are characters like others, and a line is
        a row.
    header
        As for `Records`.
    before
        How many lines of the file stand above them.

    Raises
    ------
    DataError
        As for `Records`, and if quotes are not closed; names the line.
    """
    of_kind = SEPARATORS.get(separator, repr(separator))
    mend = f"quote cells that contain {of_kind}" if quotes else "leave tabs out of the cells"
    found = _parsed(lines, name, separator, quotes=quotes, before=before)
    return Records(found, name, str, mend, header=header)


def _parsed(
    lines: Iterable[str], name: str, separator: str, *, quotes: bool, before: int
) -> Iterator[tuple[int, list[str]]]:
    if quotes:
        reader = csv.reader(lines, delimiter=separator, strict=True)
    else:
        reader = csv.reader(lines, delimiter=separator, quoting=csv.QUOTE_NONE)
    try:
        for row in reader:
            yield before + reader.line_num, row
    except csv.Error as error:
        raise DataError(
            f"{name}, line {before + reader.line_num}: not valid CSV ({error})."
        ) from None


def find_separator(
    lines: Iterator[str], columns: Sequence[str], name: str, *, header: bool = True
) -> tuple[str, Iterator[str], int]:
    """Find out what parts the fields of a table.

    It is what the header has the wanted columns by, and where several could be, what parts all
    rows into as many fields.

    Parameters
    ----------
    lines
        The lines.
    columns
        The columns that are wanted; without a header, their numbers.
    name
        What to call the file in errors.
    header
        Whether there is one.

    Returns
    -------
    The separator, the lines of the table, and how many stand above it.

    Raises
    ------
    DataError
        If several separators could be meant.
    """
    ahead = list(islice(lines, _AHEAD))
    if ahead and (named := _NAMED.fullmatch(ahead[0])):
        return named[1], chain(ahead[1:], lines), 1
    heads = {separator: rows for separator in SEPARATORS if (rows := _glance(ahead, separator))}
    parting = {sign: rows for sign, rows in heads.items() if len(rows[0]) > 1}
    if header:
        having = {sign: rows for sign, rows in parting.items() if set(columns) <= set(rows[0])}
    else:
        most = max((int(column) for column in columns if column.isdecimal()), default=1)
        having = {sign: rows for sign, rows in parting.items() if len(rows[0]) >= most}
    likely = having or parting
    if len(likely) > 1:
        even = {sign: rows for sign, rows in likely.items() if len(set(map(len, rows))) == 1}
        likely = even or likely
    if len(likely) > 1 and having:
        signs = " or ".join(SEPARATORS[sign] for sign in likely)
        raise DataError(
            f"{name}, line 1: the fields may be parted by {signs}; say which with --delimiter."
        )
    return next(iter(likely), ","), chain(ahead, lines), 0


def _glance(lines: Sequence[str], separator: str) -> list[list[str]]:
    """Return the first rows as a separator parts them, up to what is no CSV."""
    rows: list[list[str]] = []
    with suppress(csv.Error):
        rows.extend(
            row
            for row in csv.reader(lines, delimiter=separator, strict=True)
            if any(cell.strip() for cell in row)
        )
    return rows


def check_columns(names: Sequence[str], columns: Mapping[str, str | None], where: str) -> None:
    """Check that a table has some columns.

    Parameters
    ----------
    names
        The columns that it has.
    columns
        Those that must be there, and the option that names each otherwise, if there is one.
    where
        What to call the place in errors.

    Raises
    ------
    DataError
        If a column is there twice, or one that must be there is not.
    """
    if twice := sorted({column for column in names if names.count(column) > 1}):
        raise DataError(f"{where}: column {twice[0]!r} is there twice; rename one of them.")
    for column, option in columns.items() if names else ():
        if column not in names:
            there = ", ".join(map(repr, names)) or "none"
            mend = f"; name the right one with {option}" if option else ""
            raise DataError(f"{where}: no column {column!r}; the file has {there}{mend}.")
