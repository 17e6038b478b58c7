"""How far texts lie from what a model has learned from, beside how far that lies itself.

A text is as far as the nearest annotated sentence that the model keeps, by the cosine of their
vectors. What is far is told by the training material: by how far each of these sentences lies from
the others, and real prose beside them, of which no vectors are kept, from all of them.
"""

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float64]

# A text is unlike the material if it lies further from it than so many of its own sentences. Fewer
# than these would be surer, but prose on which errors are twice as many lies hardly further.
UNLIKE = 0.75
# What share of texts must be unlike it to be said, where a quarter is to be expected.
WORTH_SAYING = 0.35
_QUANTILES = 101
_BATCH = 1_000


def of_length_one(vectors: NDArray[np.floating]) -> Vectors:
    """Return vectors, shape (n, dimensions), of length one; those of length 0 stay."""
    wide = vectors.astype(np.float64)
    lengths = np.linalg.norm(wide, axis=1, keepdims=True)
    found: Vectors = wide / np.where(lengths == 0, 1, lengths)
    return found


def distances(texts: Vectors, known: Vectors) -> NDArray[np.float64]:
    """Return how far each text is from the nearest known one, as one minus their cosine."""
    # In double precision a text's distance does not depend on which ones are beside it.
    found: NDArray[np.float64] = 1 - (texts @ known.T).max(axis=1)
    return found


def distance_quantiles(
    known: Vectors, groups: NDArray[np.str_], beside: Vectors | None = None
) -> NDArray[np.float64]:
    """Return the percentiles of how far known texts are from those of other groups, shape (101,).

    Parameters
    ----------
    known
        n vectors of length one.
    groups
        What each belongs to, such as its article: those of its own do not count.
    beside
        Vectors of length one of what was learned from besides, all of other groups.
    """
    found = []
    for start in range(0, len(known), _BATCH):
        rows = slice(start, start + _BATCH)
        cosines = known[rows] @ known.T
        cosines[groups[rows, None] == groups[None, :]] = -1
        found.append(1 - cosines.max(axis=1))
    if beside is not None:
        starts = range(0, len(beside), _BATCH)
        found += [distances(beside[start : start + _BATCH], known) for start in starts]
    quantiles: NDArray[np.float64] = np.quantile(
        np.concatenate(found), np.linspace(0, 1, _QUANTILES)
    )
    return quantiles


def novelty(found: NDArray[np.float64], quantiles: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return which share of the training material lies nearer than each text, shape (n,)."""
    shares: NDArray[np.float64] = np.interp(found, quantiles, np.linspace(0, 1, len(quantiles)))
    return shares
