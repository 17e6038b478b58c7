"""Labels that the model doubts: confident learning, written out.

The library for it is under the AGPL, which would bind everybody who passes this project on; the
tests hold the functions against that library. A doubted label is a sentence to read again, not
an error found: where the model is weak, most doubts are the model's own mistakes.

References
----------
Northcutt, Jiang and Chuang (2021), Confident Learning: Estimating Uncertainty in Dataset Labels.
Journal of Artificial Intelligence Research 70.
"""

import numpy as np
from numpy.typing import NDArray

# The number of each sentence's label.
LabelNumbers = NDArray[np.intp]
Probabilities = NDArray[np.float64]


def confident_labels(given: LabelNumbers, probabilities: Probabilities) -> LabelNumbers:
    """Return the label that the model is confident of for each sentence, -1 where of none.

    The model is confident of a label whose probability is at least the mean probability of that
    label among the sentences which carry it; of several such labels, of the most probable one.

    Parameters
    ----------
    given
        n labels, as numbers of columns.
    probabilities
        Out-of-fold, float64 of shape (n, labels).
    """
    labels = probabilities.shape[1]
    thresholds = np.array(
        [
            probabilities[given == label, label].mean() if (given == label).any() else np.inf
            for label in range(labels)
        ]
    )
    above = np.where(probabilities >= thresholds, probabilities, -1.0)
    confident: LabelNumbers = np.where(above.max(axis=1) < 0, -1, above.argmax(axis=1))
    return confident


def confident_joint(given: LabelNumbers, probabilities: Probabilities) -> NDArray[np.int64]:
    """Return how many sentences of each given label the model is confident are of each label.

    Returns
    -------
    int64 of shape (given labels, confident labels).
    """
    labels = probabilities.shape[1]
    confident = confident_labels(given, probabilities)
    counts = np.zeros((labels, labels), dtype=np.int64)
    known = confident >= 0
    np.add.at(counts, (given[known], confident[known]), 1)
    return counts


def doubted(given: LabelNumbers, probabilities: Probabilities) -> NDArray[np.intp]:
    """Return the rows off the diagonal of the confident joint, the clearest doubt first.

    Rows whose given label is the most probable one all the same are left out.

    Returns
    -------
    Row numbers, by how much more probable the confident label is than the given one.
    """
    confident = confident_labels(given, probabilities)
    elsewhere = (confident != given) & (probabilities.argmax(axis=1) != given)
    rows = np.flatnonzero((confident >= 0) & elsewhere)
    margin = probabilities[rows, confident[rows]] - probabilities[rows, given[rows]]
    return rows[np.argsort(-margin, kind="stable")]
