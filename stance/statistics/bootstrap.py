"""The bootstrap behind every 95 % interval: draw with replacement, count anew, take percentiles.

Sentences of one article are not independent, so what is drawn is a whole (an article, a target)
with all that belongs to it. How often each whole is drawn is all that a figure needs to know; what
varies is the sample, not the training.

References
----------
Efron and Tibshirani (1993), An Introduction to the Bootstrap.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

LEVEL = 0.95
# How many draws are held against the statistic at once: 64 MB.
_BATCH_NUMBERS = 8_000_000

# How often each of n things is drawn in each sample: int64 of shape (samples, n).
Times = NDArray[np.int64]
Draw = Callable[[np.random.Generator, int], Times]


def one_by_one(things: int) -> Draw:
    """Return how to draw as many things as there are, one after the other.

    It is `all_at_once` with equal shares, by other numbers of the same generator: published
    intervals come from either, and stay what they are.
    """

    def draw(random: np.random.Generator, samples: int) -> Times:
        drawn = random.integers(things, size=(samples, things))
        cells = drawn + things * np.arange(samples)[:, None]
        return np.bincount(cells.ravel(), minlength=samples * things).reshape(samples, things)

    return draw


def all_at_once(size: int, shares: ArrayLike) -> Draw:
    """Return how to draw `size` things of several kinds, by their shares.

    How often each kind is drawn has a multinomial distribution, so that neither time nor memory
    depends on how many things there are.
    """

    def draw(random: np.random.Generator, samples: int) -> Times:
        return random.multinomial(size, np.asarray(shares), size=samples)

    return draw


def equal_shares(kinds: int) -> NDArray[np.float64]:
    """Return the same share for each kind, shape (kinds,)."""
    return np.full(kinds, 1 / kinds)


def drawn_counts(times: Times, counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the counts of each sample, shape (samples, …), from those of each thing, (things, …).

    Counts are exact as floating-point numbers, whose products are much faster.
    """
    sums = np.tensordot(times.astype(np.float64), counts.astype(np.float64), axes=1)
    return sums.astype(np.int64)


def bootstrap_interval(
    statistic: Callable[..., NDArray[np.float64]],
    draws: Sequence[Draw],
    resamples: int,
    seed: int,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the ends of the 95 % percentile bootstrap intervals of some figures.

    Parameters
    ----------
    statistic
        From the times of each of the draws, shape (samples, things), to the figures of each
        sample, shape (samples, …); whether a sample comes alone or with others is all one to it.
    draws
        What is drawn independently, in this order: articles and folds, for example.
    resamples, seed
        How many samples are drawn, and from which state. Samples in which a figure is undefined
        (NaN) do not count.

    Returns
    -------
    The lower and the upper ends, float64 of shape (…); NaN where no sample counts.
    """
    random = np.random.default_rng(seed)
    times = [draw(random, resamples) for draw in draws]
    batch = max(1, _BATCH_NUMBERS // sum(of_draw.shape[1] for of_draw in times))
    figures = np.concatenate(
        [
            statistic(*(of_draw[start : start + batch] for of_draw in times))
            for start in range(0, resamples, batch)
        ]
    )
    figures = figures[~np.isnan(figures).any(axis=tuple(range(1, figures.ndim)))]
    if not len(figures):
        undefined = np.full(figures.shape[1:], np.nan)
        return undefined, undefined
    low, high = np.quantile(figures, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
    return low, high
