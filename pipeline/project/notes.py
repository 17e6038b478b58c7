"""Notes of annotators on hard sentences: a table beside the votes, which no stage reads.

A note is its annotator's own: it may stand on a sentence without a vote, and goes when the case is
resolved.
"""

import pandas as pd

from pipeline.project.frames import read_csv
from pipeline.project.tables import DATA
from pipeline.project.writing import locked, write_together
from stance.errors import DataError
from stance.files import fold, to_csv

NOTES = DATA / "notes.csv"
NOTE_COLUMNS = ["document", "sentence", "annotator", "note"]

# The document, the sentence with its white space folded, and the annotator.
Place = tuple[str, str, str]


def read_notes() -> dict[Place, str]:
    """Return the notes, in the order in which they were written.

    Raises
    ------
    DataError
        If a column is missing, or an annotator has two notes on a sentence.
    """
    if not NOTES.is_file():
        return {}
    notes: dict[Place, str] = {}
    for line, row in _read().iterrows():
        place = (row["document"], fold(row["sentence"]), row["annotator"])
        if place in notes:
            raise DataError(
                f"{NOTES}, line {line}: {row['annotator']} has a note on this sentence already; "
                "remove one of the rows."
            )
        notes[place] = row["note"]
    return notes


def _read() -> pd.DataFrame:
    if not NOTES.is_file():
        return pd.DataFrame(columns=NOTE_COLUMNS, dtype="str")
    return read_csv(NOTES, NOTE_COLUMNS)


def write_note(place: Place, note: str) -> None:
    """Give an annotator's note on a sentence another text; "" takes it away."""
    document, sentence, annotator = place
    with locked():
        table = _read()
        this = (
            (table["document"] == document)
            & (table["sentence"].map(fold) == sentence)
            & (table["annotator"] == annotator)
        )
        if not note:
            table = table[~this]
        elif this.any():
            table = table.assign(note=table["note"].mask(this, note))
        else:
            new = dict(zip(NOTE_COLUMNS, (*place, note), strict=True))
            added = pd.DataFrame([new], columns=table.columns, dtype="str").fillna("")
            table = pd.concat([table, added], ignore_index=True)
        write_together({NOTES: to_csv(table)})
