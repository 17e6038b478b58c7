"""The shares of the stances among the rows that filters leave: a chart, a table, and files of both.

The chart, the table and their files are asked for one after the other; what was counted and drawn
last is kept, so that all of them say the same and nothing is computed twice.
"""

import math
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import BoundedSemaphore, Lock
from typing import Any
from urllib.parse import urlencode

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pipeline.page.models import SharedModel
from pipeline.page.reading.counting import FIELDS, count, parse_grouping, statements, take_fields
from pipeline.page.reading.filters import FILE_ORDER, Asked, parse_asked, query, select
from pipeline.page.reading.index import Index
from pipeline.page.reading.scorer import Corrections
from pipeline.page.reading.statements import chips_of, reasons_of
from pipeline.page.rendering import Fields, parse_fields, render
from stance.errors import DataError
from stance.files import to_csv
from stance.scoring.chart import MOST_PANELS, draw_chart
from stance.scoring.groups import Grouping
from stance.scoring.mix import ASSUMED, DOCUMENTS, TEXTS, mix_table
from stance.scoring.periods import PERIODS

_KINDS = {"svg": "image/svg+xml", "png": "image/png", "csv": "text/csv; charset=utf-8"}
# Tables that are kept, and views that wait for one.
_KEPT, _MOST_WAITING = 8, 8
_BY_WORDS = (
    "the filters select rows by their words, and the model's errors among such texts are not those "
    "that are known"
)
_BY_ANSWER = (
    "the filters select rows by what the model itself has said, so its errors among them are not "
    "those that are known"
)


@dataclass(frozen=True)
class Mix:
    """What was counted.

    Attributes
    ----------
    grouping
        By what.
    table
        As `mix_table` returns it.
    rows, statements
        How many rows the filters leave, and how many of these are statements.
    uncorrected
        Why there are raw shares only; "" where they are corrected.
    """

    grouping: Grouping
    table: pd.DataFrame
    rows: int
    statements: int
    uncorrected: str


class _Shares:
    def __init__(self, index: Index, model: SharedModel) -> None:
        self._index = index
        self._corrections = Corrections(index, model)
        # Matplotlib is not made for several threads, and one bootstrap at a time is enough.
        self._lock = Lock()
        self._waiting = BoundedSemaphore(_MOST_WAITING)
        self._mixes: OrderedDict[str, Mix] = OrderedDict()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        if not self._waiting.acquire(blocking=False):
            raise DataError("too many shares are being counted; wait a moment and ask again.")
        try:
            with self._lock:
                yield
        finally:
            self._waiting.release()

    def _asked(self, request: Request) -> tuple[Fields, Asked]:
        fields = parse_fields(request.scope["query_string"])
        said = take_fields(fields)
        return said, parse_asked(fields, self._index)

    def _mix(self, said: Fields, asked: Asked) -> Mix:
        """Return what was counted, or count it; whoever calls must be alone."""
        # The order of rows and how many stand on a page change nothing.
        key = f"{urlencode(said)}&{query(asked, sort=FILE_ORDER, page=1)}"
        if key not in self._mixes:
            self._mixes[key] = self._count(parse_grouping(said, self._index), asked)
        self._mixes.move_to_end(key)
        while len(self._mixes) > _KEPT:
            self._mixes.popitem(last=False)
        return self._mixes[key]

    def _count(self, grouping: Grouping, asked: Asked) -> Mix:
        rows = select(self._index, asked)
        counted = count(self._index, rows, grouping)
        confusion, why = self._confusion(asked)
        table = mix_table(counted, grouping, self._index.labels, confusion)
        return Mix(grouping, table, len(rows), statements(counted), why)

    def _confusion(self, asked: Asked) -> tuple[NDArray[np.int64] | None, str]:
        if asked.selects_by_answer:
            return None, _BY_ANSWER
        if asked.words or asked.target:
            return None, _BY_WORDS
        confusion, why = self._corrections.confusion()
        return confusion, why.removesuffix(".")

    def show(self, request: Request) -> Response:
        said, asked = self._asked(request)
        mix, problem = None, ""
        try:
            with self._alone():
                mix = self._mix(said, asked)
        except DataError as error:
            problem = str(error)
        filters = query(asked)
        return render(
            request,
            "shares.html",
            index=self._index,
            said=said,
            filters=filters,
            hidden=parse_fields(filters.encode()),
            chips=[said for said, _ in chips_of(asked, reasons_of(self._index))],
            unfiltered=urlencode(_given(said)),
            asked="&".join(filter(None, [urlencode(_given(said)), filters])),
            periods=PERIODS,
            mix=mix,
            problem=problem,
            groups=_groups(mix, self._index.labels) if mix else [],
            undrawn=_undrawn(mix) if mix else "",
            assumed=ASSUMED[DOCUMENTS if mix and mix.grouping.document else TEXTS],
        )

    def send(self, request: Request) -> Response:
        form = request.url.path.rpartition(".")[2]
        said, asked = self._asked(request)
        with self._alone():
            mix = self._mix(said, asked)
            content = (
                to_csv(mix.table).encode()
                if form == "csv"
                else draw_chart(mix.table, mix.grouping, self._index.labels, form).content
            )
        # A picture in a page does not mind; opened by itself it would be without its styles.
        headers = {"Content-Disposition": f'attachment; filename="shares.{form}"'}
        return Response(content, media_type=_KINDS[form], headers=headers)


def _given(said: Fields) -> Fields:
    return {name: said[name] for name in FIELDS if said[name]}


def _undrawn(mix: Mix) -> str:
    """Return why there is no chart; "" if there is one."""
    table = mix.table[mix.table["share"].notna()]
    if mix.grouping.period:
        table = table[table[mix.grouping.period] != ""]
    if table.empty:
        return "There is nothing to draw."
    panels = len(table[list(mix.grouping.by)].drop_duplicates()) if mix.grouping.by else 1
    if panels > MOST_PANELS:
        return f"There is no chart: {panels} groups do not fit into one of {MOST_PANELS}."
    return ""


def _groups(mix: Mix, labels: list[str]) -> list[dict[str, Any]]:
    """Return the rows of the table, a group each, with a share of each label."""
    rows = mix.table.to_dict("records")
    found = []
    for start in range(0, len(rows), len(labels)):
        some = rows[start : start + len(labels)]
        names = [some[0][name] for name in mix.grouping.names]
        found.append(some[0] | {"names": names, "shares": [_share(row) for row in some]})
    return found


def _share(row: dict[Any, Any]) -> dict[str, float] | None:
    """Return the share of a label with its interval, if it has one; None without statements."""
    if math.isnan(row["share"]):
        return None
    return {name: row[name] for name in row if name.startswith(("share", "corrected"))}


def routes(index: Index, model: SharedModel) -> list[Route]:
    """Return where the shares of a scored file are."""
    shares = _Shares(index, model)
    return [
        Route("/shares", shares.show),
        *(Route(f"/shares.{form}", shares.send) for form in _KINDS),
    ]
