"""What the model has filled of a scored file: which columns, checked row by row, as numbers."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.page.reading.columns import Column
from stance.errors import DataError
from stance.model.columns import probability_column
from stance.model.reasons import REASONS
from stance.scoring.rows.records import Chunk
from stance.scoring.table import ABOUT, NOVELTY, SEVERAL_TARGETS, TARGETS

STANCE, CONFIDENCE, ABSTAIN, REASON = _NEEDED = ["stance", "confidence", "abstain", "reason"]
_PROBABILITY = probability_column("")
# Four decimals of each need not add up to one.
_LEAST, _MOST = 0.99, 1.01
_TRUE = {"true": True, "false": False}
_CODES = {"": 0} | {reason: place for place, reason in enumerate(REASONS, start=1)}


class Scores:
    """The model's columns of a scored file.

    Parameters
    ----------
    name
        What to call the file in errors.
    columns
        All of its columns.
    prefix
        As of `stance score`.
    labels
        Those of a model that may have scored it.

    Attributes
    ----------
    named
        From what `stance score` calls a column to what it is called here, for those that are here.
    probabilities
        The columns of the labels.

    Raises
    ------
    DataError
        If it is no scored file.
    """

    def __init__(
        self, name: str, columns: Sequence[str], prefix: str, labels: Sequence[str]
    ) -> None:
        self._name, self._prefix = name, prefix
        self._of_model = {probability_column(label): label for label in labels}
        self.named = {
            ours: prefix + ours
            for ours in (*_NEEDED, NOVELTY, ABOUT, TARGETS, SEVERAL_TARGETS)
            if prefix + ours in columns
        }
        missing = [prefix + ours for ours in _NEEDED if ours not in self.named]
        self.probabilities = [] if missing else self._find(columns)
        if len(self.probabilities) < 2:
            raise DataError(
                f"{name}: no column {(missing or [f'{prefix}{_PROBABILITY}…'])[0]!r}; score the "
                "file first (`stance score --input FILE --output scored.csv`) and open what that "
                "writes, with --prefix as it was given there."
            )
        self._numbers = {column: Column(np.float32) for column in self.probabilities}
        self._numbers[self.named[CONFIDENCE]] = Column(np.float32)
        if NOVELTY in self.named:
            self._numbers[self.named[NOVELTY]] = Column(np.float32)
        self._met: dict[str, int] = {}
        self._stances, self._reasons = Column(np.uint8), Column(np.uint8)

    def _find(self, columns: Sequence[str]) -> list[str]:
        """Return the columns of probabilities; others may begin like them."""
        begin = self._prefix + _PROBABILITY
        first, last = (columns.index(self.named[name]) for name in (ABSTAIN, REASON))
        there = [name for name in columns if name.startswith(begin)]
        # As `stance score` writes them; whoever saves the file again may have moved them.
        between = [name for name in there if first < columns.index(name) < last]
        of_model = [name for name in there if name.removeprefix(self._prefix) in self._of_model]
        if len(between) > 1:
            return between
        return of_model if len(of_model) == len(self._of_model) > 1 else there

    @property
    def columns(self) -> set[str]:
        """All columns of the model."""
        return {*self.named.values(), *self.probabilities}

    def take(self, chunk: Chunk, columns: dict[str, list[str]]) -> None:
        """Keep what the model has said of some rows.

        Raises
        ------
        DataError
            If a row holds no scores; names its place.
        """
        stances, confidences, abstains, reasons = (columns[self.named[name]] for name in _NEEDED)
        numbers = {
            column: np.array(list(map(number_in, columns[column])), dtype=np.float64)
            for column in self._numbers
        }
        shares = np.stack([numbers[column] for column in self.probabilities])
        sure = numbers[self.named[CONFIDENCE]]
        fits = _are_shares(shares).all(0) & _are_shares(sure)
        fits &= (shares.sum(0) > _LEAST) & (shares.sum(0) < _MOST)
        if NOVELTY in self.named:
            column = self.named[NOVELTY]
            blank = np.array([not cell.strip() for cell in columns[column]])
            fits &= _are_shares(numbers[column]) | blank
        known = {
            stance: self._prefix + probability_column(stance) in self._numbers
            for stance in dict.fromkeys(stances)
        }
        for place, (stance, abstain, reason) in enumerate(
            zip(stances, abstains, reasons, strict=True)
        ):
            agrees = reason in _CODES and _TRUE.get(abstain.lower()) == bool(reason)
            if not (fits[place] and agrees and known[stance]):
                raise DataError(
                    f"{self._name}, {chunk.places()[place]}: these are no scores of a model "
                    f"({stance!r}, {confidences[place]!r}, {abstain!r}, {reason!r}, "
                    f"{', '.join(columns[name][place] for name in self.probabilities)}); "
                    "score the file again."
                )
        for stance in known:
            self._met.setdefault(stance, len(self._met))
        self._stances.append([self._met[stance] for stance in stances])
        self._reasons.append([_CODES[reason] for reason in reasons])
        for column, values in numbers.items():
            self._numbers[column].append(values)

    def end(self) -> tuple[list[str], NDArray[np.uint8], NDArray[np.uint8]]:
        """Return the labels, and the numbers of each row's label and reason."""
        bare = [name.removeprefix(self._prefix) for name in self.probabilities]
        # Without the model, a label that no row has is called as its column is.
        said = {probability_column(stance): stance for stance in self._met}
        said |= {name: label for name, label in self._of_model.items() if name in bare}
        labels = [said.get(name, name.removeprefix(_PROBABILITY)) for name in bare]
        place = {name: number for number, name in enumerate(bare)}
        order = [place[probability_column(stance)] for stance in self._met]
        stances = np.array(order, dtype=np.uint8)[self._stances.array()]
        return labels, stances, self._reasons.array()

    def numbers(self, column: str) -> NDArray[np.float32]:
        """Return the numbers of a column; NaN where a row has none."""
        return self._numbers[column].array()

    def typed(self, cells: dict[str, str]) -> dict[str, Any]:
        """Return the cells of a row, the model's as numbers and truths."""
        truths = [self.named.get(name) for name in (ABSTAIN, ABOUT, SEVERAL_TARGETS)]
        found: dict[str, Any] = dict(cells)
        for name, cell in cells.items():
            if name in self._numbers:
                found[name] = float(cell) if cell.strip() else None
            elif name in truths:
                found[name] = _TRUE.get(cell.lower(), cell)
        return found

    def close(self) -> None:
        """Let the files go."""
        for column in (self._stances, self._reasons, *self._numbers.values()):
            column.close()


def _are_shares(numbers: NDArray[np.float64]) -> NDArray[np.bool_]:
    return (numbers >= 0) & (numbers <= 1)


def number_in(cell: str) -> float:
    """Return a cell as a number; NaN if it is none."""
    try:
        return float(cell)
    except ValueError:
        return float("nan")
