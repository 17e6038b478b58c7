"""Macro-F1 over the stances and what belongs to it, with bootstrap intervals.

The convention is that of SemEval-2016 Task 6 (Mohammad et al. 2016): the background class is left
out of the average, but errors on it count.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.metrics import accuracy_score, precision_recall_fscore_support

from stance.statistics.bootstrap import (
    all_at_once,
    bootstrap_interval,
    drawn_counts,
    one_by_one,
)
from stance.statistics.rounding import DIGITS


def grouped_confusion(
    actual: Sequence[str], predicted: Sequence[str], groups: ArrayLike, labels: Sequence[str]
) -> NDArray[np.int64]:
    """Return a confusion matrix per group, shape (groups, actual labels, predicted labels)."""
    group, _ = pd.factorize(np.asarray(groups))
    row = pd.Index(labels).get_indexer(pd.Index(actual))
    column = pd.Index(labels).get_indexer(pd.Index(predicted))
    counts = np.zeros((group.max() + 1, len(labels), len(labels)), dtype=np.int64)
    np.add.at(counts, (group, row, column), 1)
    return counts


def label_f1(confusion: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the F1 of each label, shape (…, labels); a label that never occurs counts as 0.

    Parameters
    ----------
    confusion
        Counts of shape (…, actual, predicted).
    """
    hits = np.diagonal(confusion, axis1=-2, axis2=-1)
    size = confusion.sum(axis=-1) + confusion.sum(axis=-2)
    f1: NDArray[np.float64] = 2 * hits / np.maximum(size, 1)
    return f1


def macro_f1(confusion: NDArray[np.int64], averaged: int) -> NDArray[np.float64]:
    """Return macro-F1 over the first `averaged` labels; a label that never occurs counts as 0.

    Parameters
    ----------
    confusion
        Counts of shape (…, actual, predicted); the averaged labels come first.
    averaged
        How many labels the mean is over.

    Returns
    -------
    float64 of shape (…).
    """
    result: NDArray[np.float64] = label_f1(confusion)[..., :averaged].mean(axis=-1)
    return result


def macro_f1_interval(
    confusion: NDArray[np.int64],
    averaged: int,
    resamples: int,
    seed: int,
    strata: ArrayLike | None = None,
) -> tuple[float, float]:
    """Return the 95 % percentile bootstrap interval of macro-F1, groups resampled as wholes.

    Parameters
    ----------
    confusion
        A matrix per group, as `grouped_confusion` returns them.
    averaged
        As for `macro_f1`.
    resamples, seed
        How many samples are drawn, and from which state.
    strata
        To which stratum each group belongs, if groups are drawn within strata: documents within
        their sources, for example.
    """
    if strata is None:
        members = [np.arange(len(confusion))]
    else:
        number, _ = pd.factorize(np.asarray(strata))
        members = [np.flatnonzero(number == one) for one in range(number.max() + 1)]

    def statistic(*times: NDArray[np.int64]) -> NDArray[np.float64]:
        counts = [
            drawn_counts(of_stratum, confusion[rows])
            for of_stratum, rows in zip(times, members, strict=True)
        ]
        return macro_f1(np.sum(counts, axis=0), averaged)

    draws = [one_by_one(len(rows)) for rows in members]
    low, high = bootstrap_interval(statistic, draws, resamples, seed)
    return float(low), float(high)


def micro_f1(confusion: NDArray[np.int64], averaged: int) -> float:
    """Return micro-F1 over the first `averaged` labels; 0 where none of them occurs.

    Parameters
    ----------
    confusion
        Counts of shape (actual, predicted); the averaged labels come first.
    averaged
        How many labels hits and misses are counted over.
    """
    hits = np.diagonal(confusion)[:averaged].sum()
    size = confusion[:averaged].sum() + confusion[:, :averaged].sum()
    return float(2 * hits / max(int(size), 1))


def row_interval(
    confusion: NDArray[np.int64],
    statistic: Callable[[NDArray[np.int64]], NDArray[np.float64]],
    resamples: int,
    seed: int,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the 95 % percentile bootstrap interval of figures of independent rows.

    To draw rows with replacement is to draw the counts of their confusion matrix with the shares
    found.

    Parameters
    ----------
    confusion
        Counts of shape (actual, predicted).
    statistic
        From matrices of shape (samples, actual, predicted) to figures of shape (samples, figures).
    resamples, seed
        How many samples are drawn, and from which state.

    Returns
    -------
    The lower and the upper ends, float64 of shape (figures,).
    """
    size = int(confusion.sum())
    return bootstrap_interval(
        lambda times: statistic(times.reshape(-1, *confusion.shape)),
        [all_at_once(size, confusion.ravel() / size)],
        resamples,
        seed,
    )


def evaluate_predictions(
    actual: Sequence[str],
    predicted: Sequence[str],
    groups: ArrayLike,
    stances: Sequence[str],
    background: str | None,
    *,
    resamples: int,
    seed: int,
    strata: ArrayLike | None = None,
) -> dict[str, Any]:
    """Return the metrics of one set of predictions, rounded.

    Parameters
    ----------
    actual, predicted
        n labels each.
    groups
        What is resampled as a whole: n names, all different for independent sentences.
    stances, background
        The labels that macro-F1 averages, and the one that it does not, if there is one.
    resamples, seed
        As for `macro_f1_interval`.
    strata
        n names, the same for all rows of a group, if groups are drawn within strata.

    Returns
    -------
    `macro_f1`, its interval `macro_f1_low` and `macro_f1_high`, `accuracy`, the number of
    `sentences`, and for each stance `precision`, `recall` and `f1`.
    """
    labels = [*stances, *([] if background is None else [background])]
    confusion = grouped_confusion(actual, predicted, groups, labels)
    if strata is not None:
        # A stratum per group, in the order in which `grouped_confusion` has them.
        _, first = np.unique(pd.factorize(np.asarray(groups))[0], return_index=True)
        strata = np.asarray(strata)[first]
    low, high = macro_f1_interval(confusion, len(stances), resamples, seed, strata)
    precision, recall, f1, _ = precision_recall_fscore_support(
        actual, predicted, labels=list(stances), zero_division=0.0
    )
    metrics: dict[str, Any] = {
        "macro_f1": round(float(f1.mean()), DIGITS),
        "macro_f1_low": round(low, DIGITS),
        "macro_f1_high": round(high, DIGITS),
        "accuracy": round(float(accuracy_score(actual, predicted)), DIGITS),
        "sentences": len(actual),
    }
    for number, stance in enumerate(stances):
        metrics[stance] = {
            "precision": round(float(precision[number]), DIGITS),
            "recall": round(float(recall[number]), DIGITS),
            "f1": round(float(f1[number]), DIGITS),
        }
    return metrics
