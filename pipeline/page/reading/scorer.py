"""Whether the model that is here has scored a file: only then can it explain and correct it."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pipeline.page.answers import Answer, answer
from pipeline.page.models import SharedModel
from pipeline.page.reading.index import Index, ScoredRow
from stance.errors import DataError
from stance.model.stance_model import StanceModel
from stance.text.markup import without_markup

ANOTHER = "another model has scored this file"
# Another processor may differ in the last digits of a probability.
_CLOSE = 0.02
# Rows of the file that the model must answer as the file does.
_COMPARED = 20


def answer_of(row: ScoredRow, labels: Sequence[str]) -> Answer:
    """Return what the file says of a row."""
    probabilities = [row.probabilities.get(label, 0.0) for label in labels]
    return Answer(row.text, row.stance, row.confidence, row.reason, probabilities)


def as_scored(
    model: StanceModel, rows: Sequence[ScoredRow], labels: Sequence[str]
) -> list[str] | None:
    """Return the texts of n rows as the model has scored them, which may be without markup.

    Returns
    -------
    None if another model has scored any of them.
    """
    if model.labels != list(labels):
        return None
    for texts in (
        [row.text for row in rows],
        [without_markup(row.text) for row in rows],
    ):
        found = answer(model, texts)
        if all(_alike(a, answer_of(row, labels)) for a, row in zip(found, rows, strict=True)):
            return texts
    return None


def _alike(a: Answer, b: Answer) -> bool:
    pairs = zip([a.confidence, *a.probabilities], [b.confidence, *b.probabilities], strict=True)
    return all(abs(one - other) <= _CLOSE for one, other in pairs)


class Corrections:
    """What is known of the errors of the model that has scored a file.

    Parameters
    ----------
    index, model
        The scored file, and the model that is here.
    """

    def __init__(self, index: Index, model: SharedModel) -> None:
        self._index, self._model = index, model
        self._confusion: NDArray[np.int64] | None = None
        self._why = ""

    def confusion(self) -> tuple[NDArray[np.int64] | None, str]:
        """Return the confusion matrices as for `prevalence`, or None and why there are none."""
        if self._confusion is None and not self._why:
            try:
                with self._model.use() as model:
                    self._ask(model)
            except DataError as error:
                # Tomorrow there may be one.
                return None, str(error)
        return self._confusion, self._why

    def _ask(self, model: StanceModel) -> None:
        count = min(_COMPARED, self._index.size)
        numbers = np.linspace(0, self._index.size - 1, count).astype(np.int64)
        if as_scored(model, self._index.rows(numbers), self._index.labels) is None:
            self._why = f"{ANOTHER}, and the errors of that one are not known here."
        else:
            self._confusion = model.calibration.confusion
