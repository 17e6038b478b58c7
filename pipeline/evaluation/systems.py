"""The classifier beside what it has to beat: its parts alone, and the most frequent label.

Whoever measures the classifier (the folds of `evaluate`, another data set) measures the same
systems, trained on the same rows and in the same way.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from pipeline.classifier.counted import too_few_ngrams
from pipeline.classifier.estimator import (
    EMBEDDING,
    build_classifier,
    build_features,
    decision_values,
)
from pipeline.project.params import Train
from pipeline.project.vocabulary import DEFAULT, EMBEDDING_ONLY, MOST_FREQUENT, TFIDF_ONLY
from stance.model.decision import UNKNOWN_LABEL


def predict_systems(
    train: pd.DataFrame,
    known: NDArray[np.str_],
    test: pd.DataFrame,
    params: Train,
    labels: Sequence[str],
) -> dict[str, NDArray[np.float64]]:
    """Return the decision values that each system gives to the rows of `test`.

    The features are made once, from the rows of `train` only; the systems differ in the blocks
    that they may look at.

    Parameters
    ----------
    train, test
        As `feature_frame` returns them.
    known
        The label of each row of `train`; at least two different ones.
    params, labels
        The estimator's params; the order of the columns, every label of `known` among them.

    Returns
    -------
    For each system float64 of shape (rows of test, labels), the most probable label highest;
    `EMBEDDING_ONLY` is left out where there are no embeddings.

    Raises
    ------
    DataError
        If the texts are too few or too different for any n-gram to be kept.
    """
    features = build_features(params, train.shape[1] - 1)
    try:
        of_train = features.fit_transform(train).tocsr()
    except ValueError:
        # The vectorizers have no class of their own for a vocabulary that came out empty.
        raise too_few_ngrams(params.min_df, len(train)) from None
    of_test = features.transform(test).tocsr()
    width = of_train.shape[1]
    split = features.output_indices_[EMBEDDING].start if train.shape[1] > 1 else width
    return predict_blocks(of_train, known, of_test, split, params, labels)


def predict_blocks(
    of_train: csr_matrix,
    known: NDArray[np.str_],
    of_test: csr_matrix,
    split: int,
    params: Train,
    labels: Sequence[str],
) -> dict[str, NDArray[np.float64]]:
    """Return what `predict_systems` does, from features that are made already.

    Parameters
    ----------
    of_train, of_test
        float64 of shape (rows, features).
    known
        The label of each row of `of_train`.
    split
        The column at which the embedding begins.
    params, labels
        As for `predict_systems`.
    """
    width = of_train.shape[1]
    views = {DEFAULT: slice(0, width), TFIDF_ONLY: slice(0, split)}
    if split < width:
        views[EMBEDDING_ONLY] = slice(split, width)
    decisions = {}
    for system, columns in views.items():
        classifier = build_classifier(params).fit(of_train[:, columns], known)
        decisions[system] = decision_values(classifier, of_test[:, columns], labels)
    shares = np.array([(known == label).mean() for label in labels])
    decisions[MOST_FREQUENT] = np.tile(
        np.log(shares, out=np.full(len(labels), UNKNOWN_LABEL), where=shares > 0),
        (of_test.shape[0], 1),
    )
    return decisions
