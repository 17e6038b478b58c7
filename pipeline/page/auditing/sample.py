"""The texts of a sample as coders see them: in order, with their context, and nothing else."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from pipeline.page.auditing.tables import Row, read_table
from pipeline.project.disk import Signature, signature
from stance.audit.record import Record

_CONTEXT = "context_"


@dataclass(frozen=True)
class Text:
    """A text to be coded.

    Attributes
    ----------
    number
        Of its text in the sample, from 0.
    name
        What the sample calls it.
    text
        The text.
    context
        What coders may see beside it, by the names of the columns; nothing that is empty.
    """

    number: int
    name: str
    text: str
    context: dict[str, str]


@dataclass(frozen=True)
class Sample:
    """What stands in the file of a sample.

    Attributes
    ----------
    texts
        In the order in which they are coded.
    codes
        The rows that have a code.
    missing
        How many texts of the sample the file no longer has.
    notes
        What there is to say about how it was read.
    """

    texts: list[Text]
    codes: list[Row]
    missing: int
    notes: list[str]

    def named(self, name: str) -> Text | None:
        """Return the text of a name."""
        return next((text for text in self.texts if text.name == name), None)


def coding_order(strata: Sequence[int]) -> list[int]:
    """Return the numbers of the texts in the order in which they are coded, the same for everybody.

    Parameters
    ----------
    strata
        The stratum of each text, in the order of the sample.
    """
    # The sample's own order is a random one, so that every beginning of it is fair; but small
    # strata come late in it (of 200 texts of 20 strata about the 70th is the first at which each
    # was met), and before that nothing can be said of the whole. So the first text of each stratum
    # goes before all others. Within strata the order stays the random one, and that is what the
    # estimates rest on: how many of each were read need not be left to chance.
    met: set[int] = set()
    first: list[int] = []
    others: list[int] = []
    for number, stratum in enumerate(strata):
        (others if stratum in met else first).append(number)
        met.add(stratum)
    return first + others


def next_text(texts: Sequence[Text], done: Collection[int], skipped: Sequence[int]) -> Text | None:
    """Return which text comes next: the first that is left, or else of those skipped the first."""
    left = {text.number: text for text in texts if text.number not in done}
    put_off = [number for number in skipped if number in left]
    return next(
        (text for number, text in left.items() if number not in put_off),
        left[put_off[0]] if put_off else None,
    )


class SampleFile:
    """A sample that may change underneath, in a spreadsheet.

    Parameters
    ----------
    path
        Where it lies.
    record
        How it was drawn.
    """

    def __init__(self, path: Path, record: Record) -> None:
        self.path, self._record = path, record
        self._order = coding_order([unit.stratum for unit in record.units])
        self._lock = Lock()
        self._known: tuple[Signature | None, Sample] | None = None

    def read(self) -> Sample:
        """Return what stands in it now.

        Raises
        ------
        DataError
            If it cannot be read.
        """
        with self._lock:
            now = signature(self.path)
            if self._known is None or self._known[0] != now:
                self._known = now, self._parse()
            return self._known[1]

    def _parse(self) -> Sample:
        table = read_table(self.path, self._record)
        rows: dict[int, Row] = {}
        for row in table.rows:
            rows.setdefault(row.number, row)
        return Sample(
            texts=[
                Text(
                    number,
                    self._record.units[number].name,
                    rows[number].code.text,
                    {
                        name.removeprefix(_CONTEXT): value
                        for name, value in rows[number].cells.items()
                        if name.startswith(_CONTEXT) and value.strip()
                    },
                )
                for number in self._order
                if number in rows
            ],
            codes=[row for row in table.rows if row.code.stance],
            missing=len(self._record.units) - len(rows),
            notes=table.notes,
        )
