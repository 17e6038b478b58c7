"""Fitting votes from elsewhere into the project: which sentence each means, and if it may count."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from pipeline.annotation.tools.votes import OTHER, PARTIAL, Misfit, MisfitError, Vote
from pipeline.project.annotations import CONFIDENCES, nearest_sentence
from pipeline.project.documents import Documents
from pipeline.project.tables import (
    ANNOTATIONS,
    ANNOTATORS_CSV,
    SPEAKER,
    STATEMENTS,
    UNDER,
    codebook_hash,
)
from stance.errors import DataError
from stance.files import fold

Key = tuple[str, str, str]

# What a vote says; what the last two say counts only where the file says it.
_SAID = ["stance", "confidence", "rationale", SPEAKER, UNDER]
_OPTIONAL = [SPEAKER, UNDER]


@dataclass
class Fitted:
    """What of a file is new.

    Attributes
    ----------
    rows
        For each document the annotations to add.
    statements
        Single statements to add.
    known
        How many votes are there already.
    unlabelled
        For each reason the places of sentences without a label.
    misfits
        The votes that do not fit.
    """

    rows: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    statements: list[dict[str, str]] = field(default_factory=list)
    known: int = 0
    unlabelled: dict[str, list[str]] = field(default_factory=dict)
    misfits: list[Misfit] = field(default_factory=list)


class _Fitter:
    """Fits votes into the project, one after the other."""

    def __init__(
        self,
        documents: Documents,
        labels: Sequence[str],
        annotators: Collection[str],
        *,
        statements: bool,
    ) -> None:
        sentences = documents.sentences
        self._texts = {
            str(name): list(texts) for name, texts in sentences.groupby("document")["text"]
        }
        self._texts.setdefault(STATEMENTS, [])
        self._home: dict[str, set[str]] = {}
        for name, text in zip(sentences["document"], sentences["text"], strict=True):
            self._home.setdefault(text, set()).add(name)
        votes = documents.votes
        self._there: dict[Key, tuple[dict[str, str], str]] = {}
        # Who speaks in a sentence: all votes on it that say so say the same.
        self._speakers: dict[tuple[str, str], str] = {}
        for row in votes.to_dict("records"):
            sentence = (row["document"], row["text"])
            says = {name: row[name] for name in _SAID}
            where = str(ANNOTATIONS / f"{row['document']}.csv")
            self._there[*sentence, row["annotator"]] = (says, where)
            if row[SPEAKER]:
                self._speakers.setdefault(sentence, fold(row[SPEAKER]))
        self._labels = labels
        self._annotators = annotators
        self._codebook = codebook_hash()
        self._statements = statements
        self.fitted = Fitted()

    def _document(self, vote: Vote, key: str) -> str:
        """Return the document that a sentence is in; a new statement is put there."""
        homes = self._home.get(key, set())
        if vote.document and vote.document not in self._texts:
            raise DataError(
                f"{vote.where}: there is no document {vote.document!r}; add it with `stance add`."
            )
        if vote.document in homes or (len(homes) == 1 and not vote.document):
            return vote.document or next(iter(homes))
        if homes and not vote.document:
            raise DataError(
                f"{vote.where}: the sentence {key!r} is in {' and '.join(sorted(homes))}; say "
                "which one is meant in a field 'document'."
            )
        if self._statements and vote.document in ("", STATEMENTS):
            self._home.setdefault(key, set()).add(STATEMENTS)
            self.fitted.statements.append(
                {"sentence": key, "holder": vote.holder, "target": vote.target}
                | json.loads(vote.others or "{}")
            )
            return STATEMENTS
        if texts := self._texts.get(vote.document):
            raise DataError(
                f"{vote.where}: the sentence {key!r} is not in {vote.document}; the nearest one "
                f"there is {nearest_sentence(key, texts)!r}."
            )
        raise DataError(
            f"{vote.where}: the sentence {key!r} is in no document; add its article with `stance "
            "add`, or take it for a single statement with --statements."
        )

    def fit(self, vote: Vote) -> None:
        """Put a vote where it belongs.

        Raises
        ------
        DataError
            If it does not fit.
        """
        key = fold(vote.sentence)
        if not key:
            raise DataError(f"{vote.where}: the sentence is empty; fill it in or remove the row.")
        document = self._document(vote, key)
        if not vote.stance:
            if vote.confidence or vote.rationale:
                raise MisfitError(
                    f"{vote.where}: confidence or rationale without a stance; give one, or leave "
                    "them out.",
                    PARTIAL,
                )
            self.fitted.unlabelled.setdefault(vote.without, []).append(vote.where)
            return
        if vote.stance not in self._labels:
            raise DataError(
                f"{vote.where}: unknown stance {vote.stance!r}; it must be one of "
                f"{', '.join(self._labels)}."
            )
        if vote.confidence not in ("", *CONFIDENCES):
            raise DataError(
                f"{vote.where}: confidence {vote.confidence!r} must be 1, 2, 3 or left empty."
            )
        if vote.annotator not in self._annotators:
            raise DataError(
                f"{vote.where}: unknown annotator {vote.annotator!r}; add a row to "
                f"{ANNOTATORS_CSV}."
            )
        speaker = fold(vote.speaker)
        if speaker and self._speakers.setdefault((document, key), speaker) != speaker:
            raise DataError(
                f"{vote.where}: the speaker is {speaker!r}, and elsewhere "
                f"{self._speakers[document, key]!r}; give the sentence {key!r} one of them."
            )
        self._add(vote, (document, key, vote.annotator))

    def _add(self, vote: Vote, key: Key) -> None:
        document, sentence, annotator = key
        says = {name: getattr(vote, name) or "" for name in _SAID}
        if key in self._there:
            there, where = self._there[key]
            given = [name for name in _SAID if name not in _OPTIONAL or says[name]]
            if differing := [name for name in given if there[name] != says[name]]:
                shown = [there[name] for name in _SAID if name != UNDER or name in differing]
                raise DataError(
                    f"{vote.where}: {annotator} has annotated the sentence {sentence!r} otherwise "
                    f"({', '.join(filter(None, shown))}) in {where}; remove one of the two."
                )
            self.fitted.known += 1
            return
        if vote.codebook is None:
            says[UNDER] = self._codebook
        self._there[key] = (says, vote.where)
        self.fitted.rows.setdefault(document, []).append(
            {"sentence": sentence, "annotator": annotator, **says}
        )


def fit_votes(
    votes: Sequence[Vote],
    documents: Documents,
    labels: Sequence[str],
    annotators: Collection[str],
    *,
    statements: bool,
) -> Fitted:
    """Return what the votes of a file add to the project.

    Parameters
    ----------
    votes
        What was read, each label with its annotator.
    documents, labels
        What the project has.
    annotators
        Those whom the project has, and who come with the file.
    statements
        Whether sentences that no document has become single statements.
    """
    fitter = _Fitter(documents, labels, annotators, statements=statements)
    for vote in votes:
        try:
            fitter.fit(vote)
        except DataError as error:
            kind = getattr(error, "kind", OTHER)
            fitter.fitted.misfits.append(Misfit(kind, str(error)))
    return fitter.fitted
