"""The documents: how far each is annotated, and their texts with what is known of each sentence."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from pipeline.annotation.labels import label_sentences
from pipeline.page.annotating.desk import Desk
from pipeline.page.annotating.hands import AllHands
from pipeline.page.annotating.paging import part_of
from pipeline.page.annotating.queues import DISPUTES, FIRST
from pipeline.page.annotating.sheet import Sheets
from pipeline.page.annotating.work import Sentence, Vote, Work
from pipeline.page.people import Person
from pipeline.page.rendering import parse_fields, render
from pipeline.project.vocabulary import DAWID_SKENE, STATUSES, UNRESOLVED
from stance.errors import DataError
from stance.statistics.aggregation import dawid_skene, most_probable

_DOCUMENTS, _SENTENCES = 100, 150


@dataclass(frozen=True)
class Shown:
    """A sentence of a text, and what may be known of it.

    Attributes
    ----------
    sentence
        The sentence.
    label, status
        The decided label and how it came about; of somebody who is blind to others, their own.
    votes
        Who says what; empty for somebody who is blind to others.
    own
        Whether the person has a vote on it.
    """

    sentence: Sentence
    label: str
    status: str
    votes: list[tuple[str, Vote]]
    own: bool


class Texts:
    """The views of all documents, and of one.

    Parameters
    ----------
    desk, hands, sheets
        What lies there, what people have in hand, and what is said of an answer.
    """

    def __init__(self, desk: Desk, hands: AllHands, sheets: Sheets) -> None:
        self._desk, self._hands, self._sheets = desk, hands, sheets
        self._estimated: tuple[Work | None, int, dict[str, str]] = (None, 0, {})

    @property
    def routes(self) -> list[BaseRoute]:
        """Where the views are."""
        return [Route("/documents", self._documents), Route("/documents/text", self._text)]

    def _documents(self, request: Request) -> Response:
        work, name = self._desk.look(), request.state.person.name
        asked = parse_fields(request.scope["query_string"])
        rows = []
        for document, title in work.titles.items():
            votes = [
                work.votes[key] for key in dict.fromkeys(s.key for s in work.of_document[document])
            ]
            if votes:
                done, mine = sum(map(bool, votes)), sum(name in some for some in votes)
                rows.append((document, title, done, len(votes), mine))
        return render(
            request,
            "documents.html",
            part=part_of(rows, _DOCUMENTS, asked),
            done=sum(row[2] for row in rows),
            total=sum(row[3] for row in rows),
        )

    def _text(self, request: Request) -> Response:
        work, person = self._desk.look(), request.state.person
        if person.annotates:
            self._hands.of(person.name)
        asked = parse_fields(request.scope["query_string"])
        document = asked.get("name", "")
        if document not in work.of_document:
            raise DataError(f"there is no document {document!r}; choose one under Documents.")
        part = part_of(work.of_document[document], _SENTENCES, asked)
        blind = person.annotates and not work.is_referee(person.name)
        shown = self._blind(work, part.items, person) if blind else self._open(work, part.items)
        paragraphs = [list(some) for _, some in groupby(shown, lambda one: one.sentence.paragraph)]
        return render(
            request,
            "document.html",
            document=document,
            document_title=work.titles[document],
            holder_target=_holder_target(work.of_document[document]),
            part=part,
            paragraphs=paragraphs,
            blind=blind,
            view=DISPUTES if work.is_referee(person.name) else FIRST,
            statuses=STATUSES,
            unresolved=UNRESOLVED,
            labels=work.labels,
            background=work.params.labels.background,
            said=self._sheets.said(work, person.name, asked) if person.annotates else {},
        )

    @staticmethod
    def _blind(work: Work, sentences: Sequence[Sentence], person: Person) -> list[Shown]:
        shown = []
        for sentence in sentences:
            vote = work.votes[sentence.key].get(person.name)
            label = vote.stance if vote else ""
            shown.append(Shown(sentence, label, "", [], own=vote is not None))
        return shown

    def _open(self, work: Work, sentences: Sequence[Sentence]) -> list[Shown]:
        """Return sentences with the labels that `label` would give them."""
        if not sentences:
            return []
        documents = work.documents([sentences[0].document])
        ids = [sentence.id for sentence in sentences]
        frame = documents.sentences[documents.sentences["id"].isin(ids)]
        votes = documents.votes[documents.votes["id"].isin(ids)]
        estimated = self._estimate(work)
        labelled = label_sentences(frame, votes, work.params.label.referees, estimated)
        return [
            Shown(sentence, label, status, list(work.votes[sentence.key].items()), own=False)
            for sentence, label, status in zip(
                sentences, labelled["stance"], labelled["status"], strict=True
            )
        ]

    def _estimate(self, work: Work) -> dict[str, str] | None:
        if work.params.label.aggregate != DAWID_SKENE:
            return None
        version = work.version
        if self._estimated[:2] != (work, version):
            votes = work.documents().votes
            independent = votes[~votes["annotator"].isin(work.params.label.referees)]
            found = most_probable(dawid_skene(independent, work.labels))
            self._estimated = work, version, dict(found)
        return self._estimated[2]


def _holder_target(sentences: Sequence[Sentence]) -> tuple[str, str]:
    """Return holder and target where all sentences have the same; else both empty."""
    found = {(sentence.holder, sentence.target) for sentence in sentences}
    return found.pop() if len(found) == 1 else ("", "")
