"""A scored file, read once: small columns for what is counted, a database for the rest.

The copy is what is shown, whatever becomes of the file meanwhile.
"""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.page.reading.columns import Column, Days, Values, day_of
from pipeline.page.reading.scores import CONFIDENCE, REASON, STANCE, Scores, number_in
from pipeline.page.reading.store import Store, Stored
from pipeline.project.disk import signature
from stance.errors import DataError
from stance.scoring.periods import period_of
from stance.scoring.progress import progress_bar
from stance.scoring.rows.formats import JSONL, SCORED_SUFFIXES, Layout
from stance.scoring.rows.records import Chunk, JsonChunk
from stance.scoring.rows.sources import Source, open_source
from stance.scoring.table import ABOUT, NOVELTY, SEVERAL_TARGETS, TARGETS

# Columns that can be filtered by: each is a file that is open.
MOST_COLUMNS = 100
# What `stance score --explain` adds to the objects of JSON lines.
_EXPLANATION = "explanation"


@dataclass(frozen=True)
class ScoredRow:
    """A row of a scored file.

    Attributes
    ----------
    number
        Its number in the file, from 0.
    text, stance, confidence
        What was scored, the most probable label and its probability.
    reason
        A word of `stance.model.reasons`; "" if the model answers.
    probabilities
        Of each label, in the order of `Index.labels`.
    novelty
        From 0 to 1; None if the file does not say.
    cells
        Its other cells that are not the model's, by column.
    """

    number: int
    text: str
    stance: str
    confidence: float
    reason: str
    probabilities: dict[str, float]
    novelty: float | None
    cells: dict[str, str]


class Index:
    """A scored file that was read.

    Parameters
    ----------
    place
        The file.
    text_column, prefix
        As of `stance score`.
    labels
        Those of a model that may have scored it, and the one of them that is no stance; they name
        labels that no row has.

    Attributes
    ----------
    columns
        All of the file; of JSON lines the keys of the first object.
    names
        Those of them that are not the model's.
    more_keys
        A key that a later object has and the first has not; "" if there is none.
    labels, background
        The labels in the order of the file's columns; the one that is no stance, if that is known.
    size
        How many rows there are.
    groups
        Columns with at least two different values and not too many, and these, by the number that
        `codes` gives.
    dates
        Columns of dates.
    left_out
        Columns that are neither, because there are so many before them.
    targets
        The targets that `stance score --target` has found.
    has_novelty
        Whether rows say how new they are.
    novelties
        float32, shape (rows,), NaN where a row does not say; None without `has_novelty`.
    met
        The numbers of the reasons that occur.
    stances, reasons
        The number of the label, and 0 or the number of the reason from 1; uint8, shape (rows,).
    confidences
        float32, shape (rows,).

    Raises
    ------
    DataError
        If it is no scored file, or a row of it cannot be read.
    """

    def __init__(
        self,
        place: Path,
        text_column: str,
        prefix: str,
        labels: tuple[Sequence[str], str | None] = ((), None),
    ) -> None:
        form = SCORED_SUFFIXES.get(place.suffix.lower())
        if form is None:
            raise DataError(
                f"{place}: its suffix is none of {', '.join(SCORED_SUFFIXES)}, which scores are "
                "written with; name a file that `stance score --output` has written."
            )
        self._place, self.text_column = place, text_column
        self._state = signature(place)
        self._lock = Lock()
        self._orders: dict[str, NDArray[np.integer[Any]]] = {}
        self._searched: tuple[tuple[str, ...], NDArray[np.int32]] | None = None
        self.size = 0
        self.more_keys = ""
        with closing(open_source(str(place), Layout(form), text_column)) as source:
            self._begin(source, prefix, labels[0], explained=form == JSONL)
            try:
                self._read(source)
                self._end(labels[1])
            except (sqlite3.Error, OSError) as error:
                self.close()
                raise DataError(
                    f"{place}: its copy cannot be kept among the temporary files ({error}); make "
                    "room there, or name another folder for them with the variable TMPDIR."
                ) from None
            except BaseException:
                self.close()
                raise

    def _begin(
        self, source: Source, prefix: str, labels: Sequence[str], *, explained: bool
    ) -> None:
        """Find out what the columns are."""
        self.columns = list(source.names)
        self._scores = Scores(source.name, self.columns, prefix, labels)
        ours = {*self._scores.columns, *[_EXPLANATION] * explained}
        self.names = [name for name in self.columns if name not in ours]
        named = self._scores.named
        self.has_novelty = NOVELTY in named
        self._of_targets = named.get(TARGETS)
        own = [name for name in self.names if name != self.text_column]
        self.left_out = own[MOST_COLUMNS:]
        self._days = {name: Days() for name in own[:MOST_COLUMNS]}
        more = [named[name] for name in (ABOUT, SEVERAL_TARGETS, TARGETS) if name in named]
        self._values = {name: Values() for name in [*self._days, *more]}
        self._store = Store(self.columns.index(self.text_column))

    def _read(self, source: Source) -> None:
        """Take all rows in."""
        with progress_bar(shown=True) as progress:
            for chunk in source.chunks():
                if chunk.texts:
                    self._take(chunk)
                progress(len(chunk.texts), source.share())
        self._store.end()
        if not self.size:
            raise DataError(f"{source.name}: there are no rows in it.")

    def _take(self, chunk: Chunk) -> None:
        """Take some rows in."""
        cells, lines = self._cells(chunk)
        columns = dict(zip(self.columns, map(list, zip(*cells, strict=True)), strict=True))
        self._scores.take(chunk, columns)
        for kept in (self._values, self._days):
            for column, values in kept.items():
                values.append(columns[column])
        self._store.add(self.size, cells, lines)
        self.size += len(cells)

    def _cells(self, chunk: Chunk) -> tuple[list[list[str]], Sequence[str | None]]:
        """Return the cells of rows, and their lines if they are of JSON lines.

        There, objects may differ in their keys; a key that the first lacks stays in its line.
        """
        if not isinstance(chunk, JsonChunk):
            cells = chunk.cells()
            return cells, [None] * len(cells)
        if not self.more_keys:
            known = set(self.columns)
            more = (key for row in chunk.parsed for key in row if key not in known)
            self.more_keys = next(more, "")
        return [[row.get(name, "") for name in self.columns] for row in chunk.parsed], chunk.lines

    def _end(self, background: str | None) -> None:
        """Make arrays of what was read."""
        scores = self._scores
        self.labels, self.stances, self.reasons = scores.end()
        self.background = background if background in self.labels else None
        self.confidences = scores.numbers(scores.named[CONFIDENCE])
        self.novelties = scores.numbers(scores.named[NOVELTY]) if self.has_novelty else None
        self._probabilities = {
            label: scores.numbers(column)
            for label, column in zip(self.labels, scores.probabilities, strict=True)
        }
        self.groups = {
            name: list(values.known)
            for name, values in self._values.items()
            if values.known is not None and len(values.known) > 1 and name != self._of_targets
        }
        self._codes = {
            name: values.array() for name, values in self._values.items() if values.known
        }
        self.dates = [
            name for name, days in self._days.items() if days.are_days and days.array().any()
        ]
        combined = self._values[self._of_targets].known if self._of_targets else {}
        self._combined = [set(cell.split("; ")) - {""} for cell in combined or {}]
        self.targets = sorted(set().union(*self._combined))
        self.met = np.unique(self.reasons).tolist()

    def codes(self, column: str) -> NDArray[np.uint16]:
        """Return the number of each row's value in a column of `groups`, shape (rows,)."""
        return self._codes[column]

    def days(self, column: str) -> NDArray[np.int32]:
        """Return the ordinal of each row's day in a column of `dates`, 0 for none."""
        return self._days[column].array()

    def periods(self, column: str, period: str) -> tuple[NDArray[np.int32], list[str]]:
        """Return the number of each row's period, shape (rows,), and what the periods are called.

        Rows without a date have the period "".
        """
        days = self.days(column)
        different = np.unique(days)
        found = ["" if not day else period_of(day_of(day), period) for day in different.tolist()]
        names = sorted(set(found))
        place = {name: number for number, name in enumerate(names)}
        numbers = np.array([place[name] for name in found], dtype=np.int32)
        return numbers[np.searchsorted(different, days)], names

    def about(self, target: str) -> NDArray[np.bool_]:
        """Return which rows are about a target, shape (rows,)."""
        if target not in self.targets or self._of_targets is None:
            return np.zeros(self.size, dtype=np.bool_)
        holds = np.array([target in some for some in self._combined], dtype=np.bool_)
        return holds[self._codes[self._of_targets]]

    def probability(self, label: str) -> NDArray[np.float32]:
        """Return the probability of a label of each row, shape (rows,)."""
        return self._probabilities[label]

    def order(
        self, name: str, values: Callable[[], NDArray[np.float32]]
    ) -> NDArray[np.integer[Any]]:
        """Return the numbers of all rows by some values, smallest first; sorted once by a name."""
        with self._lock:
            if name not in self._orders:
                order = Column(np.int32)
                order.append(np.argsort(values(), kind="stable").astype(np.int32))
                self._orders[name] = order.array()
            return self._orders[name]

    def search(self, words: Sequence[str]) -> NDArray[np.int32]:
        """Return the rows whose texts hold words, as `Store.search` does.

        The last ones are kept: other filters are mostly added to the same words.
        """
        asked, kept = tuple(words), self._searched
        if kept is None or kept[0] != asked:
            kept = self._searched = (asked, self._store.search(words))
        return kept[1]

    def raw(self, numbers: Sequence[int] | NDArray[np.integer[Any]]) -> Iterator[Stored]:
        """Yield all cells of rows as text, and the line of those that are of JSON lines."""
        return self._store.rows(list(numbers))

    def typed(self, cells: Sequence[str]) -> dict[str, Any]:
        """Return the cells of a row by column, the model's as numbers and truths."""
        return self._scores.typed(dict(zip(self.columns, cells, strict=True)))

    def rows(self, numbers: Sequence[int] | NDArray[np.integer[Any]]) -> list[ScoredRow]:
        """Return some rows by their numbers, in the order asked for."""
        named, probabilities = self._scores.named, self._scores.probabilities
        found = []
        for number, (cells, _) in zip(numbers, self.raw(numbers), strict=True):
            of = dict(zip(self.columns, cells, strict=True))
            novelty = number_in(of[named[NOVELTY]]) if self.has_novelty else float("nan")
            found.append(
                ScoredRow(
                    int(number),
                    of[self.text_column],
                    of[named[STANCE]],
                    float(of[named[CONFIDENCE]]),
                    of[named[REASON]],
                    {
                        label: float(of[column])
                        for label, column in zip(self.labels, probabilities, strict=True)
                    },
                    None if np.isnan(novelty) else novelty,
                    {name: of[name] for name in self.names if name != self.text_column},
                )
            )
        return found

    def changed(self) -> bool:
        """Tell whether the file is no longer the one that was read."""
        return signature(self._place) != self._state

    def close(self) -> None:
        """Let the database and the files go."""
        self._store.close()
        self._scores.close()
        for kept in (self._values, self._days):
            for column in kept.values():
                column.close()
