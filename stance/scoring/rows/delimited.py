"""Records of CSV and tab-separated text, one at a time, each with the line that it ends on.

A row has as many fields as its header or is named; a cell may be as long as an article.
"""

import csv
from collections.abc import Iterable, Iterator, Sequence

from stance.errors import DataError

# A cell may be long (an article pasted into a spreadsheet); the default limit is 128 KiB.
csv.field_size_limit(2**31 - 1)


def csv_records(
    lines: Iterable[str],
    name: str,
    separator: str = ",",
    *,
    quotes: bool = True,
    header: bool = True,
) -> Iterator[tuple[int, list[str]]]:
    """Yield the column names and then the rows of CSV or tab-separated text, one at a time.

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
        Whether the first line names the columns; else they are called ``"1"``, ``"2"`` and so on.

    Yields
    ------
    The line on which the record ends, and its fields; first of all those of the column names.

    Raises
    ------
    DataError
        If there is no header, quotes are not closed, or a row has more or fewer fields than the
        header, or than the first row where there is none; names the line.
    """
    if quotes:
        reader = csv.reader(lines, delimiter=separator, strict=True)
    else:
        reader = csv.reader(lines, delimiter=separator, quoting=csv.QUOTE_NONE)
    names: list[str] = []
    try:
        if header and not (names := next(reader, [])):
            raise DataError(f"{name}: the file is empty; its first line must name the columns.")
        if header:
            yield reader.line_num, names
        for row in reader:
            if not row:
                continue
            if not names:
                names = [str(number) for number in range(1, len(row) + 1)]
                yield reader.line_num, names
            if len(row) != len(names):
                raise DataError(
                    f"{name}, line {reader.line_num}: {len(row)} fields where the "
                    f"{'header' if header else 'first row'} has {len(names)}; "
                    + (
                        "leave tabs out of the cells."
                        if not quotes
                        else "quote cells that contain commas."
                    )
                )
            yield reader.line_num, row
    except csv.Error as error:
        raise DataError(f"{name}, line {reader.line_num}: not valid CSV ({error}).") from None
    if not names:
        yield 0, names


def check_columns(names: Sequence[str], columns: Sequence[str], name: str) -> None:
    """Raise a `DataError` if a column is there twice, or one that must be there is not."""
    if twice := sorted({column for column in names if names.count(column) > 1}):
        raise DataError(f"{name}, line 1: column {twice[0]!r} is there twice; rename one of them.")
    for column in columns if names else ():
        if column not in names:
            raise DataError(
                f"{name}, line 1: no column {column!r}; the file has {', '.join(map(repr, names))}."
            )
