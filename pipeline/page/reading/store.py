"""All cells of a scored file, by the numbers of its rows, and a search in its texts.

The database has no name: SQLite keeps it in memory as far as it is small, else in a file that
nobody else can open, and takes it away at the end, however that comes.
"""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from threading import Lock
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

# KiB that SQLite keeps in memory.
_CACHE = 2_048
_ENCODER = json.JSONEncoder(ensure_ascii=False, check_circular=False)


class Stored(NamedTuple):
    """A row: its cells as text, and its line if it is of JSON lines."""

    cells: list[str]
    line: str | None


class Store:
    """A database for the rows of a scored file.

    Parameters
    ----------
    text
        The number of the column with the texts.
    """

    def __init__(self, text: int) -> None:
        self._text = text
        self._lock = Lock()
        self._database = sqlite3.connect("", check_same_thread=False)
        for setting in (
            "journal_mode = OFF",
            "synchronous = OFF",
            "temp_store = FILE",
            f"cache_size = -{_CACHE}",
        ):
            self._database.execute(f"PRAGMA {setting}")
        self._database.execute(
            "CREATE TABLE statement (number INTEGER PRIMARY KEY, cells TEXT, line TEXT)"
        )
        # SQLite may have been built without its search.
        self._searches = _can_search(self._database)

    def add(self, first: int, cells: Sequence[Sequence[str]], lines: Sequence[str | None]) -> None:
        """Add rows, the first of which has this number."""
        self._database.executemany(
            "INSERT INTO statement VALUES (?, ?, ?)",
            (
                (number, _ENCODER.encode(row), line)
                for number, (row, line) in enumerate(zip(cells, lines, strict=True), first)
            ),
        )
        if self._searches:
            self._database.executemany(
                "INSERT INTO searched (rowid, text) VALUES (?, ?)",
                ((number, row[self._text]) for number, row in enumerate(cells, first)),
            )

    def end(self) -> None:
        """Say that all rows are there."""
        self._database.commit()

    def search(self, words: Sequence[str]) -> NDArray[np.int32]:
        """Return the rows, ascending, whose texts hold all words, phrases and beginnings of words.

        Parameters
        ----------
        words
            Each a word or several in a row; one that ends in ``*`` is a beginning.
        """
        if self._searches:
            asked = "SELECT rowid FROM searched WHERE searched MATCH ? ORDER BY rowid"
            values = [" ".join('"{}"{}'.format(*_parted(word)) for word in words)]
        else:
            test = f"json_extract(cells, '$[{self._text}]') LIKE ? ESCAPE '!'"
            tests = " AND ".join([test] * len(words))
            asked = f"SELECT number FROM statement WHERE {tests} ORDER BY number"  # noqa: S608 - a number and question marks
            values = [f"%{_escaped(_parted(word)[0])}%" for word in words]
        with self._lock:
            found = self._database.execute(asked, values)
            return np.fromiter((number for (number,) in found), dtype=np.int32)

    def rows(self, numbers: Sequence[int]) -> Iterator[Stored]:
        """Yield rows by their numbers, in the order asked for."""
        marks = ",".join("?" * len(numbers))
        with self._lock:
            rows = self._database.execute(
                f"SELECT number, cells, line FROM statement WHERE number IN ({marks})",  # noqa: S608 - question marks
                [int(number) for number in numbers],
            ).fetchall()
        found = {number: (cells, line) for number, cells, line in rows}
        for number in numbers:
            cells, line = found[int(number)]
            yield Stored(json.loads(cells), line)

    def close(self) -> None:
        """Let the database go."""
        with self._lock:
            self._database.close()


def _can_search(database: sqlite3.Connection) -> bool:
    """Make the table that is searched, and tell whether there can be one."""
    try:
        database.execute(
            "CREATE VIRTUAL TABLE searched USING fts5"
            "(text, content='', tokenize='unicode61 remove_diacritics 2')"
        )
    except sqlite3.OperationalError:
        return False
    return True


def _parted(word: str) -> tuple[str, str]:
    """Return a word as it is quoted, and the mark of a beginning, if it is one."""
    return word.removesuffix("*").replace('"', '""'), "*" * word.endswith("*")


def _escaped(word: str) -> str:
    for mark in "!%_":
        word = word.replace(mark, f"!{mark}")
    return word
