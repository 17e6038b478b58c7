"""What the encoder's corpus is worth by itself: baselines that have read it as the encoder has.

The encoder has learned the codebook from a corpus of its own, so a classifier on its vectors owes
that corpus something. TF-IDF that has read it, too, gets the same texts and labels, and shows what
they bring without the encoder. The nearest neighbours in it get the same vectors and no label of
the project: what the classifier does better comes from the project's own annotations.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.classifier.counted import CountedSentences, RowNumbers
from pipeline.evaluation.folds import Fold
from pipeline.evaluation.jobs import run_jobs
from pipeline.evaluation.systems import TFIDF_C, fit_predict
from pipeline.project.params import Train
from stance.model.decision import UNKNOWN_LABEL

NEIGHBOURS_ASKED = 10
# Rows whose similarities to the whole corpus fit into memory at once.
_BLOCK = 512

Decisions = dict[str, NDArray[np.float64]]


def decided(shares: pd.DataFrame) -> pd.Series:
    """Return the label of each sentence that more than half of its votes are for, by sentence.

    Parameters
    ----------
    shares
        As `pipeline.encoder.corpus.vote_shares` returns them; ties are left out.
    """
    return shares.idxmax(axis=1)[shares.max(axis=1) > 0.5]


def _weigh_fit_predict(
    counted: CountedSentences,
    stances: NDArray[np.str_],
    train: RowNumbers,
    test: RowNumbers,
    params: Train,
    labels: Sequence[str],
) -> NDArray[np.float64]:
    of_train, of_test = counted.weigh(train, test)
    return fit_predict(of_train, stances[train], of_test, params, labels)


def tfidf_with_corpus(
    sentences: pd.DataFrame,
    corpus: pd.Series,
    protocols: Mapping[str, Sequence[Fold]],
    params: Train,
    labels: Sequence[str],
) -> Decisions:
    """Return what TF-IDF, trained on a fold and on all of the corpus, makes of the fold's test.

    Parameters
    ----------
    sentences
        n labelled sentences: `text` and `stance`.
    corpus
        As `decided` returns it.
    protocols
        The folds of each.
    params, labels
        Which n-grams are cut; all labels, in the order of the columns.

    Returns
    -------
    For each protocol float64 of shape (n, labels), the mean of what a sentence got in several
    folds; NaN where a protocol does not predict.

    Raises
    ------
    DataError
        If the texts have too few n-grams in common.
    """
    counted = CountedSentences([*sentences["text"], *corpus.index], params)
    stances = np.concatenate(
        [sentences["stance"].to_numpy(dtype=np.str_), corpus.to_numpy(dtype=np.str_)]
    )
    of_corpus = np.arange(len(sentences), len(stances))
    alone = params.model_copy(update={"C": TFIDF_C})
    jobs = [
        (protocol, np.concatenate([fold.train, of_corpus]), fold.test)
        for protocol, folds in protocols.items()
        for fold in folds
    ]
    found = run_jobs(
        _weigh_fit_predict,
        [(counted, stances, train, test, alone, labels) for _, train, test in jobs],
        sum(len(train) for _, train, _ in jobs),
    )
    sums = {name: np.zeros((len(sentences), len(labels))) for name in protocols}
    times = {name: np.zeros((len(sentences), 1)) for name in protocols}
    for (protocol, _, test), values in zip(jobs, found, strict=True):
        sums[protocol][test] += values
        times[protocol][test] += 1
    with np.errstate(invalid="ignore"):
        return {name: total / times[name] for name, total in sums.items()}


def neighbour_votes(
    vectors: NDArray[np.floating[Any]],
    corpus: NDArray[np.floating[Any]],
    shares: NDArray[np.float64],
    count: int = NEIGHBOURS_ASKED,
) -> NDArray[np.float64]:
    """Return how the nearest neighbours of n sentences vote, each by how near it is.

    Parameters
    ----------
    vectors, corpus
        Of shape (n, dimensions) and (m, dimensions), rows of length 1.
    shares
        Of shape (m, labels): the share of votes that each sentence of the corpus has for a label.
    count
        How many neighbours are asked.

    Returns
    -------
    float64 of shape (n, labels): the logarithm of each label's share, weighted by cosine.
    """
    count = min(count, len(corpus))
    found = []
    for first in range(0, len(vectors), _BLOCK):
        cosines = vectors[first : first + _BLOCK] @ corpus.T
        nearest = np.argpartition(-cosines, count - 1, axis=1)[:, :count]
        # Whoever is at a right angle or beyond has next to no say.
        weights = np.take_along_axis(cosines, nearest, axis=1).clip(1e-6).astype(np.float64)
        weights /= weights.sum(axis=1, keepdims=True)
        found.append(np.einsum("nk,nkl->nl", weights, shares[nearest]))
    voted = np.concatenate(found) if found else np.zeros((0, shares.shape[1]))
    return np.log(voted, out=np.full(voted.shape, UNKNOWN_LABEL), where=voted > 0)


def under_protocols(
    values: NDArray[np.float64], protocols: Mapping[str, Sequence[Fold]]
) -> Decisions:
    """Return decision values that no training set sways, NaN where a protocol does not predict.

    Parameters
    ----------
    values
        Of shape (sentences, labels).
    protocols
        The folds of each.
    """
    found = {}
    for protocol, folds in protocols.items():
        found[protocol] = np.full(values.shape, np.nan)
        for fold in folds:
            found[protocol][fold.test] = values[fold.test]
    return found
