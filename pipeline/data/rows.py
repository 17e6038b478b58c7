"""Read the rows of files that other people made: CSV, tab-separated text or JSON lines.

Whatever they are written in, they come out alike: a data frame of strings whose index is the line,
so that every command can name the place of what it cannot use.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline.data.files import decode, parse_csv
from pipeline.errors import DataError

CSV, TSV, JSONL = "csv", "tsv", "jsonl"
FORMATS = [CSV, TSV, JSONL]
SUFFIXES = {".csv": CSV, ".tsv": TSV, ".txt": TSV, ".jsonl": JSONL}


@dataclass(frozen=True)
class Layout:
    """How a file holds its rows.

    Attributes
    ----------
    form
        `csv` (quoted where needed, as RFC 4180 says), `tsv` (tabs part the fields, a line is a
        row, and quotes are characters like others) or `jsonl` (an object per line).
    encoding
        Any encoding of text that Python knows.
    header
        Whether the first line of CSV or tab-separated text names the columns.
    """

    form: str
    encoding: str = "utf-8"
    header: bool = True


def read_rows(path: Path, columns: Sequence[str], layout: Layout) -> pd.DataFrame:
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
            rows[line] = json_object(content, f"{name}, line {line}")
            for column in columns:
                if column not in rows[line]:
                    raise DataError(
                        f"{name}, line {line}: no key {column!r}; "
                        f"the object has {', '.join(map(repr, rows[line])) or 'none'}."
                    )
    names = list(dict.fromkeys(key for row in rows.values() for key in row))
    cells = [[row.get(key, "") for key in names] for row in rows.values()]
    return pd.DataFrame(cells, columns=names, index=pd.Index(rows, name="line"), dtype="str")


def json_object(content: str, where: str) -> dict[str, str]:
    """Return a line of JSON as strings; `where` is what to call it in errors.

    Raises
    ------
    DataError
        As for `parse_json_lines`.
    """

    def to_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            keys = [key for key, _ in pairs]
            twice = next(key for key in keys if keys.count(key) > 1)
            raise DataError(f"{where}: key {twice!r} is there twice; rename one of them.")
        return found

    try:
        found = json.loads(content, object_pairs_hook=to_object)
    except json.JSONDecodeError as error:
        raise DataError(f"{where}, column {error.colno}: not valid JSON ({error.msg}).") from None
    except (ValueError, RecursionError):
        # More digits, or more brackets within brackets, than Python takes.
        raise DataError(
            f"{where}: a number is too long or values are nested too deep; shorten the row."
        ) from None
    if not isinstance(found, dict):
        raise DataError(f'{where}: not an object; write each row as {{"column": "value"}}.')
    row = {key: _as_text(value) for key, value in found.items()}
    for key, value in row.items():
        try:
            (key + value).encode()
        except UnicodeEncodeError:
            raise DataError(
                f"{where}: the value of {key!r} holds half a surrogate pair, which is no "
                "character; remove it."
            ) from None
    return row


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
