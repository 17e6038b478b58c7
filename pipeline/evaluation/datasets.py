"""Labelled texts of other people: read, checked, described.

What cannot be trained on or measured is refused with the line that it stands in.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline.project.foreign_tables import read_foreign_table
from stance.errors import DataError
from stance.files import sha256
from stance.scoring.rows.formats import Layout
from stance.scoring.rows.labels import LabelNames, spelled_alike, taken_notes


@dataclass(frozen=True)
class Columns:
    """The names of the columns that hold the text, the label and, if they are there, others.

    Attributes
    ----------
    group
        Such as the target.
    identity
        What names a row in errors, beside its line.
    """

    text: str
    label: str
    group: str | None = None
    identity: str | None = None


def read_labelled_rows(
    path: Path, columns: Columns, layout: Layout
) -> tuple[pd.DataFrame, list[str]]:
    """Return the labelled texts of a file, and what there is to say about how it was read.

    Returns
    -------
    `text`, `label` and, if one is asked for, `group`; all str, indexed by line number, or by that
    and what names the row; and notes.

    Raises
    ------
    DataError
        As `read_foreign_table`, and if a text, label or group is empty; names the line.
    """
    names = {"text": columns.text, "label": columns.label}
    if columns.group is not None:
        names["group"] = columns.group
    options = {columns.text: "--text-column", columns.label: "--label-column"}
    others = {columns.group: "--group-column", columns.identity: "--id-column"}
    options |= {name: option for name, option in others.items() if name is not None}
    rows, notes = read_foreign_table(path, options, layout)
    if columns.identity is not None:
        rows.index = pd.Index(
            [f"{line} ({name})" for line, name in rows[columns.identity].items()], name="line"
        )
    for kind, name in names.items():
        for line, cell in rows[name].items():
            if not cell.strip():
                raise DataError(
                    f"{path}, line {line}, column {name!r}: the {kind} is empty; fill it in or "
                    "remove the row."
                )
    return pd.DataFrame({kind: rows[name] for kind, name in names.items()}), notes


def same_labels(
    train: pd.DataFrame, test: pd.DataFrame, names: Mapping[str, str]
) -> tuple[pd.DataFrame, pd.DataFrame, list[str]]:
    """Return the rows of two files with the labels called alike, and what was taken for what.

    Parameters
    ----------
    train, test
        As `read_labelled_rows` returns them.
    names
        The label for each name in the files. Names that differ by case or blanks only are the one
        that is the most frequent in `train`.
    """
    of_names = LabelNames(list(names.values()), names)
    train, test = (rows.assign(label=rows["label"].map(of_names.of)) for rows in (train, test))
    best = spelled_alike(train["label"])
    changed = train["label"][train["label"] != train["label"].map(best)]
    for label in changed:
        of_names.taken[label, best[label]] += 1
    of_train = LabelNames(sorted(set(best.values())))
    train = train.assign(label=train["label"].map(best))
    test = test.assign(label=test["label"].map(of_train.of))
    return train, test, taken_notes(of_names.taken + of_train.taken)


def check_labels(
    train: pd.DataFrame, test: pd.DataFrame, files: tuple[Path, Path], average: Sequence[str]
) -> list[str]:
    """Return the labels, those to average first, if a classifier can be trained and measured.

    Parameters
    ----------
    train, test
        As `read_labelled_rows` returns them.
    files
        What to call the two in errors.
    average
        The labels to average; empty for all.

    Raises
    ------
    DataError
        If there is one label only, a label has one example only, a label is new in `test`, or one
        to average does not occur in both.
    """
    counts = train["label"].value_counts(sort=False)
    if len(counts) == 1:
        raise DataError(
            f"{files[0]}: every row is labelled {counts.index[0]!r}; a classifier needs two labels."
        )
    # Such labels are mostly misspelt ones; they would weigh as much as the others in macro-F1.
    for line, label in train["label"].items():
        if counts[label] == 1:
            raise DataError(
                f"{files[0]}, line {line}: the label {label!r} has this one example only; add "
                "another or remove the row."
            )
    for line, label in test["label"].items():
        if label not in counts.index:
            raise DataError(
                f"{files[1]}, line {line}: the label {label!r} does not occur in {files[0]}, so it "
                "cannot be predicted; add examples of it there or remove the row."
            )
    for label in average:
        for path, rows in zip(files, (train, test), strict=True):
            if label not in set(rows["label"]):
                raise DataError(
                    f"{path}: no row is labelled {label!r}, which is to be averaged; the file has "
                    f"{', '.join(map(repr, sorted(set(rows['label']))))}."
                )
    return [*average, *sorted(set(counts.index) - set(average))]


def check_groups(train: pd.DataFrame, test: pd.DataFrame, files: tuple[Path, Path]) -> None:
    """Check that each group of `test` has a classifier of its own.

    Raises
    ------
    DataError
        If a group is new in `test`, or has one label only in `train`.
    """
    labels = train.groupby("group")["label"].nunique()
    for line, group in test["group"].items():
        if group not in labels.index:
            raise DataError(
                f"{files[1]}, line {line}: the group {group!r} does not occur in {files[0]}, so it "
                "has no classifier; leave out --per-group or remove the row."
            )
        if labels[group] == 1:
            raise DataError(
                f"{files[0]}: every row of the group {group!r} has the same label; a classifier "
                "needs two, so add rows or leave out --per-group."
            )


def describe(rows: pd.DataFrame, path: Path, labels: Sequence[str]) -> dict[str, Any]:
    """Return what a file's labelled rows are: `rows`, `sha256`, counts of `labels` and `groups`."""
    counts = rows["label"].value_counts()
    about = {
        "rows": len(rows),
        "sha256": sha256(path),
        "labels": {label: int(counts.get(label, 0)) for label in labels},
    }
    if "group" in rows:
        sizes = rows["group"].value_counts().sort_index()
        about["groups"] = {str(name): int(count) for name, count in sizes.items()}
    return about
