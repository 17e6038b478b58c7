"""The classifier beside what it has to beat: TF-IDF alone, and the most frequent label.

Whoever measures the classifier (the folds of `evaluate`, another data set) measures the same
systems, trained on the same rows and in the same way.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import issparse

from pipeline.classifier.counted import CountedSentences, RowNumbers, too_few_ngrams
from pipeline.classifier.estimator import (
    TEXT,
    Features,
    build_classifier,
    build_features,
    decision_values,
)
from pipeline.corpus.prose import RealProse
from pipeline.project.params import Train
from pipeline.project.vocabulary import DEFAULT, MOST_FREQUENT, TFIDF_ONLY
from stance.model.decision import UNKNOWN_LABEL

# What TF-IDF does best with: as a baseline it is not to suffer from what suits embeddings.
TFIDF_C = 10.0


def fit_predict(
    of_train: Features,
    known: NDArray[np.str_],
    of_test: Features,
    params: Train,
    labels: Sequence[str],
) -> NDArray[np.float64]:
    """Return the decision values that a classifier gives to rows it was not trained on.

    Parameters
    ----------
    of_train, of_test
        Features of shape (rows, features).
    known
        The label of each row of `of_train`; at least two different ones.
    params, labels
        The classifier's params; the order of the columns, every label of `known` among them.

    Returns
    -------
    float64 of shape (rows of `of_test`, labels), the most probable label highest.
    """
    classifier = build_classifier(params, dense=not issparse(of_train)).fit(of_train, known)
    return decision_values(classifier, of_test, labels)


def most_frequent(known: NDArray[np.str_], rows: int, labels: Sequence[str]) -> NDArray[np.float64]:
    """Return for each of so many rows the logarithm of each label's share in training."""
    shares = np.array([(known == label).mean() for label in labels])
    values = np.log(shares, out=np.full(len(labels), UNKNOWN_LABEL), where=shares > 0)
    return np.tile(values, (rows, 1))


class SentenceFeatures:
    """n sentences as the systems see them: their embeddings, and TF-IDF counted when asked for.

    Parameters
    ----------
    frame
        As `feature_frame` returns them.
    params
        Which n-grams are cut.
    beside
        Real prose that the classifier learns from besides, whatever is held out.

    Raises
    ------
    DataError
        If n-grams are needed, and there is none at all.
    """

    def __init__(self, frame: pd.DataFrame, params: Train, beside: RealProse | None = None) -> None:
        self._texts = frame[TEXT].tolist()
        self._params = params
        self.beside = beside
        self.vectors = frame.drop(columns=TEXT).to_numpy(dtype=np.float32)
        self._counted: CountedSentences | None = None

    @property
    def has_vectors(self) -> bool:
        """Whether the encoder is on."""
        return self.vectors.shape[1] > 0

    def ngrams(self, train: RowNumbers, test: RowNumbers) -> tuple[Features, Features]:
        """Return the TF-IDF of training rows, and of others as those see them."""
        if self._counted is None:
            self._counted = CountedSentences(self._texts, self._params)
        return self._counted.weigh(train, test)

    def default(self, train: RowNumbers, test: RowNumbers) -> tuple[Features, Features]:
        """Return what the classifier itself is trained on and predicts from, of these rows."""
        if self.has_vectors:
            return self.vectors[train], self.vectors[test]
        return self.ngrams(train, test)


def with_beside(
    of_train: NDArray[np.float32], known: NDArray[np.str_], beside: RealProse | None
) -> tuple[NDArray[np.float32], NDArray[np.str_]]:
    """Return vectors and labels of training rows, and below them those of real prose."""
    if beside is None:
        return of_train, known
    stances = beside.sentences["stance"].to_numpy(dtype=np.str_)
    return np.vstack([of_train, beside.vectors]), np.concatenate([known, stances])


def predict_rows(
    features: SentenceFeatures,
    stances: NDArray[np.str_],
    train: RowNumbers,
    test: RowNumbers,
    params: Train,
    labels: Sequence[str],
) -> dict[str, NDArray[np.float64]]:
    """Return the decision values that each system, trained on some rows, gives to others.

    Returns
    -------
    For each system float64 of shape (rows of `test`, labels). `TFIDF_ONLY` is left out where the
    classifier itself is that.
    """
    known = stances[train]
    if features.has_vectors:
        learned = with_beside(features.vectors[train], known, features.beside)
        decisions = {DEFAULT: fit_predict(*learned, features.vectors[test], params, labels)}
        alone = params.model_copy(update={"C": TFIDF_C})
        of_train, of_test = features.ngrams(train, test)
        decisions[TFIDF_ONLY] = fit_predict(of_train, known, of_test, alone, labels)
    else:
        of_train, of_test = features.ngrams(train, test)
        decisions = {DEFAULT: fit_predict(of_train, known, of_test, params, labels)}
    decisions[MOST_FREQUENT] = most_frequent(known, len(test), labels)
    return decisions


def predict_systems(
    train: pd.DataFrame,
    known: NDArray[np.str_],
    test: pd.DataFrame,
    params: Train,
    labels: Sequence[str],
) -> dict[str, NDArray[np.float64]]:
    """Return the decision values that each system gives to the rows of `test`.

    Parameters
    ----------
    train, test
        As `feature_frame` returns them.
    known
        The label of each row of `train`; at least two different ones.
    params, labels
        As for `fit_predict`.

    Returns
    -------
    As `predict_rows` does.

    Raises
    ------
    DataError
        If the texts are too few or too different for any n-gram to be kept.
    """
    dimensions = train.shape[1] - 1
    alone = params.model_copy(update={"C": TFIDF_C})
    makers = {DEFAULT: (params, dimensions)}
    if dimensions:
        makers[TFIDF_ONLY] = (alone, 0)
    decisions = {}
    for system, (of_system, width) in makers.items():
        features = build_features(of_system, width)
        try:
            of_train = features.fit_transform(train)
        except ValueError:
            # The vectorizers have no class of their own for a vocabulary that came out empty.
            raise too_few_ngrams(params.min_df, len(train)) from None
        of_test = features.transform(test)
        decisions[system] = fit_predict(of_train, known, of_test, of_system, labels)
    decisions[MOST_FREQUENT] = most_frequent(known, len(test), labels)
    return decisions
