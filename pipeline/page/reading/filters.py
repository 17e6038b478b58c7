"""Which rows somebody wants to see, and in which order: all of it in the address of a view.

So a selection can be kept as a bookmark, sent on, and carried from one view to the next.
"""

import re
from calendar import monthrange
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

import numpy as np
from numpy.typing import NDArray

from pipeline.page.reading.index import Index
from pipeline.page.rendering import Fields
from stance.errors import DataError
from stance.model.reasons import REASONS
from stance.scoring.periods import parse_day

ANSWERS, ABSTAINS = "answers", "abstains"
FILE_ORDER, LEAST_SURE, MOST_SURE, NEWEST = "file", "least-sure", "most-sure", "new-first"
# What sorts by the probability of a label, and what names a label, a column or a date's end.
PROBABLE, STANCE, GROUP, SINCE, UNTIL = "p:", "stance:", "in:", "from:", "to:"
ROWS = [25, 50, 100]
# What stands for an empty cell, since an empty field asks for nothing.
EMPTY = "(empty)"
_PERIOD = re.compile(
    r"(?P<year>[0-9]{4})(?:-W(?P<week>[0-9]{2})|-Q(?P<quarter>[1-4])|-(?P<month>[0-9]{2}))?"
)
_MOST_WORDS = 20
# Rows that are looked at together.
_BLOCK = 65_536
_MOST_DIGITS = 9


@dataclass(frozen=True)
class Asked:
    """What is asked for; see the fields of `parse_asked`.

    Attributes
    ----------
    stances
        Labels; all if there is none.
    reason
        `answers`, `abstains` or one word of `stance.model.reasons`; "" for all rows.
    confidence, novelty
        From and to, each of which may be None.
    groups
        Columns and the value that rows have in them.
    since, until
        Columns of dates and the first and last day.
    target
        What rows are about.
    words
        What their texts hold, as it was typed.
    sort
        `file`, `least-sure`, `most-sure`, `new-first`, or `p:` and a label.
    page, size
        Which page from 1, and of how many rows.
    """

    stances: tuple[str, ...] = ()
    reason: str = ""
    confidence: tuple[float | None, float | None] = (None, None)
    novelty: tuple[float | None, float | None] = (None, None)
    groups: tuple[tuple[str, str], ...] = ()
    since: tuple[tuple[str, str], ...] = ()
    until: tuple[tuple[str, str], ...] = ()
    target: str = ""
    words: str = ""
    sort: str = FILE_ORDER
    page: int = 1
    size: int = ROWS[0]

    @property
    def selects_by_answer(self) -> bool:
        """Whether rows are chosen by what the model says of them, or how new they are to it."""
        bounds = (*self.confidence, *self.novelty)
        return bool(self.stances or self.reason) or any(bound is not None for bound in bounds)


def parse_asked(fields: Fields, index: Index) -> Asked:
    """Return what is asked for; empty fields ask for nothing.

    Raises
    ------
    DataError
        If a field or its value means nothing for this file.
    """
    said = {name: value.strip() for name, value in fields.items() if value.strip()}
    for name in [*said]:
        if name.startswith(GROUP):
            said[name] = " ".join(said[name].split())
    stances = _taken(said, STANCE, index.labels, "label")
    groups = _taken(said, GROUP, list(index.groups), "column with groups")
    since = _taken(said, SINCE, index.dates, "column of dates")
    until = _taken(said, UNTIL, index.dates, "column of dates")
    for column, value in groups:
        if _meant(index, column, value) not in index.groups[column]:
            raise DataError(f"column {column!r} has no value {value[:80]!r}; choose one it has.")
    asked = Asked(
        stances=tuple(label for label, _ in stances),
        reason=_choice(said, "reason", [ANSWERS, ABSTAINS, *REASONS], ""),
        confidence=(_share(said, "confidence_from"), _share(said, "confidence_to")),
        novelty=(_share(said, "novelty_from"), _share(said, "novelty_to")),
        groups=groups,
        since=since,
        until=until,
        target=_choice(said, "target", index.targets, ""),
        words=said.pop("search", ""),
        sort=_choice(said, "sort", sorts(index), FILE_ORDER),
        page=_count(said, "page", 1),
        size=int(_choice(said, "rows", list(map(str, ROWS)), str(ROWS[0]))),
    )
    for _, value in (*since, *until):
        _span(value)
    if any(bound is not None for bound in asked.novelty) and not index.has_novelty:
        raise DataError(
            "the file does not say how new its texts are; score it with --novelty to filter by it."
        )
    parse_words(asked.words)
    if said:
        raise DataError(f"there is nothing to filter by called {next(iter(said))[:80]!r}.")
    return asked


def _meant(index: Index, column: str, value: str) -> str:
    """Return the value of a column that a field names."""
    return "" if value == EMPTY and EMPTY not in index.groups[column] else value


def _taken(said: Fields, begin: str, known: list[str], what: str) -> tuple[tuple[str, str], ...]:
    """Take the fields out whose names begin so, and return what follows with their values."""
    found = {name.removeprefix(begin): said.pop(name) for name in [*said] if name.startswith(begin)}
    for name in found:
        if name not in known:
            there = ", ".join(map(repr, known)) or "none"
            raise DataError(f"there is no {what} {name[:80]!r}; the file has {there}.")
    return tuple(found.items())


def _choice(said: Fields, name: str, known: list[str], default: str) -> str:
    value = said.pop(name, default)
    if value != default and value not in known:
        raise DataError(
            f"{name} cannot be {value[:80]!r}; it is one of {', '.join(known) or 'nothing'}."
        )
    return value


def _share(said: Fields, name: str) -> float | None:
    value = said.pop(name, None)
    if value is None:
        return None
    try:
        found = float(value.replace(",", "."))
    except ValueError:
        found = -1.0
    if not 0 <= found <= 1:
        called = name.replace("_", " ")
        raise DataError(f"{called!r} is {value[:80]!r}, and goes from 0 to 1.")
    return found


def _count(said: Fields, name: str, default: int) -> int:
    value = said.pop(name, str(default))
    if not (value.isascii() and value.isdecimal()) or len(value) > _MOST_DIGITS or not int(value):
        raise DataError(f"{name} is {value[:80]!r}, and counts from 1.")
    return int(value)


def parse_words(words: str) -> list[str]:
    """Return the words and phrases of a search: quotes hold a phrase together.

    Raises
    ------
    DataError
        If there are too many, or there is no letter and no digit.
    """
    found = []
    for number, part in enumerate(words.split('"')):
        found += [" ".join(part.split())] if number % 2 else part.split()
    # Marks part words, and are none.
    found = [word for word in found if any(letter.isalnum() for letter in word)]
    if words.strip() and not found:
        raise DataError(
            f"the search holds no word ({words[:80]!r}); texts are searched for whole words, for "
            "beginnings with * at their end, and for phrases in quotes."
        )
    if len(found) > _MOST_WORDS:
        raise DataError(f"the search has {len(found)} words; give up to {_MOST_WORDS}.")
    return [word.replace("\x00", " ") for word in found]


def _span(value: str) -> tuple[int, int]:
    """Return the first and last day, as ordinals, of a day, month, quarter, week or year.

    Raises
    ------
    DataError
        If it is none.
    """
    try:
        first, last = _days_of(value)
    except (ValueError, OverflowError):
        raise DataError(
            f"{value[:80]!r} is no day, week, month, quarter or year, such as 2020-02-29, "
            "2020-W09, 2020-02, 2020-Q1 or 2020."
        ) from None
    return first.toordinal(), last.toordinal()


def _days_of(value: str) -> tuple[date, date]:
    found = _PERIOD.fullmatch(value)
    if found is None:
        day = parse_day(value)
        if day is None:
            raise ValueError(value)
        return day, day
    year = int(found["year"])
    if found["week"]:
        week = int(found["week"])
        return date.fromisocalendar(year, week, 1), date.fromisocalendar(year, week, 7)
    quarter, month = int(found["quarter"] or 0), int(found["month"] or 0)
    first, last = (3 * quarter - 2, 3 * quarter) if quarter else (month or 1, month or 12)
    return date(year, first, 1), date(year, last, monthrange(year, last)[1])


def sorts(index: Index) -> list[str]:
    """Return what rows can be sorted by."""
    return [
        FILE_ORDER,
        LEAST_SURE,
        MOST_SURE,
        *[NEWEST] * index.has_novelty,
        *(PROBABLE + label for label in index.labels),
    ]


def select(index: Index, asked: Asked) -> NDArray[np.integer[Any]]:
    """Return the numbers of the rows that are asked for, in the order asked for."""
    found = _filtered(index, asked)
    if asked.sort == FILE_ORDER:
        return found
    order = index.order(asked.sort, lambda: _sorted_by(index, asked.sort))
    if len(found) == index.size:
        return order
    kept = np.zeros(index.size, dtype=np.bool_)
    for some in blocks(found):
        kept[some] = True
    return np.concatenate([some[kept[some]] for some in blocks(order)])


def _sorted_by(index: Index, sort: str) -> NDArray[np.float32]:
    """Return what all rows are sorted by, smallest first."""
    if sort == LEAST_SURE:
        return index.confidences
    if sort == NEWEST and index.novelties is not None:
        # Rows that do not say come last.
        return np.where(np.isnan(index.novelties), np.float32(1), -index.novelties)
    if sort.startswith(PROBABLE):
        return -index.probability(sort.removeprefix(PROBABLE))
    return -index.confidences


def _filtered(index: Index, asked: Asked) -> NDArray[np.integer[Any]]:
    """Return the numbers of the rows that are asked for, ascending."""
    tests = _tests(index, asked)
    searched = parse_words(asked.words)
    if searched:
        # The search leaves few rows, and only they are looked at.
        found = []
        for rows in blocks(index.search(searched)):
            some = rows
            for column, test in tests:
                some = some[test(column[some])]
            found.append(some)
        return np.concatenate(found) if found else np.zeros(0, dtype=np.int32)
    if not tests:
        return np.arange(index.size, dtype=np.int32)
    kept_of = []
    for start in range(0, index.size, _BLOCK):
        kept = np.ones(min(_BLOCK, index.size - start), dtype=np.bool_)
        for column, test in tests:
            kept &= test(column[start : start + _BLOCK])
        kept_of.append(np.flatnonzero(kept).astype(np.int32) + np.int32(start))
    return np.concatenate(kept_of)


def blocks(rows: NDArray[Any]) -> Iterator[NDArray[Any]]:
    """Yield rows in parts, so that what is worked out of each is small."""
    for start in range(0, len(rows), _BLOCK):
        yield rows[start : start + _BLOCK]


_Test = tuple[NDArray[Any], Callable[[NDArray[Any]], NDArray[np.bool_]]]


def _tests(index: Index, asked: Asked) -> list[_Test]:
    """Return which columns are looked at, and what of them is wanted."""
    tests: list[_Test] = []
    if asked.stances:
        wanted = np.isin(np.arange(len(index.labels)), [*map(index.labels.index, asked.stances)])
        tests.append((index.stances, lambda some: wanted[some]))
    if asked.reason == ANSWERS:
        tests.append((index.reasons, lambda some: some == 0))
    elif asked.reason == ABSTAINS:
        tests.append((index.reasons, lambda some: some > 0))
    elif asked.reason:
        reason = 1 + REASONS.index(asked.reason)
        tests.append((index.reasons, lambda some: some == reason))
    tests += _between(index.confidences, asked.confidence)
    if index.novelties is not None:
        tests += _between(index.novelties, asked.novelty)
    for column, value in asked.groups:
        code = index.groups[column].index(_meant(index, column, value))
        tests.append((index.codes(column), lambda some, code=code: some == code))  # type: ignore[misc]
    for column, value in asked.since:
        first = _span(value)[0]
        tests.append((index.days(column), lambda some, first=first: some >= first))  # type: ignore[misc]
    for column, value in asked.until:
        last = _span(value)[1]
        tests.append(
            (index.days(column), lambda some, last=last: (some > 0) & (some <= last))  # type: ignore[misc]
        )
    if asked.target:
        tests.append((index.about(asked.target), lambda some: some))
    return tests


def _between(column: NDArray[np.float32], bounds: tuple[float | None, float | None]) -> list[_Test]:
    low, high = bounds
    tests: list[_Test] = []
    # Bounds are of the columns' own precision, or .7 would not be among what is at least .7.
    if low is not None:
        least = np.float32(low)
        tests.append((column, lambda some: some >= least))
    if high is not None:
        most = np.float32(high)
        tests.append((column, lambda some: some <= most))
    return tests


def written(share: float | None) -> str:
    """Return a bound as a field has it, and no digit less: on the next page it is the same."""
    if share is None:
        return ""
    short = f"{share:g}"
    return short if float(short) == share else repr(share)


def fields_of(asked: Asked) -> Fields:
    """Return the fields that ask for the same, without those that ask for nothing."""
    shares = {
        "confidence_from": asked.confidence[0],
        "confidence_to": asked.confidence[1],
        "novelty_from": asked.novelty[0],
        "novelty_to": asked.novelty[1],
    }
    fields = {
        **{STANCE + label: "on" for label in asked.stances},
        "reason": asked.reason,
        **{name: written(share) for name, share in shares.items()},
        **{GROUP + column: value for column, value in asked.groups},
        **{SINCE + column: value for column, value in asked.since},
        **{UNTIL + column: value for column, value in asked.until},
        "target": asked.target,
        "search": asked.words,
        "sort": asked.sort if asked.sort != FILE_ORDER else "",
        "rows": str(asked.size) if asked.size != ROWS[0] else "",
        "page": str(asked.page) if asked.page > 1 else "",
    }
    return {name: value for name, value in fields.items() if value}


def query(asked: Asked, **changes: Any) -> str:
    """Return what is asked for, with changes, as the query of an address."""
    return urlencode(fields_of(replace(asked, **changes)))
