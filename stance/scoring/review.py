"""Scored rows for whoever looks at them: those abstained from apart, the least sure first."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from stance.errors import DataError
from stance.scoring.rows.records import Added, Chunk, Extra
from stance.scoring.rows.selection import join, take
from stance.scoring.rows.sinks import Sink
from stance.scoring.rows.sources import CHUNK_ROWS


def _of_rows(added: Added, extra: Extra, numbers: Sequence[int]) -> tuple[Added, Extra]:
    return (
        {name: column[numbers] for name, column in added.items()},
        None if extra is None else [extra[number] for number in numbers],
    )


class AbstainedSink:
    """Rows into one sink, and those that the model abstains from into another one as well.

    Parameters
    ----------
    sink
        Where all rows go.
    abstained
        Where those go that it abstains from.
    column
        The name of the column that says so.

    Raises
    ------
    DataError
        If a run is resumed, and the second sink lacks rows of it.
    """

    def __init__(self, sink: Sink, abstained: Sink, column: str) -> None:
        self._sink, self._abstained, self._column = sink, abstained, column
        self.rows, self.digest, self.tally = sink.rows, sink.digest, sink.tally
        # It is written first, so a run that was killed may have left it ahead, never behind.
        self._read = int(abstained.tally.get("rows", 0))
        if self._read < sink.tally.get("rows", 0):
            self.give_up()
            raise DataError(
                "rows of --abstained that were written are missing; leave --resume out to start "
                "anew."
            )

    def write(
        self, chunk: Chunk, added: Added, extra: Extra, digest: str, tally: dict[str, Any]
    ) -> None:
        """Write some rows."""
        if tally["rows"] > self._read:
            numbers = np.flatnonzero(added[self._column]).tolist()
            some, more = _of_rows(added, extra, numbers)
            self._abstained.write(take(chunk, numbers), some, more, digest, tally)
        self._sink.write(chunk, added, extra, digest, tally)
        self.rows, self.digest, self.tally = self._sink.rows, digest, tally

    def finish(self) -> None:
        """Put both in their places."""
        self._abstained.finish()
        self._sink.finish()

    def give_up(self) -> None:
        """Leave of both what is worth going on from."""
        self._abstained.give_up()
        self._sink.give_up()


class SortedSink:
    """Rows into a sink by a column, smallest first, when all are there; memory holds them.

    Parameters
    ----------
    sink
        Where they go.
    column
        The name of the column to sort by; rows with equal values stay in their order.
    """

    def __init__(self, sink: Sink, column: str) -> None:
        self._sink, self._column = sink, column
        self.rows = 0
        self.digest = ""
        self.tally: dict[str, Any] = {}
        self._chunks: list[Chunk] = []
        self._added: list[Added] = []
        self._extra: list[Mapping[str, Any]] = []

    def write(
        self, chunk: Chunk, added: Added, extra: Extra, digest: str, tally: dict[str, Any]
    ) -> None:
        """Keep some rows."""
        self._chunks.append(chunk)
        self._added.append(added)
        self._extra += extra or []
        self.digest, self.tally = digest, tally

    def finish(self) -> None:
        """Write all rows, and put the whole in its place."""
        whole = join(self._chunks)
        added = {
            name: np.concatenate([some[name] for some in self._added]) for name in self._added[0]
        }
        order = np.argsort(added[self._column], kind="stable").tolist()
        for start in range(0, max(1, len(order)), CHUNK_ROWS):
            numbers = order[start : start + CHUNK_ROWS]
            some, extra = _of_rows(added, self._extra or None, numbers)
            self._sink.write(take(whole, numbers), some, extra, self.digest, self.tally)
        self._sink.finish()

    def give_up(self) -> None:
        """Leave nothing: rows that are not sorted are worth nothing."""
        self._sink.give_up()
