"""What is made of every labelled sentence at once, to be looked into rather than measured.

Phrases come from TF-IDF alone, whose weights can be read; the likeness of sentences from what the
classifier sees of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from pipeline.classifier.estimator import TEXT, build_estimator, label_weights
from pipeline.evaluation.systems import TFIDF_C
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
    """Fit TF-IDF alone on n sentences, and take their features as the classifier sees them.

    Parameters
    ----------
    frame, stances
        As `feature_frame` returns them, and their labels.
    params, labels
        The estimator's params; all labels, in the order of the weights.
    """
    alone = params.model_copy(update={"C": TFIDF_C}) if frame.shape[1] > 1 else params
    estimator = build_estimator(alone, 0)
    features = estimator.named_steps["features"]
    ngrams = features.fit_transform(frame).tocsr()
    classifier = estimator.named_steps["classifier"].fit(ngrams, stances)
    words = features.output_indices_[WORDS]
    vectors = csr_matrix(frame.drop(columns=TEXT).to_numpy(dtype=np.float64))
    return WholeFit(
        vectors if vectors.shape[1] else ngrams,
        1 if vectors.shape[1] else len(features.transformers_),
        features.named_transformers_[WORDS].get_feature_names_out(),
        ngrams[:, words],
        label_weights(classifier, labels)[:, words],
    )
