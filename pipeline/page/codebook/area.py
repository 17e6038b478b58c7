"""The codebook of a project: to read with what annotators have made of it, and to edit."""

from collections import Counter
from collections.abc import Callable
from http import HTTPStatus
from threading import Lock

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pipeline.page.codebook.change import (
    GONE,
    LEFT_OUT,
    NEW,
    change_codebook,
    normalise,
    read_codebook,
    weigh_change,
)
from pipeline.page.codebook.examples import (
    Sentence,
    Votes,
    choose_confusions,
    choose_examples,
    still_to_judge,
    weigh_votes,
)
from pipeline.page.codebook.text import codebook_html, mentioned
from pipeline.page.people import Person
from pipeline.page.rendering import (
    ConflictError,
    Fields,
    Tab,
    form_route,
    only_annotators,
    parse_fields,
    problem,
    redirect,
    render,
)
from pipeline.project.documents import Documents
from pipeline.project.params import Params
from stance.errors import DataError

Reader = Callable[[], tuple[Params, Documents]]


class Codebook:
    """The codebook, to read and to edit.

    Parameters
    ----------
    read
        Returns params and documents as they lie now.
    editable
        Whether annotators may change it.
    sample, seed
        Of second opinions: sentences that somebody has still to judge are no examples to them.
    """

    def __init__(self, read: Reader, *, editable: bool, sample: int | None, seed: int) -> None:
        self._read = read
        self._editable, self._sample, self._seed = editable, sample, seed
        self._lock = Lock()
        self._known: tuple[Params, Documents, Votes] | None = None
        self.tabs = [Tab("codebook", "Codebook")]
        self.routes = [
            Route("/codebook", self._show),
            Route("/codebook/edit", self._begin),
            form_route("/codebook/edit", self._guarded(self._go_on)),
            form_route("/codebook/preview", self._guarded(self._preview)),
            form_route("/codebook/change", self._guarded(self._change)),
        ]

    def close(self) -> None:
        """Leave nothing behind: nothing is kept."""

    def _guarded(
        self, view: Callable[[Request, Fields], Response]
    ) -> Callable[[Request, Fields], Response]:
        def guarded(request: Request, fields: Fields) -> Response:
            return view(request, fields) if self._editable else self._refused(request)

        return only_annotators(guarded)

    def _may_edit(self, person: Person) -> bool:
        return self._editable and person.annotates

    @staticmethod
    def _refused(request: Request) -> Response:
        return problem(
            request,
            HTTPStatus.FORBIDDEN,
            "The codebook is not to be changed here; `stance open --annotator NAME "
            "--edit-codebook` lets annotators change it.",
        )

    def _look(self) -> tuple[Params, Documents, Votes]:
        """Return what there is, and what the votes say; the same votes are weighed once."""
        params, documents = self._read()
        with self._lock:
            if self._known is None or self._known[1] is not documents:
                votes = weigh_votes(documents, params.labels.all, params.label.referees)
                self._known = params, documents, votes
            return self._known

    def _hidden(self, person: Person, params: Params, documents: Documents) -> set[Sentence]:
        if not person.annotates:
            return set()
        referees = params.label.referees
        return still_to_judge(documents, person.name, referees, self._sample, self._seed)

    def _show(self, request: Request) -> Response:
        params, documents, votes = self._look()
        person: Person = request.state.person
        labels = params.labels.all
        text, _ = read_codebook()
        hidden = self._hidden(person, params, documents)
        return render(
            request,
            "codebook.html",
            text=codebook_html(text, below=2) if text else None,
            examples=choose_examples(votes, labels, hidden),
            given=Counter(votes.decided.values()),
            confusions=choose_confusions(votes, hidden),
            hidden=len(hidden),
            labels=labels,
            background=params.labels.background,
            lacking=[label for label in labels if label not in mentioned(text, labels)],
            editable=self._may_edit(person),
            changed="changed" in parse_fields(request.scope["query_string"]),
        )

    def _begin(self, request: Request) -> Response:
        if not self._may_edit(request.state.person):
            return self._refused(request)
        text, began = read_codebook()
        return self._form(request, text, began)

    def _go_on(self, request: Request, fields: Fields) -> Response:
        return self._form(request, fields.get("text", ""), fields.get("began", ""))

    @staticmethod
    def _form(request: Request, text: str, began: str, said: str = "") -> Response:
        status = HTTPStatus.BAD_REQUEST if said else HTTPStatus.OK
        template = "codebook_edit.html"
        return render(request, template, status, text=text, began=began, said=said, there=None)

    def _preview(self, request: Request, fields: Fields) -> Response:
        try:
            text = normalise(fields.get("text", ""))
        except DataError as error:
            return self._form(request, fields.get("text", ""), fields.get("began", ""), str(error))
        old, now = read_codebook()
        if now != fields.get("began", ""):
            return self._overtaken(request, text)
        params, documents = self._read()
        return render(
            request,
            "codebook_preview.html",
            text=text,
            began=now,
            change=weigh_change(old, text, documents.votes, params.labels.all),
            kinds={"gone": GONE, "new": NEW, "left_out": LEFT_OUT},
        )

    def _change(self, request: Request, fields: Fields) -> Response:
        text = normalise(fields.get("text", ""))
        try:
            change_codebook(text, fields.get("began", ""))
        except ConflictError:
            return self._overtaken(request, text)
        return redirect(request, "codebook", changed="yes")

    @staticmethod
    def _overtaken(request: Request, text: str) -> Response:
        """Return what was typed beside what lies there now, so that none of it is lost."""
        there, now = read_codebook()
        return render(
            request,
            "codebook_edit.html",
            HTTPStatus.CONFLICT,
            text=text,
            began=now,
            said="",
            there=there,
        )
