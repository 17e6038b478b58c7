"""The article in a saved web page, found by trafilatura (the extra `html`).

Finding the text among menus and advertisements is a craft of its own; the library for it brings
lxml and fifteen others, which only those who add web pages need.
"""

import re
from typing import Any, NamedTuple

from stance.errors import DataError


class Page(NamedTuple):
    """The text of a page, a line per paragraph, what the page says of itself (or empty).

    `part` says how much of the page the text is, in words.
    """

    text: str
    title: str
    author: str
    publisher: str
    date: str
    part: str


def read_page(page: str, name: str) -> Page:
    """Return the article in a page.

    Parameters
    ----------
    page, name
        HTML, and what to call it in errors.

    Raises
    ------
    DataError
        If the extra is not installed, or the page holds no article.
    """
    try:
        import trafilatura
    except ImportError:
        raise DataError(
            f"{name}: a web page needs the extra 'html'; install it with `make html` (or `pip "
            "install trafilatura lxml-html-clean`), or save the article's text and add that."
        ) from None
    # What the page says of its encoding no longer holds.
    text = re.sub(r"""(<meta[^>]*charset\s*=\s*["']?)[\w-]+""", r"\1utf-8", page)
    text = re.sub(r"^\s*<\?xml[^>]*\?>", "", text)
    found: Any = trafilatura.bare_extraction(
        text, include_comments=False, include_tables=False, with_metadata=True
    )
    if found is None or not found.text:
        raise DataError(
            f"{name}: no article was found in the page; save its text and add that instead."
        )
    about = (found.title, found.author, found.sitename, found.date)
    shown = re.sub(
        r"(?is)<(script|style|noscript)\b(?:(?!<\1\b).)*?</\1\s*>|<!--(?:(?!<!--).)*?-->|<[^>]*>",
        " ",
        text,
    )
    part = f"{len(found.text.split()):,} of its {len(shown.split()):,} words"
    title, author, publisher, date = (value or "" for value in about)
    return Page(found.text, title, author, publisher, date, part)
