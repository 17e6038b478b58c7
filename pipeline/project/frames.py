"""Tables of the project as data frames of strings, read so that nothing is lost or guessed.

The index is the line on which a record ends, so that errors can name it.
"""

import io
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from stance.files import read_text, to_csv, write_text
from stance.scoring.rows.delimited import check_columns, csv_records


def parse_csv(
    text: str,
    name: str,
    columns: Sequence[str] = (),
    separator: str = ",",
    *,
    quotes: bool = True,
    header: bool = True,
) -> pd.DataFrame:
    """Return CSV or tab-separated text as a data frame of strings, indexed by line number.

    Parameters
    ----------
    text
        The whole file.
    name
        What to call the file in errors.
    columns
        Columns that must be there; others are kept as they are.
    separator
        What stands between fields.
    quotes
        Whether quotes hold a field together; else they are characters like others, and a line is
        a row.
    header
        Whether the first line names the columns; else they are called ``"1"``, ``"2"`` and so on.

    Returns
    -------
    DataFrame of str, one row per record, empty cells as ``""``; the index `line` is the line on
    which the record ends.

    Raises
    ------
    DataError
        If there is no header, a column is missing or named twice, quotes are not closed, or a row
        has more or fewer fields than the header, or than the first row where there is none.
    """
    source = io.StringIO(text, newline="")
    records = csv_records(source, name, separator, quotes=quotes, header=header)
    names = next(records)[1]
    rows: list[list[str]] = []
    lines: list[int] = []
    for line, row in records:
        rows.append(row)
        lines.append(line)
    check_columns(names, columns, name)
    return pd.DataFrame(rows, columns=names, index=pd.Index(lines, name="line"), dtype="str")


def read_csv(path: Path, columns: Sequence[str] = ()) -> pd.DataFrame:
    """Return a UTF-8 CSV file as `parse_csv` does; errors are its own and those of `read_text`."""
    return parse_csv(read_text(path), str(path), columns)


def write_csv(path: Path, table: pd.DataFrame) -> None:
    """Write a data frame as CSV, whole or not at all."""
    write_text(path, to_csv(table))
