"""The classifier: from a data frame of texts and embeddings to probabilities of the labels.

One logistic regression per label (one against the rest) over the sentence embedding, or over TF-IDF
of words and characters where the encoder is off: on these few sentences its macro-F1 is that of the
multinomial one, its fit about nine times faster, and it is linear, so every decision can be taken
apart.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.compose import ColumnTransformer
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import Pipeline

from pipeline.project.params import Train
from stance.model.decision import CHARACTERS, UNKNOWN_LABEL, WORDS

TEXT = "text"
# n rows of features: TF-IDF is sparse, embeddings are not.
Features = csr_matrix | NDArray[np.floating[Any]]
EMBEDDING = "embedding"


def feature_frame(texts: Sequence[str], embeddings: NDArray[np.floating[Any]]) -> pd.DataFrame:
    """Return what the estimator takes: the column `text`, then `embedding_0` and so on.

    Parameters
    ----------
    texts
        n statements.
    embeddings
        Of shape (n, dimensions).
    """
    columns = [f"{EMBEDDING}_{number}" for number in range(embeddings.shape[1])]
    frame = pd.DataFrame(embeddings, columns=columns)
    frame.insert(0, TEXT, pd.Series(list(texts), dtype="str"))
    return frame


def ngram_settings(params: Train) -> dict[str, dict[str, Any]]:
    """Return for each block of n-grams what scikit-learn's vectorizers take."""
    return {
        WORDS: {"ngram_range": (params.word_ngrams[0], params.word_ngrams[1])},
        CHARACTERS: {
            "analyzer": "char_wb",
            "ngram_range": (params.char_ngrams[0], params.char_ngrams[1]),
        },
    }


def build_features(params: Train, dimensions: int) -> ColumnTransformer:
    """Return the transformer from `feature_frame` to features.

    They are the embedding, where there is one, and else the TF-IDF of words and of characters:
    beside the embedding, TF-IDF brought nothing that a paired test could tell from chance.
    """
    if dimensions:
        columns = [f"{EMBEDDING}_{number}" for number in range(dimensions)]
        return ColumnTransformer([(EMBEDDING, "passthrough", columns)])
    blocks = [
        (name, TfidfVectorizer(**settings, min_df=params.min_df, sublinear_tf=True), TEXT)
        for name, settings in ngram_settings(params).items()
    ]
    return ColumnTransformer(blocks, sparse_threshold=1.0)


def build_classifier(params: Train, *, dense: bool) -> OneVsRestClassifier:
    """Return the linear classifier, with probabilities that add up to one.

    Parameters
    ----------
    params
        How it is fitted.
    dense
        Whether it is fitted on embeddings, and not on TF-IDF.
    """
    # Each is the faster one for what it is given: few dense columns, or many sparse ones. Of the
    # latter scikit-learn's 1e-4 takes up to twice as long and moves no probability by 0.001.
    solver: dict[str, Any] = (
        {"solver": "lbfgs"} if dense else {"solver": "liblinear", "dual": True, "tol": 0.01}
    )
    return OneVsRestClassifier(
        LogisticRegression(
            C=params.C,
            class_weight=params.class_weight,
            max_iter=1000,
            random_state=0,
            **solver,
        )
    )


def label_weights(classifier: OneVsRestClassifier, labels: Sequence[str]) -> NDArray[np.float64]:
    """Return the coefficients of a fitted classifier, shape (labels, features).

    Of two labels scikit-learn fits the second one only, and the first is its opposite; a label
    that was not trained on has no weights but zeros.
    """
    coefficients = np.vstack([one.coef_ for one in classifier.estimators_])
    if len(classifier.classes_) > len(coefficients):
        coefficients = np.vstack([-coefficients, coefficients])
    rows = {str(label): row for row, label in enumerate(classifier.classes_)}
    weights = np.zeros((len(labels), coefficients.shape[1]))
    for number, label in enumerate(labels):
        if label in rows:
            weights[number] = coefficients[rows[label]]
    return weights


def decision_values(
    classifier: OneVsRestClassifier, features: Features, labels: Sequence[str]
) -> NDArray[np.float64]:
    """Return how far each label's classifier is for it, in log-odds before calibration.

    Parameters
    ----------
    classifier
        Fitted, as `build_classifier` returns it.
    features
        n rows of what it was fitted on.
    labels
        The order of the columns; a label that it was not trained on is as good as ruled out.

    Returns
    -------
    float64 of shape (n, labels).
    """
    found = classifier.decision_function(features)
    if found.ndim == 1:
        # One classifier serves two labels.
        found = np.column_stack([-found, found])
    values = np.full((features.shape[0], len(labels)), UNKNOWN_LABEL)
    values[:, [list(labels).index(label) for label in classifier.classes_]] = found
    return values


def build_estimator(params: Train, dimensions: int) -> Pipeline:
    """Return the scikit-learn pipeline that `train` fits and the model file holds."""
    return Pipeline(
        [
            ("features", build_features(params, dimensions)),
            ("classifier", build_classifier(params, dense=dimensions > 0)),
        ]
    )
