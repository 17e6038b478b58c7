"""Draw a sample of a scored file to be read by people who do not see what the model says."""

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from stance.audit.record import Group, Record, Unit
from stance.audit.scored import AUDIT, SCALE, Columns, Row, ScoredFile, files_hash
from stance.audit.texts import Drawn, Texts, text_key
from stance.errors import DataError
from stance.model.columns import probability_column
from stance.model.stance_model import StanceModel
from stance.scoring.rows.records import csv_lines
from stance.statistics.sampling import Cell, plan_strata
from stance.terminal import visible
from stance.text.markup import without_markup

SENTENCE, STANCE, ANNOTATOR = "sentence", "stance", "annotator"
# What another threshold would buy is told for these confidences, in ten thousandths.
THRESHOLDS = range(4_000, 10_000, 500)
# So many texts are scored again, to see that the file is the model's; another machine may differ in
# last digits, another model differs in all.
_CHECKED, _TOLERANCE = 40, 0.02


@dataclass(frozen=True)
class Sample:
    """What was drawn: the rows that are to be read, and how they were drawn.

    Attributes
    ----------
    columns
        The names of the columns.
    rows
        A row per text.
    record
        How they were drawn.
    """

    columns: list[str]
    rows: list[list[str]]
    record: Record

    def as_csv(self) -> str:
        """Return the sample as CSV, with the mark without which spreadsheets misread UTF-8."""
        return "\ufeff" + csv_lines([self.columns, *self.rows])

    def told(self, sample: Path, record: Path) -> str:
        """Return in a few lines what was drawn, and what to do with it."""
        of = self.record
        rows = sum(stratum["rows"] for stratum in of.strata)
        texts = sum(stratum["texts"] for stratum in of.strata)
        out = [f"{of.empty:,} rows without text"] * bool(of.empty)
        out += [f"{of.learned:,} rows that the model has learned from"] * bool(of.learned)
        left_out = f"; left out: {', '.join(out)}" * bool(out)
        return (
            f"Drew {len(of.units):,} of {texts:,} different texts ({rows:,} rows) from "
            f"{len(of.strata)} strata{left_out}.\n"
            f"Wrote {sample}, to be coded in the column {STANCE!r} with "
            f"{', '.join(of.labels)}; and {record}, which holds the model's answers: keep it from "
            f"whoever codes.\nThen: stance audit read {of.scored} {sample}\n"
        )


def draw_sample(place: str, columns: Columns, model: StanceModel, size: int, seed: int) -> Sample:
    """Return a stratified random sample of the different texts of a scored file.

    Every text has a known probability of being drawn. A text that stands there many times is read
    once and counts as often; texts that the model has learned from are no test, and left out.

    Parameters
    ----------
    place
        A file that `stance score` has written, or a folder of such files.
    columns
        What its columns are called.
    model
        The model that has scored it.
    size
        How many texts to draw.
    seed
        What the draw follows from.

    Raises
    ------
    DataError
        If the file cannot be read, was scored by another model, or has fewer different texts than
        are to be drawn, or more groups than there can be texts of each.
    """
    file = ScoredFile(place, columns, model.labels)
    digest = files_hash(place)
    threshold = model.calibration.promised.threshold
    with closing(Texts(len(model.labels), seed, columns.by)) as texts:
        empty, learned = _add(file, texts, model)
        _check_size(place, texts.count()[0], size, empty, learned)
        cells = texts.cells(size)
        _check_groups(cells, size, columns.by)
        strata = plan_strata(cells, size)
        drawn = texts.draw(strata)
        audit = sha256(f"{digest} {seed} {size} {columns.by}".encode()).hexdigest()[:8]
        record = Record(
            audit=audit,
            scored=place,
            sha256=digest,
            model=model.about["sha256"],
            seed=seed,
            labels=model.labels,
            background=model.about["params"]["labels"]["background"],
            max_error=model.calibration.max_error,
            threshold=threshold,
            by=columns.by or "",
            strata=[
                {
                    "texts": stratum.texts,
                    "rows": sum(cell.rows for cell in stratum.cells),
                    "drawn": stratum.read,
                }
                for stratum in strata
            ],
            groups=_groups(texts),
            thresholds=dict(zip(map(str, THRESHOLDS), texts.confident(THRESHOLDS), strict=True)),
            empty=empty,
            learned=learned,
            units=[
                _unit(f"{audit}-{number:0{len(str(size))}}", one, texts)
                for number, one in enumerate(drawn, start=1)
            ],
        )
    seen = file.seen({one.row for one in drawn})
    found = [seen[one.row] for one in drawn]
    _check_model(file.name, model, [one.text for one in found], drawn)
    contexts = list(dict.fromkeys(name for one in found for name in one.context))
    rows = [
        [unit.name, *(one.context.get(name, "") for name in contexts), one.text, "", ""]
        for unit, one in zip(record.units, found, strict=True)
    ]
    heads = [AUDIT, *(f"context_{name}" for name in contexts), SENTENCE, STANCE, ANNOTATOR]
    return Sample(heads, rows, record)


def _add(file: ScoredFile, texts: Texts, model: StanceModel) -> tuple[int, int]:
    """Add what can be audited; return how many rows have no text, and how many are learned from."""
    known = {text_key(text) for text in model.examples.texts}
    left_out: Counter[str] = Counter()

    def counted() -> Iterator[tuple[int, bytes, Row]]:
        for number, row in enumerate(file.rows()):
            if not row.text.strip():
                left_out["empty"] += 1
            elif (key := text_key(row.text)) in known:
                left_out["learned"] += 1
            else:
                yield number, key, row

    texts.add(counted())
    return left_out["empty"], left_out["learned"]


def _check_size(place: str, there: int, size: int, empty: int, learned: int) -> None:
    if size > there:
        out = [f"{empty:,} rows have no text"] * bool(empty)
        out += [f"the model has learned from {learned:,}"] * bool(learned)
        left_out = f" ({', '.join(out)})" * bool(out)
        raise DataError(
            f"{place}: {there:,} different texts can be drawn, fewer than the {size:,} that are "
            f"asked for{left_out}; ask for fewer with --size."
        )


def _check_groups(cells: list[Cell], size: int, by: str | None) -> None:
    texts: Counter[Any] = Counter()
    for cell in cells:
        texts[cell.place[0]] += cell.texts
    if (least := sum(min(2, count) for count in texts.values())) > size:
        raise DataError(
            f"{by!r} has {len(texts):,} values, and a sample of {size:,} has not two texts for "
            f"each; ask for {least:,} or more with --size, or name a column with fewer values."
        )


def _unit(name: str, one: Drawn, texts: Texts) -> Unit:
    probabilities = [part / SCALE for part in one.probabilities]
    times = texts.times(one.key)
    return Unit(name, one.key.hex(), one.stratum, one.kind, one.stance, probabilities, times)


def _groups(texts: Texts) -> dict[str, Group]:
    return {
        name: Group(rows, [round(total / SCALE / sum(map(sum, rows)), 6) for total in totals])
        for name, (rows, totals) in texts.totals().items()
    }


def _check_model(name: str, model: StanceModel, texts: list[str], drawn: list[Drawn]) -> None:
    """Raise a `DataError` if the model does not say of some texts what the file has it say."""
    texts = texts[:_CHECKED]
    filed = np.array([one.probabilities for one in drawn[:_CHECKED]]) / SCALE
    columns = model.score_columns(texts)
    # The file does not say whether it was scored with --strip-markup.
    stripped = model.score_columns([without_markup(text) for text in texts])
    names = [*map(probability_column, model.labels)]
    off = [
        np.abs(np.column_stack([some[name] for name in names]) - filed).max(axis=1)
        for some in (columns, stripped)
    ]
    differing = np.flatnonzero(np.minimum(*off) > _TOLERANCE)
    if len(differing):
        first = int(differing[0])
        raise DataError(
            f"{name}: the model did not score this file: of {len(differing)} of {len(texts)} texts "
            f"it says something else, such as {columns['stance'][first]} "
            f"{columns['confidence'][first]:.2f} of {visible(texts[first])[:60]!r}, where the file "
            f"has {model.labels[drawn[first].stance]} {filed[first].max():.2f}; name the model "
            "that did with --model, or score the file again."
        )
