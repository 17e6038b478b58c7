"""The fitted scikit-learn pipeline as arrays, which score without scikit-learn.

The tests hold both to the same probabilities.
"""

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import joblib
import numpy as np
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.pipeline import Pipeline

from pipeline.classifier.estimator import label_weights
from stance.model.decision import CHARACTERS, UNKNOWN_LABEL, WORDS, Block, Linear

if TYPE_CHECKING:
    from sklearn.feature_extraction.text import TfidfVectorizer


def known_words(texts: Sequence[str], min_df: int) -> list[str]:
    """Return the words, in lower case, that occur in so many of the texts or more, sorted."""
    vectorizer = CountVectorizer(min_df=min_df)
    try:
        vectorizer.fit(texts)
    except ValueError:
        # The vectorizers have no class of their own for a vocabulary that came out empty.
        return []
    return sorted(vectorizer.vocabulary_)


def linear_arrays(estimator: Pipeline, labels: Sequence[str], known: Sequence[str]) -> Linear:
    """Return the arrays of a fitted `pipeline.classifier.estimator.build_estimator`.

    Parameters
    ----------
    estimator
        The fitted pipeline.
    labels
        The order of the columns; one that it was not trained on is as good as ruled out.
    known
        As `known_words` returns them.
    """
    features, classifier = estimator.named_steps.values()
    weights = label_weights(classifier, labels)
    intercepts = np.concatenate([one.intercept_ for one in classifier.estimators_])
    if len(classifier.classes_) > len(intercepts):
        # One classifier serves two labels.
        intercepts = np.concatenate([-intercepts, intercepts])
    intercept = np.full(len(labels), UNKNOWN_LABEL)
    intercept[[list(labels).index(label) for label in classifier.classes_]] = intercepts
    blocks = []
    first = 0
    for name in (WORDS, CHARACTERS):
        if name not in features.named_transformers_:
            nothing = np.empty(0, dtype=np.float64)
            blocks.append(Block([], (1, 1), nothing, np.empty((0, len(labels)))))
            continue
        vectorizer: TfidfVectorizer = features.named_transformers_[name]
        terms = sorted(vectorizer.vocabulary_, key=vectorizer.vocabulary_.get)
        last = first + len(terms)
        blocks.append(
            Block(
                terms,
                vectorizer.ngram_range,
                np.asarray(vectorizer.idf_, dtype=np.float64),
                np.ascontiguousarray(weights[:, first:last].T),
            )
        )
        first = last
    words, characters = blocks
    embedding = np.ascontiguousarray(weights[:, first:])
    return Linear(words, characters, embedding, intercept, list(known))


def to_joblib(estimator: Pipeline) -> bytes:
    """Return the fitted pipeline as joblib saves it; the same fit gives the same bytes."""
    for _, block, _ in estimator.named_steps["features"].transformers_:
        # A memory address that vectorizers keep, and that differs in every run.
        found: dict[str, Any] = vars(block) if hasattr(block, "__dict__") else {}
        found.pop("_stop_words_id", None)
    content = io.BytesIO()
    joblib.dump(estimator, content)
    return content.getvalue()
