"""CSV for spreadsheets: a row per vote, to be filled in and saved again."""

from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from pipeline.annotation.tools.votes import META, Labels, Read, Vote, collect
from pipeline.project.frames import parse_csv
from stance.files import to_csv

# Without it spreadsheets take UTF-8 for another encoding.
_BYTE_ORDER_MARK = "\ufeff"


def dump(table: pd.DataFrame, labels: Sequence[str]) -> str:  # noqa: ARG001 - as all formats
    """Return the votes as CSV, with a byte-order mark."""
    return _BYTE_ORDER_MARK + to_csv(table)


def parse(text: str, name: str, labels: Labels) -> Read:
    """Return the votes in a CSV file with the columns `sentence` and `stance`, others as they are.

    Fields may be separated by semicolons or tabs, as spreadsheets do in some languages.

    Raises
    ------
    DataError
        If it is not CSV, or a column is missing.
    """
    header = text.partition("\n")[0]
    separator = next((sign for sign in ";\t" if sign in header and "," not in header), ",")
    table = parse_csv(text, name, ["sentence", "stance"], separator)
    kept = [column for column in META if column in table and column != "id"]

    def votes(where: str, row: dict[str, Any]) -> Iterable[Vote]:
        yield Vote(
            where, row["sentence"], labels.of(row["stance"]), **{key: row[key] for key in kept}
        )

    rows = [(f"{name}, line {line}", dict(row)) for line, row in table.iterrows()]
    return collect(rows, votes)
