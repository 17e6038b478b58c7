"""A text that is pasted, and what the model says of it: cut into sentences, scored and explained.

A text that was scored is kept for a while, in memory alone, so that its page has an address: it can
be loaded again, and each of its sentences explained on a page of its own.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from itertools import groupby
from threading import Lock

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pipeline.page.answers import Answer, Scale, answer, explain_alone, scale_of
from pipeline.page.models import SharedModel
from pipeline.page.rendering import Fields, Tab, form_route, redirect, render
from pipeline.report.wording import letters
from stance.errors import DataError
from stance.files import fold
from stance.text.article import clean
from stance.text.paragraphs import paragraph_table
from stance.text.segmentation import AUTHOR, BODY, FURNITURE, HEADING, segment_article
from stance.text.sentences import split_sentences

# More is no article, and whoever else wants to score something waits for it.
MOST_SENTENCES, MOST_CHARACTERS = 1_000, 200_000
# Characters that are kept of all texts together.
_MOST_KEPT = 4_000_000
_LEFT_OUT = {HEADING: "heading", AUTHOR: "on the author", FURNITURE: "no text of the article"}


@dataclass(frozen=True)
class Paragraph:
    """A paragraph of a text: its sentences with their numbers from 1, or what it is if it is none.

    Attributes
    ----------
    sentences
        What is scored of it; empty for what is left out.
    text, kind
        What is left out, and as what.
    """

    sentences: Sequence[tuple[int, Answer]]
    text: str = ""
    kind: str = ""


@dataclass(frozen=True)
class Tried:
    """A text that was scored."""

    text: str
    paragraphs: list[Paragraph]
    scale: Scale

    @property
    def sentences(self) -> list[Answer]:
        """All of its sentences."""
        return [one for paragraph in self.paragraphs for _, one in paragraph.sentences]


def cut(text: str, max_heading_words: int) -> list[tuple[str, str, list[str]]]:
    """Return the paragraphs of a text, as `stance score --article` cuts them.

    A text of a single paragraph is taken for body, whatever it looks like: somebody who pastes one
    sentence without a full stop wants to see it scored.

    Returns
    -------
    Of each its kind, its text and its sentences.

    Raises
    ------
    DataError
        If there is no text, too much of it, or it holds control characters.
    """
    if not fold(text):
        raise DataError("there is no text; paste a sentence or an article.")
    if len(text) > MOST_CHARACTERS:
        raise _too_long(f"{len(text):,} characters", MOST_CHARACTERS)
    table = paragraph_table(clean(text, "the text")[0])
    if len(table) == 1:
        alone = str(table["text"].iloc[0])
        return [(BODY, alone, split_sentences(alone))]
    paragraphs, sentences = segment_article(table, max_heading_words, "", [])
    found = zip(sentences["paragraph"].tolist(), sentences["text"].tolist(), strict=True)
    of_paragraph = {
        number: [text for _, text in rows] for number, rows in groupby(found, lambda row: row[0])
    }
    columns = (paragraphs[name].tolist() for name in ("kind", "text", "paragraph"))
    return [
        (kind, text, of_paragraph.get(number, []))
        for kind, text, number in zip(*columns, strict=True)
    ]


def _too_long(what: str, most: int) -> DataError:
    return DataError(
        f"the text has {what}, and the page takes up to {most:,}; paste a part of it, or give the "
        "file to `stance score --article`."
    )


def try_text(shared: SharedModel, text: str) -> Tried:
    """Return a text with what the model says of its sentences.

    Raises
    ------
    DataError
        As for `cut`, if there are more sentences than are scored at once, or there is no model.
    """
    with shared.use() as model:
        max_heading_words = model.about["params"]["segment"]["max_heading_words"]
    # Others may use the model meanwhile.
    found = cut(text, max_heading_words)
    texts = [sentence for _, _, sentences in found for sentence in sentences]
    if len(texts) > MOST_SENTENCES:
        raise _too_long(f"{len(texts):,} sentences", MOST_SENTENCES)
    with shared.use() as model:
        answers = iter(enumerate(answer(model, texts), start=1))
        scale = scale_of(model)
    paragraphs = [
        Paragraph([next(answers) for _ in sentences])
        if kind == BODY
        else Paragraph([], line, _LEFT_OUT[kind])
        for kind, line, sentences in found
    ]
    return Tried(text, paragraphs, scale)


class Kept:
    """The last texts, by who has pasted them and by a hash of what they say."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._tried: OrderedDict[tuple[str, str], Tried] = OrderedDict()

    def keep(self, secret: str, tried: Tried) -> str:
        """Keep a text, and let go of the oldest ones where there are too many; return its name."""
        name = hashlib.blake2b(tried.text.encode(), digest_size=12).hexdigest()
        with self._lock:
            self._tried[secret, name] = tried
            self._tried.move_to_end((secret, name))
            while len(self._tried) > 1 and self._size() > _MOST_KEPT:
                self._tried.popitem(last=False)
        return name

    def _size(self) -> int:
        return sum(len(tried.text) for tried in self._tried.values())

    def get(self, secret: str, name: str) -> Tried:
        """Return a text.

        Raises
        ------
        DataError
            If it is not kept, or not any more.
        """
        with self._lock:
            tried = self._tried.get((secret, name))
        if tried is None:
            raise DataError("this text is no longer kept; paste it again.")
        return tried


class Trying:
    """A text that is pasted, and what the model says of it."""

    def __init__(self, model: SharedModel) -> None:
        self._model = model
        self._kept = Kept()
        self.tabs = [Tab("try", "Score a text")]
        self.routes = [
            Route("/try", self._ask),
            form_route("/try", self._score),
            Route("/try/{name}", self._show),
            Route("/try/{name}/{number}", self._explain),
        ]

    def _ask(self, request: Request) -> Response:
        return render(request, "try.html", text="", said="")

    def _score(self, request: Request, fields: Fields) -> Response:
        text = fields.get("text", "")
        try:
            tried = try_text(self._model, text)
        except DataError as error:
            status = HTTPStatus.BAD_REQUEST
            return render(request, "try.html", status, text=text, said=str(error))
        return redirect(request, f"try/{self._kept.keep(request.state.person.secret, tried)}")

    def _tried(self, request: Request) -> tuple[str, Tried]:
        name = request.path_params["name"]
        return name, self._kept.get(request.state.person.secret, name)

    def _show(self, request: Request) -> Response:
        name, tried = self._tried(request)
        sentences = tried.sentences
        reasons, unexplained = None, ""
        if len(sentences) == 1:
            reasons, unexplained = explain_alone(self._model, sentences[0].text)
        return render(
            request,
            "tried.html",
            name=name,
            tried=tried,
            scale=tried.scale,
            letters=letters(tried.scale.labels),
            count=len(sentences),
            unsure=sum(bool(one.reason) for one in sentences),
            counts={
                label: sum(one.stance == label for one in sentences) for label in tried.scale.labels
            },
            reasons=reasons,
            unexplained=unexplained,
        )

    def _explain(self, request: Request) -> Response:
        name, tried = self._tried(request)
        number = request.path_params["number"]
        numbers = {str(place): one for place, one in enumerate(tried.sentences, start=1)}
        if number not in numbers:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        reasons, unexplained = explain_alone(self._model, numbers[number].text)
        return render(
            request,
            "try_sentence.html",
            name=name,
            number=int(number),
            last=len(numbers),
            one=numbers[number],
            scale=tried.scale,
            reasons=reasons,
            unexplained=unexplained,
        )

    def close(self) -> None:
        """Leave nothing behind."""
