"""How often each stance occurs in the groups of some rows: counted by codes, piece by piece."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.page.reading.index import Index
from pipeline.page.rendering import Fields
from stance.errors import DataError
from stance.model.reasons import NO_STATEMENTS
from stance.scoring.groups import Grouping
from stance.scoring.periods import PERIODS
from stance.scoring.tally import MOST_DOCUMENTS

# An interval is a bootstrap, and the page waits for all of them.
MOST_GROUPS = 300
# Rows that are counted at a time, so that memory does not grow with the file.
_PIECE = 65_536

_Numbers = NDArray[np.integer[Any]]

# The fields of the form.
BY, BY_TOO, PERIOD, DATE, DOCUMENT = "by", "by_too", "period", "date", "document"
FIELDS = [BY, BY_TOO, PERIOD, DATE, DOCUMENT]


@dataclass(frozen=True)
class _Part:
    """What rows are told apart by: a number for each row of the file, and what it stands for."""

    codes: _Numbers
    names: Sequence[str]


def take_fields(fields: Fields) -> Fields:
    """Return what is said of groups, and leave in `fields` what is said of filters."""
    return {name: fields.pop(name, "") for name in FIELDS}


def parse_grouping(said: Fields, index: Index) -> Grouping:
    """Return what is counted by.

    Raises
    ------
    DataError
        If a column or a period is not there, or the table of shares has one of its name.
    """
    for name in (BY, BY_TOO, DOCUMENT):
        if said[name] and said[name] not in index.groups:
            there = ", ".join(index.groups) or "none"
            raise DataError(
                f"there is no column {said[name]!r} of groups to count by; there are {there}."
            )
    period = said[PERIOD] or None
    if period and period not in PERIODS:
        raise DataError(f"there is no period {period!r}; there are {', '.join(PERIODS)}.")
    date = said[DATE] or next(iter(index.dates), "")
    if period and date not in index.dates:
        there = ", ".join(index.dates) or "none"
        raise DataError(f"there is no column {date!r} of dates; there are {there}.")
    by = tuple(dict.fromkeys(name for name in (said[BY], said[BY_TOO]) if name))
    if period in by:
        raise DataError(f"the table has a column {period!r} of its own; choose another period.")
    grouping = Grouping(by, period, date, document=said[DOCUMENT] or None)
    grouping.check("the file")
    return grouping


def count(index: Index, rows: _Numbers, grouping: Grouping) -> dict[str, list[int]]:
    """Return how often each label occurs among some rows, as `Tally.groups` holds it.

    Raises
    ------
    DataError
        If there are more groups or documents than a page can show.
    """
    parts = [_Part(index.codes(column), index.groups[column]) for column in grouping.by]
    if grouping.period:
        parts.append(_Part(*index.periods(grouping.date_column, grouping.period)))
    if grouping.document:
        parts.append(_Part(index.codes(grouping.document), index.groups[grouping.document]))
    width = len(index.labels) + 2
    found: dict[int, NDArray[np.int64]] = {}
    for start in range(0, len(rows), _PIECE):
        some = rows[start : start + _PIECE]
        keys = np.zeros(len(some), dtype=np.int64)
        for part in parts:
            keys = keys * len(part.names) + part.codes[some]
        numbers, places = np.unique(keys, return_inverse=True)
        for number, counts in zip(
            numbers.tolist(), _counted(index, some, places, len(numbers), width), strict=True
        ):
            found[number] = found.get(number, 0) + counts
        _check(len(found), grouping)
    named = {_key(number, parts, grouping): counts.tolist() for number, counts in found.items()}
    if grouping.document and len({key.rpartition(", ")[0] for key in named}) > MOST_GROUPS:
        raise _too_many(grouping)
    return named


def _counted(
    index: Index, rows: _Numbers, places: _Numbers, count: int, width: int
) -> NDArray[np.int64]:
    """Return counts of labels, abstentions and no statements per place, shape (count, width)."""
    reasons = index.reasons[rows]
    # A reason is its place in `REASONS` plus one; those of no statements come first.
    none = (reasons > 0) & (reasons <= len(NO_STATEMENTS))
    columns = np.where(none, width - 1, index.stances[rows])
    cells = np.bincount(places * width + columns, minlength=count * width)
    table: NDArray[np.int64] = cells.reshape(count, width).astype(np.int64)
    table[:, width - 2] = np.bincount(places[(reasons > 0) & ~none], minlength=count)
    return table


def _key(number: int, parts: Sequence[_Part], grouping: Grouping) -> str:
    names = []
    for part in reversed(parts):
        number, place = divmod(number, len(part.names))
        names.append(part.names[place])
    names.reverse()
    return json.dumps([*names, *([] if grouping.document else [""])], ensure_ascii=False)


def _check(found: int, grouping: Grouping) -> None:
    if not grouping.document and found > MOST_GROUPS:
        raise _too_many(grouping)
    if found > MOST_DOCUMENTS:
        raise DataError(
            f"there are more than {MOST_DOCUMENTS:,} documents in {grouping.document!r}; leave it "
            "out, or name another column."
        )


def _too_many(grouping: Grouping) -> DataError:
    of = " and ".join(map(repr, grouping.names))
    return DataError(
        f"there are more than {MOST_GROUPS} different values of {of}, which is more than a page "
        "shows; filter, count by a column that has fewer, or use `stance score --by`."
    )


def statements(counted: Mapping[str, Sequence[int]]) -> int:
    """Return how many statements were counted."""
    return sum(sum(counts[:-2]) for counts in counted.values())
