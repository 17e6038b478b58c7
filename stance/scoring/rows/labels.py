"""What a file calls the labels: as they are, as it is said, or with other capitals and blanks."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence


def _key(label: str) -> str:
    return "".join(label.split()).casefold()


def spelled_alike(labels: Iterable[str]) -> dict[str, str]:
    """Return for each label the most frequent one that differs by case or blanks only."""
    counts = Counter(labels)
    best: dict[str, str] = {}
    for label, count in counts.items():
        other = best.setdefault(_key(label), label)
        if count > counts[other]:
            best[_key(label)] = label
    return {label: best[_key(label)] for label in counts}


class LabelNames:
    """The labels that there are, and what a file calls them.

    Parameters
    ----------
    known
        The labels.
    names
        The label for each name in the file.

    Attributes
    ----------
    taken
        How often each name was taken for a label, by both, where they differ by case or blanks.
    """

    def __init__(self, known: Sequence[str], names: Mapping[str, str] | None = None) -> None:
        self.known = known
        self.names = dict(names or {})
        self.taken: Counter[tuple[str, str]] = Counter()
        alike: dict[str, set[str]] = {}
        for name, label in [*((label, label) for label in known), *self.names.items()]:
            alike.setdefault(_key(name), set()).add(label)
        self._alike = {key: min(labels) for key, labels in alike.items() if len(labels) == 1}

    def of(self, found: str) -> str:
        """Return the label that is meant; a name that is none is as it is."""
        if found in self.names:
            return self.names[found]
        label = found if found in self.known else self._alike.get(_key(found), found)
        if label != found:
            self.taken[found, label] += 1
        return label

    def __contains__(self, found: str) -> bool:
        return self.of(found) in self.known

    def notes(self) -> list[str]:
        """Return what was taken for what."""
        return taken_notes(self.taken)


def taken_notes(taken: Mapping[tuple[str, str], int]) -> list[str]:
    """Return in words which name was taken for which label, and how often."""
    return [
        f"{found!r} is taken for {label!r} ({count:,} row{'s' * (count != 1)})"
        for (found, label), count in taken.items()
    ]
