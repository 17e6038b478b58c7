"""Reading and writing files so that nothing is lost, guessed or half-written.

Every table and text of the project passes through here: input is UTF-8 or it is refused with the
line that is not, a CSV row has as many fields as its header or is named, and output appears under
its name only when it is whole.
"""

import csv
import hashlib
import io
import json
import os
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import pandas as pd

from pipeline.errors import DataError

# A cell may be long (an article pasted into a spreadsheet); the default limit is 128 KiB.
csv.field_size_limit(2**31 - 1)


def fold(text: str) -> str:
    """Return `text` with every run of white space, no-break spaces included, as one space."""
    return re.sub(r"\s+", " ", text).strip()


def decode(
    content: bytes, name: str, encoding: str = "utf-8", mend: str = "save the file as UTF-8"
) -> str:
    """Return `content` as text; a byte-order mark is left out.

    Parameters
    ----------
    content, name
        The bytes, and what to call them in errors.
    encoding
        Any encoding of text that Python knows.
    mend
        What would mend a byte that is not of the encoding, for the error.

    Raises
    ------
    DataError
        If `content` is not of the encoding; names the line and the byte.
    """
    try:
        return content.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        column = error.start - (content.rfind(b"\n", 0, error.start) + 1) + 1
        raise DataError(
            f"{name}, line {line}, byte {column}: 0x{content[error.start]:02x} is not "
            f"{encoding.upper()}; {mend}."
        ) from None


def read_text(path: Path) -> str:
    """Return the text of a UTF-8 file.

    Raises
    ------
    DataError
        If there is no such file, or it is not UTF-8.
    """
    if not path.is_file():
        raise DataError(f"{path}: no such file.")
    return decode(path.read_bytes(), str(path))


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
    name, separator, quotes, header
        As for `parse_csv`.

    Yields
    ------
    The line on which the record ends, and its fields; first of all those of the column names.

    Raises
    ------
    DataError
        As for `parse_csv`, but for columns.
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


def read_csv(path: Path, columns: Sequence[str] = ()) -> pd.DataFrame:
    """Return a UTF-8 CSV file as `parse_csv` does; errors are its own and those of `read_text`."""
    return parse_csv(read_text(path), str(path), columns)


@contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """Open a temporary file beside `path` that takes its name only if the block succeeds."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(name, 0o666 & ~umask)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise


def write_text(path: Path, text: str) -> None:
    """Write `text` as UTF-8 with its line ends as they are, whole or not at all."""
    with replacing(path) as file:
        file.write(text.encode("utf-8"))


def to_csv(table: pd.DataFrame) -> str:
    """Return a data frame as CSV text with bare line feeds, without its index."""
    return table.to_csv(index=False, lineterminator="\n")


def write_csv(path: Path, table: pd.DataFrame) -> None:
    """Write a data frame as CSV, whole or not at all."""
    write_text(path, to_csv(table))


def write_json(path: Path, content: Any) -> None:
    """Write `content` as indented JSON with sorted keys, whole or not at all."""
    write_text(path, json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False) + "\n")


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file as 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
