"""How often each label occurs in a set of texts, corrected for the classifier's known confusions.

To count predictions is to count the classifier's habits with them: a label that it is fond of
comes out too often. Out-of-fold predictions say how often it takes which label for which other
one, and that is undone: adjusted classify and count (Forman 2008; Hopkins and King 2010).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls
from scipy.special import ndtri, stdtrit

from stance.statistics.bootstrap import (
    LEVEL,
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


def error_rates(confusion: NDArray[np.integer[Any] | np.floating[Any]]) -> Shares:
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


def effective_size(counts: NDArray[np.int64]) -> float:
    """Return how many texts drawn by themselves would say as much as those of some documents.

    Texts of a document are like each other, so shares vary more between samples of documents than
    between samples of as many texts. By how much, the design effect, is what the shares of the
    documents say, over all labels; that few documents say it only roughly makes the size smaller
    by the ratio of the quantiles of Student's t and of the normal distribution.

    Parameters
    ----------
    counts
        How many texts of each document are predicted to have each label, shape (documents,
        labels), at least one text in each.

    References
    ----------
    Rao and Scott (1981), The analysis of categorical data from complex sample surveys; Korn and
    Graubard (1998), Confidence intervals for proportions with small expected number of positive
    counts estimated from survey data.
    """
    documents = len(counts)
    size = float(counts.sum())
    if documents == 1:
        return 0.0
    shares = counts.sum(axis=0) / size
    residuals = counts - counts.sum(axis=1, keepdims=True) * shares
    between = documents / (documents - 1) * (residuals**2).sum() / size**2
    by_itself = (shares * (1 - shares)).sum() / size
    effect = max(1.0, between / by_itself) if by_itself else 1.0
    tail = (1 - LEVEL) / 2
    roughly = float(stdtrit(documents - 1, tail) / ndtri(tail))
    return size / effect / roughly**2


def prevalence(
    counts: NDArray[np.int64], confusion: NDArray[np.int64], resamples: int = RESAMPLES
) -> Prevalence:
    """Return how often each label occurs, raw and corrected.

    The intervals are percentiles of a bootstrap that draws the texts anew, and for the corrected
    shares the groups of the confusion matrix (articles) as well: what is uncertain is the sample
    and how well the classifier's errors are known. Half a text is added to each label before texts
    are drawn, and half a sentence to each cell of a confusion matrix that was drawn, so that what a
    few have not shown is not taken for impossible. Where texts are of documents, as many are drawn
    as `effective_size` says.

    Parameters
    ----------
    counts
        How many texts are predicted to have each label, at least one text: shape (labels,), or
        (documents, labels) with at least one text in each document.
    confusion
        Out-of-fold confusion matrices, shape (groups, labels, labels).
    resamples
        How many samples are drawn.

    Returns
    -------
    The shares; with a single document the intervals go from 0 to 1.
    """
    size = effective_size(counts) if counts.ndim > 1 else float(counts.sum())
    counts = counts.sum(axis=0) if counts.ndim > 1 else counts
    shares = counts / counts.sum()
    corrected = adjusted(shares[None], error_rates(confusion.sum(axis=0))[None])[0]
    drawn = round(size)
    if not drawn:
        nothing, all_ = np.zeros_like(shares), np.ones_like(shares)
        return Prevalence(shares, nothing, all_, corrected, nothing, all_)
    smoothed = (shares * size + _UNSEEN) / (shares * size + _UNSEEN).sum()

    def statistic(texts: Times, groups: Times) -> Shares:
        of_texts = texts / drawn
        rates = error_rates(drawn_counts(groups, confusion) + _UNSEEN)
        return np.stack([of_texts, adjusted(of_texts, rates)], axis=1)

    draws = [all_at_once(drawn, smoothed), one_by_one(len(confusion))]
    low, high = bootstrap_interval(statistic, draws, resamples, seed=0)
    return Prevalence(shares, low[0], high[0], corrected, low[1], high[1])
