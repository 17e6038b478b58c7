"""Tell by its bytes what a file is and in which encoding: names lie, and a stream has none.

Where the bytes leave one reading, it is taken and said; where they leave several, the file is
refused with the option that decides.
"""

import re
import zipfile
from io import BytesIO

from stance.errors import DataError
from stance.files import decode
from stance.text.rules import word_set

HTML = "a web page"
MAIL = "a mail or a web archive"
MARKDOWN = "Markdown"
PDF = "PDF"
RTF = "RTF"
TEXT = "text"
WORD = "a Word document"

_HEAD = 16_384
_MARKS = {
    b"\xef\xbb\xbf": "utf-8",
    b"\xff\xfe\x00\x00": "utf-32",
    b"\x00\x00\xfe\xff": "utf-32",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
}
_OTHERS = [
    (b"\xd0\xcf\x11\xe0", "an old Office file, or one with a password; save it as .docx or .xlsx"),
    (b"\x1f\x8b", "compressed by gzip; unpack it first"),
    (b"BZh", "compressed by bzip2; unpack it first"),
    (b"\xfd7zXZ", "compressed by xz; unpack it first"),
    (b"(\xb5/\xfd", "compressed by Zstandard; unpack it first"),
    (b"7z\xbc\xaf", "a 7-Zip archive; unpack it first"),
    (b"Rar!", "a RAR archive; unpack it first"),
    (b"PAR1", "a Parquet table; score it with --input"),
    (b"bplist00", "a Safari web archive; save the page as HTML"),
    (b"\x89PNG", "a picture; save the article's text"),
    (b"\xff\xd8\xff", "a picture; save the article's text"),
    (b"GIF8", "a picture; save the article's text"),
    (b"II*\x00", "a picture; save the article's text"),
    (b"%!PS", "PostScript; save it as PDF or as plain text"),
    (b"{\\pwi", "Pocket Word; save it as .docx or as plain text"),
]
_ZIPS = [
    ("xl/", "a spreadsheet; score its sheet with --input"),
    ("ppt/", "a presentation; save its text"),
    ("content.xml", "an OpenDocument file; save it as .docx or as plain text"),
    ("META-INF/container.xml", "an e-book; save the article's text"),
    ("Index/Document.iwa", "a Pages document; export it as .docx or as plain text"),
]
# Tables that are no text: how they begin, and what stands in their first bytes.
_TABLES: list[tuple[tuple[bytes, ...], str]] = [
    ((b"PAR1",), "a Parquet table; read it with --format parquet"),
    ((b"PK\x03\x04", b"xl/"), "a spreadsheet; read it with --format xlsx"),
    ((b"PK\x03\x04", b"opendocument.spreadsheet"), "a spreadsheet; read it with --format ods"),
]
_BLOCK = "html|head|body|article|main|section|div|p|h[1-6]|meta|title|table|ul|ol|br|center|font"
_SKIPPED = re.compile(r"(?:\s+|<!--.*?-->|<\?.*?\?>|<%.*?%>)*", re.DOTALL)
_PAGE = re.compile(
    rf"<!doctype\s+html|<(?:{_BLOCK}|script|style|link|span|a|b|i|em)\b[^<>]*>", re.IGNORECASE
)
_TAG = re.compile(
    r"</(?:p|div|article|body|html|h[1-6]|li|td)\s*>|<(?:br|p)(?:\s[^<>]*)?/?>", re.IGNORECASE
)
_HEADER = re.compile(r"[A-Za-z][A-Za-z0-9-]*:(?:[ \t].*)?$")
_MAIL_HEADERS = word_set(
    """
    content-type date delivered-to from message-id mime-version received return-path
    snapshot-content-location subject to x-mailer
    """
)
_FRONT_MATTER = re.compile(r"---\s*\n(?:[\w-]+\s*:.*\n|[ \t]+.*\n|-\s.*\n)+?---\s*\n")
_MARKDOWN = [
    re.compile(r"^#{1,6}\s+\S", re.MULTILINE),
    re.compile(r"!?\[[^\]\n]+\]\((?:https?:|/|#|\.)[^)\s]*(?:\s+\"[^\"]*\")?\)"),
    re.compile(r"(?<!\w)(\*\*|__)(?=\S)[^*_\n]+(?<=\S)\1(?!\w)"),
    re.compile(r"^(?:={3,}|-{3,})\s*$", re.MULTILINE),
    re.compile(r"^\[[^\]\n]+\]:\s+https?:", re.MULTILINE),
    re.compile(r"(?<![\w*])\*(?=[^\s*])[^*\n]+(?<=\S)\*(?![\w*])"),
]
_CHARSET = re.compile(
    rb"""<(?:meta|\?xml)[^>]*?(?:charset|encoding)\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE
)
# What the sisters of cp1252 agree on: quotes, dashes, the ellipsis, the no-break space.
_SISTERS = ("cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1257")


def typographic() -> frozenset[int]:
    """Return the bytes that are one sign, no letter, in cp1252 and all its sisters."""

    def letters(byte: int) -> set[str]:
        return {bytes([byte]).decode(encoding, "replace") for encoding in _SISTERS}

    agreed = {byte for byte in range(0x80, 0x100) if len(letters(byte)) == 1}
    return frozenset(byte for byte in agreed if letters(byte) != {"\ufffd"})


def find_kind(content: bytes, name: str) -> str:
    """Return what a file is: one of the kinds of this module.

    Raises
    ------
    DataError
        If it is of a kind that is not read; says what it is and what would mend it.
    """
    head = content[:_HEAD]
    for start, what in _OTHERS:
        if head.startswith(start):
            raise DataError(f"{name}: this is {what}.")
    if b"%PDF-" in head[:1024]:
        return PDF
    if head.startswith(b"PK\x03\x04"):
        return _kind_of_zip(content, name)
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{\\rtf"):
        return RTF
    text = _glance(content)
    if _is_mail(text):
        return MAIL
    skipped = _SKIPPED.match(text)
    if _PAGE.match(text, skipped.end() if skipped else 0) or len(_TAG.findall(text)) >= 3:
        return HTML
    return MARKDOWN if is_markdown(text) else TEXT


def refuse_document(head: bytes, name: str) -> None:
    """Refuse what is no table but some document, by its first bytes.

    Raises
    ------
    DataError
        If it is one; says what it is and what reads it.
    """
    for (start, *within), what in [*_TABLES, *(((start,), what) for start, what in _OTHERS)]:
        if head.startswith(start) and all(part in head for part in within):
            raise DataError(f"{name}: this is {what}.")
    kind = ""
    if head.startswith(b"%PDF-"):
        kind = PDF
    elif head.startswith(b"PK\x03\x04"):
        kind = "an Office document or a zip archive"
    elif head.startswith(b"{\\rtf"):
        kind = RTF
    elif re.match(rb"\s*<(?:!doctype\s+html|html)\b", head, re.IGNORECASE):
        kind = HTML
    elif _is_mail(_glance(head)):
        kind = MAIL
    if kind:
        raise DataError(f"{name}: this is {kind}, no table; score an article with --article.")


def _kind_of_zip(content: bytes, name: str) -> str:
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            members = archive.namelist()
    except zipfile.BadZipFile:
        raise DataError(f"{name}: this is a damaged zip archive; save the file again.") from None
    if "word/document.xml" in members:
        return WORD
    for member, what in _ZIPS:
        if any(entry.startswith(member) for entry in members):
            raise DataError(f"{name}: this is {what}.")
    raise DataError(f"{name}: this is a zip archive; unpack it and name the articles in it.")


def _glance(content: bytes) -> str:
    """Return the first characters, in whatever encoding; it is read for its ASCII only."""
    encoding = marked_encoding(content) or "latin-1"
    return content[:_HEAD].decode(encoding, "ignore").removeprefix("\ufeff").replace("\r\n", "\n")


def _is_mail(text: str) -> bool:
    lines = text.lstrip("\n").split("\n")
    if lines and lines[0].startswith("From ") and re.search(r"\d\d:\d\d", lines[0]):
        lines = lines[1:]
    names: list[str] = []
    for line in lines:
        if not line.strip():
            break
        if names and line[0] in " \t":
            continue
        if not _HEADER.match(line):
            return False
        names.append(line.partition(":")[0].lower())
    technical = {"mime-version", "message-id", "received", "return-path", "content-type"}
    return len(_MAIL_HEADERS.intersection(names)) >= 2 and bool(technical.intersection(names))


def is_markdown(text: str) -> bool:
    """Tell whether a text has front matter, or marks of two kinds, or headings and nothing else."""
    if _FRONT_MATTER.match(text):
        return True
    counts = [len(pattern.findall(text)) for pattern in _MARKDOWN]
    return sum(count > 0 for count in counts) >= 2 or counts[0] >= 2 or counts[1] >= 2


def marked_encoding(content: bytes) -> str | None:
    """Return the Unicode encoding that a byte-order mark or a pattern of zero bytes tells."""
    for mark, encoding in _MARKS.items():
        if content.startswith(mark):
            return encoding
    some = content[: _HEAD - _HEAD % 2]
    if len(some) < 4 or len(content) % 2:
        return None
    zeros = [some[0::2].count(0) / len(some[0::2]), some[1::2].count(0) / len(some[1::2])]
    for share, other, encoding in ((zeros[1], zeros[0], "le"), (zeros[0], zeros[1], "be")):
        if share >= 0.4 and other <= 0.02:
            return f"utf-16-{encoding}"
    return None


def declared_encoding(content: bytes) -> str | None:
    """Return the encoding that a web page says it is in, if it is one that exists."""
    found = _CHARSET.search(content[:_HEAD])
    if found is None:
        return None
    name = found[1].decode("ascii", "ignore")
    try:
        "".encode(name)
        b"".decode(name)
    except LookupError:
        return None
    # Browsers take the one for the other, and so do those who write pages.
    return "cp1252" if name.lower() in {"iso-8859-1", "latin1", "ascii", "us-ascii"} else name


def decode_text(
    content: bytes, name: str, encoding: str | None = None, declared: str | None = None
) -> tuple[str, str]:
    """Return a text, and the encoding that it was read in.

    Parameters
    ----------
    content, name
        The bytes, and what to call them in errors.
    encoding
        What the user says; None to tell it by the bytes.
    declared
        What the text says of itself; it counts where the bytes are not UTF-8.

    Raises
    ------
    DataError
        If the bytes are not of the encoding, or are of several.
    """
    if encoding is not None:
        return decode(content, name, encoding, "name another with --encoding"), encoding
    marked = marked_encoding(content)
    if marked is not None:
        return decode(content, name, marked), marked
    try:
        return content.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        pass
    if declared is not None:
        return decode(content, name, declared, "name the encoding with --encoding"), declared
    if typographic().issuperset(byte for byte in set(content) if byte >= 0x80):
        return content.decode("cp1252"), "cp1252"
    mend = (
        "name the encoding with --encoding (cp1252 in Western Europe and America), or save the "
        "file as UTF-8"
    )
    return decode(content, name, "utf-8", mend), "utf-8"
