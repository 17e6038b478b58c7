"""What the form of a sentence has to say, held to what a vote may be."""

import unicodedata
from dataclasses import dataclass

from pipeline.page.rendering import Fields
from pipeline.project.annotations import CONFIDENCES
from stance.errors import DataError
from stance.files import fold

# Characters of a rationale or a note.
MOST_TEXT = 2_000
SAVE, SKIP, WITHDRAW, UNDO = "save", "skip", "withdraw", "undo"


@dataclass(frozen=True)
class Sent:
    """What somebody has sent.

    Attributes
    ----------
    do
        `SAVE`, `SKIP` or `WITHDRAW`.
    stance, confidence, rationale, note
        What was chosen and typed; each may be empty.
    """

    do: str
    stance: str
    confidence: str
    rationale: str
    note: str


def read_sent(fields: Fields) -> Sent:
    """Return what was sent.

    Raises
    ------
    DataError
        If a field holds what no page offers, or a text is too long or has control characters.
    """
    do, confidence = fields.get("do", SAVE), fields.get("confidence", "")
    if do not in (SAVE, SKIP, WITHDRAW):
        raise DataError(f"the form asks for {do!r}, which no page does; go back and use its keys.")
    if confidence not in ("", *CONFIDENCES):
        raise DataError(f"the confidence {confidence!r} must be 1, 2, 3 or left out.")
    texts = {name: read_text_field(fields, name) for name in ("rationale", "note")}
    return Sent(do, fields.get("stance", ""), confidence, **texts)


def read_text_field(fields: Fields, name: str) -> str:
    """Return a text of a form, its white space folded; errors as for `read_sent`."""
    text = fold(fields.get(name, ""))
    if len(text) > MOST_TEXT:
        raise DataError(
            f"the {name} has {len(text):,} characters, and {MOST_TEXT:,} is the most; shorten it."
        )
    for character in text:
        if unicodedata.category(character) == "Cc":
            raise DataError(
                f"the {name} has the control character {character!r}; go back and take it out."
            )
    return text
