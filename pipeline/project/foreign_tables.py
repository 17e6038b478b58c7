"""Tables that other people made, outside of the project: CSV, tab-separated text or JSON lines.

Whatever they are written in, they come out alike: a data frame of strings whose index is the line,
so that a command can name the place of what it cannot use.
"""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from pipeline.project.frames import parse_csv
from stance.errors import DataError
from stance.files import decode
from stance.scoring.rows.formats import JSONL, TSV, Layout
from stance.scoring.rows.json_lines import json_row


def read_foreign_table(path: Path, columns: Sequence[str], layout: Layout) -> pd.DataFrame:
    """Return the rows of a file, all columns as str, indexed by line number.

    Parameters
    ----------
    path
        The file.
    columns
        Columns that must be there; others are kept as they are. Without a header they are called
        ``"1"``, ``"2"`` and so on.
    layout
        How to read it.

    Raises
    ------
    DataError
        If there is no such file, it has no rows or lacks a column, or a line cannot be read; names
        the line.
    """
    if not path.is_file():
        raise DataError(f"{path}: no such file.")
    text = decode(
        path.read_bytes(), str(path), layout.encoding, mend="name the file's own with --encoding"
    )
    if layout.form == JSONL:
        rows = parse_json_lines(text, str(path), columns)
    else:
        separator, quotes = ("\t", False) if layout.form == TSV else (",", True)
        rows = parse_csv(text, str(path), columns, separator, quotes=quotes, header=layout.header)
    if rows.empty:
        raise DataError(f"{path}: there are no rows; the file must have at least one.")
    return rows


def parse_json_lines(text: str, name: str, columns: Sequence[str] = ()) -> pd.DataFrame:
    """Return JSON lines as a data frame of strings, indexed by line number.

    Parameters
    ----------
    text
        The whole file, an object per line; empty lines are left out.
    name
        What to call the file in errors.
    columns
        Keys that each object must have; others are kept as they are.

    Returns
    -------
    DataFrame of str, a column per key in the order in which they appear. Strings are kept, null
    and a missing key are ``""``, and other values are as JSON writes them.

    Raises
    ------
    DataError
        If a line is no JSON object, lacks a key, has one twice, or holds half a surrogate pair.
    """
    rows: dict[int, dict[str, str]] = {}
    for line, content in enumerate(text.split("\n"), start=1):
        if content.strip():
            rows[line] = json_row(content, f"{name}, line {line}")
            for column in columns:
                if column not in rows[line]:
                    raise DataError(
                        f"{name}, line {line}: no key {column!r}; "
                        f"the object has {', '.join(map(repr, rows[line])) or 'none'}."
                    )
    names = list(dict.fromkeys(key for row in rows.values() for key in row))
    cells = [[row.get(key, "") for key in names] for row in rows.values()]
    return pd.DataFrame(cells, columns=names, index=pd.Index(rows, name="line"), dtype="str")
