"""Sheets of spreadsheets in and out: `.xlsx` of Excel and `.ods` of LibreOffice.

Cells keep what they are: numbers, dates and truths come out as such, and text is never taken for a
formula. The libraries are an extra.
"""

import datetime as dt
import io
import json
import math
import re
import sys
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from stance.errors import DataError
from stance.files import STREAM
from stance.scoring.rows.formats import ODS, XLSX
from stance.scoring.rows.records import Added, Chunk, TextChunk

# A cell far beyond the table makes a sheet of billions of cells, which are all held in memory.
_MOST_CELLS = 50_000_000
# What Excel takes.
_MOST_ROWS, _MOST_COLUMNS, _LONGEST_CELL = 1_048_576, 16_384, 32_767
# Beyond it a number of a sheet is not the one that was written.
_LARGEST = 2**53
_BLOCK = 1 << 20
_CELL = re.compile(rb'<(?:\w+:)?c [^>]*?r="([A-Z]{1,3})(\d{1,7})"')
_OPEN_CELL = re.compile(
    rb"<table:table-row\b([^>]*)>|<table:(?:covered-)?table-cell\b([^>]*?)(/?)>"
)
_ROWS = re.compile(rb'table:number-rows-repeated="(\d+)"')
_COLUMNS = re.compile(rb'table:number-columns-repeated="(\d+)"')


def _needs_extra() -> DataError:
    return DataError("spreadsheets need the extra 'sheets'; install it with `make sheets`.")


@dataclass(frozen=True)
class SheetChunk(TextChunk):
    """Rows of a sheet; the cells as text, and as they are.

    Attributes
    ----------
    values_of
        The cells of each row: str, numbers, truths, dates and times.
    """

    values_of: list[list[Any]]

    def places(self) -> list[str]:
        """Return where each row stands."""
        return [f"row {line}" for line in self.lines]


def as_text(value: Any) -> str:
    """Return a cell as text: dates as in ISO 8601, whole numbers without a fraction."""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float) and value.is_integer() and abs(value) < _LARGEST:
        return str(int(value))
    if isinstance(value, dt.datetime):
        return value.isoformat(" ")
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    return str(value)


def read_sheet(
    place: str, form: str, sheet: str | None
) -> tuple[Iterator[tuple[int, list[Any]]], list[str]]:
    """Return the rows of a sheet with their numbers, and what there is to say about it.

    Parameters
    ----------
    place
        The file; ``-`` for standard input.
    form
        `xlsx` or `ods`.
    sheet
        The name of the sheet; None for the first one that is not hidden.

    Raises
    ------
    DataError
        If it is no such file, has no such sheet, or a cell stands far beyond the table.
    """
    try:
        from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum
    except ImportError:
        raise _needs_extra() from None
    name = "standard input" if place == STREAM else place
    content = sys.stdin.buffer.read() if place == STREAM else Path(place).read_bytes()
    content = _checked(content, form, name)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        shown = [
            about.name
            for about in book.sheets_metadata
            if about.typ == SheetTypeEnum.WorkSheet and about.visible == SheetVisibleEnum.Visible
        ]
        if sheet is not None and sheet not in book.sheet_names:
            raise DataError(
                f"{name}: no sheet {sheet!r}; there are {', '.join(map(repr, book.sheet_names))}."
            )
        if not book.sheet_names:
            raise _damaged(name, form, "it has no sheet")
        if sheet is None and not shown:
            raise DataError(f"{name}: every sheet is hidden; name one with --sheet.")
        chosen = sheet or shown[0]
        rows = book.get_sheet_by_name(chosen).to_python(skip_empty_area=False)
    except CalamineError as error:
        raise _damaged(name, form, str(error)) from None
    except BaseException as error:
        # What the library did not foresee ends it in a way of its own.
        if type(error).__name__ != "PanicException":
            raise
        raise _damaged(name, form, "its parts contradict each other") from None
    notes = []
    if sheet is None and len(book.sheet_names) > 1:
        notes.append(f"sheet {chosen!r}, one of {len(book.sheet_names)} (--sheet names another)")
    return enumerate(rows, start=1), notes


def _damaged(name: str, form: str, reason: str) -> DataError:
    return DataError(
        f"{name}: not a whole .{form} file, or one with a password ({reason.rstrip('.')}); save it "
        "again, or name its format with --format."
    )


def _checked(content: bytes, form: str, name: str) -> bytes:
    """Return a spreadsheet as the library reads it, unless no memory holds it."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for member in archive.namelist():
                if member != "content.xml" and not re.match(r"xl/worksheets/.*\.xml$", member):
                    continue
                with archive.open(member) as file:
                    rows, columns = _reach_of_xlsx(file) if form == XLSX else _reach_of_ods(file)
                if rows * columns > _MOST_CELLS:
                    raise DataError(
                        f"{name}: a cell stands in row {rows:,} and one in column {columns:,}, far "
                        "beyond any table; delete what is below and right of the table."
                    )
            return _with_blanks(archive) if form == ODS else content
    except (zipfile.BadZipFile, zlib.error, RuntimeError, OSError, ValueError) as error:
        raise _damaged(name, form, str(error)) from None
    except KeyError:
        raise _damaged(name, form, "it has no sheet") from None
    except EOFError:
        raise _damaged(name, form, "it ends too soon") from None


def _with_blanks(archive: zipfile.ZipFile) -> bytes:
    """Return an OpenDocument file whose tabs and line breaks are characters.

    As elements the library would leave them out, and join the words beside them.
    """
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as again:
        for member in ("mimetype", "META-INF/manifest.xml"):
            again.writestr(member, archive.read(member))
        content = re.sub(rb"<text:tab\b[^>]*>", b"\t", archive.read("content.xml"))
        again.writestr("content.xml", re.sub(rb"<text:line-break\b[^>]*>", b"\n", content))
    return packed.getvalue()


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    """Yield a file in pieces that end where a tag does."""
    rest: list[bytes] = []
    while block := file.read(_BLOCK):
        head, end, tail = block.rpartition(b">")
        if end:
            yield b"".join([*rest, head, end])
            rest = []
        rest.append(tail)


def _reach_of_xlsx(file: IO[bytes]) -> tuple[int, int]:
    """Return the last row and the last column that hold a cell."""
    rows, letters = 0, (0, b"")
    for piece in _pieces(file):
        for found in _CELL.finditer(piece):
            rows = max(rows, int(found[2]))
            letters = max(letters, (len(found[1]), found[1]))
    columns = 0
    for letter in letters[1]:
        columns = columns * 26 + letter - ord("A") + 1
    return rows, columns


def _reach_of_ods(file: IO[bytes]) -> tuple[int, int]:
    """Return the last row and the last column that hold a cell; repeated ones count."""
    row = rows = column = columns = 0
    repeated = 1
    for piece in _pieces(file):
        for found in _OPEN_CELL.finditer(piece):
            if found[1] is not None:
                row += repeated
                times = _ROWS.search(found[1])
                repeated, column = int(times[1]) if times else 1, 0
                continue
            times = _COLUMNS.search(found[2])
            column += int(times[1]) if times else 1
            if not found[3] or b"office:value" in found[2]:
                rows, columns = max(rows, row + repeated), max(columns, column)
    return rows, columns


def check_cells(rows: Sequence[Sequence[Any]], form: str, above: int, name: str) -> None:
    """Check that a sheet can hold some rows.

    Parameters
    ----------
    rows
        The rows.
    form
        `xlsx` or `ods`.
    above
        How many rows stand above them.
    name
        What to call the file in errors.

    Raises
    ------
    DataError
        If there are too many rows or columns, or a cell is too long or holds a character that the
        format has no way to write.
    """
    for number, row in enumerate(rows, start=above + 1):
        if number > _MOST_ROWS or len(row) > _MOST_COLUMNS:
            raise DataError(
                f"{name}: a sheet has room for {_MOST_ROWS:,} rows and {_MOST_COLUMNS:,} columns; "
                "write .csv or .parquet."
            )
        for cell in row:
            if not isinstance(cell, str):
                continue
            if form == XLSX and len(cell.encode("utf-16-le")) > 2 * _LONGEST_CELL:
                raise DataError(
                    f"{name}, row {number}: a text of {len(cell):,} characters, and a cell of "
                    f"Excel has room for {_LONGEST_CELL:,}; write .csv or .ods."
                )
            if form == ODS and (found := _UNWRITABLE.search(cell)):
                raise DataError(
                    f"{name}, row {number}: the character {found[0]!r}, which .ods cannot hold; "
                    "remove it, or write .csv or .xlsx."
                )


_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0d\x0e-\x1f\ufffe\uffff]")


def sheet_lines(rows: Sequence[Sequence[Any]]) -> bytes:
    """Return rows as lines that `read_sheet_lines` reads again, until the sheet is written."""
    return b"".join(json.dumps(row, default=_tagged).encode() + b"\n" for row in rows)


def _tagged(value: Any) -> dict[str, Any]:
    if isinstance(value, dt.timedelta):
        return {"timedelta": [value.days, value.seconds, value.microseconds]}
    return {type(value).__name__: value.isoformat()}


def _untagged(found: dict[str, Any]) -> Any:
    (kind, value), *_ = found.items()
    if kind == "timedelta":
        return dt.timedelta(*value)
    return getattr(dt, kind).fromisoformat(value)


def read_sheet_lines(path: Path) -> Iterator[list[Any]]:
    """Yield the rows of a file of `sheet_lines`."""
    with path.open("rb") as file:
        for line in file:
            yield json.loads(line, object_hook=_untagged)


def plain(value: Any) -> Any:
    """Return a cell as a number, a truth or a date if a sheet can hold it, else as text."""
    if isinstance(value, bool | str | dt.time | dt.timedelta):
        return value
    if isinstance(value, int | float):
        return value if math.isfinite(value) and abs(value) <= _LARGEST else as_text(value)
    if isinstance(value, dt.date):
        return value if value.year >= 1900 else as_text(value)
    return as_text(value)


def scored_cells(chunk: Chunk, added: Added) -> list[list[Any]]:
    """Return the cells of rows, those of a sheet as they are, with those that scoring adds."""
    theirs = chunk.values_of if isinstance(chunk, SheetChunk) else chunk.cells()
    ours = zip(*(column.tolist() for column in added.values()), strict=True)
    return [[*map(plain, row), *values] for row, values in zip(theirs, ours, strict=True)]


def require_writer(form: str) -> None:
    """Check that a format can be written.

    Raises
    ------
    DataError
        If the extra is not installed.
    """
    if form == XLSX:
        try:
            import xlsxwriter  # noqa: F401 - only whether it is there
        except ImportError:
            raise _needs_extra() from None


def write_sheet(
    file: IO[bytes], rows: Iterator[list[Any]], form: str, folder: str | None = None
) -> None:
    """Write rows as the one sheet of a spreadsheet; `require_writer` says if it can be done.

    Parameters
    ----------
    file
        Where to.
    rows
        Its cells, the header among them.
    form
        `xlsx` or `ods`.
    folder
        Where rows of `xlsx` lie until the sheet is whole (default: among the temporary files).
    """
    if form == ODS:
        from stance.scoring.rows.open_document import write_ods

        write_ods(file, rows)
        return
    from xlsxwriter import Workbook

    book = Workbook(file, {"constant_memory": True, "in_memory": False, "tmpdir": folder})
    # The same rows make the same bytes.
    book.set_properties({"created": dt.datetime(1980, 1, 1, tzinfo=dt.UTC)})
    sheet = book.add_worksheet()
    kinds = {
        "datetime": "yyyy-mm-dd hh:mm:ss",
        "date": "yyyy-mm-dd",
        "time": "hh:mm:ss",
        "timedelta": "[h]:mm:ss",
    }
    formats = {kind: book.add_format({"num_format": form}) for kind, form in kinds.items()}
    for number, row in enumerate(rows):
        for column, cell in enumerate(row):
            if isinstance(cell, str):
                sheet.write_string(number, column, cell)
            elif isinstance(cell, bool):
                sheet.write_boolean(number, column, cell)
            elif isinstance(cell, int | float):
                sheet.write_number(number, column, cell)
            else:
                sheet.write_datetime(number, column, cell, formats[type(cell).__name__])
    book.close()
