"""The list of scored statements: what the filters leave, counted, and a page of it."""

from collections import OrderedDict
from dataclasses import dataclass, replace
from importlib.util import find_spec
from threading import Lock
from typing import Any
from urllib.parse import quote_plus

import numpy as np
from numpy.typing import NDArray
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from pipeline.page.answers import WHY
from pipeline.page.reading.filters import (
    ABSTAINS,
    ANSWERS,
    EMPTY,
    FILE_ORDER,
    GROUP,
    LEAST_SURE,
    MOST_SURE,
    NEWEST,
    PROBABLE,
    ROWS,
    SINCE,
    STANCE,
    UNTIL,
    Asked,
    blocks,
    fields_of,
    parse_asked,
    query,
    select,
    sorts,
    written,
)
from pipeline.page.reading.index import Index
from pipeline.page.rendering import parse_fields, render
from stance.model.reasons import REASONS

# Values of a column that a list offers, and of all columns; more are typed.
_MOST_OFFERED, _MOST_OPTIONS = 200, 1_000
# Bytes of an address that the names of the fields may take; some of the rest is the search.
_MOST_NAMES = 3_000
# Characters of a text that are shown in the list.
_MOST_SHOWN = 1_500
# Selections and pages that are kept: going on to the next page counts nothing anew.
_KEPT_SELECTIONS, _KEPT_PAGES = 2, 64
SORTS = {
    FILE_ORDER: "the order of the file",
    LEAST_SURE: "least sure first",
    MOST_SURE: "most sure first",
    NEWEST: "most unlike the training material first",
}
REASONS_SHOWN = {ANSWERS: "the model answers", ABSTAINS: "the model abstains"}


@dataclass(frozen=True)
class Selection:
    """The rows that filters leave.

    Attributes
    ----------
    numbers
        Of the rows, in order.
    counts
        How many have each label, and would be shown besides if it were asked for.
    abstained
        How many of the rows the model abstains from.
    """

    numbers: NDArray[np.integer[Any]]
    counts: list[int]
    abstained: int


class Selections:
    """What was selected last, for all views."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._lock = Lock()
        self._kept: OrderedDict[Asked, Selection] = OrderedDict()

    def of(self, asked: Asked) -> Selection:
        """Return what is selected, whichever of its pages is asked for."""
        key = replace(asked, page=1, size=ROWS[0])
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        found = self._select(key)
        with self._lock:
            self._kept[key] = found
            while len(self._kept) > _KEPT_SELECTIONS:
                self._kept.popitem(last=False)
        return found

    def _select(self, asked: Asked) -> Selection:
        index = self._index
        wanted = np.array([not asked.stances or one in asked.stances for one in index.labels])
        counts = np.zeros(len(index.labels), dtype=np.int64)
        abstentions = 0
        numbers = select(index, replace(asked, stances=()))
        kept = []
        for some in blocks(numbers):
            stances = index.stances[some]
            counts += np.bincount(stances, minlength=len(counts))
            rows = some[wanted[stances]]
            abstentions += int(np.count_nonzero(index.reasons[rows]))
            if asked.stances:
                kept.append(rows)
        shown = np.concatenate(kept) if kept else numbers
        return Selection(shown, counts.tolist(), abstentions)


class _Statements:
    def __init__(self, index: Index) -> None:
        self._index = index
        self._selections = Selections(index)
        self._lock = Lock()
        self._pages: OrderedDict[tuple[bytes, str, bool], HTMLResponse] = OrderedDict()
        self._offered, self._dates = _offered(index)
        self._colours = _colours(index)
        self._sheets = find_spec("xlsxwriter") is not None
        shown = {*self._offered, *self._dates}
        self._hidden = [
            name
            for name in dict.fromkeys([*index.groups, *index.dates, *index.left_out])
            if name not in shown
        ]
        self._sorts = {
            name: SORTS.get(name, f"most probably {name.removeprefix(PROBABLE)} first")
            for name in sorts(index)
        }
        self._reasons = reasons_of(index)

    def show(self, request: Request) -> Response:
        """Show a page of statements; one that was shown is not made anew."""
        asked_for, changed = request.scope["query_string"], self._index.changed()
        key = (asked_for, request.scope["root_path"], changed)
        with self._lock:
            if key in self._pages:
                self._pages.move_to_end(key)
                return self._pages[key]
        asked = parse_asked(parse_fields(asked_for), self._index)
        found = self._render(request, asked, changed=changed)
        with self._lock:
            self._pages[key] = found
            while len(self._pages) > _KEPT_PAGES:
                self._pages.popitem(last=False)
        return found

    def _render(self, request: Request, asked: Asked, *, changed: bool) -> HTMLResponse:
        index, selection = self._index, self._selections.of(asked)
        count = len(selection.numbers)
        last = max(1, -(-count // asked.size))
        page = min(asked.page, last)
        first = (page - 1) * asked.size
        rows = index.rows(selection.numbers[first : first + asked.size])
        return render(
            request,
            "statements.html",
            index=index,
            asked=asked,
            changed=changed,
            fields=fields_of(asked),
            # What the form has no field for stays as it is.
            kept=[
                (begin + column, value)
                for begin, pairs, there in (
                    (GROUP, asked.groups, self._offered),
                    (SINCE, asked.since, self._dates),
                    (UNTIL, asked.until, self._dates),
                )
                for column, value in pairs
                if column not in there
            ],
            groups=dict(asked.groups),
            since=dict(asked.since),
            until=dict(asked.until),
            bounds={
                name: list(map(written, getattr(asked, name)))
                for name in ["confidence", *["novelty"] * index.has_novelty]
            },
            carried=query(asked, page=page),
            exported=query(asked, page=1, size=ROWS[0]),
            rows=rows,
            colours=self._colours,
            longest=_MOST_SHOWN,
            why=WHY,
            count=count,
            counts=dict(zip(index.labels, selection.counts, strict=True)),
            abstained=selection.abstained,
            page=page,
            last=last,
            first=first,
            beyond=asked.page > last,
            before=query(asked, page=page - 1) if page > 1 else None,
            after=query(asked, page=page + 1) if page < last else None,
            chips=chips_of(asked, self._reasons),
            more=len(chips_of(replace(asked, stances=(), reason="", words=""), {})),
            offered=self._offered,
            dates=self._dates,
            hidden=self._hidden,
            sheets=self._sheets,
            sorts=self._sorts,
            reasons=self._reasons,
            sizes=ROWS,
            stance_field=STANCE,
            group_field=GROUP,
            since_field=SINCE,
            until_field=UNTIL,
        )


def _offered(index: Index) -> tuple[dict[str, list[str] | None], list[str]]:
    """Return which columns of groups and of dates the form has fields for.

    A form sends all of its fields, and an address may only be so long. Columns with few values come
    first, and these are offered; None stands for more than can be.
    """
    left, options = _MOST_NAMES, _MOST_OPTIONS
    groups: dict[str, list[str] | None] = {}
    others = [name for name in index.groups if name not in index.dates]
    for name in sorted(others, key=lambda name: len(index.groups[name])):
        left -= len(quote_plus(GROUP + name)) + 2
        if left < 0:
            break
        values = index.groups[name]
        listed = len(values) <= min(_MOST_OFFERED, options)
        options -= len(values) * listed
        groups[name] = [value or EMPTY for value in sorted(values)] if listed else None
    dates = []
    for name in index.dates:
        left -= len(quote_plus(SINCE + name)) + len(quote_plus(UNTIL + name)) + 24
        if left < 0:
            break
        dates.append(name)
    return {name: groups[name] for name in index.groups if name in groups}, dates


def _colours(index: Index) -> dict[str, str]:
    """Return the class of each label, by its place."""
    stances = [label for label in index.labels if label != index.background]
    return {
        label: "lb" if label == index.background else f"l{stances.index(label) % 6}"
        for label in index.labels
    }


def reasons_of(index: Index) -> dict[str, str]:
    """Return in words what can be filtered by of reasons."""
    return REASONS_SHOWN | {
        REASONS[number - 1]: f"it abstains: {WHY[REASONS[number - 1]]}"
        for number in index.met
        if number
    }


def chips_of(asked: Asked, reasons: dict[str, str]) -> list[tuple[str, str]]:
    """Return what is filtered by, in words, each with the query that leaves it out."""
    first = replace(asked, page=1)
    found = [
        (label, query(first, stances=tuple(one for one in asked.stances if one != label)))
        for label in asked.stances
    ]
    if asked.reason:
        found.append((reasons.get(asked.reason, asked.reason), query(first, reason="")))
    for name in ("confidence", "novelty"):
        low, high = getattr(asked, name)
        if low is not None or high is not None:
            ends = [
                f"{word} {written(bound)}"
                for word, bound in (("from", low), ("to", high))
                if bound is not None
            ]
            found.append((f"{name} {' '.join(ends)}", query(first, **{name: (None, None)})))
    for name, word in (("groups", "is"), ("since", "from"), ("until", "to")):
        pairs = getattr(asked, name)
        for column, value in pairs:
            others = tuple(pair for pair in pairs if pair[0] != column)
            found.append((f"{column} {word} {value[:80]}", query(first, **{name: others})))
    if asked.target:
        found.append((f"about {asked.target}", query(first, target="")))
    if asked.words:
        found.append((f"holds {asked.words}", query(first, words="")))
    return found


def routes(index: Index) -> list[Route]:
    """Return where the statements of a scored file are."""
    return [Route("/statements", _Statements(index).show)]
