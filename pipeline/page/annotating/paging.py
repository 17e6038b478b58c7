"""Long lists, a page at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from pipeline.page.rendering import Fields
from stance.errors import DataError

Item = TypeVar("Item")


@dataclass(frozen=True)
class Part(Generic[Item]):
    """A page of a list.

    Attributes
    ----------
    items
        What is on it.
    number, pages
        Which page it is, from 1, and how many there are.
    total
        How many items the list has.
    """

    items: Sequence[Item]
    number: int
    pages: int
    total: int


def part_of(items: Sequence[Item], size: int, asked: Fields) -> Part[Item]:
    """Return the page of a list that an address asks for as `page`; one too far is the last.

    Raises
    ------
    DataError
        If it is no number from 1.
    """
    number = asked.get("page", "1")
    # As many digits as any list can need: longer ones are slow to read.
    if not (number.isascii() and number.isdecimal() and len(number) < 10 and int(number)):
        raise DataError(f"the page {number[:20]!r} is no number from 1.")
    pages = max(1, -(-len(items) // size))
    at = min(int(number), pages)
    return Part(items[(at - 1) * size : at * size], at, pages, len(items))


def choice(asked: Fields, name: str, known: Sequence[str]) -> str:
    """Return a value that an address chooses, "" where it chooses none.

    Raises
    ------
    DataError
        If it is none of those that are known.
    """
    value = asked.get(name, "")
    if value and value not in known:
        raise DataError(f"there is no {name} {value[:80]!r}; choose one of the page.")
    return value
