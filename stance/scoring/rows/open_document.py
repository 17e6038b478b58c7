"""A sheet of OpenDocument (`.ods`), written row by row.

The library for it builds the whole tree first, a millisecond a row, and stamps the time into it; a
sheet of plain cells is three members of an archive, and the same rows make the same bytes.
"""

import datetime as dt
import re
import zipfile
from collections.abc import Iterator
from html import escape
from typing import IO, Any

_TYPE = "application/vnd.oasis.opendocument.spreadsheet"
_NAMES = "urn:oasis:names:tc:opendocument:xmlns"
_MANIFEST = f"""<?xml version="1.0" encoding="UTF-8"?>
<manifest:manifest xmlns:manifest="{_NAMES}:manifest:1.0" manifest:version="1.3">
<manifest:file-entry manifest:full-path="/" manifest:media-type="{_TYPE}"/>
<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>
</manifest:manifest>
"""
_HEAD = f"""<?xml version="1.0" encoding="UTF-8"?>
<office:document-content xmlns:office="{_NAMES}:office:1.0" xmlns:table="{_NAMES}:table:1.0" \
xmlns:text="{_NAMES}:text:1.0" office:version="1.3"><office:body><office:spreadsheet>\
<table:table table:name="Sheet1">
"""
_TAIL = "</table:table></office:spreadsheet></office:body></office:document-content>\n"
# Blanks in a row, or at an end, are one for XML.
_BLANKS = re.compile(r"(?<=^) | $| {2,}|\t", re.MULTILINE)


def write_ods(file: IO[bytes], rows: Iterator[list[Any]]) -> None:
    """Write rows of text, numbers, truths, dates and times as a sheet."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        # The type stands first, and not packed.
        archive.writestr(_member("mimetype", zipfile.ZIP_STORED), _TYPE)
        archive.writestr(_member("META-INF/manifest.xml"), _MANIFEST)
        with archive.open(_member("content.xml"), "w", force_zip64=True) as content:
            content.write(_HEAD.encode())
            for row in rows:
                cells = "".join(map(_cell, row))
                content.write(f"<table:table-row>{cells}</table:table-row>\n".encode())
            content.write(_TAIL.encode())


def _member(name: str, packed: int = zipfile.ZIP_DEFLATED) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(name)
    member.compress_type = packed
    return member


def _cell(value: Any) -> str:
    if isinstance(value, str):
        if not value:
            return "<table:table-cell/>"
        lines = "".join(f"<text:p>{_marked(line)}</text:p>" for line in value.split("\n"))
        return f'<table:table-cell office:value-type="string">{lines}</table:table-cell>'
    if isinstance(value, bool):
        kind, name, shown = "boolean", "boolean-value", str(value).lower()
    elif isinstance(value, int | float):
        kind, name, shown = "float", "value", repr(value)
    elif isinstance(value, dt.date):
        kind, name, shown = "date", "date-value", value.isoformat()
    else:
        kind, name, shown = "time", "time-value", _duration(value)
    return f'<table:table-cell office:value-type="{kind}" office:{name}="{shown}"/>'


def _marked(line: str) -> str:
    def mark(found: re.Match[str]) -> str:
        return "<text:tab/>" if found[0] == "\t" else f'<text:s text:c="{len(found[0])}"/>'

    return _BLANKS.sub(mark, escape(line, quote=False))


def _duration(value: dt.time | dt.timedelta) -> str:
    if isinstance(value, dt.time):
        value = dt.timedelta(
            hours=value.hour,
            minutes=value.minute,
            seconds=value.second,
            microseconds=value.microsecond,
        )
    minutes, seconds = divmod(value.total_seconds(), 60)
    hours, minutes = divmod(int(minutes), 60)
    return f"PT{hours:02}H{minutes:02}M{seconds:09.6f}S"
