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

from stance.statistics.bootstrap import Times, bootstrap_interval, one_by_one
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


def log_loss(
    decisions: Decisions, actual: NDArray[np.intp], weights: NDArray[np.float64] | None = None
) -> float:
    """Return the mean log loss of decision values; parameters as for `fit_temperature`."""
    from scipy.special import log_softmax

    logs = log_softmax(decisions, axis=1)[np.arange(len(actual)), actual]
    return -float(np.average(logs, weights=weights))


def fit_temperature(
    decisions: Decisions, actual: NDArray[np.intp], weights: NDArray[np.float64] | None = None
) -> float:
    """Return the temperature with the smallest log loss, to four decimals; 1 without sentences.

    Parameters
    ----------
    decisions
        Decision values of shape (n, labels) of a classifier that has not seen the sentences.
    actual
        The number of each sentence's label.
    weights
        What each counts; None if all count the same.
    """
    # Whoever only scores needs no SciPy.
    from scipy.optimize import minimize_scalar

    if not len(actual):
        return 1.0

    def loss(logarithm: float) -> float:
        return log_loss(decisions / math.exp(logarithm), actual, weights)

    bounds = (math.log(_MIN_TEMPERATURE), math.log(_MAX_TEMPERATURE))
    found = minimize_scalar(loss, bounds=bounds, method="bounded", options={"xatol": 1e-6})
    return round(math.exp(found.x), DIGITS)


def choose_threshold(
    confidence: NDArray[np.float64],
    right: NDArray[np.bool_],
    max_error: float,
    weights: NDArray[np.float64] | None = None,
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
    weights
        What each counts in that share; None if all count the same.

    References
    ----------
    El-Yaniv and Wiener (2010), On the foundations of noise-free selective classification.
    """
    rounded = confidence.round(DIGITS)
    values, number = np.unique(rounded, return_inverse=True)
    each = np.ones(len(right)) if weights is None else weights
    answered, weight, errors = (
        np.bincount(number, some, len(values))[::-1].cumsum()[::-1]
        for some in (np.ones(len(right)), each, each * ~right)
    )
    kept = (errors <= max_error * weight) & (answered * max_error >= 1)
    if not kept.any():
        return Abstention(None, 0.0, 0.0, 0, len(confidence))
    return abstention(confidence, right, float(values[kept.argmax()]), weights)


def abstention(
    confidence: NDArray[np.float64],
    right: NDArray[np.bool_],
    threshold: float | None,
    weights: NDArray[np.float64] | None = None,
) -> Abstention:
    """Return what a threshold buys on n sentences; parameters as for `choose_threshold`."""
    rounded = confidence.round(DIGITS)
    answered = rounded >= (math.inf if threshold is None else threshold)
    return _count(threshold, answered, right, weights)


def _count(
    threshold: float | None,
    answered: NDArray[np.bool_],
    right: NDArray[np.bool_],
    weights: NDArray[np.float64] | None,
) -> Abstention:
    count = int(answered.sum())
    each = np.ones(len(right)) if weights is None else weights
    of_answered = float(each[answered].sum())
    return Abstention(
        threshold,
        error=round(float(each[answered & ~right].sum()) / of_answered, DIGITS) if count else 0.0,
        coverage=round(of_answered / float(each.sum()), DIGITS) if len(right) else 0.0,
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
    weights
        What each sentence counts; None if all count the same.
    """

    decisions: Decisions
    actual: NDArray[np.intp]
    groups: NDArray[np.str_]
    weights: NDArray[np.float64] | None = None

    def without(self, group: str) -> "Sample":
        """Return the sentences of all the other groups."""
        rows = self.groups != group
        weights = None if self.weights is None else self.weights[rows]
        return Sample(self.decisions[rows], self.actual[rows], self.groups[rows], weights)


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
        temperature = fit_temperature(others.decisions, others.actual, others.weights)
        probabilities[rows] = calibrated(measured.decisions[rows], temperature)
        fitted = calibrated(others.decisions, temperature)
        confidence, right = fitted.max(axis=1), fitted.argmax(axis=1) == others.actual
        for number, max_error in enumerate(max_errors):
            threshold = choose_threshold(confidence, right, max_error, others.weights).threshold
            if threshold is not None:
                answered[number, rows] = probabilities[rows].max(axis=1).round(DIGITS) >= threshold
    right = probabilities.argmax(axis=1) == measured.actual
    groups = measured.groups if drawn is None else drawn
    kept = [
        _kept(of_error, right, groups, wanted, measured.weights)
        for of_error, wanted in zip(answered, max_errors, strict=True)
    ]
    return probabilities, kept


def _kept(
    answered: NDArray[np.bool_],
    right: NDArray[np.bool_],
    groups: NDArray[np.str_],
    wanted: float,
    weights: NDArray[np.float64] | None,
) -> Kept:
    names, group = np.unique(groups, return_inverse=True)
    each = np.ones(len(right)) if weights is None else weights
    counts = np.zeros((len(names), 2))
    both = np.column_stack([each, each * ~right])
    np.add.at(counts, group[answered], both[answered])
    counts = counts[counts[:, 0] > 0]

    def error(times: Times) -> NDArray[np.float64]:
        drawn = np.tensordot(times.astype(np.float64), counts, axes=1)
        return np.asarray(drawn[..., 1] / drawn[..., 0])

    whole = asdict(_count(None, answered, right, weights))
    if not len(counts):
        return Kept(**whole, low=0.0, high=0.0, groups=0, exceeded=0)
    # Where sentences are drawn one by one, all of them are one group.
    single = np.bincount(group[answered]).max() == 1
    by_group = counts.sum(axis=0, keepdims=True) if single else counts
    low, high = bootstrap_interval(error, [one_by_one(len(counts))], RESAMPLES, seed=0)
    return Kept(
        **whole,
        low=round(float(low), DIGITS),
        high=round(float(high), DIGITS),
        groups=len(by_group),
        exceeded=int((by_group[:, 1] > wanted * by_group[:, 0]).sum()),
    )
