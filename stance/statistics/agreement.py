"""How far annotators agree beyond chance: Krippendorff's alpha for nominal labels.

Written out here because the library for it is under the GPL, which would bind everybody who
passes this project on; the tests hold the function against that library.
"""

import math
from collections.abc import Collection, Sequence
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from stance.statistics.bootstrap import Times, all_at_once, bootstrap_interval, equal_shares


def _disagreement(votes: pd.DataFrame) -> tuple[NDArray[np.float64], NDArray[np.float64], pd.Index]:
    """Return per unit with two votes or more the disagreement, the counts of labels, and its id."""
    table = pd.crosstab(votes["id"], votes["stance"])
    table = table[table.sum(axis=1) >= 2]
    counts = table.to_numpy(dtype=np.float64)
    per_unit = counts.sum(axis=1)
    disagreement = (per_unit**2 - (counts**2).sum(axis=1)) / (per_unit - 1)
    return disagreement, counts, table.index


def _alpha(observed: NDArray[np.float64], totals: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return alpha from sums of disagreement, shape (…), and of labels, shape (…, labels)."""
    size = totals.sum(axis=-1)
    expected = (size**2 - (totals**2).sum(axis=-1)) / np.maximum(size - 1, 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(expected > 0, 1 - observed / expected, math.nan)


def krippendorff_alpha(votes: pd.DataFrame) -> float:
    """Return Krippendorff's alpha for nominal data.

    Parameters
    ----------
    votes
        One row per vote: `id` (the unit) and `stance`. Units with a single vote do not count.

    Returns
    -------
    1 for perfect agreement, 0 for chance; NaN where no unit has two votes or only one label occurs.

    References
    ----------
    Krippendorff (2011), Computing Krippendorff's Alpha-Reliability.
    """
    observed, counts, _ = _disagreement(votes)
    return float(_alpha(observed.sum(), counts.sum(axis=0)))


def alpha_interval(
    votes: pd.DataFrame, groups: ArrayLike, resamples: int, seed: int
) -> tuple[float, float]:
    """Return the 95 % percentile bootstrap interval of alpha, groups resampled as wholes.

    Parameters
    ----------
    votes
        n votes, as for `krippendorff_alpha`.
    groups
        For each vote what is drawn as a whole: its sentence, or its article.
    resamples, seed
        How many samples are drawn, and from which state; those in which alpha is undefined do not
        count.

    Returns
    -------
    Lower and upper bound; NaN where alpha is undefined in every sample.
    """
    observed, counts, units = _disagreement(votes)
    group_of = dict(zip(votes["id"], np.asarray(groups), strict=True))
    group, names = pd.factorize(np.array([group_of[unit] for unit in units]))
    if not len(names):
        return math.nan, math.nan
    by_group = np.zeros((len(names), 1 + counts.shape[1]))
    np.add.at(by_group, group, np.column_stack([observed, counts]))

    def statistic(times: Times) -> NDArray[np.float64]:
        sums = times.astype(np.float64) @ by_group
        return _alpha(sums[:, 0], sums[:, 1:])

    draw = all_at_once(len(names), equal_shares(len(names)))
    low, high = bootstrap_interval(statistic, [draw], resamples, seed)
    return float(low), float(high)


def disputed(votes: pd.DataFrame, referees: Collection[str]) -> list[str]:
    """Return the units on which independent annotators differ and no referee has decided.

    Parameters
    ----------
    votes
        `id`, `annotator` and `stance`.
    referees
        Annotators whose word decides.
    """
    refereed = votes["annotator"].isin(referees)
    stances = votes[~refereed].groupby("id", sort=False)["stance"].nunique()
    decided = set(votes["id"][refereed])
    return [str(unit) for unit in stances.index[stances > 1] if unit not in decided]


def confusions(votes: pd.DataFrame, labels: Sequence[str]) -> dict[tuple[str, str], pd.DataFrame]:
    """Return for each two annotators with units in common how often each pair of labels met.

    Parameters
    ----------
    votes
        `id`, `annotator` and `stance`, one vote per unit and annotator.
    labels
        The rows (labels of the first of the two) and columns (of the second).
    """
    table = votes.pivot_table(index="id", columns="annotator", values="stance", aggfunc="first")
    found, names = {}, list(labels)
    for first, second in combinations(table.columns, 2):
        both = table[[first, second]].dropna()
        if len(both):
            counts = pd.crosstab(both[first], both[second])
            found[first, second] = counts.reindex(index=names, columns=names, fill_value=0)
    return found
