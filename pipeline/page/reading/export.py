"""The rows that filters leave as a file: all columns of the one that was opened, and no others."""

import json
import tempfile
from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from pipeline.page.reading.filters import Asked, parse_asked, select
from pipeline.page.reading.index import Index
from pipeline.page.reading.store import Stored
from pipeline.page.rendering import parse_fields
from stance.errors import DataError
from stance.scoring.rows.formats import CSV, JSONL, XLSX, Style
from stance.scoring.rows.records import header_line, text_lines
from stance.scoring.rows.sheets import check_cells, require_writer, write_sheet

_KINDS = {
    CSV: "text/csv; charset=utf-8",
    JSONL: "application/x-ndjson",
    XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
# Rows that are fetched, and bytes that are sent, at a time.
_PIECE, _BYTES = 500, 65_536
# Fields of the form, and what they do to CSV.
_MARK, _DISARM = "bom", "no_formulas"


def _rows(index: Index, asked: Asked) -> Iterator[Stored]:
    numbers = select(index, asked)
    for start in range(0, len(numbers), _PIECE):
        yield from index.raw(numbers[start : start + _PIECE])


def _as_csv(index: Index, asked: Asked, style: Style) -> Iterator[bytes]:
    yield header_line(index.columns, style)
    some: list[list[str]] = []
    for cells, _ in _rows(index, asked):
        some.append(cells)
        if len(some) == _PIECE:
            yield text_lines(some, [], style).encode()
            some.clear()
    yield text_lines(some, [], style).encode()


def _as_json_lines(index: Index, asked: Asked) -> Iterator[bytes]:
    """Yield objects: as they were, or with the model's columns as numbers and truths."""
    some = bytearray()
    for cells, line in _rows(index, asked):
        written = json.dumps(index.typed(cells), ensure_ascii=False) if line is None else line
        some += f"{written.rstrip()}\n".encode()
        if len(some) > _BYTES:
            yield bytes(some)
            some.clear()
    yield bytes(some)


def _as_sheet(index: Index, asked: Asked) -> Iterator[bytes]:
    """Return a sheet in pieces; it is whole before the first one is sent.

    Raises
    ------
    DataError
        If a sheet cannot hold the rows.
    """
    require_writer(XLSX)

    def values() -> Iterator[list[Any]]:
        for above, (cells, _) in enumerate(_rows(index, asked), start=1):
            row = list(index.typed(cells).values())
            check_cells([row], XLSX, above, "the sheet")
            yield ["" if cell is None else cell for cell in row]

    file = tempfile.TemporaryFile(prefix="stance-")  # noqa: SIM115 - sent when this has returned
    try:
        with tempfile.TemporaryDirectory(prefix="stance-") as folder:
            write_sheet(file, chain([index.columns], values()), XLSX, folder)
        file.seek(0)
    except BaseException:
        file.close()
        raise

    def pieces() -> Iterator[bytes]:
        with file:
            while piece := file.read(_BYTES):
                yield piece

    return pieces()


def _pieces(index: Index, asked: Asked, style: Style) -> Iterator[bytes]:
    if style.form == JSONL:
        return _as_json_lines(index, asked)
    if index.more_keys:
        raise DataError(
            f"not all objects of the file have the same keys ({index.more_keys!r} is not in the "
            "first one), and a table has a column for each or for none; take JSON lines."
        )
    return _as_sheet(index, asked) if style.form == XLSX else _as_csv(index, asked, style)


def _sender(index: Index, form: str) -> Callable[[Request], Response]:
    def send(request: Request) -> Response:
        fields = parse_fields(request.scope["query_string"])
        mark, disarmed = bool(fields.pop(_MARK, "")), bool(fields.pop(_DISARM, ""))
        asked = parse_asked(fields, index)
        style = Style(form, mark=mark and form == CSV, disarmed=disarmed and form == CSV)
        return StreamingResponse(
            _pieces(index, asked, style),
            media_type=_KINDS[form],
            headers={"Content-Disposition": f'attachment; filename="statements.{form}"'},
        )

    return send


def routes(index: Index) -> list[Route]:
    """Return where the files are."""
    return [Route(f"/statements.{form}", _sender(index, form)) for form in _KINDS]
