"""The classifier fitted on every labelled sentence, to be looked into rather than measured."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from pipeline.classifier.estimator import build_estimator, label_weights
from pipeline.project.params import Train
from stance.model.decision import WORDS


@dataclass(frozen=True)
class WholeFit:
    """What a classifier makes of the n sentences that it is fitted on.

    Attributes
    ----------
    vectors
        Their features, float64 of shape (n, features), in blocks of length one.
    blocks
        How many these are.
    phrases
        The words and phrases of the block of words.
    phrase_vectors
        Their TF-IDF, float64 of shape (n, phrases).
    phrase_weights
        Their coefficients, float64 of shape (labels, phrases).
    """

    vectors: csr_matrix
    blocks: int
    phrases: NDArray[np.str_]
    phrase_vectors: csr_matrix
    phrase_weights: NDArray[np.float64]


def fit_whole(
    frame: pd.DataFrame, stances: pd.Series, params: Train, labels: Sequence[str]
) -> WholeFit:
    """Fit the classifier on n sentences.

    Parameters
    ----------
    frame, stances
        As `feature_frame` returns them, and their labels.
    params, labels
        The estimator's params; all labels, in the order of the weights.
    """
    estimator = build_estimator(params, frame.shape[1] - 1)
    features = estimator.named_steps["features"]
    vectors = features.fit_transform(frame).tocsr()
    classifier = estimator.named_steps["classifier"].fit(vectors, stances)
    words = features.output_indices_[WORDS]
    return WholeFit(
        vectors,
        len(features.transformers_),
        features.named_transformers_[WORDS].get_feature_names_out(),
        vectors[:, words],
        label_weights(classifier, labels)[:, words],
    )
