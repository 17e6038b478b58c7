"""Is one classifier better than another on the same sentences? Paired tests for small samples.

Sentences of one article (or about one target) are not independent, so whole groups are swapped and
resampled. On simulated pairs of equally good classifiers these tests raise no more false alarms
than they promise; the tests' `test_comparison.py` repeats that simulation.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import binomtest, norm, permutation_test

from stance.statistics.bootstrap import (
    LEVEL,
    Times,
    bootstrap_interval,
    drawn_counts,
    one_by_one,
)
from stance.statistics.metrics import grouped_confusion, macro_f1

PERMUTATIONS = 10_000
RESAMPLES = 2_000
POWER = 0.8
# How many numbers a batch of permutations may hold at once: 64 MB.
_BATCH_NUMBERS = 8_000_000


@dataclass(frozen=True)
class PairedDifference:
    """Two classifiers on the same sentences; differences are the second minus the first.

    Attributes
    ----------
    macro_f1_a, macro_f1_b
        Macro-F1 over the stances of each.
    difference, low, high
        Their difference and its 95 % percentile bootstrap interval.
    p
        Two-sided p-value of the paired permutation test.
    p_accuracy
        Two-sided p-value of the exact McNemar test on single sentences.
    smallest
        The smallest difference of macro-F1 that such data show at the 5 % level in four cases of
        five (power .8); NaN where the two predict the same.
    fixed, broken
        Sentences that only the second, and only the first, labels rightly.
    sentences, groups
        How many were compared, and in how many independent groups.
    """

    macro_f1_a: float
    macro_f1_b: float
    difference: float
    low: float
    high: float
    p: float
    p_accuracy: float
    smallest: float
    fixed: int
    broken: int
    sentences: int
    groups: int


def paired_difference(
    actual: Sequence[str],
    predicted_a: Sequence[str],
    predicted_b: Sequence[str],
    groups: ArrayLike,
    stances: Sequence[str],
    background: str | None,
    seed: int = 0,
) -> PairedDifference:
    """Compare two sets of predictions of the same n sentences.

    Parameters
    ----------
    actual, predicted_a, predicted_b
        n labels each.
    groups
        n names of what is swapped and resampled as a whole; all different if the sentences are
        independent.
    stances, background
        The labels that macro-F1 averages, and the one that it does not, if there is one.
    seed
        State of the permutations and of the bootstrap.

    References
    ----------
    Yeh (2000), More accurate tests for the statistical significance of result differences;
    McNemar (1947); Efron and Tibshirani (1993), chapters 13 and 15.
    """
    labels = [*stances, *([] if background is None else [background])]
    confusion_a = grouped_confusion(actual, predicted_a, groups, labels)
    confusion_b = grouped_confusion(actual, predicted_b, groups, labels)
    p, smallest = _permutation(confusion_a, confusion_b, len(stances), seed)
    point_a = float(macro_f1(confusion_a.sum(axis=0), len(stances)))
    point_b = float(macro_f1(confusion_b.sum(axis=0), len(stances)))
    low, high = _interval(confusion_a, confusion_b, len(stances), seed)
    truth = np.asarray(actual)
    right_a, right_b = np.asarray(predicted_a) == truth, np.asarray(predicted_b) == truth
    fixed, broken = int((~right_a & right_b).sum()), int((right_a & ~right_b).sum())
    return PairedDifference(
        macro_f1_a=point_a,
        macro_f1_b=point_b,
        difference=point_b - point_a,
        low=low,
        high=high,
        p=p,
        p_accuracy=float(binomtest(fixed, fixed + broken).pvalue) if fixed + broken else 1.0,
        smallest=smallest,
        fixed=fixed,
        broken=broken,
        sentences=len(truth),
        groups=len(confusion_a),
    )


def _permutation(
    confusion_a: NDArray[np.int64], confusion_b: NDArray[np.int64], averaged: int, seed: int
) -> tuple[float, float]:
    """Return the p-value of swapping whole groups, and the difference found with power .8."""
    differ = np.flatnonzero((confusion_a != confusion_b).any(axis=(1, 2)))
    if not len(differ):
        return 1.0, math.nan
    count, labels = len(differ), confusion_a.shape[1]
    both = (confusion_a + confusion_b).sum(axis=0)
    total_a = confusion_a.sum(axis=0)
    change = (confusion_b - confusion_a)[differ].reshape(count, -1).astype(np.float64)

    def statistic(
        first: NDArray[np.int64],
        second: NDArray[np.int64],  # noqa: ARG001 - the rest of the pairs
        axis: int,
    ) -> NDArray[np.float64]:
        swapped = np.moveaxis(first >= count, axis, -1).astype(np.float64)
        of_first = total_a + (swapped @ change).reshape(*swapped.shape[:-1], labels, labels)
        return macro_f1(both - of_first, averaged) - macro_f1(of_first, averaged)

    numbers = np.arange(count)
    if count == 1:
        # One pair has two arrangements of equal size: nothing can be shown.
        return 1.0, math.nan
    test = permutation_test(
        (numbers, numbers + count),
        statistic,
        permutation_type="samples",
        vectorized=True,
        n_resamples=PERMUTATIONS,
        batch=max(1, _BATCH_NUMBERS // (4 * count)),
        rng=np.random.default_rng(seed),
    )
    quantiles = norm.ppf((1 + LEVEL) / 2) + norm.ppf(POWER)
    return min(float(test.pvalue), 1.0), float(quantiles * np.std(test.null_distribution))


def _interval(
    confusion_a: NDArray[np.int64], confusion_b: NDArray[np.int64], averaged: int, seed: int
) -> tuple[float, float]:
    def statistic(times: Times) -> NDArray[np.float64]:
        a, b = (
            macro_f1(drawn_counts(times, some), averaged) for some in (confusion_a, confusion_b)
        )
        return b - a

    low, high = bootstrap_interval(statistic, [one_by_one(len(confusion_a))], RESAMPLES, seed)
    return float(low), float(high)


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values corrected for their number, in the order given (Holm 1979)."""
    p = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(p)
    scaled = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    corrected = np.empty_like(p)
    corrected[order] = np.minimum(scaled, 1.0)
    return [float(value) for value in corrected]
