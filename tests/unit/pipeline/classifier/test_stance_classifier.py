"""The classifier is at home in scikit-learn: cloned, searched, part of other people's pipelines."""

import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.estimator_checks import check_estimator

from pipeline.classifier import stance_classifier as classifier
from stance import StanceClassifier


@pytest.fixture(scope="module")
def labelled(small: Path) -> pd.DataFrame:
    return pd.read_csv(small / "data/labelled.csv", keep_default_na=False)


def test_it_passes_the_checks_for_estimators_of_texts() -> None:
    with warnings.catch_warnings():
        # Most checks take numbers, and say that they cannot try it.
        warnings.simplefilter("ignore")
        results = check_estimator(StanceClassifier(encoder="none"))
    assert {result["status"] for result in results} == {"passed"}


def test_cross_validation_of_lists_series_and_arrays(labelled: pd.DataFrame) -> None:
    text, stance = labelled["text"], labelled["stance"]
    quick = StanceClassifier(encoder="none", char_ngrams=(2, 3))
    of_series = cross_val_score(quick, text, stance, cv=3)
    assert of_series.mean() > stance.value_counts(normalize=True).max() + 0.05
    of_lists = cross_val_score(quick, text.tolist(), stance.tolist(), cv=3)
    assert (of_series == of_lists).all()
    arrays = text.to_numpy(dtype="str"), stance.to_numpy(dtype="str")
    assert (of_series == cross_val_score(quick, *arrays, cv=3)).all()


def test_part_of_a_pipeline_and_of_a_search(labelled: pd.DataFrame) -> None:
    folded = FunctionTransformer(lambda texts: [text.lower() for text in texts])
    pipeline = Pipeline([("fold", folded), ("stance", StanceClassifier(encoder="none"))])
    search = GridSearchCV(
        pipeline, {"stance__C": [0.01, 10.0], "stance__char_ngrams": [(3, 3)]}, cv=2
    )
    search.fit(labelled["text"], labelled["stance"])
    assert search.best_params_["stance__C"] == 10.0
    probabilities = search.predict_proba(["They met.", "It was banned."])
    assert probabilities.sum(axis=1) == pytest.approx(1)
    assert search.classes_.tolist() == sorted(labelled["stance"].unique())
    decisions = search.decision_function(iter(["They met.", "It was banned."]))
    assert (
        search.classes_[decisions.argmax(axis=1)] == search.predict(["They met.", "It was banned."])
    ).all()


def test_copies_have_the_params_and_nothing_else(labelled: pd.DataFrame) -> None:
    unfitted = StanceClassifier(encoder="none", C=3.0, char_ngrams=(2, 3))
    fitted = unfitted.fit(labelled["text"], labelled["stance"])
    copy = clone(fitted)
    assert copy.get_params() == fitted.get_params()
    with pytest.raises(NotFittedError):
        copy.predict(["They met."])


def test_texts_are_encoded_once_for_all_folds(monkeypatch: pytest.MonkeyPatch) -> None:
    encoded: list[str] = []

    class Counting:
        def encode(self, texts):
            encoded.extend(texts)
            return np.array([[len(text), 1.0] for text in texts], dtype=np.float32)

    monkeypatch.setattr(classifier, "load_encoder", lambda _: Counting())
    classifier._encoder.cache_clear()
    texts = [f"They {('met', 'left')[n % 2]} {n} times." for n in range(30)]
    cross_val_score(StanceClassifier("counting", C=0.1), texts, ["a", "b"] * 15, cv=3)
    classifier._encoder.cache_clear()
    assert sorted(encoded) == sorted(texts)


@pytest.mark.parametrize(
    ("texts", "labels", "expected"),
    [
        ([], [], r"X has no texts; give at least one\."),
        (["A", None], ["a", "b"], r"X\[1\] is None, not a string; leave it out\."),
        (pd.DataFrame({"text": ["A"]}), ["a"], r"X is a table of shape \(1, 1\); give one column"),
        (["A", "B"], ["a", "a"], r"y has one label only, 'a'; give at least two\."),
        (["A", "B"], ["a"], r"inconsistent numbers of samples"),
    ],
)
def test_what_cannot_be_fitted_is_said(texts, labels, expected: str) -> None:
    with pytest.raises(ValueError, match=expected):
        StanceClassifier(encoder="none").fit(texts, labels)
