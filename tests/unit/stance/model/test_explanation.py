"""The reasons given add up to the decision, and the fast decision is scikit-learn's."""

from pathlib import Path

import joblib
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.pipeline import Pipeline

from pipeline.classifier.estimator import build_estimator, feature_frame
from pipeline.classifier.export import linear_arrays
from pipeline.project.params import Train
from stance import StanceModel
from stance.model.decision import LinearDecision


@pytest.fixture(scope="module")
def small_estimator(small: Path) -> Pipeline:
    return joblib.load(small / "models/stance.joblib")


def test_without_an_encoder_words_say_what_is_similar(small_model: StanceModel) -> None:
    text = small_model.examples.texts[3]
    (one,) = small_model.explain([text])
    assert one.embedding == 0
    assert one.similar[0].text == text
    assert one.similar[0].similarity == pytest.approx(1)


@settings(
    max_examples=40,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1, max_size=4))
def test_the_decision_is_scikit_learns(
    small_model: StanceModel, small_estimator: Pipeline, some: list[str]
) -> None:
    decision = LinearDecision(small_model.linear)
    nothing = np.empty((len(some), 0), dtype=np.float32)
    values = decision.values(some, nothing)
    expected = small_estimator.decision_function(feature_frame(some, nothing))
    assert values == pytest.approx(expected, abs=1e-9)
    for text, row in zip(some, values, strict=True):
        assert decision.contributions(text, nothing[0], nothing[:0]).total == pytest.approx(
            row, abs=1e-9
        )


def test_two_labels_work_as_well() -> None:
    params = Train(C=1.0, class_weight=None, word_ngrams=[1, 2], char_ngrams=[2, 3], min_df=1)
    some = ["They met for talks.", "It was banned.", "They talked again.", "They banned it."]
    frame = feature_frame(some, np.eye(4, 3, dtype=np.float32))
    estimator = build_estimator(params, 3).fit(frame, ["a", "b", "a", "b"])
    values = LinearDecision(linear_arrays(estimator, ["b", "a"], [])).values(
        some, np.eye(4, 3, dtype=np.float32)
    )
    assert values[:, 0] == pytest.approx(estimator.decision_function(frame))
    assert values[:, 1] == pytest.approx(-values[:, 0])
