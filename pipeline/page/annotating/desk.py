"""What the page knows of the project: read once, and again when a file is another.

The same files are written by `stance annotate`, by other pages, by hand and by Git, so nothing that
was read is taken for granted: what a form answers is held against what lies there when it comes.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock

from markupsafe import Markup

from pipeline.page.annotating.work import Sentence, Vote, Work, read_work, token
from pipeline.page.codebook.text import codebook_html
from pipeline.page.rendering import ConflictError
from pipeline.project.disk import Signature, signature
from pipeline.project.documents import Documents
from pipeline.project.notes import NOTES, Place, read_notes, write_note
from pipeline.project.params import PARAMS, Params
from pipeline.project.tables import (
    ANNOTATIONS,
    ANNOTATORS_CSV,
    ARTICLES,
    ARTICLES_CSV,
    CODEBOOK,
    STATEMENTS_CSV,
    UNDER,
    codebook_hash,
)
from pipeline.project.writing import (
    BusyError,
    append_annotations,
    change_annotation,
    locked,
    remove_annotation,
)
from stance.errors import DataError
from stance.files import read_text

# Seconds that a form waits for another command that writes, and a view for one before it shows
# what it knows.
_WAIT, _VIEW_WAIT = 5.0, 0.5
_FOLDERS = {ANNOTATIONS: ".csv", ARTICLES: ".txt"}
_FILES = [ARTICLES_CSV, STATEMENTS_CSV, ANNOTATORS_CSV, PARAMS]

Signatures = Mapping[str, Signature | None]


class GoneError(ConflictError):
    """A sentence that the documents do not have any more."""

    def __init__(self) -> None:
        super().__init__(
            "the documents do not have this sentence any more: their texts have changed since it "
            "was shown, and nothing was saved."
        )


class OvertakenError(ConflictError):
    """A form of a sentence whose vote or note is another since it was shown."""


@dataclass(frozen=True)
class Codebook:
    """The codebook as it lies, as HTML, and its hash; both empty where there is none."""

    shown: Markup
    hash: str


def take_signatures() -> dict[str, Signature | None]:
    """Return the signatures of all files that the work is read from."""
    signatures = {str(path): signature(path) for path in _FILES}
    for folder, ending in _FOLDERS.items():
        names = os.listdir(folder) if folder.is_dir() else []
        paths = (f"{folder}{os.sep}{name}" for name in names if name.endswith(ending))
        signatures.update((path, signature(path)) for path in paths)
    return signatures


class Desk:
    """What lies in the project, for all who work on it; one at a time writes or reads anew."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._known: tuple[Signatures, Work] | None = None
        self._codebook: tuple[Signature | None, Codebook] = (None, Codebook(Markup(), ""))
        self._notes: tuple[Signature | None, dict[Place, str]] = (None, {})

    @contextmanager
    def _alone(self, wait: float) -> Iterator[None]:
        """Hold this desk and the project's lock in the block."""
        if not self._lock.acquire(timeout=wait):
            raise BusyError("others are saving for long; wait a moment and send it again.")
        try:
            with locked(wait):
                yield
        finally:
            self._lock.release()

    @contextmanager
    def _changing(self) -> Iterator[Work]:
        """Give what lies there now to a block that changes it; nothing else does meanwhile."""
        try:
            with self._alone(_WAIT):
                yield self._refresh()
        except BusyError:
            raise ConflictError(
                f"another command has been writing in data/ for {_WAIT:g} seconds, and nothing was "
                "saved; wait for its end and send it again."
            ) from None
        except OSError as error:
            raise ConflictError(
                f"data/ cannot be written ({error.strerror}); see to that, and send it again."
            ) from None

    def _refresh(self) -> Work:
        signatures = take_signatures()
        if self._known is None or self._known[0] != signatures:
            # Nothing is kept of what cannot be read, so that it is read again when it is mended.
            try:
                self._known = signatures, read_work()
            except OSError as error:
                raise DataError(f"{error.filename}: {error.strerror}.") from None
        return self._known[1]

    def look(self) -> Work:
        """Return what lies in the project now.

        While another command is writing for long, it is what lay there before.

        Raises
        ------
        DataError
            If a table cannot be read; says which line.
        """
        known = self._known
        if known is not None and known[0] == take_signatures():
            return known[1]
        try:
            with self._alone(_VIEW_WAIT):
                return self._refresh()
        except BusyError:
            if known is None:
                raise
            return known[1]

    def last(self) -> Work:
        """Return what was read last."""
        return self.look() if self._known is None else self._known[1]

    def documents(self) -> tuple[Params, Documents]:
        """Return the params and the documents with their votes; errors as for `look`."""
        work = self.look()
        return work.params, work.all_documents()

    def codebook(self) -> Codebook:
        """Return the codebook as it lies."""
        now = signature(CODEBOOK)
        if self._codebook[0] != now:
            text = read_text(CODEBOOK) if CODEBOOK.is_file() else ""
            self._codebook = now, Codebook(codebook_html(text, below=1), codebook_hash())
        return self._codebook[1]

    def notes(self) -> dict[Place, str]:
        """Return the notes as they lie, in the order in which they were written."""
        now = signature(NOTES)
        if self._notes[0] != now:
            self._notes = now, read_notes()
        return self._notes[1]

    def save(self, key: str, name: str, vote: Vote | None, shown: str) -> Vote | None:
        """Give somebody another vote on a sentence, or take it away; it is on the disk then.

        Parameters
        ----------
        key
            The sentence.
        name, vote
            Whose vote, and which; None to take it away.
        shown
            The token of the vote that they have seen of theirs.

        Returns
        -------
        The vote that they had.

        Raises
        ------
        GoneError
            If there is no such sentence any more.
        OvertakenError
            If theirs is another vote meanwhile, and not this one.
        ConflictError
            If another command is writing for long.
        DataError
            If the label is none.
        """
        with self._changing() as work:
            sentence = work.sentences.get(key)
            if sentence is None:
                raise GoneError
            if name not in work.annotators:
                raise ConflictError(
                    f"{name!r} is not in {ANNOTATORS_CSV} any more, and nothing was saved; open "
                    "the page again."
                )
            if vote and vote.stance not in work.labels:
                raise DataError(
                    f"the label {vote.stance!r} is none of the codebook's; choose one of "
                    f"{', '.join(work.labels)}."
                )
            now = work.votes[key].get(name)
            if now == vote:
                return now
            if token(now) != shown:
                raise OvertakenError(_overtaken(now))
            written = _write(sentence, name, now, vote)
            work.change(key, name, vote)
            if self._known is not None:
                # So that what is known need not be read again.
                path = f"{ANNOTATIONS}{os.sep}{sentence.document}.csv"
                self._known = {**self._known[0], path: written}, work
            return now

    def note(self, place: Place, note: str, shown: str) -> None:
        """Give somebody another note on a sentence; "" takes it away.

        Parameters
        ----------
        place
            The sentence, which may be gone, and the annotator.
        note, shown
            The note, and the one that they have seen.

        Raises
        ------
        OvertakenError
            If it is another note meanwhile, and not this one.
        """
        if self.notes().get(place, "") == note:
            return
        with self._changing():
            now = self.notes().get(place, "")
            if now == note:
                return
            if now != shown:
                raise OvertakenError(
                    f"your note on this sentence has become {now!r} meanwhile, in another window; "
                    "it was left so. Look at it, and save again."
                    if now
                    else "your note on this sentence was removed meanwhile, in another window. "
                    "Save again if you want it back."
                )
            write_note(place, note)


def _overtaken(now: Vote | None) -> str:
    if now is None:
        return (
            "your label of this sentence was withdrawn meanwhile, in another window. Nothing was "
            "saved; save again if you want this one."
        )
    sure = f" with confidence {now.confidence}" if now.confidence else ""
    return (
        f"you have labelled this sentence {now.stance!r}{sure} meanwhile, in another window. That "
        "was left so; save again if you want this label in its place."
    )


def _write(sentence: Sentence, name: str, now: Vote | None, vote: Vote | None) -> Signature | None:
    if vote is None:
        return remove_annotation(sentence.document, sentence.text, name)
    row = {
        "sentence": sentence.text,
        "annotator": name,
        "stance": vote.stance,
        "confidence": vote.confidence,
        "rationale": vote.rationale,
        UNDER: vote.codebook,
    }
    if now is None:
        return append_annotations(sentence.document, [row])
    return change_annotation(sentence.document, row)
