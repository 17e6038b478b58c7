"""The different texts of a scored file and what they stand for: on disk, so that size is no matter.

SQLite keeps them in a file of its own that goes when it is closed.
"""

import math
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from heapq import heappush, heappushpop
from itertools import islice
from typing import Any, NamedTuple

from stance.audit.scored import SCALE, Row
from stance.errors import DataError
from stance.files import fold
from stance.model.reasons import CUT, NO_STATEMENTS
from stance.statistics.sampling import Cell, Stratum

# What a model says of a text: it answers, is unsure, finds no statement, or cannot read it to its
# end.
ANSWERED, UNSURE, NO_STATEMENT, CUT_SHORT = range(4)
_KINDS = {"": ANSWERED, CUT: CUT_SHORT, **dict.fromkeys(NO_STATEMENTS, NO_STATEMENT)}
# Confidence is told apart in twentieths.
_STEP = SCALE // 20
_BATCH = 1_000
MOST_GROUPS = 1_000


def text_key(text: str) -> bytes:
    """Return what tells whether two texts are one: a hash of the text, white space folded."""
    return blake2b(fold(text).encode("utf-8", "surrogatepass"), digest_size=16).digest()


def cell_place(
    group: int, times: int, kind: int, stance: int, confidence: int, *, always: float
) -> tuple[int, ...]:
    """Return the place of a text's cell; texts that stand for more rows than `always` are all read.

    Texts that stand for like numbers of rows lie together first, since that moves shares most.
    """
    if times > always:
        return group, 1, 0, 0, 0, 0
    return group, 0, times.bit_length(), kind, stance, confidence // _STEP


def always_read(rows: int, size: int) -> float:
    """Return for how many of all rows a text must stand to be read in any sample of a size.

    No more than half of the sample is so.
    """
    return 2 * rows / size


class Drawn(NamedTuple):
    """A text that was drawn.

    Attributes
    ----------
    key
        As `text_key` returns it.
    row
        The number of its first row, from 0.
    stratum
        The number of its stratum.
    kind
        `ANSWERED`, `UNSURE`, `NO_STATEMENT` or `CUT_SHORT`.
    stance
        The number of the most probable label.
    probabilities
        Of each label, in ten thousandths.
    """

    key: bytes
    row: int
    stratum: int
    kind: int
    stance: int
    probabilities: tuple[int, ...]


class Texts:
    """Different texts, and for how many rows of each group they stand.

    Parameters
    ----------
    labels
        How many labels there are.
    seed
        What the order of drawing follows from, and nothing else does.
    by
        The column of groups, if there is one.
    """

    def __init__(self, labels: int, seed: int, by: str | None) -> None:
        self._labels = labels
        self._by = by
        self._key = blake2b(str(seed).encode(), digest_size=32).digest()
        self._groups: dict[str, int] = {}
        self._always = math.inf
        self._base = sqlite3.connect("", isolation_level=None)
        self._probabilities = ", ".join(f"p{number}" for number in range(labels))
        self._columns = f"grp, kind, stance, confidence, {self._probabilities}"
        self._base.execute("PRAGMA journal_mode = OFF")
        self._base.execute("PRAGMA cache_size = -16384")
        self._base.execute(f"CREATE TABLE rows (key, chance, row, {self._columns})")
        self._base.execute("BEGIN")

    def close(self) -> None:
        """Let go of the texts."""
        self._base.close()

    def add(self, rows: Iterable[tuple[int, bytes, Row]]) -> None:
        """Add rows that have a text, with their numbers and the keys of their texts.

        Raises
        ------
        DataError
            If the column of groups has too many values.
        """
        marks = ", ".join("?" * (7 + self._labels))
        rows = iter(rows)
        while some := list(islice(rows, _BATCH)):
            found = [self._values(*one) for one in some]
            self._base.executemany(f"INSERT INTO rows VALUES ({marks})", found)  # noqa: S608
        # Sorted first, since keys that come at random would be written all over the file.
        self._base.execute(
            f"CREATE TABLE texts (key PRIMARY KEY, chance, row, times, {self._columns}) "
            "WITHOUT ROWID"
        )
        self._base.execute(
            f"INSERT INTO texts SELECT key, chance, MIN(row), COUNT(*), {self._columns} "  # noqa: S608
            "FROM rows GROUP BY key ORDER BY key"
        )
        self._base.execute(
            "CREATE TABLE counts (key, grp, times, PRIMARY KEY (key, grp)) WITHOUT ROWID"
        )
        if self._by is not None:
            self._base.execute(
                "INSERT INTO counts SELECT key, grp, COUNT(*) FROM rows "
                "GROUP BY key, grp ORDER BY key, grp"
            )

    def _values(self, number: int, key: bytes, row: Row) -> tuple[Any, ...]:
        group = self._groups.setdefault(row.group, len(self._groups))
        if len(self._groups) > MOST_GROUPS:
            raise DataError(
                f"the column {self._by!r} has more than {MOST_GROUPS:,} different values, too many "
                "to audit each; name one that has fewer, such as the year."
            )
        chance = blake2b(key, digest_size=8, key=self._key).digest()
        confidence = max(row.probabilities)
        kind = _KINDS.get(row.reason, UNSURE)
        return (
            *(key, int.from_bytes(chance) >> 1, number, group, kind, row.stance, confidence),
            *row.probabilities,
        )

    def count(self) -> tuple[int, int]:
        """Return how many different texts there are, and for how many rows they stand."""
        texts, rows = self._base.execute("SELECT COUNT(*), TOTAL(times) FROM texts").fetchone()
        return int(texts), int(rows)

    def cells(self, size: int) -> list[Cell]:
        """Return the texts in cells, for a sample of `size`.

        Texts that stand for so many rows that they are sure to be worth reading have a cell of
        their own in each group; others are told apart by for how many rows they stand, what the
        model does, what it says, and how sure it is of that.
        """
        self._always = always_read(self.count()[1], size)
        found: dict[tuple[int, ...], list[int]] = {}
        for place, times, confidence, _ in self._places():
            of_place = found.setdefault(place, [0, 0, 0])
            of_place[0] += 1
            of_place[1] += times
            of_place[2] += times * (SCALE - confidence)
        return [
            Cell(place, texts, rows, wrong / rows / SCALE, place[3] == ANSWERED, bool(place[1]))
            for place, (texts, rows, wrong) in sorted(found.items())
        ]

    def _places(self) -> Iterator[tuple[tuple[int, ...], int, int, tuple[int, bytes]]]:
        """Yield the cell, the times, the confidence, and chance and key of every text."""
        # In the order of the table, which is that of the keys: the same for any order of rows.
        for grp, times, kind, stance, confidence, chance, key in self._base.execute(
            "SELECT grp, times, kind, stance, confidence, chance, key FROM texts"
        ):
            place = cell_place(grp, times, kind, stance, confidence, always=self._always)
            yield place, times, confidence, (chance, key)

    def draw(self, strata: Sequence[Stratum]) -> list[Drawn]:
        """Return texts of each stratum, drawn evenly from it, in an order that says nothing."""
        number_of = {
            cell.place: number for number, stratum in enumerate(strata) for cell in stratum.cells
        }
        heaps: list[list[tuple[int, bytes]]] = [[] for _ in strata]
        for place, _, _, (chance, key) in self._places():
            number = number_of[place]
            # The smallest chances win; the heap has the largest of them first.
            if len(heaps[number]) < strata[number].read:
                heappush(heaps[number], (-chance, key))
            else:
                heappushpop(heaps[number], (-chance, key))
        # By their chances those of small strata would stand last.
        chosen = sorted(
            (blake2b(key, key=self._key, person=b"order").digest(), key, number)
            for number, heap in enumerate(heaps)
            for _, key in heap
        )
        query = f"SELECT row, kind, stance, {self._probabilities} FROM texts WHERE key = ?"  # noqa: S608
        drawn = []
        for _, key, number in chosen:
            row, kind, stance, *found = self._base.execute(query, (key,)).fetchone()
            drawn.append(Drawn(key, row, number, kind, stance, tuple(found)))
        return drawn

    def times(self, key: bytes) -> dict[str, int]:
        """Return for how many rows of each group a text stands."""
        table = "texts" if self._by is None else "counts"
        query = f"SELECT grp, times FROM {table} WHERE key = ?"  # noqa: S608
        found = dict(self._base.execute(query, (key,)).fetchall())
        return {name: found[grp] for name, grp in sorted(self._groups.items()) if grp in found}

    def totals(self) -> dict[str, tuple[list[list[int]], list[int]]]:
        """Return what the model says of all rows of each group.

        Returns
        -------
        For each group the number of rows by kind and most probable label, and the sum of the
        probabilities of each label, in ten thousandths.
        """
        of = "texts" if self._by is None else "counts"
        sums = ", ".join(f"SUM({of}.times * p{number})" for number in range(self._labels))
        joined = "texts" if self._by is None else "counts JOIN texts USING (key)"
        query = (
            f"SELECT {of}.grp, kind, stance, SUM({of}.times), {sums} FROM {joined} "  # noqa: S608
            f"GROUP BY {of}.grp, kind, stance"
        )
        found = {
            grp: ([[0] * self._labels for _ in range(4)], [0] * self._labels)
            for grp in self._groups.values()
        }
        for grp, kind, stance, rows, *of_label in self._base.execute(query):
            counts, total = found[grp]
            counts[kind][stance] += rows
            total[:] = [a + b for a, b in zip(total, of_label, strict=True)]
        return {name: found[grp] for name, grp in sorted(self._groups.items())}

    def confident(self, thresholds: Sequence[int]) -> list[int]:
        """Return how many rows would be answered from each confidence."""
        query = "SELECT TOTAL(times) FROM texts WHERE kind IN (?, ?) AND confidence >= ?"
        return [
            int(self._base.execute(query, (ANSWERED, UNSURE, threshold)).fetchone()[0])
            for threshold in thresholds
        ]
