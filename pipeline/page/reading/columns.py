"""What is filtered, counted and sorted by: a few bytes of each row, on disk without a name.

Pages are read from there when they are looked at, so a million rows take the memory of a thousand.
"""

import mmap
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import date
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from stance.scoring.periods import parse_day

# Values that a column is told apart by, and their characters; one with more is neither filtered
# nor counted by.
MOST_VALUES = 20_000
MOST_CHARACTERS = 2_000_000
# Bytes of a column that are held before there is a file: a table of many columns is seldom long,
# and a process may have few files open.
_HELD = 65_536


class Column:
    """Numbers that are appended while a file is read, and an array from then on.

    Parameters
    ----------
    kind
        Their dtype.
    """

    def __init__(self, kind: type[np.generic]) -> None:
        self._kind = kind
        self._held = bytearray()
        self._file: IO[bytes] | None = None
        self._array: NDArray[Any] | None = None

    def append(self, values: Iterable[Any]) -> None:
        """Append numbers."""
        some = np.asarray(values if isinstance(values, np.ndarray) else list(values), self._kind)
        if len(self._held) + some.nbytes <= _HELD:
            self._held += some.tobytes()
            return
        if self._file is None:
            # It has no name from the beginning: whoever is killed leaves nothing.
            self._file = tempfile.TemporaryFile(prefix="stance-")  # noqa: SIM115 - open until `array`
        self._file.write(self._held)
        self._file.write(some.data)
        self._held.clear()

    def array(self) -> NDArray[Any]:
        """Return what was appended, shape (rows,), not to be changed; nothing is appended then."""
        if self._array is None:
            content: bytes | mmap.mmap = bytes(self._held)
            if self._file is not None:
                self._file.write(self._held)
                self._file.flush()
                content = mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ)
            self._array = np.frombuffer(content, self._kind)
            self.close()
        return self._array

    def close(self) -> None:
        """Let the file go; an array keeps what it shows."""
        self._held.clear()
        if self._file is not None:
            # What did not fit on the disk does not fit now.
            with suppress(OSError):
                self._file.close()
            self._file = None


class Values:
    """A column of text as numbers of its different values; given up where there are too many.

    White space is no difference: nobody sees it, and no form sends it as it was.

    Attributes
    ----------
    known
        The values and their numbers; None if it was given up.
    """

    def __init__(self) -> None:
        self.known: dict[str, int] | None = {}
        self._met: dict[str, int] = {}
        self._characters = 0
        self._codes = Column(np.uint16)

    def append(self, cells: Sequence[str]) -> None:
        """Append cells."""
        if self.known is None:
            return
        for cell in dict.fromkeys(cells):
            if cell not in self._met:
                value = " ".join(cell.split())
                self._met[cell] = self.known.setdefault(value, len(self.known))
                self._characters += len(cell)
        if len(self._met) > MOST_VALUES or self._characters > MOST_CHARACTERS:
            self.known = None
            self._met.clear()
            self._codes.close()
            return
        self._codes.append([self._met[cell] for cell in cells])

    def array(self) -> NDArray[np.uint16]:
        """Return the number of each cell's value."""
        return self._codes.array()

    def close(self) -> None:
        """Let the file go."""
        self._codes.close()


class Days:
    """A column of dates as days; given up at the first cell that is none."""

    def __init__(self) -> None:
        self.are_days = True
        self._known: dict[str, int] = {}
        self._days = Column(np.int32)

    def append(self, cells: Sequence[str]) -> None:
        """Append cells; an empty one is no day."""
        if not self.are_days:
            return
        if len(self._known) > MOST_VALUES:
            self._known.clear()
        for cell in dict.fromkeys(cells):
            if cell in self._known:
                continue
            day = parse_day(cell.strip()) if cell.strip() else None
            if day is None and cell.strip():
                self.are_days = False
                self._days.close()
                return
            self._known[cell] = day.toordinal() if day else 0
        self._days.append([self._known[cell] for cell in cells])

    def array(self) -> NDArray[np.int32]:
        """Return the ordinal of each day, as `date.toordinal` has it; 0 where there is none."""
        return self._days.array()

    def close(self) -> None:
        """Let the file go."""
        self._days.close()


def day_of(ordinal: int) -> date:
    """Return the day of an ordinal."""
    return date.fromordinal(ordinal)
