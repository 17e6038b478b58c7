"""Samples and codes as they lie on disk: CSV, or sheets that somebody may have saved again."""

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from pipeline.project.frames import frame_of
from stance.audit.coded import ANNOTATOR, STANCE, Code
from stance.audit.draw import SENTENCE
from stance.audit.record import Record
from stance.audit.texts import text_key
from stance.errors import DataError
from stance.scoring.rows.formats import CSV, JSONL, LABELLED_SUFFIXES, SHEETS, Layout
from stance.scoring.rows.labels import LabelNames
from stance.scoring.rows.lines import existing, open_lines
from stance.scoring.rows.sources import all_notes, sheet_records, table_records

RATIONALE = "rationale"


@dataclass(frozen=True)
class Row:
    """A row of a sample, or of the codes of one.

    Attributes
    ----------
    number
        Of its text in the sample, from 0.
    code
        What it says, and where it stands; a stance that is "" is none.
    rationale
        Why, if somebody has said so.
    cells
        The whole row.
    """

    number: int
    code: Code
    rationale: str
    cells: dict[str, str]


@dataclass(frozen=True)
class Table:
    """A file of rows.

    Attributes
    ----------
    columns
        What its columns are called.
    rows
        In their order; those without a code among them.
    notes
        What there is to say about how it was read.
    """

    columns: list[str]
    rows: list[Row]
    notes: list[str]


def read_table(path: Path, record: Record) -> Table:
    """Return a sample, or codes of one.

    Raises
    ------
    DataError
        If the file cannot be read, a row has a text that is not in the sample, or a code that is no
        label.
    """
    labels = LabelNames(record.labels)
    try:
        frame, unit, notes = _read(path)
    except OSError as error:
        raise DataError(f"{path}: {error.strerror}; see that it can be read.") from None
    number_of = {unit_.key: number for number, unit_ in enumerate(record.units)}
    rows = []
    for place, cells in zip(frame.index, _cells(frame), strict=True):
        where = f"{path.name}, {unit} {place}"
        text = cells[SENTENCE]
        number = number_of.get(text_key(text).hex())
        if number is None:
            raise DataError(
                f"{where}: the text {text[:60]!r} is not in the sample {record.audit}; take the "
                "row out, or put the text back as it was."
            )
        stance = labels.of(cells[STANCE].strip())
        if stance and stance not in record.labels:
            raise DataError(
                f"{where}: {stance[:60]!r} is no label of the codebook that the file was scored "
                f"with; it must be one of {', '.join(record.labels)}."
            )
        code = Code(where, text, stance, cells.get(ANNOTATOR, "").strip())
        rows.append(Row(number, code, cells.get(RATIONALE, "").strip(), cells))
    notes = [*[f"read {', '.join(notes)}"] * bool(notes), *labels.notes()]
    return Table(list(frame.columns), rows, [f"{path.name}: {note}" for note in notes])


def _cells(frame: pd.DataFrame) -> list[dict[str, str]]:
    return [
        dict(zip(frame.columns, map(str, row), strict=True))
        for row in frame.itertuples(index=False, name=None)
    ]


def _read(path: Path) -> tuple[pd.DataFrame, str, list[str]]:
    place = str(existing(str(path)))
    layout = Layout(LABELLED_SUFFIXES.get(path.suffix.lower(), CSV))
    columns = dict.fromkeys((SENTENCE, STANCE))
    if layout.form == JSONL:
        raise DataError(
            f"{path}: it is for another tool; code it there, or draw a sample that ends in .csv, "
            ".xlsx or .ods."
        )
    if layout.form in SHEETS:
        of_sheet = sheet_records(place, layout, columns)
        return frame_of(of_sheet), "row", all_notes(of_sheet)
    with closing(open_lines(place, None)) as lines:
        records = table_records(lines, layout, columns)
        return frame_of(records), "line", all_notes(records)
