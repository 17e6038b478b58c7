"""One row of a scored file: all that is known of it, and on demand why it is answered so."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import numpy as np
from numpy.typing import NDArray
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pipeline.page.answers import Reasons, Scale, explain, scale_of
from pipeline.page.models import SharedModel
from pipeline.page.reading.filters import parse_asked, query
from pipeline.page.reading.index import Index, ScoredRow
from pipeline.page.reading.places import page_of, parse_number
from pipeline.page.reading.scorer import ANOTHER, answer_of, as_scored
from pipeline.page.reading.statements import Selections
from pipeline.page.reading.texts import Texts, has_articles
from pipeline.page.rendering import Fields, parse_fields, render
from stance.errors import DataError
from stance.model.novelty import UNLIKE

# Where a row was reached from, if not from the list.
_FROM, _FROM_ARTICLE = "from", "article"


@dataclass(frozen=True)
class _Way:
    """The rows among which one was reached: their order, and what addresses of them hold."""

    rows: NDArray[np.integer[Any]]
    query: str
    back: str

    def place(self, number: int) -> int | None:
        """Return the place of a row among them."""
        (places,) = np.nonzero(self.rows == number)
        return int(places[0]) if len(places) else None

    def at(self, place: int) -> int | None:
        """Return the row at a place."""
        return int(self.rows[place]) if 0 <= place < len(self.rows) else None


class _Details:
    def __init__(self, index: Index, model: SharedModel) -> None:
        self._index, self._model = index, model
        self._selections = Selections(index)
        self._texts = Texts(index) if has_articles(index) else None

    def show(self, request: Request) -> Response:
        fields = parse_fields(request.scope["query_string"])
        wants_why = bool(fields.pop("why", ""))
        number = parse_number(request.path_params["number"], self._index.size)
        way = self._way(fields, number)
        place = way.place(number)
        (row,) = self._index.rows([number])
        scale = Scale(self._index.labels, self._index.background)
        reasons, unexplained = None, ""
        if wants_why:
            reasons, unexplained, scale = self._explain(row, scale)
        return render(
            request,
            "detail.html",
            row=row,
            one=answer_of(row, scale.labels),
            scale=scale,
            way=way,
            place=place,
            before=None if place is None else way.at(place - 1),
            after=None if place is None else way.at(place + 1),
            in_article=self._in_article(number),
            wants_why=wants_why,
            reasons=reasons,
            unexplained=unexplained,
            unlike=UNLIKE,
        )

    def _way(self, fields: Fields, number: int) -> _Way:
        if fields.pop(_FROM, "") == _FROM_ARTICLE and self._texts:
            rows = self._texts.rows_of(self._texts.name_of(number))
            return _Way(rows, urlencode({_FROM: _FROM_ARTICLE}), self._in_article(number))
        asked = parse_asked(fields, self._index)
        said = query(asked)
        found = self._selections.of(asked)
        return _Way(found.numbers, said, f"statements?{said}" if said else "statements")

    def _in_article(self, number: int) -> str:
        """Return where a row stands in its article; "" if the file has none."""
        if self._texts is None:
            return ""
        name = self._texts.name_of(number)
        (place,) = np.flatnonzero(self._texts.rows_of(name) == number)
        page = {"page": page_of(int(place))} if page_of(int(place)) > 1 else {}
        return f"article?{urlencode({'name': name, **page})}#r{number}"

    def _explain(self, row: ScoredRow, scale: Scale) -> tuple[Reasons | None, str, Scale]:
        """Return the explanation of a row or why there is none, and the scale of its answer."""
        try:
            with self._model.use() as model:
                texts = as_scored(model, [row], scale.labels)
                if texts is None:
                    return None, f"{ANOTHER}.", scale
                # What the file has as background stays, should the two differ.
                known = Scale(scale.labels, scale.background, scale_of(model).threshold)
                return explain(model, texts[0]), "", known
        except DataError as error:
            return None, str(error), scale


def routes(index: Index, model: SharedModel) -> list[Route]:
    """Return where the rows of a scored file are."""
    return [Route("/row/{number}", _Details(index, model).show)]
