"""Scored files read back: every text with what the model has said of it, a chunk at a time."""

import glob
import hashlib
import os
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from stance.errors import DataError
from stance.files import STREAM, sha256
from stance.model.columns import probability_column
from stance.model.reasons import REASONS
from stance.scoring.rows.formats import SCORED_SUFFIXES, Layout
from stance.scoring.rows.records import Chunk
from stance.scoring.rows.sources import Source, open_source

# What the column of a sample is called that names its rows.
AUDIT = "audit"
# Probabilities are kept as whole numbers, so that sums of them are exact.
SCALE = 10_000
# Four decimals of each need not add up to one.
_LEAST, _MOST = 0.99 * SCALE, 1.01 * SCALE
# As formats, and spreadsheets that save them again, write truth values.
_ABSTAINS = {"false": False, "true": True}
# What the sentence before is called, of articles.
BEFORE = "before"


@dataclass(frozen=True)
class Columns:
    """What the columns of a scored file are called.

    Attributes
    ----------
    text
        The column that was scored.
    prefix
        What the names of the columns that scoring has added begin with.
    by
        The column whose values are groups that each get figures, if any.
    context
        Columns that whoever reads a text may see beside it.
    """

    text: str = "text"
    prefix: str = ""
    by: str | None = None
    context: tuple[str, ...] = ()


class Row(NamedTuple):
    """What the model has said of a row of a scored file.

    Attributes
    ----------
    text
        The text; empty where there is none.
    group
        The value of the column of groups, "" without one.
    stance
        The number of the most probable label.
    reason
        Why the model abstains, a word of `stance.model.reasons`; "" where it answers.
    probabilities
        Of each label, in ten thousandths.
    """

    text: str
    group: str
    stance: int
    reason: str
    probabilities: tuple[int, ...]


class Seen(NamedTuple):
    """What whoever codes a row sees: the text, and beside it the cells of some columns."""

    text: str
    context: dict[str, str]


class ScoredFile:
    """A file that `stance score` has written, or the folder of the parts of one.

    Parameters
    ----------
    place
        The file or folder.
    columns
        What its columns are called.
    labels
        The labels of the model that has scored it.

    Raises
    ------
    DataError
        If it is not there, or of no format that scores are written in.
    """

    def __init__(self, place: str, columns: Columns, labels: Sequence[str]) -> None:
        self.name = place
        self._files = _files(place)
        self._columns = columns
        self._labels = list(labels)

    def rows(self) -> Iterator[Row]:
        """Yield the rows.

        Raises
        ------
        DataError
            If a column is missing, or a row holds something else than scores.
        """
        for name, chunk in self._chunks():
            yield from self._parse(name, chunk)

    def seen(self, wanted: Collection[int]) -> dict[int, Seen]:
        """Return what is seen of some rows, by their numbers from 0.

        Of articles the sentence before is seen, too.
        """
        found: dict[int, Seen] = {}
        first = 0
        last = ("", "")
        for _, chunk in self._chunks():
            texts, names = chunk.texts, chunk.names
            articles = {"paragraph", "position"} <= set(names)
            of = chunk.values("article") if articles and "article" in names else [""] * len(texts)
            some = [number for number in range(len(texts)) if first + number in wanted]
            columns = {name: chunk.values(name) for name in self._columns.context if some}
            for number in some:
                context = {name: column[number] for name, column in columns.items()}
                if articles:
                    article, text = (of[number - 1], texts[number - 1]) if number else last
                    context[BEFORE] = text if article == of[number] else ""
                found[first + number] = Seen(texts[number], context)
            first += len(texts)
            last = (of[-1], texts[-1]) if texts else last
        return found

    def _chunks(self) -> Iterator[tuple[str, Chunk]]:
        for name in self._files:
            form = SCORED_SUFFIXES[Path(name).suffix.lower()]
            with closing(open_source(name, Layout(form), self._columns.text)) as source:
                self._check(source)
                for chunk in source.chunks():
                    yield name, chunk

    def _check(self, source: Source) -> None:
        of = self._columns
        if AUDIT in source.names:
            raise DataError(
                f"{source.name}: it is a sample that `stance audit draw` has drawn (it has the "
                f"column {AUDIT!r}), and says nothing of the whole by itself; audit the file that "
                "it was drawn from."
            )
        for name in self._ours():
            if name not in source.names:
                raise DataError(
                    f"{source.name}: no column {name!r}; name a file that `stance score` has "
                    "written with this model, and with --prefix what its columns begin with."
                )
        asked = [(one, "--context") for one in of.context]
        asked += [(of.by, "--by")] if of.by is not None else []
        for name, option in asked:
            if name not in source.names:
                raise DataError(
                    f"{source.name}: no column {name!r} for {option}; the file has "
                    f"{', '.join(map(repr, source.names))}."
                )
            if name in self._ours():
                raise DataError(
                    f"{source.name}: {option} names {name!r}, which is the model's answer; a "
                    "sample is read without it."
                )

    def _ours(self) -> list[str]:
        ours = map(probability_column, self._labels)
        names = ["stance", "confidence", "abstain", "reason", *ours]
        return [self._columns.prefix + name for name in names]

    def _parse(self, name: str, chunk: Chunk) -> Iterator[Row]:
        of = self._columns
        texts = chunk.texts
        groups = chunk.values(of.by) if of.by is not None else [""] * len(texts)
        stances, _, abstains, reasons, *columns = map(chunk.values, self._ours())
        known = {label: number for number, label in enumerate(self._labels)}
        probabilities = zip(*(map(_scaled, column) for column in columns), strict=True)
        for number, (text, group, stance, abstain, reason, found) in enumerate(
            zip(texts, groups, stances, abstains, reasons, probabilities, strict=True)
        ):
            agree = _ABSTAINS.get(abstain.lower()) == bool(reason) and reason in ("", *REASONS)
            if stance not in known or not agree or not _LEAST < sum(found) < _MOST:
                cells = ", ".join(column[number] for column in columns)
                raise DataError(
                    f"{name}, {chunk.places()[number]}: these are no scores of the model "
                    f"({stance!r}, {abstain!r}, {reason!r}, {cells}); score the file again."
                )
            yield Row(text, group, known[stance], reason, found)


def _scaled(cell: str) -> int:
    try:
        share = float(cell)
    except ValueError:
        return -SCALE * SCALE
    return round(share * SCALE) if 0 <= share <= 1 else -SCALE * SCALE


def files_hash(place: str) -> str:
    """Return a SHA-256 of a scored file, or of all files of a folder; errors as `ScoredFile`."""
    found = [sha256(Path(name)) for name in _files(place)]
    return found[0] if len(found) == 1 else hashlib.sha256("".join(found).encode()).hexdigest()


def _files(place: str) -> list[str]:
    if place == STREAM:
        raise DataError("standard input: it is read more than once; name the file.")
    if os.path.isdir(place):
        found = sorted(glob.glob(os.path.join(glob.escape(place), "*")))
        files = [name for name in found if Path(name).suffix.lower() in SCORED_SUFFIXES]
        if not files:
            raise DataError(f"{place}: there is no scored file in the folder; name another.")
        return files
    if not os.path.exists(place):
        raise DataError(f"{place}: no such file.")
    if Path(place).suffix.lower() not in SCORED_SUFFIXES:
        raise DataError(
            f"{place}: its suffix is none of {', '.join(SCORED_SUFFIXES)}, which scores are "
            "written with; name a file that `stance score` has written."
        )
    return [place]
