"""What is counted over the rows of a table, chunk by chunk, so that it can be added up and kept."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from stance.errors import DataError
from stance.model.reasons import CUT, EMPTY, NO_STATEMENTS
from stance.model.stance_model import StanceModel
from stance.scoring.groups import Grouping
from stance.scoring.rows.labels import LabelNames
from stance.scoring.rows.records import Added, Chunk
from stance.text.markup import holds_markup
from stance.text.sentences import holds_several

MOST_GROUPS = 10_000
MOST_DOCUMENTS = 100_000
# Kinds of texts that a user is told of, beside reasons for abstaining.
SEVERAL, MARKUP = "several", "markup"


@dataclass
class Tally:
    """What was counted over the rows of a table.

    Attributes
    ----------
    rows, left_out
        How many were read, and how many of them are about none of the targets and not wanted.
    abstained
        Rows on which the model abstains, by the reason.
    noticed
        How many texts are empty, cut, several sentences, or hold markup; by kind.
    first
        Where the first one of each kind stands.
    unlike
        Rows whose texts are unlike what the model has learned from; none where it cannot tell.
    about, several_targets
        Rows about one of the targets that were asked for, and those that name several.
    labelled, agreeing
        Rows that people gave a label, and those among them to which the model gives the same.
    taken
        How often each name of a label was taken for one that differs by case or blanks.
    read_as
        What there is to say about how the table was read.
    groups
        For each group and document, as `Grouping.keys` writes them, how many of the statements
        have each label, how many of them are abstained from, and how many texts are no statements.
    """

    rows: int = 0
    left_out: int = 0
    abstained: dict[str, int] = field(default_factory=dict)
    noticed: dict[str, int] = field(default_factory=dict)
    first: dict[str, str] = field(default_factory=dict)
    unlike: int = 0
    about: int = 0
    several_targets: int = 0
    labelled: int = 0
    agreeing: int = 0
    taken: list[tuple[str, str, int]] = field(default_factory=list)
    read_as: list[str] = field(default_factory=list)
    groups: dict[str, list[int]] = field(default_factory=dict)

    @property
    def scored(self) -> int:
        """How many rows come out."""
        return self.rows - self.left_out

    def add(self, other: "Tally") -> None:
        """Add what was counted elsewhere."""
        self.rows += other.rows
        self.left_out += other.left_out
        self.unlike += other.unlike
        self.about += other.about
        self.several_targets += other.several_targets
        self.labelled += other.labelled
        self.agreeing += other.agreeing
        self.taken += other.taken
        self.read_as += other.read_as
        self.abstained = dict(Counter(self.abstained) + Counter(other.abstained))
        self.noticed = dict(Counter(self.noticed) + Counter(other.noticed))
        self.first = other.first | self.first
        for group, counts in other.groups.items():
            known = self.groups.get(group, [0] * len(counts))
            self.groups[group] = [a + b for a, b in zip(known, counts, strict=True)]

    def count_texts(
        self, texts: Sequence[str], places: Sequence[str], reasons: NDArray[np.str_]
    ) -> None:
        """Count why rows are abstained from, and what texts a user is told of.

        Parameters
        ----------
        texts, places
            n texts, and what to call each one's row.
        reasons
            The column `reason`, shape (n,).
        """
        self.abstained = dict(Counter(self.abstained) + Counter(reasons[reasons != ""].tolist()))
        kinds: dict[str, list[int]] = {
            EMPTY: np.flatnonzero(reasons == EMPTY).tolist(),
            CUT: np.flatnonzero(reasons == CUT).tolist(),
            SEVERAL: [number for number, text in enumerate(texts) if holds_several(text)],
            MARKUP: [number for number, text in enumerate(texts) if holds_markup(text)],
        }
        for kind, numbers in kinds.items():
            if numbers:
                self.first.setdefault(kind, places[numbers[0]])
                self.noticed[kind] = self.noticed.get(kind, 0) + len(numbers)

    def count_groups(
        self,
        chunk: Chunk,
        places: Sequence[str],
        columns: Added,
        model: StanceModel,
        grouping: Grouping,
    ) -> None:
        """Count labels by group and document.

        Raises
        ------
        DataError
            If there are more groups or documents than memory should hold, or a cell is no date.
        """
        labels = {label: number for number, label in enumerate(model.labels)}
        size = len(labels)
        found = zip(
            grouping.keys(chunk, places),
            columns["stance"].tolist(),
            columns["reason"].tolist(),
            strict=True,
        )
        for key, stance, reason in found:
            counts = self.groups.setdefault(key, [0] * (size + 2))
            if reason in NO_STATEMENTS:
                counts[size + 1] += 1
            else:
                counts[labels[stance]] += 1
                counts[size] += bool(reason)
        _check_size(self.groups, grouping)

    def count_labels(
        self,
        given: Sequence[str],
        places: Sequence[str],
        stances: NDArray[np.str_],
        names: LabelNames,
    ) -> None:
        """Count how many of the labels that people gave the model gives, too.

        Parameters
        ----------
        given, places, stances
            n cells with what people gave, nothing among it; what to call each one's row; and what
            the model gives.
        names
            The labels of the model, and what the cells call them.

        Raises
        ------
        DataError
            If a cell holds no label; names its row.
        """
        for found, place, stance in zip(given, places, stances.tolist(), strict=True):
            if not found.strip():
                continue
            label = names.of(found)
            if label not in names.known:
                raise DataError(
                    f"{place}: {found!r} is no label of the model, which has "
                    f"{', '.join(names.known)}; say with --map {found.strip()}=LABEL which it is."
                )
            self.labelled += 1
            self.agreeing += label == stance
        self.taken = [(found, label, count) for (found, label), count in names.taken.items()]


def _check_size(groups: dict[str, list[int]], grouping: Grouping) -> None:
    if grouping.document is None and len(groups) > MOST_GROUPS:
        of = " and ".join(map(repr, grouping.names))
        raise DataError(
            f"there are more than {MOST_GROUPS:,} different values of {of}; count by columns that "
            "have fewer, or by --period month instead of the date."
        )
    if len(groups) > MOST_DOCUMENTS:
        raise DataError(
            f"there are more than {MOST_DOCUMENTS:,} documents in {grouping.document!r}; with so "
            "many --document is of little use, leave it out, or name another column."
        )
