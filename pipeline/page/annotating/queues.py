"""Which sentence somebody is offered next: the queues of the terminal, for several at once."""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain

import pandas as pd

from pipeline.annotation.names import BY_DOCUMENT
from pipeline.annotation.queue import drawn_for_second, ordered, unannotated
from pipeline.page.annotating.hands import AllHands
from pipeline.page.annotating.work import Work, key_of
from pipeline.page.models import SharedModel
from stance.statistics.agreement import disputed

# The views in which sentences are offered, as addresses have them.
FIRST, SECOND, DISPUTES = "annotate", "second", "disputes"


@dataclass
class Line:
    """Sentences in the order in which they are offered.

    Attributes
    ----------
    keys
        The sentences, done or not.
    made_of
        What they were chosen from; another one needs another line.
    start
        Before it nothing is open.
    """

    keys: list[str]
    made_of: tuple[object, ...]
    start: int = 0
    of_document: dict[str, "Line"] = field(default_factory=dict)

    def within(self, work: Work, document: str) -> "Line":
        """Return those of a document; all for ""."""
        if not document:
            return self
        if document not in self.of_document:
            keys = [key for key in self.keys if work.sentences[key].document == document]
            self.of_document[document] = Line(keys, self.made_of)
        return self.of_document[document]

    def open(self, is_open: Callable[[str], bool]) -> Iterator[str]:
        """Yield what is still to be done."""
        while self.start < len(self.keys) and not is_open(self.keys[self.start]):
            self.start += 1
        for at in range(self.start, len(self.keys)):
            if is_open(self.keys[at]):
                yield self.keys[at]


class Queues:
    """Sentences to annotate, to annotate a second time, and to decide.

    Parameters
    ----------
    hands
        What people look at: nobody else is offered it.
    model
        Orders the first annotations.
    order
        One of `pipeline.annotation.names.ORDERS`.
    sample, seed
        As for `second_sample`.
    """

    def __init__(
        self, hands: AllHands, model: SharedModel, order: str, sample: int | None, seed: int
    ) -> None:
        self._hands, self._model, self._order = hands, model, order
        self._sample, self._seed = sample, seed
        self._lines: dict[tuple[str, str], Line] = {}
        self._ranks: dict[str, int] = {}

    def prepare(self, work: Work) -> None:
        """Do before the page is served what takes long."""
        if self._order != BY_DOCUMENT:
            sys.stderr.write(f"Scoring {len(unannotated(work.documents()))} sentences …\n")
            with self._hands.lock:
                self._line(work, FIRST, "")

    def offer(self, work: Work, view: str, name: str, document: str = "") -> str:
        """Put the next sentence into somebody's hand, and return its key; "" if there is none.

        What they were shown and have not answered comes first, wherever they have been meanwhile,
        and what they have skipped comes at the end.
        """
        is_open = opener(work, view, name)
        with self._hands.lock:
            hands = self._hands.of(name)
            # A second opinion is wanted of everybody.
            others = set() if view == SECOND else self._hands.others(name)
            skipped = hands.skipped.get(view, [])
            line = self._line(work, view, name).within(work, document)
            there = set(line.keys)
            shown = [key for key in reversed(hands.held) if key not in skipped]
            begun = (key for key in shown if key in there and is_open(key))
            fresh = (key for key in line.open(is_open) if key not in skipped)
            left = (key for key in skipped if key in there and is_open(key))
            found = next((key for key in chain(begun, fresh, left) if key not in others), "")
            if found:
                self._hands.take(name, found)
            return found

    def sizes(self, work: Work, view: str, name: str, document: str = "") -> tuple[int, int]:
        """Return how many sentences of a queue are done, and how many there are in all."""
        is_open = opener(work, view, name)
        if view == FIRST:
            of = work.of_document
            texts = of[document] if document else [one for some in of.values() for one in some]
            keys = list(dict.fromkeys(one.key for one in texts))
        else:
            with self._hands.lock:
                keys = self._line(work, view, name).within(work, document).keys
        return sum(not is_open(key) for key in keys), len(keys)

    def _line(self, work: Work, view: str, name: str) -> Line:
        others = work.version - work.changes.get(name, 0)
        made_of = (work, work.removed, 0 if view == FIRST else others)
        place = (view, "" if view == FIRST else name)
        line = self._lines.get(place)
        if line is None or line.made_of != made_of:
            line = self._lines[place] = Line(self._keys(work, view, name), made_of)
        return line

    def _keys(self, work: Work, view: str, name: str) -> list[str]:
        documents, referees = work.documents(), work.params.label.referees
        if view == SECOND:
            sample = drawn_for_second(documents, name, referees, self._sample, self._seed)
            return _keys_of(sample)
        if view == DISPUTES:
            return _keys_of(documents.of(disputed(documents.votes, referees)))
        return self._ordered(unannotated(documents))

    def _ordered(self, sentences: pd.DataFrame) -> list[str]:
        keys = _keys_of(sentences)
        if self._order == BY_DOCUMENT:
            return keys
        # What has been scored keeps its place.
        if not self._ranks.keys() >= set(keys):
            with self._model.use() as model:
                found = _keys_of(ordered(sentences, self._order, model, None))
            self._ranks = {key: rank for rank, key in enumerate(found)}
        return sorted(keys, key=self._ranks.__getitem__)


def opener(work: Work, view: str, name: str) -> Callable[[str], bool]:
    """Return what tells whether a sentence is still to be done by somebody."""
    votes = work.votes
    if view == SECOND:
        return lambda key: name not in votes[key]
    if view == DISPUTES:
        referees = set(work.params.label.referees)
        return lambda key: referees.isdisjoint(votes[key])
    return lambda key: not votes[key]


def _keys_of(sentences: pd.DataFrame) -> list[str]:
    return list(map(key_of, sentences["document"], sentences["text"]))
