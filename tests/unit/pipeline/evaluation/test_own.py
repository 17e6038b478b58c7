"""Adopted texts weigh what predicts them best, and promise what holds on their corpus."""

import numpy as np
import pandas as pd
import pytest

from pipeline.classifier.estimator import feature_frame
from pipeline.corpus.prose import RealProse
from pipeline.evaluation.own import WEIGHTS, OwnTexts, own_texts, weigh_own
from pipeline.project.params import Train
from stance.errors import DataError
from stance.statistics.calibration import choose_threshold, fit_temperature

LABELS = ["hostile", "none"]


def train(**changes: object) -> Train:
    fixed = {"C": 3.0, "class_weight": None, "word_ngrams": [1, 1], "char_ngrams": [2, 2]}
    return Train.model_validate({**fixed, "min_df": 1, **changes})


def world(*, agrees: bool) -> tuple[OwnTexts, pd.DataFrame, np.ndarray]:
    """Return 60 own sentences among 600; their labels follow the rest's rule, or the opposite."""
    random = np.random.default_rng(0)
    vectors = random.normal(size=(600, 8)).astype(np.float32)
    rule = vectors[:, 0] + 0.4 * random.normal(size=600) > 0
    rule[:60] ^= not agrees
    stances = np.where(rule, "hostile", "none")
    own = OwnTexts(np.arange(60), np.full(60, 0.5))
    return own, feature_frame([f"text {n}" for n in range(600)], vectors), stances


def test_own_texts_weigh_more_where_they_are_otherwise() -> None:
    other = weigh_own(*world(agrees=False), train(), LABELS)
    assert list(other.losses) == WEIGHTS
    assert other.weight == max(WEIGHTS)
    alike = weigh_own(*world(agrees=True), train(), LABELS)
    assert alike.losses[alike.weight] < other.losses[other.weight]
    assert alike.weight < other.weight
    assert weigh_own(*world(agrees=False), train(own_weight=3), LABELS).weight == 3


def test_real_prose_beside_has_a_say_in_the_weight() -> None:
    """What is learned besides and agrees with one's own texts leaves them less to add."""
    own, frame, stances = world(agrees=False)
    vectors = frame.drop(columns="text").to_numpy(dtype=np.float32)
    like_own = np.where(vectors[60:, 0] > 0, "none", "hostile")
    sentences = pd.DataFrame({"stance": np.tile(like_own, 4)})
    beside = RealProse(sentences, np.tile(vectors[60:], (4, 1)), pd.DataFrame())
    alone = weigh_own(own, frame, stances, train(own_weight=1), LABELS)
    both = weigh_own(own, frame, stances, train(own_weight=1), LABELS, beside)
    assert alone.sample is not None
    assert both.sample is not None
    wrong = [
        (one.decisions.argmax(axis=1) != one.actual).mean() for one in (alone.sample, both.sample)
    ]
    assert wrong[0] > 0.5 > wrong[1]
    losses = weigh_own(own, frame, stances, train(), LABELS, beside).losses
    assert losses[1] < weigh_own(own, frame, stances, train(), LABELS).losses[1]


def test_rows_are_trained_on_as_often_as_they_weigh() -> None:
    own = OwnTexts(np.array([1, 3]), np.ones(2))
    rows = own.repeated(np.array([0, 1, 2]), 3)
    assert sorted(rows.tolist()) == [0, 1, 1, 1, 2]


def test_only_statements_with_a_probability_are_ones_own() -> None:
    sentences = pd.DataFrame(
        {"document": ["statements", "statements", "talks"], "text": ["A a.", "B b.", "A a."]}
    )
    statements = pd.DataFrame(
        {"sentence": ["A  a.", "B b."], "audit": ["1f", ""], "drawn": ["0.25", "by lot"]}
    )
    found = own_texts(sentences, statements)
    assert (found.rows.tolist(), found.drawn.tolist()) == ([0], [0.25])
    assert not len(own_texts(sentences, statements.drop(columns="drawn")).rows)
    with pytest.raises(DataError, match=r"line 0: drawn is '2'"):
        own_texts(sentences, statements.assign(drawn="2"))


@pytest.mark.simulation
def test_promises_are_those_of_the_corpus_that_a_sample_was_drawn_from() -> None:
    """Draw what is likely wrong four times as often: by itself the sample promises too little."""
    random = np.random.default_rng(3)
    decisions = random.normal(0, 3, (40_000, 2))
    odds = decisions[:, 1] - decisions[:, 0]
    actual = (random.random(40_000) < 1 / (1 + np.exp(-odds / 1.5))).astype(np.intp)
    drawn = np.where(np.abs(odds) < 2, 0.2, 0.05)
    rows = np.flatnonzero(random.random(40_000) < drawn)
    right = decisions.argmax(axis=1) == actual
    confidence = 1 / (1 + np.exp(-np.abs(odds) / 1.5))

    def errors(threshold: float | None) -> float:
        assert threshold is not None
        return float((~right[confidence >= threshold]).mean())

    weights = 1 / drawn[rows]
    weighted = choose_threshold(confidence[rows], right[rows], 0.1, weights)
    plain = choose_threshold(confidence[rows], right[rows], 0.1)
    assert errors(weighted.threshold) == pytest.approx(0.1, abs=0.02)
    assert weighted.error == pytest.approx(errors(weighted.threshold), abs=0.02)
    assert errors(plain.threshold) < errors(weighted.threshold) - 0.01
    found = fit_temperature(decisions[rows], actual[rows], weights)
    assert found == pytest.approx(1.5, abs=0.15)
