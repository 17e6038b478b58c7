"""What another text of the codebook does, said before it is written."""

import difflib
import hashlib
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from pipeline.annotation.codebooks import count_codebooks
from pipeline.page.codebook.text import mentioned
from pipeline.page.rendering import ConflictError
from pipeline.project.disk import sync_name
from pipeline.project.tables import CODEBOOK, UNDER
from pipeline.project.writing import locked, write_together
from stance.errors import DataError
from stance.files import decode, fold

# Characters; the longest codebooks have a tenth of that.
LONGEST = 100_000
# Lines that are compared, and words of a passage; of texts that nobody has written, which repeat
# themselves without end, ten thousand would take minutes.
_MOST_LINES = _MOST_WORDS = 3_000
# Lines beside a change that are shown.
_AROUND = 1

SAME, GONE, NEW, LEFT_OUT = "same", "gone", "new", "left out"


@dataclass(frozen=True)
class Piece:
    """A passage of a comparison: `SAME`, `GONE`, `NEW`, or `LEFT_OUT` for lines that are alike."""

    kind: str
    text: str


@dataclass(frozen=True)
class Change:
    """What another codebook does.

    Attributes
    ----------
    nothing
        Whether nothing is another, not even white space.
    same_question
        Whether only white space is another, so that it is the same codebook to votes.
    now
        How many votes each annotator has given under the codebook as it lies: after the change they
        count as given under another one.
    back
        How many votes each has given under one that is the same as the new one.
    others, unknown
        How many votes were given under yet others, and how many do not say theirs.
    lost, lacking
        Labels that it no longer mentions, and those that neither of the two does.
    pieces
        Where the two differ, line by line.
    """

    nothing: bool
    same_question: bool
    now: dict[str, int]
    back: dict[str, int]
    others: int
    unknown: int
    lost: list[str]
    lacking: list[str]
    pieces: list[list[Piece]]


def read_codebook() -> tuple[str, str]:
    """Return the text of the codebook and what tells it from another; both "" if there is none."""
    if not CODEBOOK.is_file():
        return "", ""
    content = CODEBOOK.read_bytes()
    return decode(content, str(CODEBOOK)), hashlib.sha256(content).hexdigest()


def normalise(text: str) -> str:
    """Return what a form has sent with the line ends that files have.

    Raises
    ------
    DataError
        If it is empty or too long, or has characters that are no text.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        raise DataError("the codebook is empty; write what counts as which label.")
    if len(text) > LONGEST:
        raise DataError(
            f"the codebook has {len(text):,} characters; {LONGEST:,} is the most that can be "
            "changed here: edit data/codebook.md itself."
        )
    if found := re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", text):
        raise DataError(
            f"the codebook has a character that is no text ({found[0]!r}); take it out."
        )
    return text if text.endswith("\n") else f"{text}\n"


def hash_of(text: str) -> str:
    """Return what `codebook_hash` will say of a text when it is the codebook."""
    return hashlib.sha256(fold(text).encode()).hexdigest()[:12]


def weigh_change(old: str, new: str, votes: pd.DataFrame, labels: Sequence[str]) -> Change:
    """Return what it does to put one text in the place of another.

    Parameters
    ----------
    old, new
        The codebooks; an `old` that is "" is none.
    votes
        As `count_codebooks` has them.
    labels
        Those of the project.
    """
    under = hash_of(old) if old else ""
    counted = count_codebooks(votes, hash_of(new))
    others = dict(counted["others"])
    kept = set(mentioned(new, labels))
    before = set(mentioned(old, labels))
    votes = votes.drop_duplicates(["document", "text", "annotator"])
    back = votes["annotator"][votes[UNDER] == hash_of(new)]
    return Change(
        nothing=old.replace("\r\n", "\n") == new,
        same_question=bool(old) and under == hash_of(new),
        now=others.pop(under, {}) if under else {},
        back={str(who): int(count) for who, count in back.value_counts(sort=False).items()},
        others=sum(sum(by.values()) for by in others.values()),
        unknown=counted["unknown"],
        lost=[label for label in labels if label in before - kept],
        lacking=[label for label in labels if label not in before | kept],
        pieces=list(compare(old, new)),
    )


def compare(old: str, new: str) -> Iterator[list[Piece]]:
    """Yield the lines where two texts differ, word by word, with those beside them."""
    a, b = old.splitlines(), new.splitlines()
    if max(len(a), len(b)) > _MOST_LINES:
        for kind, lines in ((GONE, a), (NEW, b)):
            yield from ([Piece(kind, line)] for line in lines)
        return
    changes = difflib.SequenceMatcher(None, a, b).get_grouped_opcodes(_AROUND)
    last = 0
    for group in changes:
        if left := group[0][1] - last:
            yield [Piece(LEFT_OUT, str(left))]
        last = group[-1][2]
        for kind, a1, a2, b1, b2 in group:
            if kind == "equal":
                yield from ([Piece(SAME, line)] for line in a[a1:a2])
            else:
                yield from _lines(_words("\n".join(a[a1:a2]), "\n".join(b[b1:b2])))
    if left := len(a) - last:
        yield [Piece(LEFT_OUT, str(left))]


def _words(old: str, new: str) -> Iterator[Piece]:
    a, b = re.findall(r"\s+|[^\s]+", old), re.findall(r"\s+|[^\s]+", new)
    if max(len(a), len(b)) > _MOST_WORDS:
        yield from (Piece(kind, text) for kind, text in ((GONE, old), (NEW, new)) if text)
        return
    for kind, a1, a2, b1, b2 in difflib.SequenceMatcher(None, a, b).get_opcodes():
        if kind == "equal":
            yield Piece(SAME, "".join(a[a1:a2]))
            continue
        if a1 < a2:
            yield Piece(GONE, "".join(a[a1:a2]))
        if b1 < b2:
            yield Piece(NEW, "".join(b[b1:b2]))


def _lines(pieces: Iterator[Piece]) -> Iterator[list[Piece]]:
    line: list[Piece] = []
    for piece in pieces:
        first, *others = piece.text.split("\n")
        line.append(Piece(piece.kind, first))
        for other in others:
            yield line
            line = [Piece(piece.kind, other)]
    yield line


def change_codebook(text: str, began: str) -> None:
    """Write a codebook, if the one that lies there is still the one that the edit began from.

    Raises
    ------
    ConflictError
        If it has changed meanwhile; nothing is written.
    """
    with locked():
        old, now = read_codebook()
        if now != began:
            raise ConflictError(
                f"{CODEBOOK} has changed since this edit began, so nothing was written."
            )
        if "\r\n" in old:
            text = text.replace("\n", "\r\n")
        write_together({CODEBOOK: text})
        _sync(CODEBOOK)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    sync_name(path)
