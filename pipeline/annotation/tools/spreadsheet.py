"""Tables for spreadsheets: a row per vote, to be filled in and saved again."""

import io
import json
from collections.abc import Iterable
from typing import Any

import pandas as pd

from pipeline.annotation.tools.votes import META, Read, Vote, collect, others_of
from stance.errors import DataError
from stance.scoring.rows.formats import CSV, Layout
from stance.scoring.rows.labels import LabelNames
from stance.scoring.rows.records import without_formula
from stance.scoring.rows.sheets import check_cells, require_writer, write_sheet


def dump(table: pd.DataFrame, layout: Layout, *, disarmed: bool = False) -> bytes:
    """Return a table as a spreadsheet: CSV, or a sheet.

    Raises
    ------
    DataError
        If a text is none of the encoding, or a sheet cannot hold it.
    """
    if layout.form == CSV:
        if disarmed:
            table = table.map(without_formula).rename(columns=without_formula)
        text = table.to_csv(index=False, lineterminator="\n", sep=layout.separator or ",")
        try:
            # With the mark spreadsheets do not take UTF-8 for another encoding.
            return text.encode(layout.encoding or "utf-8-sig")
        except UnicodeEncodeError as error:
            line = text.count("\n", 0, error.start) + 1
            raise DataError(
                f"line {line}: {layout.encoding} has no {text[error.start]!r}; leave --encoding "
                "out, which writes UTF-8."
            ) from None
    require_writer(layout.form)
    rows = [list(table.columns), *table.to_numpy().tolist()]
    check_cells(rows, layout.form, 0, "the sheet")
    file = io.BytesIO()
    write_sheet(file, iter(rows), layout.form)
    return file.getvalue()


def parse(
    table: pd.DataFrame, name: str, labels: LabelNames, names: dict[str, str], place: str
) -> Read:
    """Return the votes in a table.

    Parameters
    ----------
    table
        The rows, with the columns that `names` calls `sentence` and `stance`. What is a column of
        the project's is read; others stay with single statements.
    name
        What to call the file in errors.
    labels
        How the file calls the labels.
    names
        What `sentence`, `stance` and `id` are called in the file.
    place
        What a row is called: line or row.
    """
    ours = {theirs: name for name, theirs in names.items() if theirs in table}
    kept = [name for name in META if name in table and name not in ("id", *ours)]
    others = [str(name) for name in table if name not in ours]

    def votes(where: str, row: dict[str, Any]) -> Iterable[Vote]:
        own = others_of({name: row[name] for name in others})
        if identity := row.get(names["id"]):
            own = json.dumps({"id": identity, **json.loads(own or "{}")}, ensure_ascii=False)
        yield Vote(
            where,
            row[names["sentence"]],
            labels.of(row[names["stance"]].strip()),
            **{key: row[key] for key in kept},
            others=own,
        )

    rows = [
        (f"{name}, {place} {line}", {str(k): v for k, v in row.items()})
        for line, row in table.iterrows()
    ]
    return collect(rows, votes)
