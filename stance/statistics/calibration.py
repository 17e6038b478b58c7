"""How far a probability can be believed, and below which one a classifier had better abstain.

A linear classifier's decision values become probabilities through one number, the temperature,
which is fitted on sentences that the classifier was not trained on (Guo et al. 2017). One number
cannot change which label is the most probable one, and has little room to overfit.
"""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from stance.statistics.bootstrap import Times, bootstrap_interval, drawn_counts, one_by_one
from stance.statistics.rounding import DIGITS

Decisions = NDArray[np.float64]

# Of the bootstrap of groups.
RESAMPLES = 2_000

_MIN_TEMPERATURE, _MAX_TEMPERATURE = 0.05, 20.0


@dataclass(frozen=True)
class Abstention:
    """What abstaining below a threshold buys on some sentences.

    Attributes
    ----------
    threshold
        The smallest confidence that is answered; None if no threshold keeps what is wanted.
    error
        Share of wrong labels among the sentences that are answered; 0 if none is.
    coverage
        Share of the sentences that are answered.
    answered, sentences
        How many are answered, and of how many.
    """

    threshold: float | None
    error: float
    coverage: float
    answered: int
    sentences: int


@dataclass(frozen=True)
class Kept(Abstention):
    """What thresholds for a wanted error buy on groups that have not helped to choose them.

    Attributes
    ----------
    low, high
        The 95 % interval of the error; groups are drawn as wholes.
    groups, exceeded
        In how many groups something is answered, and in how many of these more is wrong than
        wanted.
    """

    low: float
    high: float
    groups: int
    exceeded: int


def calibrated(decisions: Decisions, temperature: float) -> NDArray[np.float64]:
    """Return probabilities, shape (n, labels), from decision values of that shape."""
    scaled = decisions / temperature
    powers = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    probabilities: NDArray[np.float64] = powers / powers.sum(axis=1, keepdims=True)
    return probabilities


def one_against_rest(decisions: Decisions) -> NDArray[np.float64]:
    """Return what scikit-learn's `OneVsRestClassifier` gives without calibration.

    Each label's own probability, scaled so that they add up to one.
    """
    from scipy.special import expit

    each = expit(decisions)
    probabilities: NDArray[np.float64] = each / each.sum(axis=1, keepdims=True)
    return probabilities


def fit_temperature(decisions: Decisions, actual: NDArray[np.intp]) -> float:
    """Return the temperature with the smallest log loss, to four decimals; 1 without sentences.

    Parameters
    ----------
    decisions
        Decision values of shape (n, labels) of a classifier that has not seen the sentences.
    actual
        The number of each sentence's label.
    """
    # Whoever only scores needs no SciPy.
    from scipy.optimize import minimize_scalar
    from scipy.special import log_softmax

    if not len(actual):
        return 1.0

    def loss(logarithm: float) -> float:
        logs = log_softmax(decisions / math.exp(logarithm), axis=1)
        return -float(logs[np.arange(len(actual)), actual].mean())

    bounds = (math.log(_MIN_TEMPERATURE), math.log(_MAX_TEMPERATURE))
    found = minimize_scalar(loss, bounds=bounds, method="bounded", options={"xatol": 1e-6})
    return round(math.exp(found.x), DIGITS)


def choose_threshold(
    confidence: NDArray[np.float64], right: NDArray[np.bool_], max_error: float
) -> Abstention:
    """Return the threshold that answers most sentences with at most the wanted share of errors.

    A threshold counts only if at least ``1 / max_error`` sentences are answered: on fewer, one
    error more or less would decide whether the promise is kept.

    Parameters
    ----------
    confidence
        The highest probability of each of n sentences; compared to four decimals, as scores are
        written.
    right
        Whether its label is the right one.
    max_error
        The wanted share of wrong labels among those that are answered.

    References
    ----------
    El-Yaniv and Wiener (2010), On the foundations of noise-free selective classification.
    """
    rounded = confidence.round(DIGITS)
    values, counts = np.unique(rounded, return_counts=True)
    wrong = np.bincount(np.searchsorted(values, rounded[~right]), minlength=len(values))
    answered, errors = counts[::-1].cumsum()[::-1], wrong[::-1].cumsum()[::-1]
    kept = (errors <= max_error * answered) & (answered * max_error >= 1)
    if not kept.any():
        return Abstention(None, 0.0, 0.0, 0, len(confidence))
    return abstention(confidence, right, float(values[kept.argmax()]))


def abstention(
    confidence: NDArray[np.float64], right: NDArray[np.bool_], threshold: float | None
) -> Abstention:
    """Return what a threshold buys on n sentences; parameters as for `choose_threshold`."""
    rounded = confidence.round(DIGITS)
    answered = rounded >= (math.inf if threshold is None else threshold)
    return _count(threshold, answered, right)


def _count(
    threshold: float | None, answered: NDArray[np.bool_], right: NDArray[np.bool_]
) -> Abstention:
    count, wrong = int(answered.sum()), int((answered & ~right).sum())
    return Abstention(
        threshold,
        error=round(wrong / count, DIGITS) if count else 0.0,
        coverage=round(count / len(right), DIGITS) if len(right) else 0.0,
        answered=count,
        sentences=len(right),
    )


@dataclass(frozen=True)
class Sample:
    """Sentences that a classifier has predicted without having seen them.

    Attributes
    ----------
    decisions
        Decision values, float64 of shape (n, labels).
    actual
        The number of each sentence's label, shape (n,).
    groups
        What must not be on both sides of a split: the names of n articles, for example.
    """

    decisions: Decisions
    actual: NDArray[np.intp]
    groups: NDArray[np.str_]

    def without(self, group: str) -> "Sample":
        """Return the sentences of all the other groups."""
        rows = self.groups != group
        return Sample(self.decisions[rows], self.actual[rows], self.groups[rows])


def cross_fitted(
    measured: Sample,
    source: Sample,
    max_errors: Sequence[float],
    drawn: NDArray[np.str_] | None = None,
) -> tuple[NDArray[np.float64], list[Kept]]:
    """Return honest probabilities, and what thresholds for the wanted errors really buy.

    Temperature and threshold are fitted on `source` without the sentence's own group, so that no
    sentence is measured with numbers that it has helped to choose.

    Parameters
    ----------
    measured
        The sentences to measure on.
    source
        The sentences to fit on; may be the same ones.
    max_errors
        Wanted shares of wrong labels among those that are answered.
    drawn
        What intervals draw as a whole, and errors are counted by; the groups if not given.

    Returns
    -------
    Probabilities, float64 of shape (n, labels), and for each wanted error the error and the
    coverage found, without a threshold, since there is one per group.
    """
    probabilities = np.empty_like(measured.decisions)
    answered = np.zeros((len(max_errors), len(measured.actual)), dtype=np.bool_)
    for group in np.unique(measured.groups):
        rows = measured.groups == group
        others = source.without(group)
        temperature = fit_temperature(others.decisions, others.actual)
        probabilities[rows] = calibrated(measured.decisions[rows], temperature)
        fitted = calibrated(others.decisions, temperature)
        confidence, right = fitted.max(axis=1), fitted.argmax(axis=1) == others.actual
        for number, max_error in enumerate(max_errors):
            threshold = choose_threshold(confidence, right, max_error).threshold
            if threshold is not None:
                answered[number, rows] = probabilities[rows].max(axis=1).round(DIGITS) >= threshold
    right = probabilities.argmax(axis=1) == measured.actual
    kept = [
        _kept(of_error, right, measured.groups if drawn is None else drawn, wanted)
        for of_error, wanted in zip(answered, max_errors, strict=True)
    ]
    return probabilities, kept


def _kept(
    answered: NDArray[np.bool_],
    right: NDArray[np.bool_],
    groups: NDArray[np.str_],
    wanted: float,
) -> Kept:
    names, group = np.unique(groups, return_inverse=True)
    counts = np.zeros((len(names), 2), dtype=np.int64)
    np.add.at(counts, group[answered], np.column_stack([np.ones(answered.sum()), ~right[answered]]))
    counts = counts[counts[:, 0] > 0]

    def error(times: Times) -> NDArray[np.float64]:
        drawn = drawn_counts(times, counts)
        return np.asarray(drawn[..., 1] / drawn[..., 0])

    whole = asdict(_count(None, answered, right))
    if not len(counts):
        return Kept(**whole, low=0.0, high=0.0, groups=0, exceeded=0)
    # Where sentences are drawn one by one, all of them are one group.
    by_group = counts if counts[:, 0].max() > 1 else counts.sum(axis=0, keepdims=True)
    low, high = bootstrap_interval(error, [one_by_one(len(counts))], RESAMPLES, seed=0)
    return Kept(
        **whole,
        low=round(float(low), DIGITS),
        high=round(float(high), DIGITS),
        groups=len(by_group),
        exceeded=int((by_group[:, 1] > wanted * by_group[:, 0]).sum()),
    )
