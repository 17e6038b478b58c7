"""Kinds of sentences, confidence and doubted labels: the rules on cases that are known."""

import numpy as np
import pandas as pd
import pytest
from cleanlab.count import compute_confident_joint
from cleanlab.filter import find_label_issues

from stance.statistics.confident_learning import confident_joint, doubted
from stance.statistics.difficulty import difficulties
from stance.statistics.reliability import calibration_error, reliability, risk_coverage


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("They do not talk.", "negation short"),
        ("It isn’t over, and it wasn't then.", "negation short"),
        ("Nothing was signed.", "negation short"),
        ("The knot was noted by a notary.", "short"),
        ("If they stop, the list is lifted.", "conditional short"),
        ("Unless they stop, the ban stays.", "conditional short"),
        ("A gift was shown to a specific envoy.", "short"),
        ("The ministry said that talks go on.", "reported short"),
        ("According to the envoy, contacts go on.", "reported short"),
        ("They are accused of arming the group.", "reported short"),
        ("He called them “brothers”.", "reported short"),
        ("He saddled the horse.", "short"),
        (" ".join(["word"] * 31), "long"),
        (" ".join(["word"] * 30), "plain"),
        (" ".join(["word"] * 20), "plain"),
        (" ".join(["word"] * 19), "short"),
        ("If " + " ".join(["word"] * 25), "conditional"),
    ],
)
def test_kinds_go_by_the_words(text, expected):
    found = difficulties([text], ["red"], ["blue"])
    assert " ".join(kind for kind, has_it in found.items() if has_it[0]) == expected


def test_the_contrast_goes_by_the_label():
    found = difficulties(["It is so."] * 3, ["red", "blue", "green"], ["red", "green"])
    assert found["contrast"].tolist() == [True, False, True]
    assert not difficulties(["It is so."], ["red"], [])["contrast"].any()


def test_honest_probabilities_lie_on_the_diagonal():
    random = np.random.default_rng(0)
    confidence = random.uniform(0.25, 1, 20_000)
    honest = random.random(20_000) < confidence
    table = reliability(confidence, honest, 10)
    assert len(table) == 10
    assert table["sentences"].sum() == 20_000
    assert table["confidence"].is_monotonic_increasing
    np.testing.assert_allclose(table["accuracy"], table["confidence"], atol=0.03)
    assert calibration_error(table) < 0.02
    boastful = random.random(20_000) < confidence - 0.2
    assert calibration_error(reliability(confidence, boastful, 10)) == pytest.approx(0.2, abs=0.02)


def test_no_group_is_too_small_to_tell_anything():
    assert len(reliability(np.linspace(0.3, 0.9, 62), np.ones(62), 10)) == 3
    assert len(reliability([0.5, 0.6], [True, False], 10)) == 1


def test_abstaining_leaves_out_the_least_sure():
    curve = risk_coverage([0.9, 0.6, 0.8, 0.6, 0.4], [True, False, True, True, False])
    # The two of .6 are answered together or not at all.
    assert curve["threshold"].tolist() == [0.9, 0.8, 0.6, 0.4]
    assert curve["coverage"].tolist() == [0.2, 0.4, 0.8, 1.0]
    assert curve["error"].tolist() == [0.0, 0.0, 0.25, 0.4]


@pytest.mark.parametrize("seed", range(5))
def test_doubts_are_those_of_the_library(seed):
    random = np.random.default_rng(seed)
    given = random.integers(0, 4, 300)
    probabilities = random.dirichlet(np.full(4, 0.5), 300)
    probabilities[np.arange(300), given] += 0.4
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    ours, theirs = (
        confident_joint(given, probabilities),
        compute_confident_joint(given, probabilities, calibrate=False),
    )
    assert (ours == theirs).all()
    issues = find_label_issues(given, probabilities, filter_by="confident_learning", n_jobs=1)
    assert set(doubted(given, probabilities)) == set(np.flatnonzero(issues))


def test_switched_labels_are_doubted_first():
    random = np.random.default_rng(1)
    true = random.integers(0, 3, 600)
    probabilities = np.full((600, 3), 0.1) + random.uniform(0, 0.1, (600, 3))
    probabilities[np.arange(600), true] += 0.7
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    switched = random.choice(600, 30, replace=False)
    given = true.copy()
    given[switched] = (given[switched] + 1) % 3
    found = doubted(given, probabilities)
    assert set(found) <= set(switched)
    assert len(found) > 20
    margins = probabilities[found, true[found]] - probabilities[found, given[found]]
    assert (np.diff(margins) <= 0).all()


def test_a_label_that_nobody_gave_is_not_suggested():
    given = np.array([0, 0, 1])
    probabilities = np.array([[0.8, 0.1, 0.1], [0.2, 0.1, 0.7], [0.1, 0.6, 0.3]])
    assert confident_joint(given, probabilities)[:, 2].sum() == 0
    assert pd.Series(doubted(given, probabilities)).empty
