"""How far annotators agree beyond chance: Krippendorff's alpha for nominal labels.

Written out here because the library for it is under the GPL, which would bind everybody who
passes this project on; the tests hold the function against that library.
"""

import math

import numpy as np
import pandas as pd


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
    counts = pd.crosstab(votes["id"], votes["stance"]).to_numpy(dtype=np.float64)
    counts = counts[counts.sum(axis=1) >= 2]
    if not len(counts):
        return math.nan
    per_unit = counts.sum(axis=1)
    total = counts.sum(axis=0)
    observed = ((per_unit**2 - (counts**2).sum(axis=1)) / (per_unit - 1)).sum()
    expected = (total.sum() ** 2 - (total**2).sum()) / (total.sum() - 1)
    return float(1 - observed / expected) if expected else math.nan
