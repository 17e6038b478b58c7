"""The saved model, loaded when a view first needs it, and used by one view at a time."""

from contextlib import contextmanager
from pathlib import Path
from threading import BoundedSemaphore, Lock
from typing import TYPE_CHECKING

from stance.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stance.model.stance_model import StanceModel

# Views that wait for it; more are asked to come again.
_MOST_WAITING = 8


class SharedModel:
    """A model for all views.

    Parameters
    ----------
    place
        As for `StanceModel.load`.
    """

    def __init__(self, place: Path | None) -> None:
        self._place = place
        self._lock = Lock()
        self._waiting = BoundedSemaphore(_MOST_WAITING)
        self._model: StanceModel | None = None

    @contextmanager
    def use(self) -> "Iterator[StanceModel]":
        """Give the model to one view at a time.

        Raises
        ------
        DataError
            If there is none, or too many wait for it.
        """
        if not self._waiting.acquire(blocking=False):
            raise DataError("too many texts are being scored; wait a moment and send it again.")
        try:
            with self._lock:
                if self._model is None:
                    from stance.model.stance_model import StanceModel

                    self._model = StanceModel.load(self._place)
                yield self._model
        finally:
            self._waiting.release()
