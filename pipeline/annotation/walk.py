"""Annotate on a terminal: one sentence after the other, each answer saved before the next one.

Three walks share what is here: first annotations, a blind second pass over what others have
annotated, and a referee's over what is disputed.
"""

import contextlib
import pydoc
import sys
from typing import TYPE_CHECKING

from pipeline.annotation.names import BY_DOCUMENT
from pipeline.annotation.queue import ordered, second_sample, unannotated
from pipeline.annotation.screen import COMMANDS, Screen
from pipeline.annotation.session import Session
from pipeline.project.documents import Documents, read_documents
from pipeline.project.params import Params, read_params
from pipeline.project.tables import CODEBOOK, read_annotators
from pipeline.project.writing import add_annotator, locked
from pipeline.prompts import LeftError, ask, is_terminal
from stance.errors import DataError
from stance.files import read_text
from stance.statistics.agreement import disputed
from stance.terminal import harmless

if TYPE_CHECKING:
    from stance.model.stance_model import StanceModel


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
            pydoc.pager(harmless(read_text(CODEBOOK)))
        elif (confirmed := screen.confirm(sentence, screen.keys[pressed])) is not None:
            session.answer(screen.keys[pressed], *confirmed)


def _load_model(*, needed: bool) -> "StanceModel | None":
    from stance.model.stance_model import StanceModel

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
    # Between two renames of somebody else the tables do not fit each other.
    with locked():
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


def annotate(
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


def annotate_second(
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


def referee(document: str | None, name: str, *, count: int | None, suggest: bool) -> None:
    """Decide what the annotators dispute, with their votes in sight."""
    referees = read_params().label.referees
    if name not in referees:
        raise DataError(
            f"{name!r} is no referee; label.referees in params.yaml names "
            f"{', '.join(referees) or 'nobody'}."
        )
    params, documents = _start(document, name, None)
    model = _load_model(needed=suggest)
    queue = documents.of(disputed(documents.votes, referees))
    screen = Screen(params.labels.all, documents, model, suggest=suggest, votes=True)
    _finish(
        Session(name, ordered(queue, BY_DOCUMENT, None, count)),
        screen,
        "Nothing is disputed.",
    )
