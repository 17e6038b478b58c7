"""The classifier as a scikit-learn estimator, for pipelines and searches of other people.

`pipeline.classifier.estimator` takes a data frame of texts and embeddings, so that stages encode
once; this one takes texts, and remembers the embeddings of those that it has seen.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_consistent_length, check_is_fitted, column_or_1d

from pipeline.classifier.estimator import build_estimator, feature_frame
from pipeline.project.params import Train
from stance.model.encoder import Encoder, load_encoder
from stance.model.names import FINETUNED

_REMEMBERED = 10_000


class StanceClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Texts to stances: TF-IDF of words and characters beside an embedding, logistic regression.

    Parameters
    ----------
    encoder
        As `encode.encoder` in `params.yaml`.
    C, class_weight, word_ngrams, char_ngrams, min_df
        As the section `train` there.

    Attributes
    ----------
    classes_
        The labels, sorted.
    estimator_
        The fitted pipeline of scikit-learn.

    Examples
    --------
    >>> from sklearn.model_selection import cross_val_score
    >>> texts = ["They met for talks.", "The group was banned."] * 10
    >>> classifier = StanceClassifier(encoder="none")
    >>> cross_val_score(classifier, texts, ["dialogue", "hostile"] * 10, cv=2).tolist()
    [1.0, 1.0]
    """

    def __init__(
        self,
        encoder: str = FINETUNED,
        *,
        C: float = 10.0,
        class_weight: Literal["balanced"] | None = "balanced",
        word_ngrams: Sequence[int] = (1, 2),
        char_ngrams: Sequence[int] = (2, 5),
        min_df: int = 2,
    ) -> None:
        self.encoder = encoder
        self.C = C
        self.class_weight = class_weight
        self.word_ngrams = word_ngrams
        self.char_ngrams = char_ngrams
        self.min_df = min_df

    def fit(self, X: Iterable[str], y: ArrayLike) -> "StanceClassifier":
        """Fit on texts.

        Parameters
        ----------
        X
            n texts: a list, an array, a Series.
        y
            n labels, of at least two kinds.

        Raises
        ------
        ValueError
            If there is not one label per text, or X is not texts.
        pydantic.ValidationError
            If a parameter is out of range.
        """
        texts = _texts(X)
        labels = column_or_1d(y)
        check_consistent_length(texts, labels)
        if len(np.unique(labels)) < 2:
            raise ValueError(f"y has one label only, {str(labels[0])!r}; give at least two.")
        params = Train(
            C=float(self.C),
            class_weight=self.class_weight,
            word_ngrams=list(self.word_ngrams),
            char_ngrams=list(self.char_ngrams),
            min_df=self.min_df,
        )
        vectors = _encoder(self.encoder).encode(texts)
        self.estimator_ = build_estimator(params, vectors.shape[1])
        self.estimator_.fit(feature_frame(texts, vectors), labels)
        self.classes_ = self.estimator_.classes_
        return self

    def _frame(self, X: Iterable[str]) -> Any:
        check_is_fitted(self)
        texts = _texts(X)
        return feature_frame(texts, _encoder(self.encoder).encode(texts))

    def decision_function(self, X: Iterable[str]) -> NDArray[np.float64]:
        """Return decision values, shape (n, labels), or (n,) for two labels."""
        frame = self._frame(X)
        return np.asarray(self.estimator_.decision_function(frame))

    def predict_proba(self, X: Iterable[str]) -> NDArray[np.float64]:
        """Return probabilities, shape (n, labels), as the logistic regressions give them."""
        frame = self._frame(X)
        return np.asarray(self.estimator_.predict_proba(frame))

    def predict(self, X: Iterable[str]) -> NDArray[Any]:
        """Return the most probable label of each text, shape (n,)."""
        frame = self._frame(X)
        return np.asarray(self.estimator_.predict(frame))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.one_d_array = True
        tags.input_tags.two_d_array = False
        tags.input_tags.string = True
        return tags


def _texts(X: Iterable[str]) -> list[str]:
    """Return texts as a list.

    Raises
    ------
    ValueError
        If there are none, one of them is not a string, or they are in a table.
    """
    shape: tuple[int, ...] = getattr(X, "shape", (0,))
    if len(shape) != 1:
        raise ValueError(f"X is a table of shape {shape}; give one column of texts.")
    texts = [X] if isinstance(X, str) else list(X)
    if not texts:
        raise ValueError("X has no texts; give at least one.")
    for number, text in enumerate(texts):
        if not isinstance(text, str):
            raise ValueError(f"X[{number}] is {text!r}, not a string; leave it out.")  # noqa: TRY004
    return texts


class _RememberingEncoder:
    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._vectors: dict[str, NDArray[np.float32]] = {}

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the embeddings of texts; those seen lately are not computed again."""
        new = [text for text in dict.fromkeys(texts) if text not in self._vectors]
        vectors = dict(zip(new, self._encoder.encode(new), strict=True)) if new else {}
        found = [vectors.get(text, self._vectors.get(text)) for text in texts]
        for text, vector in vectors.items():
            self._vectors[text] = vector.copy()
        for text in list(self._vectors)[: max(0, len(self._vectors) - _REMEMBERED)]:
            del self._vectors[text]
        return np.array(found, dtype=np.float32)


@lru_cache(maxsize=1)
def _encoder(name: str) -> Encoder:
    """Return the encoder, one for all copies that a search makes of a classifier."""
    return _RememberingEncoder(load_encoder(name))
