"""Whether probabilities keep their word, and what abstaining buys.

Everything here takes the confidence in a prediction and whether it was right, from whatever model
or protocol they come.
"""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

# Shares of fewer are noise.
SMALLEST_GROUP = 20


def reliability(confidence: ArrayLike, right: ArrayLike, bins: int) -> pd.DataFrame:
    """Return how often predictions of like confidence are right.

    Parameters
    ----------
    confidence
        n probabilities of what was predicted.
    right
        n truth values: was it right?
    bins
        How many groups of equal size are made; fewer where they would be smaller than
        `SMALLEST_GROUP`.

    Returns
    -------
    A row per group, least confident first: mean `confidence`, `accuracy`, `sentences`.
    """
    order = np.argsort(np.asarray(confidence, dtype=np.float64), kind="stable")
    sure = np.asarray(confidence, dtype=np.float64)[order]
    hits = np.asarray(right, dtype=np.float64)[order]
    parts = np.array_split(np.arange(len(sure)), max(1, min(bins, len(sure) // SMALLEST_GROUP)))
    rows = [(sure[part].mean(), hits[part].mean(), len(part)) for part in parts]
    return pd.DataFrame(rows, columns=["confidence", "accuracy", "sentences"])


def calibration_error(table: pd.DataFrame) -> float:
    """Return the expected calibration error of groups as `reliability` makes them.

    References
    ----------
    Naeini, Cooper and Hauskrecht (2015), Obtaining Well Calibrated Probabilities Using Bayesian
    Binning.
    """
    distance = (table["accuracy"] - table["confidence"]).abs()
    return float((distance * table["sentences"]).sum() / table["sentences"].sum())


def risk_coverage(confidence: ArrayLike, right: ArrayLike) -> pd.DataFrame:
    """Return the share of errors among the answers that are given from each confidence upwards.

    Parameters
    ----------
    confidence, right
        As for `reliability`.

    Returns
    -------
    A row per distinct confidence, highest first: `threshold`, `coverage` (the share of all that
    is answered) and `error` (the share of the answers that is wrong).

    References
    ----------
    El-Yaniv and Wiener (2010), On the Foundations of Noise-free Selective Classification.
    """
    sure = np.asarray(confidence, dtype=np.float64)
    order = np.argsort(-sure, kind="stable")
    wrong: NDArray[np.float64] = 1 - np.asarray(right, dtype=np.float64)[order]
    answered = np.arange(1, len(sure) + 1)
    # Sentences of one confidence are answered together or not at all.
    last = np.append(np.diff(sure[order]) != 0, True)
    return pd.DataFrame(
        {
            "threshold": sure[order][last],
            "coverage": (answered / len(sure))[last],
            "error": (wrong.cumsum() / answered)[last],
        }
    )
