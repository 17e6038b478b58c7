"""What an annotator sees, and when.

The model's suggestion is shown after the annotator's own choice, since a suggestion that is seen
first pulls the choice toward it.
"""

import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

from pipeline.project.annotations import CONFIDENCES
from pipeline.project.documents import Documents
from pipeline.prompts import ENTER, Fragments, ask, ask_key, show, width, wrap
from stance.files import fold
from stance.model.columns import probability_column

if TYPE_CHECKING:
    from stance.model.stance_model import StanceModel

UNDO, RATIONALE = "u", "r"
COMMANDS = {"s": "skip", UNDO: "undo", "c": "codebook", "q": "quit"}
KEYS = [
    key for key in "1234567890" + string.ascii_lowercase if key not in COMMANDS and key != RATIONALE
]
# How many labels of a suggestion are shown.
SUGGESTED = 4

BOLD, FAINT, SENTENCE = "bold", "ansibrightblack", "bold reverse"


def label_keys(labels: Sequence[str]) -> dict[str, str]:
    """Return the label for each key, or for each two keys where there are more labels than keys.

    No key of a command begins one of two, so that each is understood as soon as it is whole.
    """
    size = 1
    while len(KEYS) ** size < len(labels):
        size += 1
    return dict(zip(map("".join, product(KEYS, repeat=size)), labels, strict=False))


def suggest(model: "StanceModel", text: str) -> str:
    """Return a model's most probable labels of a sentence in words."""
    (score,) = model.score([text]).to_dict("records")
    probabilities = {label: score[probability_column(label)] for label in model.labels}
    best = sorted(probabilities, key=lambda label: -probabilities[label])[:SUGGESTED]
    return ", ".join(f"{label} {probabilities[label]:.2f}" for label in best)


@dataclass(frozen=True)
class Screen:
    """What is shown around a sentence.

    Attributes
    ----------
    labels
        The codebook's labels, in the order of their keys.
    documents
        For the paragraph that a sentence stands in, and the votes.
    model
        Makes suggestions; None for none.
    suggest
        Whether suggestions come before the annotator's choice.
    votes
        Whether the votes of others are shown.
    """

    labels: Sequence[str]
    documents: Documents
    model: "StanceModel | None"
    suggest: bool
    votes: bool

    def show_sentence(self, sentence: Mapping[str, str], where: str) -> None:
        """Show a sentence in its paragraph, and before the choice what may be seen before it."""
        holder_target = " → ".join(filter(None, (sentence["holder"], sentence["target"])))
        head = "   ".join(filter(None, (sentence["id"], where, holder_target)))
        show([(FAINT, f"\n── {head}")])
        sentences = self.documents.sentences
        paragraph = sentences[
            (sentences["document"] == sentence["document"])
            & (sentences["paragraph"] == sentence["paragraph"])
        ]
        fragments = []
        for id_, text in zip(paragraph["id"], paragraph["text"], strict=True):
            this = id_ == sentence["id"]
            fragments += [(BOLD, "→")] * this + [(SENTENCE if this else "", text)]
        show(wrap(fragments, width()))
        if self.votes:
            self._show_votes(sentence["id"])
        if self.suggest:
            show([(FAINT, self.suggestion(sentence["text"]))])

    def _show_votes(self, id_: str) -> None:
        votes = self.documents.votes
        for vote in votes[votes["id"] == id_].to_dict("records"):
            sure = f" ({vote['confidence']})" if vote["confidence"] else ""
            why = f": {vote['rationale']}" if vote["rationale"] else ""
            text = f"{vote['annotator']} says {vote['stance']}{sure}{why}"
            show(wrap([("", text)], width()))

    def suggestion(self, text: str) -> str:
        """Return the model's most probable labels of a sentence in words, or nothing."""
        return "" if self.model is None else f"the model: {suggest(self.model, text)}"

    @property
    def keys(self) -> dict[str, str]:
        """The label of each key, or keys."""
        return label_keys(self.labels)

    def choices(self) -> Fragments:
        """Return the keys of the labels and of the commands."""
        message: Fragments = []
        for key, label in self.keys.items():
            message += [(BOLD, f" {key} "), ("", f"{label} ")]
        message.append(("", "\n"))
        for key, command in COMMANDS.items():
            message += [(BOLD, f" {key} "), (FAINT, f"{command} ")]
        return message

    def choose(self) -> str:
        """Return the key that is pressed: one of `keys`, or of `COMMANDS`."""
        return ask_key([*self.keys, *COMMANDS], self.choices())

    def confirmation(self, stance: str, rationale: str, suggestion: str) -> Fragments:
        """Return a choice, what there is to say about it, and the keys that confirm it."""
        remarks = [("", rationale)] * bool(rationale) + [(FAINT, suggestion)] * bool(suggestion)
        message: Fragments = [(BOLD, f" {stance} ")]
        for style, text in remarks:
            message.append((style, f"  {text}"))
        message.append(("", "\n"))
        keys = {"Enter": "save", " ".join(CONFIDENCES): "save with confidence"}
        for key, command in {**keys, RATIONALE: "rationale", UNDO: "undo"}.items():
            message += [(BOLD, f" {key} "), (FAINT, f"{command} ")]
        return message

    def confirm(self, sentence: Mapping[str, str], stance: str) -> tuple[str, str] | None:
        """Return confidence and rationale of a choice, each of which may be empty, or None to undo.

        Only now the suggestion is shown: the choice has been made.
        """
        rationale = ""
        suggestion = "" if self.suggest else self.suggestion(sentence["text"])
        while True:
            message = self.confirmation(stance, rationale, suggestion)
            pressed = ask_key([ENTER, *CONFIDENCES, RATIONALE, UNDO], message)
            if pressed == UNDO:
                return None
            if pressed != RATIONALE:
                return "" if pressed == ENTER else pressed, rationale
            rationale = fold(ask("rationale", rationale))
