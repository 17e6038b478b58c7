"""Numbers in addresses: of rows and of pages."""

from http import HTTPStatus

from starlette.exceptions import HTTPException

# Rows, articles and sentences of a page.
PAGE = 200
# Longer ones are no numbers of rows, and too long ones not read by Python.
_MOST_DIGITS = 12


def parse_number(text: str, size: int) -> int:
    """Return a number in an address, from 0 and below a size.

    Raises
    ------
    HTTPException
        If there is nothing of that number.
    """
    if text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS and int(text) < size:
        return int(text)
    raise HTTPException(HTTPStatus.NOT_FOUND)


def parse_page(text: str, count: int) -> tuple[int, int]:
    """Return which page is asked for, and how many pages some things fill, both from 1."""
    pages = max(1, -(-count // PAGE))
    return max(1, parse_number(text or "1", pages + 1)), pages


def on_page(page: int) -> slice:
    """Return what stands on a page."""
    return slice((page - 1) * PAGE, page * PAGE)


def page_of(place: int) -> int:
    """Return the page on which something stands."""
    return place // PAGE + 1
