"""One label out of several annotators' votes, when some annotators are better than others.

Written out here (it is short) because the library for it, Crowd-Kit, requires transformers and a
hub's client.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

ITERATIONS = 1_000
TOLERANCE = 1e-8
# Keeps an annotator who never met a label from being certain about it.
_SMOOTHING = 1e-6
# A tie up to rounding is a tie.
_TIE = 1e-6


def dawid_skene(votes: pd.DataFrame, labels: Sequence[str]) -> pd.DataFrame:
    """Return the probability of each label, by the annotators' votes and their estimated errors.

    The true labels, their shares and each annotator's confusion of them are estimated together by
    expectation maximisation, which starts from the shares of the votes.

    Parameters
    ----------
    votes
        One row per vote: `id` (the unit), `annotator` and `stance`.
    labels
        The columns.

    Returns
    -------
    DataFrame of float64, a row per unit in the order of the votes, indexed by `id`; rows add up to
    one.

    References
    ----------
    Dawid and Skene (1979), Maximum likelihood estimation of observer error-rates using the EM
    algorithm.
    """
    unit, units = pd.factorize(votes["id"])
    annotator, annotators = pd.factorize(votes["annotator"])
    label = pd.Index(labels).get_indexer(pd.Index(votes["stance"]))
    truth = np.zeros((len(units), len(labels)))
    np.add.at(truth, (unit, label), 1.0)
    truth /= truth.sum(axis=1, keepdims=True)
    for _ in range(ITERATIONS if len(units) else 0):
        shares = truth.mean(axis=0)
        # Of annotator, given label: how the true label comes out.
        errors = np.full((len(annotators), len(labels), len(labels)), _SMOOTHING)
        np.add.at(errors, (annotator, label), truth[unit])
        errors /= errors.sum(axis=1, keepdims=True)
        likelihood = np.tile(np.log(shares + _SMOOTHING), (len(units), 1))
        np.add.at(likelihood, unit, np.log(errors[annotator, label]))
        before = truth
        truth = np.exp(likelihood - likelihood.max(axis=1, keepdims=True))
        truth /= truth.sum(axis=1, keepdims=True)
        if np.abs(truth - before).max() < TOLERANCE:
            break
    return pd.DataFrame(truth, index=pd.Index(units, name="id"), columns=list(labels))


def most_probable(probabilities: pd.DataFrame) -> dict[str, str]:
    """Return the label of the highest probability for each unit, or "" where two are highest."""
    values = probabilities.to_numpy()
    best = values.max(axis=1, keepdims=True, initial=0.0)
    tied = (values > best - _TIE).sum(axis=1) > 1
    names = np.array(probabilities.columns)[values.argmax(axis=1)]
    return dict(zip(probabilities.index, np.where(tied, "", names).tolist(), strict=True))
