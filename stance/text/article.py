"""An article as somebody saved it, read and cleaned into the form that the project keeps.

A paragraph is a line. What is published stays as published, no-break spaces and quotes included;
only line ends, characters that nobody sees, and the marks of layouts go.
"""

import glob
import re
import sys
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from stance.errors import DataError
from stance.files import STREAM, fold
from stance.text.formats import kinds
from stance.text.layout import lay_out

# Zero-width spaces and byte-order marks, which copies of web pages are full of.
_INVISIBLE = re.compile("[\u00ad\u200b\u200e\u200f\u2060\ufeff]")
# A soft hyphen at a line's end: what it parts goes up, so that the line keeps about its width.
_SOFT_HYPHEN = re.compile("\u00ad[ \t]*\n([ \t>]*)(\\S+)[ \t]*")
_LINE_END = re.compile("\r\n|[\r\v\x1c-\x1e\x85\u2028\u2029]")
_LIGATURES = str.maketrans({"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl"})
_MAX_SLUG = 60


@dataclass(frozen=True)
class Article:
    """What was read.

    Attributes
    ----------
    text
        UTF-8 text, a line per paragraph, blank lines left out, ends in a line feed.
    read_as
        What it was taken for, such as ``a web page in cp1252``.
    notes
        What was done to the layout, and what was left aside, a phrase each.
    about
        What it says of itself: any of `title`, `author`, `publisher`, `date`.
    """

    text: str
    read_as: str
    notes: list[str] = field(default_factory=list)
    about: dict[str, str] = field(default_factory=dict)


def find_articles(places: Iterable[str]) -> list[str]:
    """Return the files that names, patterns and folders mean, each once; ``-`` stays.

    Of a folder these are its files in order of their names, without hidden ones.

    Raises
    ------
    DataError
        If a pattern or a folder has none.
    """
    found: list[str] = []
    for place in places:
        some = [place]
        if Path(place).is_dir():
            some = [str(path) for path in sorted(Path(place).iterdir()) if path.is_file()]
            some = [name for name in some if not Path(name).name.startswith(".")]
        elif any(character in place for character in "*?[") and not Path(place).exists():
            some = sorted(name for name in glob.glob(place, recursive=True) if Path(name).is_file())
        if not some:
            raise DataError(f"{place}: there is no article; name files, a pattern or a folder.")
        found += some
    return list(dict.fromkeys(found))


def open_article(place: str, encoding: str | None = None) -> Article:
    """Return the article in a file, or in standard input for ``-``, as `read_article` does.

    Raises
    ------
    DataError
        If it is not there, or cannot be read.
    """
    if place == STREAM:
        return read_article(sys.stdin.buffer.read(), "standard input", encoding)
    if not Path(place).is_file():
        raise DataError(f"{place}: no such file.")
    return read_article(Path(place).read_bytes(), place, encoding)


def read_article(content: bytes, name: str, encoding: str | None = None) -> Article:
    """Return the article in a file, whatever it was saved as.

    Parameters
    ----------
    content, name
        The file as it was saved, and what to call it in errors.
    encoding
        The encoding of plain text, Markdown and web pages, if somebody says it.

    Raises
    ------
    DataError
        If the kind or the encoding cannot be told or read, or there is no text.
    """
    kind = kinds.find_kind(content, name)
    notes: list[str] = []
    about: dict[str, str] = {}
    if kind == kinds.MAIL:
        from stance.text.formats.mail import read_mail

        mail = read_mail(content, name)
        about = {"title": mail.title, "author": mail.author, "date": mail.date}
        notes += [f"the attachment {file!r} is not read" for file in mail.attachments]
        if mail.html:
            text, found, read_as = _page(mail.html, name, None)
            about = found | {key: value for key, value in about.items() if value}
            read_as = f"{kind}, {read_as}"
        else:
            text, read_as = mail.text, f"{kind}, its plain part"
    elif kind == kinds.HTML:
        text, about, read_as = _page(content, name, encoding)
    elif kind == kinds.WORD:
        from stance.text.formats.word import read_word

        document = read_word(content, name)
        text, read_as = document.text, kind
        about = {"title": document.title, "author": document.author}
        notes += [f"its {part} are not read" for part in document.aside]
    elif kind == kinds.PDF:
        from stance.text.formats.pdf import read_pdf

        pages = read_pdf(content, name)
        text, read_as = pages.text, f"{kind} of {pages.pages} page{'s' * (pages.pages != 1)}"
        about = {"title": pages.title, "author": pages.author}
        notes += [f"left out {part}" for part in pages.aside]
    elif kind == kinds.RTF:
        from stance.text.formats.rtf import read_rtf

        text, read_as = read_rtf(content, name), kind
    else:
        text, used = kinds.decode_text(content, name, encoding)
        read_as = f"{kind} in {used}"
        if kind == kinds.MARKDOWN:
            from stance.text.formats.markdown import read_markdown

            text, about = read_markdown(normalise(text))
    text, done = clean(text, name)
    about = {key: fold(value) for key, value in about.items() if fold(value)}
    return Article(text, read_as, [*notes, *done], about)


def _page(content: bytes, name: str, encoding: str | None) -> tuple[str, dict[str, str], str]:
    from stance.text.formats.page import read_page

    page, used = kinds.decode_text(content, name, encoding, kinds.declared_encoding(content))
    found = read_page(page, name)
    about = {name: getattr(found, name) for name in ("title", "author", "publisher", "date")}
    return found.text, about, f"{kinds.HTML} in {used}, {found.part}"


def normalise(text: str) -> str:
    """Return a text with line feeds only, and without what nobody sees; a page begins a line."""
    text = re.sub("\n?\f", "\n\f", _LINE_END.sub("\n", text))
    text = _SOFT_HYPHEN.sub(r"\2\n\1", text)
    return _INVISIBLE.sub("", text).translate(_LIGATURES)


def clean(text: str, name: str) -> tuple[str, list[str]]:
    """Return an article's text, a line per paragraph, and what was done to its layout.

    Raises
    ------
    DataError
        If it is no text, or is empty.
    """
    text = normalise(text)
    if control := re.search("[\x00-\x08\x0e-\x1b\x7f]", text):
        line = text.count("\n", 0, control.start()) + 1
        raise DataError(
            f"{name}, line {line}: the control character 0x{ord(control[0]):02x}; this is no "
            "plain text: save the article's text as UTF-8."
        )
    layout = lay_out(text)
    if not layout.paragraphs:
        raise DataError(f"{name}: the article is empty; save its text there first.")
    return "".join(f"{paragraph.text}\n" for paragraph in layout.paragraphs), layout.done


def slug(title: str) -> str:
    """Return a document name from a title: words in lower case with hyphens, ASCII, 60 at most.

    Letters lose their accents; a title in another alphabet has no slug.
    """
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    words = re.findall("[a-z0-9]+", re.sub("['’]", "", plain))
    name = ""
    for word in words:
        longer = f"{name}-{word}" if name else word
        if len(longer) > _MAX_SLUG:
            break
        name = longer
    return name
