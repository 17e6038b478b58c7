"""What coders have said of the texts of a sample, from tables that they have filled in."""

from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stance.audit.record import Record
from stance.audit.texts import text_key
from stance.errors import DataError
from stance.files import fold
from stance.scoring.rows.delimited import Records
from stance.scoring.rows.formats import CSV, JSONL, LABELLED_SUFFIXES, SHEETS, Layout
from stance.scoring.rows.labels import LabelNames
from stance.scoring.rows.lines import Lines, existing, open_lines
from stance.scoring.rows.sources import JsonSource, all_notes, sheet_records, table_records

# What the columns of texts and of codes may be called.
_TEXTS, STANCE, ANNOTATOR = ("sentence", "text"), "stance", "annotator"


class Code(NamedTuple):
    """What somebody has said of a text.

    Attributes
    ----------
    where
        The file and the place in it.
    text
        The text.
    stance
        Its label; "" if there is none.
    annotator
        Who it was; "" where the file does not say.
    """

    where: str
    text: str
    stance: str
    annotator: str = ""


@dataclass(frozen=True)
class Coded:
    """The texts of a sample that were coded.

    Attributes
    ----------
    units
        Their numbers in the sample, ascending, shape (n,).
    shares
        What share of its votes each label has, float64 of shape (n, labels).
    votes
        A row per vote: `id` (the number of the text), `annotator` and `stance`.
    texts
        The text of each that is coded, by its number.
    uncoded
        The numbers of those that nobody has coded.
    """

    units: NDArray[np.intp]
    shares: NDArray[np.float64]
    votes: pd.DataFrame
    texts: dict[int, str]
    uncoded: list[int]

    @property
    def disputed(self) -> int:
        """How many texts have votes for several labels."""
        return int(((self.shares > 0).sum(axis=1) > 1).sum())


def read_codes(path: Path, labels: LabelNames) -> tuple[list[Code], list[str]]:
    """Return the codes in CSV, tab-separated text, a sheet or JSON lines; and how it was read.

    Parameters
    ----------
    path
        The file.
    labels
        What files call the labels.

    Raises
    ------
    DataError
        If the file cannot be read, or has no column of texts or of codes.
    """
    place = str(existing(str(path)))
    layout = Layout(LABELLED_SUFFIXES.get(path.suffix.lower(), CSV))
    if layout.form in SHEETS:
        records = sheet_records(place, layout, {STANCE: None})
        rows, notes = _table_rows(records, place, "row"), all_notes(records)
    else:
        with closing(open_lines(place, None)) as lines:
            if layout.form == JSONL:
                rows, notes = _json_rows(lines), lines.notes
            else:
                of_text = table_records(lines, layout, {STANCE: None})
                rows, notes = _table_rows(of_text, place, "line"), all_notes(of_text)
    codes = [
        Code(
            where,
            row[_text_column(row)],
            labels.of(row[STANCE].strip()),
            row.get(ANNOTATOR, "").strip(),
        )
        for where, row in rows
    ]
    return codes, [f"{path}: read {', '.join(notes)}"] * bool(notes)


def _json_rows(lines: Lines) -> list[tuple[str, dict[str, str]]]:
    source = JsonSource(lines, STANCE, None)
    rows = [
        (f"{lines.name}, {place}", row)
        for chunk in source.chunks()
        for place, row in zip(chunk.places(), getattr(chunk, "parsed", []), strict=True)
    ]
    for where, row in rows:
        if _text_column(row) not in row:
            raise DataError(f"{where}: no key 'sentence'; give each text in a field of that name.")
    return rows


def _table_rows(records: Records[Any], name: str, unit: str) -> list[tuple[str, dict[str, str]]]:
    records.check({_text_column(records.names): None})
    return [
        (
            f"{name}, {unit} {place}",
            dict(zip(records.names, map(records.as_text, row), strict=True)),
        )
        for place, row in records
    ]


def _text_column(names: Iterable[str]) -> str:
    there = set(names)
    return next((name for name in _TEXTS if name in there), _TEXTS[0])


def match_codes(files: Sequence[tuple[str, Sequence[Code]]], record: Record) -> Coded:
    """Return which texts of a sample are coded, and how.

    Parameters
    ----------
    files
        The name of each file, which stands for a coder whom it does not name, and its codes.
    record
        How the sample was drawn.

    Raises
    ------
    DataError
        If a text is none of the sample, a label is none of the codebook, or somebody has coded a
        text twice, differently; names the row.
    """
    number_of = {unit.key: number for number, unit in enumerate(record.units)}
    labels = record.labels
    said: dict[tuple[int, str], tuple[str, str]] = {}
    texts: dict[int, str] = {}
    for name, codes in files:
        for code in codes:
            number = number_of.get(text_key(code.text).hex())
            if number is None:
                raise DataError(
                    f"{code.where}: the text {code.text[:60]!r} is not in the sample "
                    f"{record.audit}; leave the row out, or put the text back as it was."
                )
            if not code.stance:
                continue
            if code.stance not in labels:
                raise DataError(
                    f"{code.where}: {code.stance!r} is no label of the codebook that the file was "
                    f"scored with; it must be one of {', '.join(labels)}."
                )
            texts[number] = fold(code.text)
            who = code.annotator or Path(name).stem
            stance, where = said.setdefault((number, who), (code.stance, code.where))
            if stance != code.stance:
                raise DataError(
                    f"{code.where}: {who} says {code.stance!r}, and {stance!r} of the same text in "
                    f"{where}; keep one of the two."
                )
    if not said:
        raise DataError(f"{files[0][0]}: no text has a code yet; fill in the column {STANCE!r}.")
    votes = pd.DataFrame(
        [(number, who, stance) for (number, who), (stance, _) in sorted(said.items())],
        columns=["id", ANNOTATOR, STANCE],
    )
    units = np.array(sorted({number for number, _ in said}), dtype=np.intp)
    counts = np.zeros((len(record.units), len(labels)))
    np.add.at(counts, (votes["id"], pd.Index(labels).get_indexer(pd.Index(votes[STANCE]))), 1)
    counts = counts[units]
    uncoded = sorted(set(range(len(record.units))) - set(units.tolist()))
    return Coded(units, counts / counts.sum(axis=1, keepdims=True), votes, texts, uncoded)
