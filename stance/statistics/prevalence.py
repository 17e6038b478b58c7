"""How often each label occurs in a set of texts, corrected for the classifier's known confusions.

To count predictions is to count the classifier's habits with them: a label that it is fond of
comes out too often. Out-of-fold predictions say how often it takes which label for which other
one, and that is undone: adjusted classify and count (Forman 2008; Hopkins and King 2010).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from stance.statistics.bootstrap import (
    Times,
    all_at_once,
    bootstrap_interval,
    drawn_counts,
    one_by_one,
)

RESAMPLES = 1_000
# How heavily shares must add up to one, beside fitting the counts.
_SUM = 1_000.0
_UNSEEN = 0.5

Shares = NDArray[np.float64]


@dataclass(frozen=True)
class Prevalence:
    """Shares of each label with 95 % intervals, all float64 of shape (labels,).

    Attributes
    ----------
    raw, raw_low, raw_high
        Shares of the predictions.
    corrected, corrected_low, corrected_high
        Shares that would, with the known confusions, give such predictions.
    """

    raw: Shares
    raw_low: Shares
    raw_high: Shares
    corrected: Shares
    corrected_low: Shares
    corrected_high: Shares


def error_rates(confusion: NDArray[np.int64]) -> Shares:
    """Return the share of each predicted label among each actual one, shape (…, labels, labels).

    A label without examples is taken never to be confused.
    """
    total = confusion.sum(axis=-1, keepdims=True)
    rates: Shares = np.where(
        total > 0, confusion / np.maximum(total, 1), np.eye(confusion.shape[-1])
    )
    return rates


def adjusted(shares: Shares, rates: Shares) -> Shares:
    """Return the shares of the actual labels that explain the shares of the predicted ones best.

    Least squares over the simplex: no share is below 0, and they add up to 1.

    Parameters
    ----------
    shares
        Shares of the predicted labels, shape (n, labels).
    rates
        As `error_rates` returns them, shape (n, labels, labels).

    References
    ----------
    Forman (2008), Quantifying counts and costs via classification; Hopkins and King (2010), A
    method of automated nonparametric content analysis for social science.
    """
    found: Shares = np.einsum("nij,ni->nj", np.linalg.pinv(rates), shares)
    labels = shares.shape[1]
    for row in np.flatnonzero((found < 0).any(axis=1)):
        system = np.vstack([rates[row].T, np.full(labels, _SUM)])
        found[row], _ = nnls(system, np.append(shares[row], _SUM))
    found /= found.sum(axis=1, keepdims=True)
    return found


def prevalence(
    counts: NDArray[np.int64], confusion: NDArray[np.int64], resamples: int = RESAMPLES
) -> Prevalence:
    """Return how often each label occurs, raw and corrected.

    The intervals are percentiles of a bootstrap that draws the texts anew, and for the corrected
    shares the groups of the confusion matrix (articles) as well: what is uncertain is the sample
    and how well the classifier's errors are known. Half a text is added to each label before texts
    are drawn, so that a label which a few texts do not have is not taken for impossible.

    Parameters
    ----------
    counts
        How many texts are predicted to have each label, shape (labels,); at least one text.
    confusion
        Out-of-fold confusion matrices, shape (groups, labels, labels).
    resamples
        How many samples are drawn.
    """
    size = int(counts.sum())
    smoothed = (counts + _UNSEEN) / (counts + _UNSEEN).sum()

    def statistic(texts: Times, groups: Times) -> Shares:
        shares = texts / size
        rates = error_rates(drawn_counts(groups, confusion))
        return np.stack([shares, adjusted(shares, rates)], axis=1)

    draws = [all_at_once(size, smoothed), one_by_one(len(confusion))]
    low, high = bootstrap_interval(statistic, draws, resamples, seed=0)
    shares = counts / size
    corrected = adjusted(shares[None], error_rates(confusion.sum(axis=0))[None])[0]
    return Prevalence(shares, low[0], high[0], corrected, low[1], high[1])
