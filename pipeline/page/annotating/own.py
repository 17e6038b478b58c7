"""What somebody has done: their votes, to be changed or withdrawn, and their hard cases."""

from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from pipeline.page.annotating.asking import READS_ONLY
from pipeline.page.annotating.desk import Desk
from pipeline.page.annotating.hands import AllHands
from pipeline.page.annotating.paging import choice, part_of
from pipeline.page.annotating.queues import DISPUTES, FIRST, SECOND
from pipeline.page.annotating.sheet import Sheets
from pipeline.page.annotating.work import key_of
from pipeline.page.rendering import (
    Fields,
    form_route,
    only_annotators,
    parse_fields,
    problem,
    redirect,
    render,
)

_ON_A_PAGE = 50


class Own:
    """The views of one's own votes and notes; nobody else's are in them.

    Parameters
    ----------
    desk, hands, sheets
        What lies there, what people have in hand, and what is said of an answer.
    """

    def __init__(self, desk: Desk, hands: AllHands, sheets: Sheets) -> None:
        self._desk, self._hands, self._sheets = desk, hands, sheets

    @property
    def routes(self) -> list[BaseRoute]:
        """Where the views are."""
        return [
            Route("/mine", self._mine),
            Route("/hard", self._hard),
            form_route("/hard", only_annotators(self._resolve)),
        ]

    def _mine(self, request: Request) -> Response:
        name = request.state.person.name
        if not name:
            return problem(request, HTTPStatus.FORBIDDEN, READS_ONLY)
        work, notes = self._desk.look(), self._desk.notes()
        self._hands.of(name)
        asked = parse_fields(request.scope["query_string"])
        label = choice(asked, "label", work.labels)
        document = choice(asked, "document", list(work.titles))
        rows = [
            (sentence, votes[name], notes.get((sentence.document, sentence.text, name), ""))
            for sentence in work.sentences.values()
            if name in (votes := work.votes[sentence.key])
            and label in ("", votes[name].stance)
            and document in ("", sentence.document)
        ]
        return render(
            request,
            "mine.html",
            part=part_of(rows, _ON_A_PAGE, asked),
            label=label,
            document=document,
            titles=work.titles,
            labels=work.labels,
            background=work.params.labels.background,
            codebook=self._desk.codebook().hash,
            said=self._sheets.said(work, name, asked),
        )

    def _hard(self, request: Request) -> Response:
        name = request.state.person.name
        if not name:
            return problem(request, HTTPStatus.FORBIDDEN, READS_ONLY)
        work = self._desk.look()
        self._hands.of(name)
        asked = parse_fields(request.scope["query_string"])
        rows = []
        for (document, text, who), note in self._desk.notes().items():
            if who == name:
                sentence = work.sentences.get(key_of(document, text))
                vote = work.votes[sentence.key].get(name) if sentence else None
                rows.append((document, text, note, sentence, vote))
        left = work.sentences.get(asked.get("left", ""))
        return render(
            request,
            "hard.html",
            # The latest first: it is the one that somebody comes back to.
            part=part_of(rows[::-1], _ON_A_PAGE, asked),
            titles=work.titles,
            labels=work.labels,
            background=work.params.labels.background,
            said=self._sheets.said(work, name, asked),
            left=left,
            left_view=choice(asked, "view", [FIRST, SECOND, DISPUTES]) or FIRST,
        )

    def _resolve(self, request: Request, fields: Fields) -> Response:
        """Take a note away; the sentence that it stands on may be gone."""
        place = (fields.get("document", ""), fields.get("text", ""), request.state.person.name)
        self._desk.note(place, "", fields.get("noted", ""))
        kept = {word: fields[word] for word in ("left", "view") if fields.get(word)}
        return redirect(request, "hard", **kept)
