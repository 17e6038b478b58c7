"""Which sentences to annotate next, so that few annotations teach the classifier much.

A page of NumPy over scikit-learn's k-means: the libraries for active learning wrap classifiers and
labels in classes of their own, which these two orders do not need.
"""

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans

# How many clusters are drawn from in turn, where nobody says how many sentences are wanted.
CLUSTERS = 20


def margins(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how far the most probable label is ahead of the next one (Scheffer et al. 2001).

    Parameters
    ----------
    probabilities
        Shape (sentences, labels), at least two labels.

    Returns
    -------
    float64 of shape (sentences,), from 0 (undecided) to 1.
    """
    highest = np.sort(probabilities, axis=1)[:, -2:]
    return np.asarray(highest[:, 1] - highest[:, 0])


def order_uncertain(probabilities: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return row numbers, the smallest margin first; equal ones in their own order."""
    return np.argsort(margins(probabilities), kind="stable")


def order_diverse(
    vectors: NDArray[np.float32], probabilities: NDArray[np.float64], clusters: int = CLUSTERS
) -> NDArray[np.intp]:
    """Return row numbers such that each stretch of them is spread over the material.

    The sentences are clustered; the most uncertain of each cluster come first, then the second of
    each, and so on, within a round the smallest margin first.

    Parameters
    ----------
    vectors
        Embeddings of shape (sentences, dimensions).
    probabilities
        Shape (sentences, labels).
    clusters
        How many clusters, at most: best as many as sentences are wanted.

    References
    ----------
    After Zhdanov (2019), Diverse mini-batch active learning.
    """
    order = order_uncertain(probabilities)
    distinct = len(np.unique(vectors, axis=0))
    cluster = KMeans(min(clusters, distinct), n_init=1, random_state=0).fit_predict(vectors)
    taken = dict.fromkeys(range(clusters), 0)
    rounds = np.empty(len(order), dtype=np.intp)
    for row in order:
        rounds[row] = taken[cluster[row]]
        taken[cluster[row]] += 1
    return np.lexsort((margins(probabilities), rounds))
