"""One sentence at a time: to annotate, to annotate a second time, or to decide."""

from dataclasses import dataclass
from functools import partial
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from pipeline.page.annotating.desk import Desk, GoneError, OvertakenError
from pipeline.page.annotating.forms import SAVE, SKIP, UNDO, WITHDRAW, Sent, read_sent
from pipeline.page.annotating.hands import AllHands, Hands, Step
from pipeline.page.annotating.queues import DISPUTES, FIRST, SECOND, Queues
from pipeline.page.annotating.sheet import BACK, Sheets
from pipeline.page.annotating.work import Sentence, Vote, Work, token
from pipeline.page.rendering import (
    ConflictError,
    Fields,
    form_route,
    only_annotators,
    parse_fields,
    problem,
    redirect,
    render,
)
from stance.errors import DataError

READS_ONLY = "This link only reads; `stance open --annotator NAME` makes one that annotates."


@dataclass(frozen=True)
class View:
    """Where sentences are offered.

    Attributes
    ----------
    path, title
        Its address, and what it is called.
    nothing
        What there is to say when no sentence is left.
    """

    path: str
    title: str
    nothing: str


VIEWS = [
    View(FIRST, "Annotate", "Every sentence has been annotated, or somebody is at it now."),
    View(SECOND, "Second opinions", "You have annotated all that others have."),
    View(DISPUTES, "Disputes", "Nothing is disputed."),
]


class Asking:
    """The views that ask for a label, and their form.

    Parameters
    ----------
    desk, hands, queues
        What lies there, what people have in hand, and what they are offered.
    sheets
        What is shown of a sentence.
    """

    def __init__(self, desk: Desk, hands: AllHands, queues: Queues, sheets: Sheets) -> None:
        self._desk, self._hands, self._queues, self._sheets = desk, hands, queues, sheets

    @property
    def routes(self) -> list[BaseRoute]:
        """Where the views are."""
        found: list[BaseRoute] = []
        for view in VIEWS:
            found.append(Route(f"/{view.path}", partial(self._show, view)))
            answer = only_annotators(partial(self._answer, view))
            found.append(form_route(f"/{view.path}", answer))
        return found

    def _refusal(self, request: Request, view: View, work: Work) -> Response | None:
        """Return why somebody may not be in a view; None if they may."""
        person = request.state.person
        if not person.annotates:
            said = READS_ONLY
        elif view.path == DISPUTES and not work.is_referee(person.name):
            said = "Only a referee decides; label.referees in params.yaml names who is one."
        elif view.path == SECOND and work.is_referee(person.name):
            said = "A referee has no second opinion; what there is to decide is under Disputes."
        else:
            return None
        return problem(request, HTTPStatus.FORBIDDEN, said)

    def _show(self, view: View, request: Request) -> Response:
        """Show a sentence, or lead to the next one."""
        work = self._desk.look()
        if refused := self._refusal(request, view, work):
            return refused
        asked = parse_fields(request.scope["query_string"])
        name, document = request.state.person.name, asked.get("document", "")
        if document and document not in work.of_document:
            raise DataError(f"there is no document {document!r}; choose one under Documents.")
        if not (key := asked.get("sentence", "")):
            if found := self._queues.offer(work, view.path, name, document):
                kept = {word: asked[word] for word in ("document", "saved") if asked.get(word)}
                return redirect(request, view.path, **kept, sentence=found)
            return self._nothing_left(request, view, work, asked)
        sentence = work.sentences.get(key)
        if sentence is None:
            return self._gone(request, view, {})
        if key not in self._hands.others(name):
            self._hands.take(name, key)
        return self._page(request, view, work, sentence, asked)

    def _nothing_left(self, request: Request, view: View, work: Work, asked: Fields) -> Response:
        name, document = request.state.person.name, asked.get("document", "")
        return render(
            request,
            "annotate-empty.html",
            view=view,
            document=document,
            document_title=work.titles.get(document, ""),
            is_referee=work.is_referee(name),
            labels=work.labels,
            background=work.params.labels.background,
            said=self._sheets.said(work, name, asked),
            can_undo=bool(self._hands.of(name).steps),
        )

    def _gone(self, request: Request, view: View, fields: Fields) -> Response:
        sent = {name: fields.get(name, "") for name in ("text", "stance", "rationale", "note")}
        return render(
            request,
            "annotate-gone.html",
            HTTPStatus.CONFLICT,
            view=view,
            error=_sentence(GoneError()),
            sent=sent,
        )

    def _page(
        self,
        request: Request,
        view: View,
        work: Work,
        sentence: Sentence,
        asked: Fields,
        error: DataError | None = None,
    ) -> Response:
        """Return the page of a sentence; `asked` is a form that was not saved if there is an error.

        Nothing that was typed is lost then.
        """
        name = request.state.person.name
        sent = None if error is None else asked
        status = HTTPStatus.OK
        if error:
            conflict = isinstance(error, ConflictError)
            status = HTTPStatus.CONFLICT if conflict else HTTPStatus.BAD_REQUEST
        return render(
            request,
            "annotate.html",
            status,
            view=view,
            error="" if error is None else _sentence(error),
            said={} if error else self._sheets.said(work, name, asked),
            **self._sheets.fill(work, view.path, sentence, name, asked, sent),
        )

    def _answer(self, view: View, request: Request, fields: Fields) -> Response:
        """Take a form; two of one person are answered one after the other."""
        if refused := self._refusal(request, view, self._desk.last()):
            return refused
        hands = self._hands.of(request.state.person.name)
        with hands.lock:
            if fields.get("do") == UNDO:
                return self._undo(request, fields, hands)
            try:
                step, repeated = self._take(request, view, fields, hands)
            except DataError as error:
                work = self._desk.last()
                sentence = work.sentences.get(fields.get("sentence", ""))
                if sentence is None:
                    return self._gone(request, view, fields)
                return self._page(request, view, work, sentence, fields, error)
            return self._go_on(request, view, fields, step, repeated=repeated)

    def _take(
        self, request: Request, view: View, fields: Fields, hands: Hands
    ) -> tuple[Step | None, bool]:
        """Do what a form asks for; return the step that it is, and whether it came before."""
        sent, key, name = read_sent(fields), fields.get("sentence", ""), request.state.person.name
        codebook = self._desk.codebook().hash
        if sent.do == SAVE and fields.get("codebook", "") != codebook:
            raise ConflictError(
                "the codebook has changed since this page was shown, and nothing was saved. It "
                "stands here as it is now: look at it, and save again."
            )
        before, after = self._save(sent, key, name, fields.get("shown", ""), codebook)
        latest = hands.latest(key)
        repeated = before == after and latest is not None and latest.after == after
        step = latest if repeated else None
        if before != after or (sent.do == SKIP and after is None and not repeated):
            step = hands.add(view.path, key, before, after)
        # The vote is saved, whatever becomes of the note.
        sentence = self._desk.last().sentences[key]
        if sent.note != (noted := fields.get("noted", "")):
            self._desk.note((sentence.document, sentence.text, name), sent.note, noted)
        return step, repeated

    def _save(
        self, sent: Sent, key: str, name: str, shown: str, codebook: str
    ) -> tuple[Vote | None, Vote | None]:
        """Save a vote; return what it was before, and what it is."""
        if sent.do == SKIP:
            work = self._desk.last()
            if key not in work.sentences:
                raise GoneError
            vote = work.votes[key].get(name)
            return vote, vote
        if sent.do == WITHDRAW:
            return self._desk.save(key, name, None, shown), None
        if not sent.stance:
            raise DataError("no label is chosen, and nothing was saved; choose one and save.")
        vote = Vote(sent.stance, sent.confidence, sent.rationale, codebook)
        return self._desk.save(key, name, vote, shown), vote

    def _go_on(
        self, request: Request, view: View, fields: Fields, step: Step | None, *, repeated: bool
    ) -> Response:
        """Lead on after an answer: back to where it came from, or to the next sentence."""
        name, work = request.state.person.name, self._desk.last()
        key, back = fields.get("sentence", ""), fields.get("back", "")
        self._hands.give_up(name, key)
        query = {"saved": str(step.number)} if step else {}
        if back in BACK:
            if back == "documents/text":
                query["name"] = work.sentences[key].document
            return redirect(request, back, **query)
        document = fields.get("document", "")
        document = document if document in work.of_document else ""
        then = step.then if step and repeated else ""
        if then not in work.sentences or name in work.votes[then]:
            then = self._queues.offer(work, view.path, name, document)
            if step:
                self._hands.of(name).lead(step, then)
        query |= {"document": document} if document else {}
        query |= {"sentence": then} if then else {}
        return redirect(request, view.path, **query)

    def _undo(self, request: Request, fields: Fields, hands: Hands) -> Response:
        """Take the last answer back, and lead to its sentence."""
        name = request.state.person.name
        if not hands.steps:
            raise ConflictError(
                "there is nothing to undo since the page was opened; all that you have saved is "
                "under My votes, where each vote can be changed or withdrawn."
            )
        step = hands.steps[-1]
        if not step.skipped:
            try:
                self._desk.save(step.key, name, step.before, token(step.after))
            except (GoneError, OvertakenError) as error:
                hands.pop()
                raise ConflictError(f"your last answer cannot be undone: {error}") from None
        hands.pop()
        # What is shown now is offered again afterwards.
        self._hands.give_up(name, fields.get("sentence", ""))
        self._hands.take(name, step.key)
        document = fields.get("document", "")
        within = {"document": document} if document in self._desk.last().of_document else {}
        return redirect(request, step.view, **within, sentence=step.key, undone="1")


def _sentence(error: DataError) -> str:
    said = str(error)
    return f"{said[:1].upper()}{said[1:]}"
