"""Macro-F1 averages the stances only, and its intervals draw groups as wholes."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import bootstrap
from sklearn.metrics import f1_score

from stance.statistics import bootstrap as ours
from stance.statistics.bootstrap import (
    all_at_once,
    bootstrap_interval,
    drawn_counts,
    equal_shares,
    one_by_one,
)
from stance.statistics.metrics import (
    evaluate_predictions,
    grouped_confusion,
    macro_f1,
    macro_f1_interval,
    row_interval,
)

LABELS = ["contact-only", "dialogue", "hostile", "none"]


def sample(size: int, right: float, seed: int) -> tuple[list[str], list[str]]:
    random = np.random.default_rng(seed)
    actual = random.choice(LABELS, size)
    guess = random.choice(LABELS, size)
    return actual.tolist(), np.where(random.random(size) < right, actual, guess).tolist()


def test_macro_f1_is_scikit_learns_without_the_background():
    actual, predicted = sample(200, 0.6, 1)
    confusion = grouped_confusion(actual, predicted, range(200), LABELS).sum(axis=0)
    expected = f1_score(actual, predicted, labels=LABELS[:3], average="macro")
    assert macro_f1(confusion, 3) == pytest.approx(expected)


def test_errors_on_the_background_count():
    right = ["hostile", "none", "dialogue", "contact-only"]
    wrong = ["hostile", "hostile", "dialogue", "contact-only"]
    measured = evaluate_predictions(
        right, wrong, range(4), LABELS[:3], "none", resamples=100, seed=0
    )
    assert measured["hostile"] == {"precision": 0.5, "recall": 1.0, "f1": 0.6667}
    assert measured["macro_f1"] == pytest.approx((1 + 1 + 2 / 3) / 3, abs=1e-4)
    assert measured["accuracy"] == 0.75


@pytest.mark.simulation
def test_the_interval_covers_the_true_value_about_as_often_as_it_says():
    actual, predicted = sample(50_000, 0.6, 2)
    truth = macro_f1(grouped_confusion(actual, predicted, np.zeros(50_000), LABELS)[0], 3)
    covered = []
    for start in range(0, 200 * 100, 100):
        some = slice(start, start + 100)
        confusion = grouped_confusion(actual[some], predicted[some], range(100), LABELS)
        low, high = macro_f1_interval(confusion, 3, resamples=300, seed=0)
        covered.append(low <= truth <= high)
    assert 0.90 <= np.mean(covered) <= 0.99


def test_groups_are_drawn_as_wholes():
    # Ten articles, all right or all wrong: far fewer independent cases than sentences.
    actual = LABELS[:3] * 100
    predicted = [label if (number // 30) % 2 else "none" for number, label in enumerate(actual)]
    groups = [number // 30 for number in range(300)]
    by_group = macro_f1_interval(
        grouped_confusion(actual, predicted, groups, LABELS), 3, resamples=500, seed=0
    )
    by_sentence = macro_f1_interval(
        grouped_confusion(actual, predicted, range(300), LABELS), 3, resamples=500, seed=0
    )
    assert by_group[1] - by_group[0] > 3 * (by_sentence[1] - by_sentence[0])


def test_drawing_counts_is_drawing_rows():
    actual, predicted = sample(300, 0.6, 3)
    by_row = grouped_confusion(actual, predicted, range(300), LABELS)
    expected = macro_f1_interval(by_row, 3, resamples=5000, seed=0)
    low, high = row_interval(
        by_row.sum(axis=0), lambda drawn: macro_f1(drawn, 3)[:, None], resamples=5000, seed=0
    )
    assert (low[0], high[0]) == pytest.approx(expected, abs=0.005)


@pytest.mark.parametrize("groups", [2, 7, 150])
def test_the_interval_is_that_of_the_library(groups):
    actual, predicted = sample(300, 0.6, 4)
    confusion = grouped_confusion(actual, predicted, np.arange(300) % groups, LABELS)

    def statistic(drawn: NDArray[np.int64], axis: int) -> NDArray[np.float64]:
        return macro_f1(confusion[drawn].sum(axis=axis - 2), 3)

    expected = bootstrap(
        (np.arange(groups),),
        statistic,
        n_resamples=700,
        batch=200,
        method="percentile",
        rng=np.random.default_rng(5),
    ).confidence_interval
    found = macro_f1_interval(confusion, 3, resamples=700, seed=5)
    assert found == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_one_group_has_no_spread():
    actual, predicted = sample(50, 0.6, 5)
    confusion = grouped_confusion(actual, predicted, np.zeros(50), LABELS)
    point = float(macro_f1(confusion[0], 3))
    assert macro_f1_interval(confusion, 3, resamples=100, seed=0) == (point, point)


def test_how_many_samples_are_held_at_once_changes_nothing(monkeypatch):
    actual, predicted = sample(200, 0.6, 6)
    confusion = grouped_confusion(actual, predicted, np.arange(200) % 20, LABELS)

    def interval() -> list[list[float]]:
        ends = bootstrap_interval(
            lambda some, others: macro_f1(drawn_counts(some + others, confusion), 3)[:, None],
            [one_by_one(20), all_at_once(20, equal_shares(20))],
            resamples=333,
            seed=0,
        )
        return [end.tolist() for end in ends]

    whole = interval()
    monkeypatch.setattr(ours, "_BATCH_NUMBERS", 40 * 7)
    assert interval() == whole


def test_samples_without_a_figure_do_not_count():
    def statistic(times: NDArray[np.int64]) -> NDArray[np.float64]:
        return np.where(times[:, 0] == 1, 1.0, np.nan)

    low, high = bootstrap_interval(statistic, [one_by_one(2)], resamples=100, seed=0)
    assert (float(low), float(high)) == (1, 1)
    ends = bootstrap_interval(
        lambda times: np.full((len(times), 3), np.nan), [one_by_one(2)], resamples=100, seed=0
    )
    assert np.isnan(ends).all()
    assert np.shape(ends) == (2, 3)
