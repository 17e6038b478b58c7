"""Annotate on a terminal: one sentence after the other, each answer saved before the next one.

The model's suggestion is shown after the annotator's own choice, since a suggestion that is seen
first pulls the choice toward it. Three walks share the program: first annotations, a blind second
pass over what others have annotated, and a referee's over what is disputed.
"""

import contextlib
import hashlib
import pydoc
import string
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pandas as pd

from pipeline.data.annotations import (
    CONFIDENCES,
    add_annotator,
    append_annotations,
    remove_annotation,
)
from pipeline.data.files import fold, read_text
from pipeline.data.params import Params, read_params
from pipeline.data.tables import CODEBOOK, probability_column, read_annotators
from pipeline.errors import DataError
from pipeline.statistics.agreement import disputed
from pipeline.terminal import (
    ENTER,
    Fragments,
    LeftError,
    ask,
    ask_key,
    is_terminal,
    show,
    width,
    wrap,
)
from pipeline.text.documents import Documents, read_documents

if TYPE_CHECKING:
    from pipeline.model.stance_model import StanceModel

BY_DOCUMENT, UNCERTAIN, DIVERSE = "document", "uncertain", "diverse"
ORDERS = [BY_DOCUMENT, UNCERTAIN, DIVERSE]

UNDO, RATIONALE = "u", "r"
COMMANDS = {"s": "skip", UNDO: "undo", "c": "codebook", "q": "quit"}
LABEL_KEYS = [
    key for key in "1234567890" + string.ascii_lowercase if key not in COMMANDS and key != RATIONALE
]
# How many labels of a suggestion are shown.
SUGGESTED = 4

BOLD, FAINT, SENTENCE = "bold", "ansibrightblack", "bold reverse"


def unannotated(documents: Documents) -> pd.DataFrame:
    """Return the sentences that nobody has annotated."""
    sentences = documents.sentences
    return documents.of(set(sentences["id"]) - set(documents.votes["id"]))


def second_sample(
    documents: Documents, annotator: str, referees: Sequence[str], size: int | None, seed: int
) -> pd.DataFrame:
    """Return those of a random sample of annotated sentences that the annotator has still to do.

    Parameters
    ----------
    documents
        What there is.
    annotator
        Whose second opinion it is.
    referees
        Their votes make no sentence one that others have annotated.
    size, seed
        How many sentences (None for all), and which sample: the same one after a break, and most
        of the same after others have annotated more.
    """
    votes = documents.votes
    mine = votes["annotator"] == annotator
    others = documents.of(set(votes["id"][~mine & ~votes["annotator"].isin(referees)]))
    drawn = [
        hashlib.sha256(f"{seed}:{document}:{text}".encode()).hexdigest()
        for document, text in zip(others["document"], others["text"], strict=True)
    ]
    size = len(others) if size is None else size
    sample = others.assign(drawn=drawn).sort_values("drawn").head(size).drop(columns="drawn")
    return sample[~sample["id"].isin(votes["id"][mine])].reset_index(drop=True)


def ordered(
    sentences: pd.DataFrame, order: str, model: "StanceModel | None", count: int | None
) -> pd.DataFrame:
    """Return the sentences in the order in which they are annotated, `count` of them at most.

    Parameters
    ----------
    sentences
        At least `text`.
    order
        One of `ORDERS`; all but `document` need the model.
    model
        The saved model.
    count
        How many are wanted; None for all.
    """
    if order != BY_DOCUMENT and model is not None and len(sentences):
        from pipeline.model.selection import CLUSTERS, order_diverse, order_uncertain

        scores = model.score(sentences["text"].tolist())
        probabilities = scores[[*map(probability_column, model.labels)]].to_numpy()
        if order == UNCERTAIN:
            rows = order_uncertain(probabilities)
        else:
            vectors = model.encode(sentences["text"].tolist())
            if not vectors.shape[1]:
                raise DataError(
                    f"the order {DIVERSE} needs embeddings, and the model has none; set "
                    "encode.encoder in params.yaml and run `dvc repro`."
                )
            rows = order_diverse(vectors, probabilities, count or CLUSTERS)
        sentences = sentences.iloc[rows]
    return sentences.head(len(sentences) if count is None else count).reset_index(drop=True)


@dataclass
class Session:
    """One annotator's walk through a queue of sentences; every answer is on disk at once.

    Attributes
    ----------
    annotator
        Whose answers they are.
    queue
        The sentences: `document`, `text` and what is shown of them.
    answered
        For each sentence that has been shown, whether it was answered (or skipped).
    """

    annotator: str
    queue: pd.DataFrame
    answered: list[bool] = field(default_factory=list)

    @property
    def current(self) -> dict[str, str] | None:
        """The sentence that is to be annotated; None at the end."""
        if len(self.answered) == len(self.queue):
            return None
        return dict(self.queue.iloc[len(self.answered)])

    def answer(self, stance: str, confidence: str, rationale: str) -> None:
        """Save a vote on the current sentence."""
        sentence = self.queue.iloc[len(self.answered)]
        row = {
            "sentence": sentence["text"],
            "annotator": self.annotator,
            "stance": stance,
            "confidence": confidence,
            "rationale": rationale,
        }
        append_annotations(sentence["document"], [row])
        self.answered.append(True)

    def skip(self) -> None:
        """Leave the current sentence for another time."""
        self.answered.append(False)

    def undo(self) -> None:
        """Go back to the sentence before, and take its answer out of the file."""
        if self.answered and self.answered.pop():
            sentence = self.queue.iloc[len(self.answered)]
            remove_annotation(sentence["document"], sentence["text"], self.annotator)


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
        if self.model is None:
            return ""
        (score,) = self.model.score([text]).to_dict("records")
        probabilities = {label: score[probability_column(label)] for label in self.model.labels}
        best = sorted(probabilities, key=lambda label: -probabilities[label])[:SUGGESTED]
        return "the model: " + ", ".join(f"{label} {probabilities[label]:.2f}" for label in best)

    @property
    def keys(self) -> dict[str, str]:
        """The key of each label."""
        return dict(zip(LABEL_KEYS, self.labels, strict=False))

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


def walk(session: Session, screen: Screen) -> None:
    """Ask for each sentence of the queue, until its end or until somebody quits."""
    while (sentence := session.current) is not None:
        number = len(session.answered) + 1
        screen.show_sentence(sentence, f"{number} of {len(session.queue)}")
        pressed = screen.choose()
        command = COMMANDS.get(pressed)
        if command == "quit":
            return
        if command == "skip":
            session.skip()
        elif command == "undo":
            session.undo()
        elif command == "codebook":
            pydoc.pager(read_text(CODEBOOK))
        elif (confirmed := screen.confirm(sentence, screen.keys[pressed])) is not None:
            session.answer(screen.keys[pressed], *confirmed)


def _load_model(*, needed: bool) -> "StanceModel | None":
    from pipeline.model.stance_model import StanceModel

    try:
        return StanceModel.load()
    except DataError as error:
        if needed:
            raise
        sys.stderr.write(f"No suggestions: {error}\n")
        return None


def _start(document: str | None, annotator: str, kind: str | None) -> tuple[Params, Documents]:
    """Return what there is to work on, once it is clear who works on it."""
    if not is_terminal():
        raise DataError(
            "annotating needs a terminal; without one, annotate a file from `stance export` and "
            "bring it back with `stance import`."
        )
    params = read_params()
    if len(params.labels.all) > len(LABEL_KEYS):
        raise DataError(
            f"params.yaml: there are {len(params.labels.all)} labels and keys for "
            f"{len(LABEL_KEYS)}; annotate elsewhere and use `stance import`."
        )
    documents = read_documents(params, [document] if document else [])
    if annotator not in read_annotators():
        if kind is None:
            kind = ask(f"{annotator} is new: what are they (person, language model)")
        add_annotator(annotator, kind)
    return params, documents


def _finish(session: Session, screen: Screen, nothing: str) -> None:
    """Walk, and say what became of it; `nothing` is what to say of an empty queue."""
    if session.queue.empty:
        sys.stderr.write(f"{nothing}\n")
        return
    with contextlib.suppress(LeftError):
        walk(session, screen)
    done, shown = sum(session.answered), len(session.answered)
    sys.stderr.write(
        f"\n{done} saved, {shown - done} skipped, {len(session.queue) - shown} not seen. "
        "`dvc repro` trains on what is saved.\n"
    )


def run(
    document: str | None,
    annotator: str,
    kind: str | None,
    *,
    order: str,
    count: int | None,
    suggest: bool,
) -> None:
    """Annotate sentences that nobody has annotated."""
    params, documents = _start(document, annotator, kind)
    model = _load_model(needed=suggest or order != BY_DOCUMENT)
    queue = unannotated(documents)
    if order != BY_DOCUMENT:
        sys.stderr.write(f"Scoring {len(queue)} sentences …\n")
    queue = ordered(queue, order, model, count)
    screen = Screen(params.labels.all, documents, model, suggest=suggest, votes=False)
    _finish(
        Session(annotator, queue),
        screen,
        "Every sentence has been annotated; for a second opinion there is --second.",
    )


def run_second(
    document: str | None,
    annotator: str,
    kind: str | None,
    *,
    sample: int | None,
    seed: int,
    count: int | None,
) -> None:
    """Annotate what others have annotated, without seeing their votes or a model of them."""
    params, documents = _start(document, annotator, kind)
    queue = second_sample(documents, annotator, params.label.referees, sample, seed)
    screen = Screen(params.labels.all, documents, None, suggest=False, votes=False)
    _finish(
        Session(annotator, ordered(queue, BY_DOCUMENT, None, count)),
        screen,
        f"There is nothing that others have annotated and {annotator} has not.",
    )


def run_referee(document: str | None, referee: str, *, count: int | None, suggest: bool) -> None:
    """Decide what the annotators dispute, with their votes in sight."""
    referees = read_params().label.referees
    if referee not in referees:
        raise DataError(
            f"{referee!r} is no referee; label.referees in params.yaml names "
            f"{', '.join(referees) or 'nobody'}."
        )
    params, documents = _start(document, referee, None)
    model = _load_model(needed=suggest)
    queue = documents.of(disputed(documents.votes, referees))
    screen = Screen(params.labels.all, documents, model, suggest=suggest, votes=True)
    _finish(
        Session(referee, ordered(queue, BY_DOCUMENT, None, count)),
        screen,
        "Nothing is disputed.",
    )
