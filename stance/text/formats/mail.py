"""The article in a mail (.eml) or in a page that a browser saved as one file (.mht)."""

import re
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from email.utils import parsedate_to_datetime
from typing import NamedTuple

from stance.errors import DataError
from stance.text.formats.kinds import decode_text

# A plain part with less than this share of the other's length says "your program shows no HTML".
_STUB = 0.2


class Mail(NamedTuple):
    """The part that holds the text, and what the headers say (or empty)."""

    text: str
    html: bytes
    title: str
    author: str
    date: str
    attachments: list[str]


def read_mail(content: bytes, name: str) -> Mail:
    """Return the text of a mail: its plain part, or its HTML if that is all there is.

    Raises
    ------
    DataError
        If it has neither, or the plain part is in no encoding that is known.
    """
    message = message_from_bytes(content, policy=default)
    plain, html = "", b""
    attachments = []
    for part in message.walk():
        if part.is_multipart():
            continue
        payload = part.get_payload(decode=True)
        payload = payload if isinstance(payload, bytes) else b""
        kind = part.get_content_type()
        if part.get_content_disposition() == "attachment":
            attachments.append(part.get_filename() or kind)
        elif kind == "text/plain" and not plain:
            text, _ = decode_text(payload, name, None, part.get_content_charset())
            plain = _reflowed(text, part)
        elif kind in {"text/html", "application/xhtml+xml"} and not html:
            text, _ = decode_text(payload, name, None, part.get_content_charset())
            html = text.encode()
    if html and len(plain.strip()) < _STUB * len(re.sub("<[^>]*>", "", html.decode())):
        plain = ""
    if not plain.strip() and not html:
        raise DataError(f"{name}: the mail has no text; save its attachment and add that.")
    return Mail(
        plain,
        b"" if plain.strip() else html,
        str(message["subject"] or ""),
        re.sub(r"\s*<[^>]*>", "", str(message["from"] or "")).strip('" '),
        _day(message),
        attachments,
    )


def _reflowed(text: str, part: EmailMessage) -> str:
    """Undo the soft line breaks of `format=flowed` (RFC 3676)."""
    if part.get_param("format") != "flowed":
        return text
    gap = "" if part.get_param("delsp") == "yes" else " "
    lines: list[str] = []
    soft = False
    depth = 0
    for line in text.replace("\r\n", "\n").split("\n"):
        quoted = re.match(">*", line)
        marks = quoted[0] if quoted else ""
        bare = line[len(marks) :].removeprefix(" ")
        if soft and len(marks) == depth and bare:
            lines[-1] += gap + bare.rstrip(" ")
        else:
            lines.append((f"{marks} " if marks else "") + bare.rstrip(" "))
        soft = bare.endswith(" ") and bare != "-- "
        depth = len(marks)
    return "\n".join(lines)


def _day(message: EmailMessage) -> str:
    try:
        return parsedate_to_datetime(str(message["date"])).date().isoformat()
    except (TypeError, ValueError):
        return ""
