"""Train the configured classifier on one file of labelled texts and measure it on another.

The figures of a published data set say what the encoder, the features and the classifier of
`params.yaml` are worth beside other people's; the shipped model is neither used nor changed.
"""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from tabulate import tabulate

from pipeline.classifier.estimator import feature_frame
from pipeline.evaluation.datasets import (
    Columns,
    check_groups,
    check_labels,
    describe,
    read_labelled_rows,
    same_labels,
)
from pipeline.evaluation.systems import predict_systems
from pipeline.project.params import Encode, Evaluate, Train, read_params
from pipeline.project.vocabulary import SYSTEMS
from stance.errors import DataError
from stance.files import fold
from stance.model.encoder import load_encoder
from stance.scoring.rows.formats import Layout
from stance.statistics.metrics import grouped_confusion, label_f1, macro_f1, row_interval
from stance.statistics.rounding import DIGITS


def predict(
    train: pd.DataFrame,
    test: pd.DataFrame,
    encode: Encode,
    params: Train,
    labels: Sequence[str],
    *,
    per_group: bool,
) -> dict[str, NDArray[np.str_]]:
    """Return what each system predicts for the rows of `test`.

    Parameters
    ----------
    train, test
        As `read_labelled_rows` returns them.
    encode, params
        `encode` and `train` of the params.
    labels
        All labels; the first of them wins a tie.
    per_group
        Whether each group is predicted by a classifier trained on its own rows only.

    Raises
    ------
    DataError
        If the encoder cannot be loaded, or the texts have no n-gram in common.
    """
    texts = [*train["text"], *test["text"]]
    encoder = load_encoder(encode.encoder, encode.hypotheses)
    frame = feature_frame(texts, encoder.encode(texts))
    of_train, of_test = frame.iloc[: len(train)], frame.iloc[len(train) :]
    known = train["label"].to_numpy(dtype=np.str_)
    predicted: dict[str, NDArray[np.str_]] = {}
    for group in sorted(set(test["group"])) if per_group else [None]:
        learn, ask = (
            np.full(len(rows), fill_value=True)
            if group is None
            else (rows["group"] == group).to_numpy()
            for rows in (train, test)
        )
        try:
            decisions = predict_systems(of_train[learn], known[learn], of_test[ask], params, labels)
        except DataError as error:
            where = "" if group is None else f"group {group!r}: "
            raise DataError(f"{where}{error}") from None
        for system, values in decisions.items():
            whole = predicted.setdefault(system, np.empty(len(test), dtype=known.dtype))
            whole[ask] = np.array(labels)[values.argmax(axis=1)]
    return predicted


def measure(
    test: pd.DataFrame,
    predicted: Sequence[str],
    labels: Sequence[str],
    averaged: int,
    params: Evaluate,
) -> dict[str, Any]:
    """Return the metrics of one system with their 95 % intervals, rounded.

    A label without rows in `test` counts as 0 in the mean over all labels.

    Parameters
    ----------
    test
        As `read_labelled_rows` returns it.
    predicted
        A label per row.
    labels, averaged
        All labels, and how many of them, from the first on, `macro_f1` averages.
    params
        How intervals are drawn.

    Returns
    -------
    `macro_f1`, `macro_f1_all` (over all labels) and `accuracy`; `labels` with the `f1` of each;
    `groups` with the `macro_f1` of each, if there are groups. Each figure has its interval beside
    it under its name with `_low` and `_high`.
    """
    rows = test["label"].tolist()
    confusion = grouped_confusion(rows, predicted, np.zeros(len(rows)), labels)[0]

    def statistic(matrices: NDArray[np.int64]) -> NDArray[np.float64]:
        hits = np.trace(matrices, axis1=-2, axis2=-1)
        figures = [
            macro_f1(matrices, averaged),
            macro_f1(matrices, len(labels)),
            hits / matrices.sum(axis=(-2, -1)),
        ]
        return np.column_stack([*figures, label_f1(matrices)])

    def figures(matrix: NDArray[np.int64]) -> list[list[float]]:
        """Return each figure with the ends of its interval."""
        point = statistic(matrix[None])[0]
        low, high = row_interval(matrix, statistic, params.resamples, params.seed)
        found: list[list[float]] = np.column_stack([point, low, high]).round(DIGITS).tolist()
        return found

    overall, over_all, accuracy, *of_labels = figures(confusion)
    metrics = {
        **_with_interval("macro_f1", overall),
        **_with_interval("macro_f1_all", over_all),
        **_with_interval("accuracy", accuracy),
        "labels": {
            label: _with_interval("f1", found)
            for label, found in zip(labels, of_labels, strict=True)
        },
    }
    if "group" in test:
        of_groups = grouped_confusion(rows, predicted, test["group"], labels)
        metrics["groups"] = {
            name: _with_interval("macro_f1", figures(of_group)[0])
            for name, of_group in zip(test["group"].unique(), of_groups, strict=True)
        }
    return metrics


def _with_interval(name: str, found: Sequence[float]) -> dict[str, float]:
    return dict(zip((name, f"{name}_low", f"{name}_high"), found, strict=True))


def benchmark(
    files: tuple[Path, Path],
    layouts: tuple[Layout, Layout],
    columns: Columns,
    average: Sequence[str],
    *,
    per_group: bool,
    names: Mapping[str, str],
) -> dict[str, Any]:
    """Train on the first file and measure on the second, with the params of the project.

    Parameters
    ----------
    files, layouts
        The file trained on, the file tested on, and how they hold their rows.
    columns
        The columns of both.
    average
        The labels to average; empty for all.
    per_group
        Whether each group has a classifier of its own.
    names
        What labels are called in the files, and the label.

    Returns
    -------
    What was trained and tested on (`train`, `test`, `seen_texts`), how (`labels`, `averaged`,
    `per_group`, `params`), and in `systems` the metrics of each system as `measure` returns them.

    Raises
    ------
    DataError
        If a file cannot be read, trained on or measured.
    """
    params = read_params()
    read = [
        read_labelled_rows(path, columns, layout)
        for path, layout in zip(files, layouts, strict=True)
    ]
    train, test, taken = same_labels(read[0][0], read[1][0], names)
    notes = [note for _, of_file in read for note in of_file]
    sys.stderr.writelines(f"{note}.\n" for note in [*notes, *taken])
    labels = check_labels(train, test, files, average)
    if per_group:
        check_groups(train, test, files)
    predicted = predict(train, test, params.encode, params.train, labels, per_group=per_group)
    averaged = len(average) or len(labels)
    return {
        "train": describe(train, files[0], labels),
        "test": describe(test, files[1], labels),
        "seen_texts": int(test["text"].map(fold).isin(train["text"].map(fold)).sum()),
        "labels": labels,
        "averaged": labels[:averaged],
        "per_group": per_group,
        "params": params.model_dump(
            include={"encode": True, "train": True, "evaluate": {"resamples", "seed"}}
        ),
        "systems": {
            system: measure(test, of_system.tolist(), labels, averaged, params.evaluate)
            for system, of_system in predicted.items()
        },
    }


def render(result: dict[str, Any]) -> str:
    """Return the result of a benchmark, as its JSON holds it, as a table and what it means."""
    measured = {name: result["systems"][name] for name in SYSTEMS if name in result["systems"]}
    counts, labels, averaged = result["test"], result["labels"], result["averaged"]

    def row(title: str, rows: int, name: str, *path: str) -> list[str]:
        cells = []
        for found in measured.values():
            for key in path:
                found = found[key]  # noqa: PLW2901 - one step down
            low, high = found[f"{name}_low"], found[f"{name}_high"]
            cells.append(f"{found[name]:.3f} ({low:.3f} to {high:.3f})")
        return [title, str(rows), *cells]

    cells = [
        row(f"F1 of {label}", counts["labels"][label], "f1", "labels", label) for label in labels
    ]
    if averaged != labels:
        cells.append(row(f"macro-F1 of {', '.join(averaged)}", counts["rows"], "macro_f1"))
    cells.append(row("macro-F1 of all labels", counts["rows"], "macro_f1_all"))
    cells.append(row("accuracy", counts["rows"], "accuracy"))
    cells += [
        row(f"macro-F1 in {group}", rows, "macro_f1", "groups", group)
        for group, rows in counts.get("groups", {}).items()
    ]
    table = tabulate(
        cells,
        headers=["", "rows", *(SYSTEMS[name] for name in measured)],
        colalign=["left", "right", *["left"] * len(measured)],
        disable_numparse=True,
    )
    classifiers = ", a classifier per group" if result["per_group"] else ""
    resamples = result["params"]["evaluate"]["resamples"]
    trained = (
        f"Trained on {result['train']['rows']} rows{classifiers}; in brackets the 95 % interval of "
        f"{resamples} bootstrap samples of the rows tested on."
    )
    notes = [trained]
    if "groups" in counts and averaged != labels:
        notes.append(f"In a group, macro-F1 is that of {', '.join(averaged)}.")
    if result["seen_texts"]:
        notes.append(
            f"Texts tested on that were trained on, too: {result['seen_texts']}; "
            "they make the figures look better."
        )
    return "\n".join([table, "", *notes]) + "\n"
