"""What a stratified sample says of the whole that it was drawn from, with intervals.

The probabilities of drawing are known, so nothing is assumed about the classifier: its predictions
of all texts make the estimates narrower where they are good, and only wider where they are not.
"Texts" here are what was drawn, each of which may stand for several rows.

References
----------
Särndal, Swensson and Wretman (1992), Model Assisted Survey Sampling; Angelopoulos et al. (2023),
PPI++: Efficient Prediction-Powered Inference; Egami et al. (2023), Using Imperfect Surrogates for
Downstream Inference; Korn and Graubard (1998), Confidence intervals for proportions with small
expected number of positive counts estimated from survey data.
"""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

from stance.statistics.bootstrap import LEVEL

Numbers = NDArray[np.float64]

# Before its texts are looked at, a stratum is taken to be like the whole, which counts like so many
# texts: a few that happen to agree must not pass for certainty.
_PRIOR = 1.0
# So many texts of either kind are added to the share of the whole (Agresti and Coull 1998).
_SEEN = 2.0
# The fewer texts are of the rarer kind, the less they say of what predictions are worth.
_DISTRUST = 5.0


@dataclass(frozen=True)
class Estimate:
    """A share, estimated.

    Attributes
    ----------
    value, low, high
        The estimate and its 95 % interval; NaN where nothing was read that could tell.
    variance
        Of the estimate.
    texts
        How many texts were read that it is about.
    alike
        How many texts, drawn evenly and judged by themselves, would tell as much; infinite where
        all were read.
    z
        What each text that was read adds to the error of the estimate, float64 of shape (n,).
    """

    value: float
    low: float
    high: float
    variance: float
    texts: int
    alike: float
    z: Numbers


@dataclass(frozen=True)
class Design:
    """How texts were drawn.

    Attributes
    ----------
    stratum
        The number of the stratum of each of n texts that were read, shape (n,).
    population
        How many texts each stratum has, shape (strata,); of each at least one was read.
    """

    stratum: NDArray[np.intp]
    population: NDArray[np.int64]

    @cached_property
    def read(self) -> Numbers:
        """How many texts of each stratum were read."""
        return np.bincount(self.stratum, minlength=len(self.population)).astype(np.float64)

    @cached_property
    def weights(self) -> Numbers:
        """For how many texts each text that was read stands: the inverse of its probability."""
        weights: Numbers = (self.population / self.read)[self.stratum]
        return weights

    def _means(self, values: Numbers) -> Numbers:
        means: Numbers = np.bincount(self.stratum, values, len(self.read)) / self.read
        return means

    @cached_property
    def _factors(self) -> Numbers:
        """What the variance within each stratum counts in that of a total."""
        factors: Numbers = self.population * (self.population - self.read) / self.read
        return factors

    def variance(self, z: Numbers) -> float:
        """Return the variance of a total of z, which has a value for each of n texts."""
        deviations = z - self._means(z)[self.stratum]
        squares = np.bincount(self.stratum, deviations**2, len(self.read))
        return float((self._factors * squares / np.maximum(self.read - 1, 1)).sum())

    def share(
        self,
        actual: Numbers,
        size: Numbers,
        predicted: Numbers | None = None,
        of_all: float = 0.0,
    ) -> Estimate:
        """Return a mean of `actual` over all rows of some kind, from the texts that were read.

        Parameters
        ----------
        actual
            What was found in each of n texts, from 0 to 1.
        size
            For how many rows of the kind each stands; 0 if it is of another kind.
        predicted
            What a classifier says of each, if that is to be used.
        of_all
            The mean of what it says over all rows of the kind.
        """
        total = float((self.weights * size).sum())
        if total <= 0:
            nothing = math.nan
            return Estimate(nothing, nothing, nothing, nothing, 0, 0.0, np.zeros_like(actual))
        if predicted is None:
            tuned, left, rest = 0.0, 1.0, actual
        else:
            tuned, left = self._tuning(actual, predicted, size)
            rest = actual - tuned * predicted
        mean = float((self.weights * size * rest).sum()) / total
        z = size * (rest - mean) / total
        return self.estimate(mean + tuned * of_all, z, actual, size / total, left)

    def _tuning(self, actual: Numbers, predicted: Numbers, size: Numbers) -> tuple[float, float]:
        """Return how far predictions are to be believed, and what variance is left then.

        Both are from 0 to 1: the power tuning of PPI++, drawn towards no belief.
        """
        a, f = size * actual, size * predicted
        a, f = a - self._means(a)[self.stratum], f - self._means(f)[self.stratum]
        factors = (self._factors / np.maximum(self.read - 1, 1))[self.stratum]
        of_a, of_f = float((factors * a * a).sum()), float((factors * f * f).sum())
        if not of_a or not of_f:
            return 0.0, 1.0
        there = size > 0
        rarer = min(float(actual[there].sum()), float((1 - actual[there]).sum()))
        trust = rarer / (rarer + _DISTRUST)
        tuned = min(1.0, max(0.0, float((factors * a * f).sum()) / of_f * trust))
        left = float((factors * (a - tuned * f) ** 2).sum()) / of_a
        return tuned, min(1.0, trust * left + 1 - trust)

    def estimate(
        self, value: float, z: Numbers, actual: Numbers, size: Numbers, left: float = 1.0
    ) -> Estimate:
        """Return an estimate of a share with its interval.

        The interval is Wilson's (1927) with as many texts as tell as much, and a quantile of
        Student's t. It keeps its word for rare labels and small samples since no stratum passes for
        one without variance: `benchmarks.audit` shows it.

        Parameters
        ----------
        value
            The estimate; it is brought into the range from 0 to 1.
        z
            What each text that was read adds to its error.
        actual
            What was found in each, from 0 to 1.
        size
            What share of the whole each text is that it is about.
        left
            What predictions leave of the variance.
        """
        texts = int((size > 0).sum())
        value = min(1.0, max(0.0, value))
        squares, sizes, found = (self._means(some) for some in (size**2, size, size * actual))
        evenly = float((self._factors * squares).sum())
        if evenly <= 0:
            return Estimate(value, value, value, 0.0, texts, math.inf, z)
        # What texts drawn evenly would tell as much, were all strata like the whole.
        kish = 1 / evenly
        whole = (kish * value + _SEEN) / (kish + 2 * _SEEN)
        counts = self.read * sizes**2 / np.where(squares > 0, squares, 1)
        of_stratum = np.divide(found, sizes, out=np.zeros_like(found), where=sizes > 0)
        smoothed = (counts * of_stratum + _PRIOR * whole) / (counts + _PRIOR)
        shares = self.population * sizes
        centre = float((shares * smoothed).sum() / shares.sum())
        within = squares * smoothed * (1 - smoothed)
        within += (squares - sizes**2) * (smoothed - centre) ** 2
        variance = left * float((self._factors * within).sum())
        # Texts that vary more than shares can, since they stand for more and fewer rows, say so.
        observed = self.variance(z)
        alike = centre * (1 - centre) / max(variance, observed)
        freedom = max(1.0, float(texts - len(np.unique(self.stratum[size > 0]))))
        quantile = float(student.ppf((1 + LEVEL) / 2, freedom))
        low, high = wilson(value, alike, quantile)
        return Estimate(value, low, high, max(variance, observed), texts, alike, z)


def wilson(share: float, size: float, quantile: float) -> tuple[float, float]:
    """Return the interval of Wilson (1927) of a share of `size` texts, whole number or not."""
    square = quantile**2 / size
    centre = (share + square / 2) / (1 + square)
    half = math.sqrt(square * share * (1 - share) + square**2 / 4) / (1 + square)
    return max(0.0, centre - half), min(1.0, centre + half)


def difference(design: Design, first: Estimate, second: Estimate) -> tuple[float, float, float]:
    """Return the first share minus the second, with its interval.

    References
    ----------
    Zou and Donner (2008), Construction of confidence limits about effect measures: a general
    approach (MOVER), with the correlation of the two.
    """
    value = first.value - second.value
    product = math.sqrt(first.variance * second.variance)
    covariance = (
        design.variance(first.z) + design.variance(second.z) - design.variance(first.z - second.z)
    ) / 2
    correlation = min(1.0, max(-1.0, covariance / product)) if product > 0 else 0.0

    def reach(a: float, b: float) -> float:
        return math.sqrt(max(0.0, a * a + b * b - 2 * correlation * a * b))

    low = value - reach(first.value - first.low, second.high - second.value)
    high = value + reach(first.high - first.value, second.value - second.low)
    return value, max(-1.0, low), min(1.0, high)
