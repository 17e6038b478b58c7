"""The text of a Word document (.docx), opened by python-docx (the extra `word`)."""

from io import BytesIO
from typing import Any, NamedTuple

from stance.errors import DataError

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_BREAKS = {f"{_W}br": "\n", f"{_W}cr": "\n", f"{_W}tab": " ", f"{_W}noBreakHyphen": "-"}
_NOTES = {"footnotes": "footnotes", "endnotes": "endnotes", "comments": "comments"}


class Document(NamedTuple):
    """The text, a blank line between paragraphs, what is left aside, and what it says of itself."""

    text: str
    aside: list[str]
    title: str
    author: str


def read_word(content: bytes, name: str) -> Document:
    """Return the text of a Word document's body: with insertions, without deletions.

    Raises
    ------
    DataError
        If the extra is not installed, or the document is damaged.
    """
    try:
        import docx
    except ImportError:
        raise DataError(
            f"{name}: a Word document needs the extra 'word'; install it with `make word` (or "
            "`pip install python-docx`), or save the article as plain text and add that."
        ) from None
    try:
        document: Any = docx.Document(BytesIO(content))
        body = document.element.body
    except Exception as error:  # noqa: BLE001 the library raises whatever its parser does
        raise DataError(f"{name}: the Word document is damaged ({error}); save it again.") from None
    texts = [_paragraph(paragraph) for paragraph in body.iter(f"{_W}p")]
    parts = {part.partname.strip("/").split("/")[-1] for part in document.part.package.iter_parts()}
    aside = [what for part, what in _NOTES.items() if f"{part}.xml" in parts]
    about = document.core_properties
    # python-docx names itself as author of what it makes.
    author = "" if about.author == "python-docx" else about.author
    return Document("\n\n".join(filter(str.strip, texts)), aside, about.title or "", author or "")


def _paragraph(paragraph: Any) -> str:
    """Return the text of a paragraph, but not of a text box in it, which has paragraphs itself."""
    pieces: list[str] = []
    waiting = list(reversed(paragraph))
    while waiting:
        element = waiting.pop()
        if element.tag == f"{_W}t":
            pieces.append(element.text or "")
        elif element.tag in _BREAKS:
            pieces.append(_BREAKS[element.tag])
        elif element.tag not in {f"{_W}p", f"{_W}pPr", f"{_W}rPr", f"{_W}txbxContent", _FALLBACK}:
            waiting += reversed(element)
    return "".join(pieces)
