"""The text of a PDF, by pypdf (the extra `pdf`): its lines, without what repeats on each page."""

import re
from collections import Counter
from io import BytesIO
from itertools import pairwise
from statistics import median
from typing import Any, NamedTuple

from stance.errors import DataError

# A line at a page's edge that is on this many pages is a running head.
_RUNNING = 3
# Lines of a paragraph stand a line apart; a gap of so many is one between paragraphs.
_GAP = 1.35


class Document(NamedTuple):
    """The text of all pages, what was left aside, and what the file says of itself (or empty)."""

    text: str
    pages: int
    aside: list[str]
    title: str
    author: str


def read_pdf(content: bytes, name: str) -> Document:
    """Return the text of a PDF.

    Raises
    ------
    DataError
        If the extra is not installed, or the file is damaged, encrypted, or a picture of its text.
    """
    try:
        import pypdf
        from pypdf.errors import PyPdfError
    except ImportError:
        raise DataError(
            f"{name}: a PDF needs the extra 'pdf'; install it with `make pdf` (or `pip install "
            "pypdf`), or save the article's text and add that."
        ) from None
    try:
        reader = pypdf.PdfReader(BytesIO(content))
        if reader.is_encrypted and not reader.decrypt(""):
            raise DataError(f"{name}: the PDF is encrypted; save it without a password.")
        pages = [_page_text(page) for page in reader.pages]
        about = reader.metadata
    except DataError:
        raise
    except (PyPdfError, ValueError, KeyError, TypeError, RecursionError, ImportError) as error:
        raise DataError(f"{name}: the PDF cannot be read ({error}); save it again.") from None
    if not "".join(pages).strip():
        raise DataError(
            f"{name}: the PDF holds no text, only pictures of it; have its text recognised (OCR) "
            "and save that."
        )
    empty = sum(not page.strip() for page in pages)
    texts, aside = _without_running_heads(pages)
    if empty:
        aside.append(f"{empty} of {len(pages)} pages without text, pictures perhaps")
    title, author = (about.title, about.author) if about else (None, None)
    return Document("\n\f".join(texts), len(pages), aside, title or "", author or "")


def _page_text(page: Any) -> str:
    """Return the lines of a page, a blank line where the gap is wider than between lines."""
    pieces: list[tuple[str, float]] = []

    def visit(text: str, outer: list[float], inner: list[float], *_: object) -> None:
        # The height at which a piece stands is the sixth of the two matrices' product.
        height = inner[4] * outer[1] + inner[5] * outer[3] + outer[5]
        pieces.append((text, height))

    page.extract_text(visitor_text=visit)
    lines: list[tuple[str, float]] = []
    begun = False
    for text, height in pieces:
        for number, part in enumerate(text.split("\n")):
            if number:
                begun = False
            if not part.strip():
                if begun and part:
                    lines[-1] = (lines[-1][0] + part, lines[-1][1])
                continue
            if begun:
                lines[-1] = (lines[-1][0] + part, lines[-1][1])
            else:
                lines.append((part, height))
                begun = True
    steps = [a - b for (_, a), (_, b) in pairwise(lines) if a - b > 1]
    usual = median(steps) if steps else 0.0
    shown = [lines[0][0]] if lines else []
    for (_, above), (text, below) in pairwise(lines):
        # Upward goes what begins the next column.
        gap = above - below > _GAP * usual
        shown.append(("\n" if gap else "\f" if below - above > usual else "") + text)
    return "\n".join(shown)


def _without_running_heads(pages: list[str]) -> tuple[list[str], list[str]]:
    """Take lines off the edges of pages that are on most of them, but for a page's number."""

    def bare(line: str) -> str:
        return re.sub(r"\d+", "#", " ".join(line.split()))

    split = [[line for line in page.split("\n") if line.strip()] for page in pages]
    edges = Counter(
        line for lines in split for line in {bare(edge) for edge in (*lines[:2], *lines[-2:])}
    )
    running = {
        line for line, count in edges.items() if count >= _RUNNING and 2 * count >= len(pages)
    }
    texts, aside = [], Counter[str]()
    for page, lines in zip(pages, split, strict=True):
        at_edge = {line for line in (*lines[:2], *lines[-2:]) if bare(line) in running}
        kept = []
        for line in page.split("\n"):
            if line in at_edge:
                aside[bare(line)] += 1
            else:
                kept.append(line)
        texts.append("\n".join(kept))
    return texts, [f"{count} times {line!r} at a page's edge" for line, count in aside.items()]
