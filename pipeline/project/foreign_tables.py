"""Tables that other people made, outside of the project: CSV, sheets or JSON lines.

Whatever they are written in, they come out alike: a data frame of strings whose index is the line,
so that a command can name the place of what it cannot use.
"""

from collections.abc import Collection, Mapping
from contextlib import closing
from pathlib import Path

import pandas as pd

from pipeline.project.frames import frame_of
from stance.errors import DataError
from stance.scoring.rows.formats import JSONL, SHEETS, Layout
from stance.scoring.rows.json_lines import json_row
from stance.scoring.rows.lines import open_lines
from stance.scoring.rows.sources import all_notes, sheet_records, table_records


def read_foreign_table(
    path: Path, columns: Mapping[str, str], layout: Layout
) -> tuple[pd.DataFrame, list[str]]:
    """Return the rows of a file, and what there is to say about how it was read.

    Parameters
    ----------
    path
        The file.
    columns
        Columns that must be there, and the option that names each otherwise; others are kept as
        they are. Without a header they are called ``"1"``, ``"2"`` and so on.
    layout
        How to read it.

    Returns
    -------
    All columns as str, indexed by line number; and notes, each with the file's name.

    Raises
    ------
    DataError
        If there is no such file, it has no rows or lacks a column, or a line cannot be read; names
        the line.
    """
    if not path.is_file():
        raise DataError(f"{path}: no such file.")
    if layout.form in SHEETS:
        records = sheet_records(str(path), layout, columns)
        rows, notes = frame_of(records), all_notes(records)
    else:
        with closing(open_lines(str(path), layout.encoding)) as lines:
            if layout.form == JSONL:
                rows, notes = parse_json_lines("".join(lines), str(path), columns), lines.notes
            else:
                of_text = table_records(lines, layout, columns)
                rows, notes = frame_of(of_text), all_notes(of_text)
    if rows.empty:
        raise DataError(f"{path}: there are no rows; the file must have at least one.")
    return rows, [f"{path}: read {', '.join(notes)}"] * bool(notes)


def parse_json_lines(text: str, name: str, columns: Collection[str] = ()) -> pd.DataFrame:
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
