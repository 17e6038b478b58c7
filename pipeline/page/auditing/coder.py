"""One coder at the sample: what is done, what comes next, and what they have put off.

Only what stands in files outlives the page; what somebody has skipped is offered again.
"""

from collections import Counter
from dataclasses import dataclass
from threading import Lock

from pipeline.page.auditing.codes import Codes, file_of
from pipeline.page.auditing.growing import STEP
from pipeline.page.auditing.sample import Sample, SampleFile, Text, next_text
from pipeline.page.auditing.tables import Row
from stance.audit.record import Record
from stance.errors import DataError

# How many of the last codes can be taken back on the page.
_LAST = 10


@dataclass(frozen=True)
class Progress:
    """How far a coder is.

    Attributes
    ----------
    done, of
        How many texts are done, and how many there are.
    counts
        How often each label was given by this coder.
    last
        The last codes of their file, the newest first: a text, its label, and why.
    elsewhere
        How many of those done stand in the sample under this coder's name.
    unnamed
        How many texts have a code in the sample without a name, and none by this coder.
    offered
        Whether those are offered all the same.
    skipped
        How many texts are put off.
    """

    done: int
    of: int
    counts: dict[str, int]
    last: list[tuple[Text, str, str]]
    elsewhere: int
    unnamed: int
    offered: bool
    skipped: int


class Coder:
    """One coder at the sample.

    Parameters
    ----------
    name
        Who it is.
    sample
        The sample.
    record
        How it was drawn.
    """

    def __init__(self, name: str, sample: SampleFile, record: Record) -> None:
        self.name = name
        self.codes = Codes(file_of(sample.path, name), name, record)
        self._sample, self._record = sample, record
        self._lock = Lock()
        self._skipped: list[int] = []
        self._codes_all = False

    def _of_sample(self, sample: Sample) -> tuple[dict[int, Row], dict[int, Row]]:
        """Return the codes that stand in the sample: those of this coder, and those of nobody."""
        mine, unnamed = {}, {}
        for row in sample.codes:
            if row.code.annotator == self.name:
                mine[row.number] = row
            elif not row.code.annotator:
                unnamed[row.number] = row
        return mine, unnamed

    def look(self, wanted: str = "") -> tuple[Text | None, Progress]:
        """Return the text that is to be coded, and how far the coder is.

        Parameters
        ----------
        wanted
            The name of a text that is to be the next one, unless it is done.

        Raises
        ------
        DataError
            If a file cannot be read.
        """
        sample, own = self._sample.read(), self.codes.rows()
        in_sample, unnamed = self._of_sample(sample)
        mine = {**in_sample, **own}
        unnamed = {number: row for number, row in unnamed.items() if number not in mine}
        with self._lock:
            done = set(mine) if self._codes_all else {*mine, *unnamed}
            self._skipped = [number for number in self._skipped if number not in done]
            following = next_text(sample.texts, done, self._skipped)
            offered, skipped = self._codes_all, len(self._skipped)
        text = sample.named(wanted)
        texts = {text.number: text for text in sample.texts}
        counts = Counter(row.code.stance for row in mine.values())
        last = [row for row in reversed(own.values()) if row.number in texts][:_LAST]
        return text if text and text.number not in done else following, Progress(
            done=len(done & set(texts)),
            of=len(texts),
            counts={label: counts[label] for label in self._record.labels},
            last=[(texts[row.number], row.code.stance, row.rationale) for row in last],
            elsewhere=len(set(in_sample) - set(own)),
            unnamed=len(unnamed),
            offered=offered,
            skipped=skipped,
        )

    def find(self, name: str) -> Text:
        """Return the text of a name.

        Raises
        ------
        DataError
            If the sample has none of it.
        """
        text = self._sample.read().named(name)
        if text is None:
            raise DataError(
                f"the sample {self._record.audit} has no text that is called {name[:60]!r}; go "
                "back to the page and send it again."
            )
        return text

    def skip(self, number: int) -> None:
        """Put a text off until the others are done."""
        with self._lock:
            self._skipped = [*(one for one in self._skipped if one != number), number]

    def code_all(self) -> None:
        """Be offered also what somebody without a name has coded in the sample."""
        with self._lock:
            self._codes_all = True

    def seen_files(self) -> dict[str, list[Row]]:
        """Return the codes that this coder sees figures of: their own, in steps.

        Raises
        ------
        DataError
            If a file cannot be read.
        """
        sample, own = self._sample.read(), self.codes.rows()
        in_sample, unnamed = self._of_sample(sample)
        following, progress = self.look()
        known = {**({} if progress.offered else unnamed), **in_sample}
        kept = len(own) if following is None else len(own) // STEP * STEP
        return {
            # Codes without a name give way to those of this coder.
            self._sample.path.name: [row for number, row in known.items() if number not in own],
            self.codes.path.name: list(own.values())[:kept],
        }
