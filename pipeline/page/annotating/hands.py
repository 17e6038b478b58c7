"""What people have in their hands: sentences that they look at, what they skipped and have saved.

It is kept in memory: nothing of it is lost that was answered, since answers are on the disk.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from itertools import count
from threading import Lock

from pipeline.page.annotating.work import Vote

# Seconds after which somebody without a sign has left.
_PATIENCE = 600.0
# Sentences that one person may look at, in several windows; of more the first one is given up.
_MOST_HELD = 6


@dataclass(frozen=True)
class Step:
    """One answer of somebody: a vote that was given, changed or withdrawn, or a skipped sentence.

    Attributes
    ----------
    number
        What addresses call it.
    view, key
        Where, and which sentence.
    before, after
        The vote before and after it; both None where the sentence was skipped.
    then
        The sentence that was shown next, "" for none.
    """

    number: int
    view: str
    key: str
    before: Vote | None
    after: Vote | None
    then: str = ""

    @property
    def skipped(self) -> bool:
        """Whether it has left the sentence for later."""
        return self.before is None and self.after is None


@dataclass
class Hands:
    """What one person has in hand.

    Attributes
    ----------
    lock
        Held while a form of this person is answered: two of one window are told apart.
    seen
        When they last gave a sign.
    held
        The sentences that they look at, the latest last.
    skipped
        By view, the sentences that they left for later.
    steps
        What they have done, the latest last.
    undone
        Votes that they have taken back, to begin from.
    """

    seen: float
    lock: Lock = field(default_factory=Lock)
    held: list[str] = field(default_factory=list)
    skipped: dict[str, list[str]] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)
    undone: dict[str, Vote] = field(default_factory=dict)
    numbers: "count[int]" = field(default_factory=lambda: count(1))

    def add(self, view: str, key: str, before: Vote | None, after: Vote | None) -> Step:
        """Note an answer."""
        step = Step(next(self.numbers), view, key, before, after)
        self.steps.append(step)
        self.undone.pop(key, None)
        skipped = self.skipped.setdefault(view, [])
        if key in skipped:
            skipped.remove(key)
        if step.skipped:
            skipped.append(key)
        return step

    def lead(self, step: Step, then: str) -> None:
        """Note what was shown after an answer."""
        self.steps[self.steps.index(step)] = replace(step, then=then)

    def latest(self, key: str) -> Step | None:
        """Return the last answer on a sentence."""
        return next((step for step in reversed(self.steps) if step.key == key), None)

    def find(self, number: str) -> Step | None:
        """Return the answer that an address names, unless it was undone."""
        return next((step for step in self.steps if str(step.number) == number), None)

    def pop(self) -> Step | None:
        """Take back the last answer, and return it."""
        if not self.steps:
            return None
        step = self.steps.pop()
        if step.skipped and step.key in self.skipped[step.view]:
            self.skipped[step.view].remove(step.key)
        if step.after:
            self.undone[step.key] = step.after
        return step


class AllHands:
    """What all people have in hand.

    Parameters
    ----------
    clock
        Tells the time in seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._of: dict[str, Hands] = {}
        # Held from the choice of a sentence until it is in somebody's hand.
        self.lock = Lock()

    def of(self, name: str) -> Hands:
        """Return what somebody has in hand, who has just given a sign."""
        hands = self._of.setdefault(name, Hands(self._clock()))
        hands.seen = self._clock()
        return hands

    def others(self, name: str) -> set[str]:
        """Return the sentences that others look at, who are still there."""
        now = self._clock()
        others: Mapping[str, Hands] = self._of.copy()
        return {
            key
            for other, hands in others.items()
            if other != name and now - hands.seen < _PATIENCE
            for key in tuple(hands.held)
        }

    def take(self, name: str, key: str) -> None:
        """Put a sentence into somebody's hand."""
        hands = self.of(name)
        hands.held = [*[one for one in hands.held if one != key], key][-_MOST_HELD:]

    def give_up(self, name: str, key: str) -> None:
        """Take a sentence out of somebody's hand."""
        hands = self.of(name)
        hands.held = [one for one in hands.held if one != key]
