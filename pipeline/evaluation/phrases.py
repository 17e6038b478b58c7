"""What the classifier has learnt: the words and phrases that speak for each label."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from stance.statistics.rounding import DIGITS

PHRASES = 15
# A phrase of fewer sentences says more about them than about the stance.
MIN_SENTENCES = 10


def strongest_phrases(
    names: NDArray[np.str_],
    vectors: csr_matrix,
    weights: NDArray[np.float64],
    sentences: pd.DataFrame,
    labels: Sequence[str],
) -> dict[str, list[dict[str, Any]]]:
    """Return for each label the words and phrases that speak for it most.

    Parameters
    ----------
    names
        The phrases.
    vectors
        Their TF-IDF, sparse, of shape (n, phrases).
    weights
        Coefficients of the linear classifier, shape (labels, phrases).
    sentences
        `document` and `stance` of the n.
    labels
        In the order of the weights.

    Returns
    -------
    Each with its `phrase`; `weight`, what it adds to the decision on average where it occurs; in
    how many `sentences` and `documents` that is; and the `share` of these sentences that carry
    the label.
    """
    columns = vectors.tocsc()
    count = np.diff(columns.indptr)
    mean = np.asarray(columns.sum(axis=0)).ravel() / np.maximum(count, 1)
    result = {}
    for label, weight in zip(labels, weights * mean, strict=True):
        common = np.flatnonzero((count >= MIN_SENTENCES) & (weight > 0))
        ranked = common[np.argsort(-weight[common], kind="stable")]
        phrases = []
        for column in ranked[:PHRASES]:
            where = columns.indices[columns.indptr[column] : columns.indptr[column + 1]]
            of_phrase = sentences.iloc[where]
            phrases.append(
                {
                    "phrase": str(names[column]),
                    "weight": round(float(weight[column]), 2),
                    "sentences": int(count[column]),
                    "documents": int(of_phrase["document"].nunique()),
                    "share": round(float((of_phrase["stance"] == label).mean()), DIGITS),
                }
            )
        result[label] = phrases
    return result
