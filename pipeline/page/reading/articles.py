"""Scored articles to read as text: a list of them, and one in its paragraphs with its stances."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from urllib.parse import urlencode

import numpy as np
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pipeline.page.answers import Answer, Scale
from pipeline.page.models import SharedModel
from pipeline.page.reading.index import Index, ScoredRow
from pipeline.page.reading.places import on_page, parse_page
from pipeline.page.reading.scorer import answer_of
from pipeline.page.reading.texts import PARAGRAPH, Texts, has_articles
from pipeline.page.rendering import parse_fields, render
from pipeline.report.wording import letters


@dataclass(frozen=True)
class Listed:
    """An article of the list: how many of its sentences have each label."""

    name: str
    sentences: int
    abstained: int
    counts: list[int]


@dataclass(frozen=True)
class Sentence:
    """A sentence of an article: the number of its row, and what the file says of it."""

    number: int
    answer: Answer


class _Articles:
    def __init__(self, index: Index) -> None:
        self._index = index
        self._texts = Texts(index)
        self._scale = Scale(index.labels, index.background)

    def show_all(self, request: Request) -> Response:
        fields = parse_fields(request.scope["query_string"])
        codes, names = self._texts.codes, self._texts.names
        width = len(self._index.labels)
        cells = np.bincount(
            codes.astype(np.int64) * width + self._index.stances, minlength=width * len(names)
        ).reshape(-1, width)
        abstained = np.bincount(codes[self._index.reasons > 0], minlength=len(names))
        there = np.flatnonzero(cells.sum(axis=1))
        page, pages = parse_page(fields.get("page", ""), len(there))
        found = [
            Listed(names[code], int(cells[code].sum()), int(abstained[code]), cells[code].tolist())
            for code in there[on_page(page)].tolist()
        ]
        return render(
            request,
            "articles.html",
            articles=found,
            count=len(there),
            several=self._texts.several,
            page=page,
            pages=pages,
            scale=self._scale,
            quoted=_quoted,
        )

    def show(self, request: Request) -> Response:
        fields = parse_fields(request.scope["query_string"])
        name = fields.get("name", "")
        numbers = self._texts.rows_of(name)
        page, pages = parse_page(fields.get("page", ""), len(numbers))
        counts = np.bincount(self._index.stances[numbers], minlength=len(self._index.labels))
        return render(
            request,
            "article.html",
            name=name,
            quoted=_quoted(name),
            paragraphs=self._paragraphs(self._index.rows(numbers[on_page(page)])),
            sentences=len(numbers),
            abstained=int((self._index.reasons[numbers] > 0).sum()),
            counts=counts.tolist(),
            page=page,
            pages=pages,
            scale=self._scale,
            letters=letters(self._scale.labels),
            wants_figures=bool(fields.get("figures", "")),
        )

    def _paragraphs(self, rows: Sequence[ScoredRow]) -> list[list[Sentence]]:
        sentences = [
            (row.cells[PARAGRAPH], Sentence(row.number, answer_of(row, self._scale.labels)))
            for row in rows
        ]
        return [
            [one for _, one in some] for _, some in groupby(sentences, key=lambda pair: pair[0])
        ]


def _quoted(name: str) -> str:
    return urlencode({"name": name})


def routes(index: Index, _: SharedModel) -> list[Route]:
    """Return where the articles of a scored file are; nowhere if it has none."""
    if not has_articles(index):
        return []
    articles = _Articles(index)
    return [Route("/articles", articles.show_all), Route("/article", articles.show)]
