"""The articles in a scored file: which rows are whose, and in which order they are its text."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.page.reading.index import Index
from stance.errors import DataError

ARTICLE, PARAGRAPH, POSITION = "article", "paragraph", "position"
# Sentences of an article that are put into the order of their positions; a longer one is taken to
# be in order, as `stance score --article` writes it.
_MOST_SORTED = 10_000
_LONGEST_NUMBER = 9
_COMPARED = 50
_SHOWN = 60


def has_articles(index: Index) -> bool:
    """Tell whether a scored file holds sentences of articles, and of which each is."""
    names = set(index.names) - {index.text_column}
    if not {PARAGRAPH, POSITION} <= names:
        return False
    if ARTICLE not in names or ARTICLE in index.groups:
        return True
    # A column is no group if it has one value, or too many.
    some = index.rows(np.linspace(0, index.size - 1, _COMPARED).astype(np.int64))
    return len({row.cells[ARTICLE] for row in some}) == 1


class Texts:
    """The articles of a file that has some.

    Parameters
    ----------
    index
        The file.

    Attributes
    ----------
    several
        Whether a column tells them apart.
    names
        What they are called; a single one is "".
    """

    def __init__(self, index: Index) -> None:
        self._index = index
        self.several = ARTICLE in index.groups
        self.names = index.groups[ARTICLE] if self.several else [""]

    @property
    def codes(self) -> NDArray[np.integer[Any]]:
        """For each row of the file the place of its article in `names`."""
        if self.several:
            return self._index.codes(ARTICLE)
        return np.zeros(self._index.size, dtype=np.uint16)

    def name_of(self, number: int) -> str:
        """Return the article that a row belongs to."""
        return self.names[int(self.codes[number])]

    def rows_of(self, name: str) -> NDArray[np.int64]:
        """Return the numbers of an article's rows, in the order of its text.

        Raises
        ------
        DataError
            If there is no such article.
        """
        code = self.names.index(name) if name in self.names else -1
        numbers = np.flatnonzero(self.codes == code)
        if not len(numbers):
            raise DataError(f"there is no article {name[:_SHOWN]!r} in the file.")
        if len(numbers) > _MOST_SORTED:
            return numbers
        places = [
            (_number(row.cells[PARAGRAPH]), _number(row.cells[POSITION]))
            for row in self._index.rows(numbers)
        ]
        order = sorted(range(len(numbers)), key=lambda place: places[place])
        return numbers[order]


def _number(cell: str) -> int:
    """Return a number to sort by; what is none comes first."""
    cell = cell.strip()
    is_number = cell.isascii() and cell.isdecimal() and len(cell) <= _LONGEST_NUMBER
    return int(cell) if is_number else -1
