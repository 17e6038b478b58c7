"""The article in a saved web page, found by trafilatura (the extra `html`).

Finding the text among menus and advertisements is a craft of its own; the library for it brings
lxml and fifteen others, which only those who add web pages need.
"""

import re
from typing import Any, NamedTuple

from stance.errors import DataError
from stance.files import decode


class Page(NamedTuple):
    """The text of a page, a line per paragraph, and what the page says of itself (or empty)."""

    text: str
    title: str
    author: str
    publisher: str
    date: str


def read_page(content: bytes, name: str) -> Page:
    """Return the article in a page.

    Parameters
    ----------
    content
        HTML in UTF-8.
    name
        What to call it in errors.

    Raises
    ------
    DataError
        If the extra is not installed, or the page is not UTF-8 or holds no article.
    """
    try:
        import trafilatura
    except ImportError:
        raise DataError(
            f"{name}: a web page needs the extra 'html'; install it with `make html` (or `pip "
            "install trafilatura lxml-html-clean`), or save the article's text and add that."
        ) from None
    text = re.sub(r"""(<meta[^>]*charset\s*=\s*["']?)[\w-]+""", r"\1utf-8", decode(content, name))
    found: Any = trafilatura.bare_extraction(
        text, include_comments=False, include_tables=False, with_metadata=True
    )
    if found is None or not found.text:
        raise DataError(
            f"{name}: no article was found in the page; save its text and add that instead."
        )
    about = (found.title, found.author, found.sitename, found.date)
    return Page(found.text, *(value or "" for value in about))
