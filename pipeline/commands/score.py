"""Score statements from the command line or a CSV file with the saved model."""

import sys
from pathlib import Path

import pandas as pd

from pipeline.data.files import decode, parse_csv, read_text, to_csv, write_text
from pipeline.errors import DataError
from pipeline.model.stance_model import StanceModel

STREAM = "-"


def read_statements(source: str, column: str) -> pd.DataFrame:
    """Return the rows of a CSV file, or of standard input for ``-``, all columns as str.

    Raises
    ------
    DataError
        If it cannot be read, has no rows, lacks the column, or a statement is empty.
    """
    if source == STREAM:
        name = "standard input"
        text = decode(sys.stdin.buffer.read(), name)
    else:
        name = source
        text = read_text(Path(source))
    rows = parse_csv(text, name, [column])
    if rows.empty:
        raise DataError(f"{name}: there are no rows below the header.")
    for line, statement in rows[column].items():
        if not statement.strip():
            raise DataError(
                f"{name}, line {line}, column {column!r}: the text is empty; fill it in or remove "
                "the row."
            )
    return rows


def score_rows(rows: pd.DataFrame, column: str, model: StanceModel, name: str) -> pd.DataFrame:
    """Return the rows with the model's columns behind their own.

    Raises
    ------
    DataError
        If a column of the rows has the name of one that the model adds.
    """
    scores = model.score(rows[column].tolist()).drop(columns="text")
    for taken in scores.columns.intersection(rows.columns):
        raise DataError(
            f"{name}: the input has a column {taken!r} already, which the output needs; rename it."
        )
    return pd.concat([rows.reset_index(drop=True), scores], axis=1)


def as_lines(scores: pd.DataFrame) -> str:
    """Return scored texts as aligned lines for a terminal."""
    width = scores["stance"].str.len().max()
    return "".join(
        f"{row.stance:<{width}}  {row.confidence:.2f}  {row.text}"
        f"{'  (unsure: abstains)' if row.abstain else ''}\n"
        for row in scores.itertuples()
    )


def run(texts: list[str], source: str | None, output: str, column: str, path: Path) -> None:
    """Score `texts`, or the rows of `source`, and write them to `output`."""
    if source is None:
        scores = StanceModel.load(path).score(texts)
    else:
        rows = read_statements(source, column)
        scores = score_rows(rows, column, StanceModel.load(path), source)
    if output != STREAM:
        write_text(Path(output), to_csv(scores))
    elif sys.stdout.isatty() and source is None:
        sys.stdout.write(as_lines(scores))
    else:
        sys.stdout.write(to_csv(scores))
