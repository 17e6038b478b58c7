"""Sentences and votes of the project in memory: what views show, and forms are held against."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import astuple, dataclass

import pandas as pd

from pipeline.project.documents import Documents, read_documents
from pipeline.project.params import Params, read_params
from pipeline.project.tables import STATEMENTS, UNDER, read_annotators, read_articles

_KEY_SIZE = 20


@dataclass(frozen=True)
class Sentence:
    """A sentence of a document; one that is there twice is one.

    Attributes
    ----------
    key
        What forms and addresses call it: a hash of document and text, which stays when other
        sentences come or go.
    """

    key: str
    id: str
    document: str
    paragraph: int
    text: str
    holder: str
    target: str


@dataclass(frozen=True)
class Vote:
    """What somebody says of a sentence, as the file has it."""

    stance: str
    confidence: str
    rationale: str
    codebook: str

    @property
    def token(self) -> str:
        """What forms call this vote."""
        return hashlib.sha256(repr(astuple(self)).encode()).hexdigest()[:_KEY_SIZE]


def token(vote: Vote | None) -> str:
    """Return what forms call a vote, "" where there is none."""
    return "" if vote is None else vote.token


def key_of(document: str, text: str) -> str:
    """Return what forms and addresses call a sentence."""
    return hashlib.sha256(f"{document}\n{text}".encode()).hexdigest()[:_KEY_SIZE]


class Work:
    """The documents as they were read, and the votes as they are.

    Votes are replaced, never changed, so that views may read while somebody saves.

    Parameters
    ----------
    params, documents
        As read.
    titles
        Of the documents, in their order.
    annotators
        Who may have votes.
    """

    def __init__(
        self,
        params: Params,
        documents: Documents,
        titles: Mapping[str, str],
        annotators: Collection[str],
    ) -> None:
        self.params = params
        self.titles = titles
        self.annotators = annotators
        self.frame = documents.sentences
        rows = [
            Sentence(
                key=key_of(row["document"], row["text"]),
                id=row["id"],
                document=row["document"],
                paragraph=int(row["paragraph"]),
                text=row["text"],
                holder=row["holder"],
                target=row["target"],
            )
            for row in documents.sentences.to_dict("records")
        ]
        self.of_document: dict[str, list[Sentence]] = {name: [] for name in titles}
        self.sentences: dict[str, Sentence] = {}
        for sentence in rows:
            self.of_document[sentence.document].append(sentence)
            self.sentences.setdefault(sentence.key, sentence)
        self.votes: dict[str, Mapping[str, Vote]] = {key: {} for key in self.sentences}
        for row in documents.votes.to_dict("records"):
            vote = Vote(row["stance"], row["confidence"], row["rationale"], row[UNDER])
            key = key_of(row["document"], row["text"])
            self.votes[key] = {**self.votes[key], row["annotator"]: vote}
        # How often somebody's votes have changed here since.
        self.changes: dict[str, int] = {}
        self.removed = 0
        self._tables: tuple[int, Documents | None] = (0, None)

    @property
    def labels(self) -> list[str]:
        """The codebook's labels."""
        return self.params.labels.all

    @property
    def version(self) -> int:
        """How often a vote has changed."""
        return sum(self.changes.values())

    def is_referee(self, name: str) -> bool:
        """Tell whether somebody decides what others dispute."""
        return name in self.params.label.referees

    def change(self, key: str, name: str, vote: Vote | None) -> None:
        """Note what lies in the file now."""
        votes = {who: one for who, one in self.votes[key].items() if vote or who != name}
        self.votes[key] = {**votes, name: vote} if vote else votes
        self.changes = {**self.changes, name: self.changes.get(name, 0) + 1}
        self.removed += vote is None

    def all_documents(self) -> Documents:
        """Return all documents with the votes as they are; the same object while they stay so."""
        version, documents = self._tables
        if documents is None or version != self.version:
            version = self.version
            documents = self.documents()
            self._tables = version, documents
        return documents

    def documents(self, names: Sequence[str] = ()) -> Documents:
        """Return documents with the votes as they are, for what works on tables."""
        frame = self.frame[self.frame["document"].isin(names)] if names else self.frame
        rows = [
            {
                "id": sentence.id,
                "document": sentence.document,
                "text": sentence.text,
                "annotator": name,
                "stance": vote.stance,
                UNDER: vote.codebook,
            }
            for document in names or self.of_document
            for sentence in self.of_document[document]
            for name, vote in self.votes[sentence.key].items()
        ]
        columns = ["id", "document", "text", "annotator", "stance", UNDER]
        return Documents(frame, pd.DataFrame(rows, columns=columns, dtype="str"))

    def in_paragraph(self, sentence: Sentence) -> list[Sentence]:
        """Return the sentences of a sentence's paragraph."""
        of_document = self.of_document[sentence.document]
        return [one for one in of_document if one.paragraph == sentence.paragraph]


def read_work() -> Work:
    """Return what lies in the project; errors are those of the tables."""
    params = read_params()
    documents = read_documents(params)
    articles = read_articles()
    titles = {
        name: title or name
        for name, title in zip(articles["document"], articles["title"], strict=True)
    }
    titles[STATEMENTS] = "Single statements"
    return Work(params, documents, titles, set(read_annotators()))
