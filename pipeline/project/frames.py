"""Tables of the project as data frames of strings, read so that nothing is lost or guessed.

The index is the line on which a record ends, so that errors can name it.
"""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from stance.files import read_text, to_csv, write_text
from stance.scoring.rows.delimited import Records, csv_records


def parse_csv(text: str, name: str, columns: Sequence[str] = ()) -> pd.DataFrame:
    """Return CSV as a data frame of strings, indexed by line number.

    Parameters
    ----------
    text
        The whole file.
    name
        What to call the file in errors.
    columns
        Columns that must be there; others are kept as they are.

    Returns
    -------
    As `frame_of`.

    Raises
    ------
    DataError
        If there is no header, a column is missing or named twice, quotes are not closed, or a row
        has more or fewer fields than the header.
    """
    records = csv_records(io.StringIO(text, newline=""), name)
    records.check(dict.fromkeys(columns, ""))
    return frame_of(records)


def frame_of(records: Records[Any]) -> pd.DataFrame:
    """Return all rows of a table as a data frame of strings.

    Returns
    -------
    DataFrame of str, one row per record, empty cells as ``""``; the index `line` is the line on
    which the record ends, or its row in a sheet.
    """
    rows: list[list[str]] = []
    lines: list[int] = []
    for line, row in records:
        rows.append(list(map(records.as_text, row)))
        lines.append(line)
    index = pd.Index(lines, name="line")
    return pd.DataFrame(rows, columns=records.names, index=index, dtype="str")


def read_csv(path: Path, columns: Sequence[str] = ()) -> pd.DataFrame:
    """Return a UTF-8 CSV file as `parse_csv` does; errors are its own and those of `read_text`."""
    return parse_csv(read_text(path), str(path), columns)


def write_csv(path: Path, table: pd.DataFrame) -> None:
    """Write a data frame as CSV, whole or not at all."""
    write_text(path, to_csv(table))
