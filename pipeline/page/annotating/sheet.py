"""What the page of a sentence shows, and what it keeps back until a choice was made."""

import sys
import time
from collections import Counter
from dataclasses import dataclass
from typing import Any

from pipeline.annotation.screen import COMMANDS, KEYS, RATIONALE, suggest
from pipeline.page.annotating.desk import Desk
from pipeline.page.annotating.forms import MOST_TEXT
from pipeline.page.annotating.hands import AllHands
from pipeline.page.annotating.queues import DISPUTES, FIRST, Queues
from pipeline.page.annotating.work import Sentence, Vote, Work, token
from pipeline.page.models import SharedModel
from pipeline.page.rendering import Fields
from stance.errors import DataError

# Keys of the page that the terminal does not have.
NOTE, HARD = "n", "h"
# Where a form may lead back to, and what that is called.
BACK = {"mine": "My votes", "hard": "Hard cases", "documents/text": "the text"}
# Seconds after which a model that could not be loaded is looked for again.
_AGAIN = 60.0
_FIELDS = ("stance", "confidence", "rationale", "note")


class Suggestions:
    """What the model says of sentences, to whom may know it.

    Parameters
    ----------
    model
        The saved model; without one nothing is said.
    before
        Whether it is said before a choice was made.
    """

    def __init__(self, model: SharedModel, *, before: bool) -> None:
        self._model, self.before = model, before
        self._found: dict[str, str] = {}
        self._again: float | None = None

    def of(self, work: Work, path: str, sentence: Sentence, name: str) -> str:
        """Return a suggestion in words; "" where there is none, or the view is blind.

        A second opinion is blind, wherever it is given.
        """
        others = work.votes[sentence.key].keys() - {name}
        if path != DISPUTES and (path != FIRST or others):
            return ""
        if sentence.text in self._found:
            return self._found[sentence.text]
        if self._again is not None and time.monotonic() < self._again:
            return ""
        try:
            with self._model.use() as model:
                self._found[sentence.text] = suggest(model, sentence.text)
        except DataError as error:
            # A project without a model is annotated all the same; one may come.
            if self._again is None:
                sys.stderr.write(f"No suggestions: {error}\n")
            self._again = time.monotonic() + _AGAIN
            return ""
        return self._found[sentence.text]


@dataclass(frozen=True)
class Sheets:
    """Puts together what the page of a sentence shows.

    Attributes
    ----------
    desk, hands, queues
        What lies there, what people have in hand, and what they are offered.
    suggestions
        What the model says.
    """

    desk: Desk
    hands: AllHands
    queues: Queues
    suggestions: Suggestions

    def fill(
        self,
        work: Work,
        path: str,
        sentence: Sentence,
        name: str,
        asked: Fields,
        sent: Fields | None = None,
    ) -> dict[str, Any]:
        """Return what the template of a sentence needs.

        Parameters
        ----------
        work
            What lies there.
        path
            Of the view.
        sentence, name
            Which sentence, and who looks at it.
        asked
            What the address, or the form, says of where it is shown.
        sent
            A form that was not saved, whose fields are shown again.
        """
        hands, notes = self.hands.of(name), self.desk.notes()
        vote = work.votes[sentence.key].get(name)
        undone = hands.undone.get(sentence.key)
        note = notes.get((sentence.document, sentence.text, name), "")
        document, back = asked.get("document", ""), asked.get("back", "")
        before = self.suggestions.before
        return {
            "sentence": sentence,
            "paragraph": work.in_paragraph(sentence),
            "document_title": work.titles[sentence.document],
            "document": document if document in work.of_document else "",
            "back": back if back in BACK else "",
            "back_called": BACK.get(back, ""),
            "labels": work.labels,
            "background": work.params.labels.background,
            "keys": page_keys(work.labels),
            "counts": Counter(some[name].stance for some in work.votes.values() if name in some),
            "vote": vote,
            "shown": token(vote),
            "noted": note,
            "values": _fields(vote, undone, note, sent),
            "most_text": MOST_TEXT,
            "codebook": self.desk.codebook(),
            "progress": self._progress(work, path, name, sentence.document),
            "undone": undone if "undone" in asked else None,
            "others": self._others(work, sentence, name) if path == DISPUTES else [],
            "also": sentence.key in self.hands.others(name),
            "held": [work.sentences[key] for key in hands.held if key in work.sentences],
            "suggestion": self.suggestions.of(work, path, sentence, name) if before else "",
            "can_undo": bool(hands.steps),
            "hard": sum(place[2] == name for place in notes),
        }

    def _progress(
        self, work: Work, path: str, name: str, document: str
    ) -> list[tuple[str, int, int]]:
        """Return what is done, and how much there is in all."""
        done, total = self.queues.sizes(work, path, name)
        if path != FIRST:
            return [("decided" if path == DISPUTES else "done by you", done, total)]
        here = self.queues.sizes(work, path, name, document)
        return [("annotated in this document", *here), ("annotated in all", done, total)]

    def _others(self, work: Work, sentence: Sentence, name: str) -> list[tuple[str, Vote, str]]:
        """Return the votes of others and their notes, for whoever decides."""
        notes = self.desk.notes()
        return [
            (who, vote, notes.get((sentence.document, sentence.text, who), ""))
            for who, vote in work.votes[sentence.key].items()
            if who != name
        ]

    def said(self, work: Work, name: str, asked: Fields) -> dict[str, Any]:
        """Return what there is to say of the answer before: what was saved, and the model."""
        step = self.hands.of(name).find(asked.get("saved", ""))
        if step is None:
            return {}
        suggestion, sentence = "", work.sentences.get(step.key)
        if sentence and step.after and not self.suggestions.before:
            suggestion = self.suggestions.of(work, step.view, sentence, name)
        return {"step": step, "sentence": sentence, "suggestion": suggestion}


def _fields(
    vote: Vote | None, undone: Vote | None, note: str, sent: Fields | None
) -> dict[str, str]:
    """Return what the fields of the form hold."""
    if sent is not None:
        return {name: sent.get(name, "") for name in _FIELDS}
    if vote is not None:
        of_vote = (vote.stance, vote.confidence, vote.rationale)
    else:
        # A reason that was typed is not typed again; the label is chosen anew.
        of_vote = ("", "", undone.rationale if undone else "")
    return dict(zip(_FIELDS, (*of_vote, note), strict=True))


def page_keys(labels: list[str]) -> dict[str, str]:
    """Return the key of each label that has one: those of the terminal, but for the page's own.

    Further labels are reached like all of them, with Tab and the arrows.
    """
    own = {NOTE, HARD, RATIONALE, *COMMANDS}
    return {label: key for key, label in zip(KEYS, labels, strict=False) if key not in own}
