"""The codes of one coder in a file of their own, which `stance audit read` and `adopt` take."""

import re
import threading
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from pipeline.page.auditing.sample import Text
from pipeline.page.auditing.tables import RATIONALE, Row, Table, read_table
from pipeline.page.rendering import ConflictError
from pipeline.project.disk import Signature, signature, write_synced
from stance.audit.coded import ANNOTATOR, STANCE
from stance.audit.draw import SENTENCE
from stance.audit.record import Record
from stance.errors import DataError
from stance.scoring.rows.records import csv_lines

COLUMNS = [SENTENCE, ANNOTATOR, STANCE, RATIONALE]
# Seconds that a change waits for another one of the same coder, in another process.
WAIT = 10.0
# What a name may not hold that is to stand in that of a file, on any system.
_BAD = re.compile(r'[\s,/\\:*?"<>|\x00-\x1f]')
_LONGEST = 60


def file_of(sample: Path, coder: str) -> Path:
    """Return where the codes of a coder lie, beside the sample."""
    return sample.with_name(f"{sample.stem}.{coder}.csv")


def check_coders(names: Sequence[str]) -> None:
    """Raise a `DataError` if a coder's name cannot be that of a file, or two would have one."""
    for name in names:
        if not name or _BAD.search(name) or len(name) > _LONGEST or not name.isprintable():
            raise DataError(
                f"--annotator {name!r}: it becomes part of the name of a file, and may have no "
                f'white space, no commas, none of / \\ : * ? " < > | and {_LONGEST} characters at '
                "most; take a short one, such as coder-1."
            )
    folded: dict[str, str] = {}
    for name in names:
        # On some systems files whose names differ by these only are one file.
        other = folded.setdefault(unicodedata.normalize("NFC", name).casefold(), name)
        if other != name:
            raise DataError(
                f"--annotator {name}: {other} would have a file of the same name on many systems; "
                "take names that differ by more than capitals."
            )


class Codes:
    """The codes of one coder, as they lie on disk.

    Parameters
    ----------
    path
        The file, which need not be there.
    coder
        Whose they are.
    record
        How the sample was drawn.
    """

    def __init__(self, path: Path, coder: str, record: Record) -> None:
        self.path, self.coder = path, coder
        self._record = record
        self._lock = threading.RLock()
        self._known: tuple[Signature | None, Table] | None = None

    def read(self) -> Table:
        """Return what stands in the file now; rows without a code may be among it.

        Raises
        ------
        DataError
            If it cannot be read, holds somebody else's codes, or two of one text.
        """
        with self._lock:
            now = signature(self.path)
            if self._known is None or self._known[0] != now:
                self._known = now, self._parse() if now else Table(COLUMNS, [], [])
            return self._known[1]

    def rows(self) -> dict[int, Row]:
        """Return the rows that have a code, by the numbers of their texts; errors as `read`."""
        return {row.number: row for row in self.read().rows if row.code.stance}

    def _parse(self) -> Table:
        table = read_table(self.path, self._record)
        met: dict[int, Row] = {}
        for row in table.rows:
            if row.code.annotator not in ("", self.coder):
                raise DataError(
                    f"{row.code.where}: a code of {row.code.annotator[:60]!r} in the file of "
                    f"{self.coder}; each coder has a file of their own, so move it to theirs."
                )
            if not row.code.stance:
                continue
            other = met.setdefault(row.number, row)
            if other.code.stance != row.code.stance:
                raise DataError(
                    f"{row.code.where}: {row.code.stance!r}, and {other.code.stance!r} of the same "
                    f"text in {other.code.where}; keep one of the two."
                )
        return table

    def add(self, some: Sequence[tuple[Text, str, str]]) -> None:
        """Add codes: texts with their labels, and why; they are on disk when this returns.

        Raises
        ------
        ConflictError
            If a text has a code already that is another one.
        DataError
            As `read`, or if another process keeps writing the file.
        """
        with self._held():
            table, there = self.read(), self.rows()
            new: dict[int, dict[str, str]] = {}
            for text, stance, rationale in some:
                if (row := there.get(text.number)) is None:
                    said = (text.text, self.coder, stance, rationale)
                    new[text.number] = dict(zip(COLUMNS, said, strict=True))
                elif row.code.stance != stance:
                    raise ConflictError(
                        f"you have coded this text meanwhile, in another window, as "
                        f"{row.code.stance}; nothing was changed. Take that code back to give "
                        "another."
                    )
            if new:
                kept = [row.cells for row in table.rows if row.number not in new]
                self._write(table.columns, [*kept, *new.values()])

    def take_back(self, number: int, stance: str) -> None:
        """Take a code out of the file; errors as for `add`, also if it is not there."""
        with self._held():
            table, row = self.read(), self.rows().get(number)
            if row is None or row.code.stance != stance:
                is_now = f"it is {row.code.stance} now" if row else "it is gone already"
                raise ConflictError(
                    f"the code that was to be taken back has changed meanwhile, in another window "
                    f"({is_now}); nothing was changed."
                )
            self._write(table.columns, [row.cells for row in table.rows if row.number != number])

    def _write(self, columns: Sequence[str], rows: Sequence[Mapping[str, str]]) -> None:
        names = [*columns, *(name for name in COLUMNS if name not in columns)]
        lines = [[row.get(name, "") for name in names] for row in rows]
        # With the mark without which spreadsheets misread UTF-8, as the sample has it.
        write_synced(self.path, "\ufeff" + csv_lines([names, *lines]))

    @contextmanager
    def _held(self) -> Iterator[None]:
        """Keep other windows and other processes from changing the file meanwhile."""
        place = self.path.with_name(f".{self.path.name}.lock")
        with self._lock:
            lock = FileLock(place, timeout=WAIT)
            try:
                lock.acquire()
            except Timeout:
                raise DataError(
                    f"{self.path}: another program has been writing it for {WAIT:g} seconds; "
                    "nothing was saved: send it again."
                ) from None
            except OSError as error:
                raise DataError(f"{place}: {error.strerror}; nothing was saved.") from None
            try:
                yield
            except OSError as error:
                raise DataError(f"{self.path}: {error.strerror}; nothing was saved.") from None
            finally:
                # While it is still held, or somebody might hold a file that is gone.
                with suppress(OSError):
                    place.unlink()
                lock.release()
