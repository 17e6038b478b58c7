"""What the model promises is what is measured, and a mix of stances is what it was made of."""

import numpy as np
import pytest

from stance.statistics.calibration import (
    Sample,
    abstention,
    calibrated,
    choose_threshold,
    cross_fitted,
    fit_temperature,
    one_against_rest,
)


def simulate(temperature: float, count: int = 4_000, groups: int = 20) -> Sample:
    """Return decision values whose probabilities are right at just this temperature."""
    random = np.random.default_rng(1)
    decisions = random.normal(0, 2.5, (count, 4))
    chances = calibrated(decisions, temperature).cumsum(axis=1)
    actual = (random.random((count, 1)) > chances).sum(axis=1).clip(max=3)
    names = np.array([f"article {number}" for number in random.integers(groups, size=count)])
    return Sample(decisions, actual, names)


@pytest.mark.simulation
@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0, 4.0])
def test_the_temperature_is_found(temperature: float) -> None:
    sample = simulate(temperature)
    found = fit_temperature(sample.decisions, sample.actual)
    assert found == pytest.approx(temperature, rel=0.08)
    # No other one has a smaller loss.
    rows = np.arange(len(sample.actual))
    losses = [
        -np.log(calibrated(sample.decisions, found * factor)[rows, sample.actual]).mean()
        for factor in (0.9, 1.0, 1.1)
    ]
    assert min(losses) == losses[1]


def test_calibration_changes_no_decision() -> None:
    decisions = simulate(2.0).decisions
    for probabilities in (calibrated(decisions, 3.0), one_against_rest(decisions)):
        assert (probabilities.argmax(axis=1) == decisions.argmax(axis=1)).all()
        assert probabilities.sum(axis=1) == pytest.approx(1)


@pytest.mark.simulation
@pytest.mark.parametrize("max_error", [0.05, 0.1, 0.2])
def test_a_threshold_keeps_its_promise_on_new_articles(max_error: float) -> None:
    sample = simulate(2.0)
    probabilities, (found,) = cross_fitted(sample, sample, [max_error])
    # Within what chance allows at this number of sentences.
    assert found.error == pytest.approx(max_error, abs=3 * (max_error / found.answered) ** 0.5)
    assert 0 < found.coverage < 1
    # With the wanted error the coverage grows.
    _, all_found = cross_fitted(sample, sample, [0.02, 0.05, 0.1, 0.2])
    coverages = [one.coverage for one in all_found]
    assert coverages == sorted(coverages)
    assert probabilities.shape == sample.decisions.shape


def test_how_often_a_promise_is_not_kept_is_counted_by_group() -> None:
    sample = simulate(2.0, count=1200, groups=6)
    # In one group every label is wrong: the others' threshold cannot know.
    rows = sample.groups == "article 1"
    actual = sample.actual.copy()
    actual[rows] = (sample.decisions[rows].argmax(axis=1) + 1) % 4
    _, (found,) = cross_fitted(Sample(sample.decisions, actual, sample.groups), sample, [0.2])
    assert found.groups == 6
    assert 1 <= found.exceeded < 6
    assert found.low < found.error < found.high
    # Drawn as a whole, it is in some samples several times, and in some not at all.
    assert found.low < 0.2
    assert found.high > 1.5 / 6


def test_a_sentence_that_weighs_thrice_is_as_three() -> None:
    sample = simulate(2.0, count=200, groups=4)
    times = np.arange(200) % 3 + 1
    thrice = np.repeat(np.arange(200), times)
    weighted = Sample(sample.decisions, sample.actual, sample.groups, times.astype(np.float64))
    repeated = Sample(sample.decisions[thrice], sample.actual[thrice], sample.groups[thrice])
    _, (one,) = cross_fitted(weighted, weighted, [0.3])
    _, (other,) = cross_fitted(repeated, repeated, [0.3])
    assert one.answered < other.answered
    for name in ("error", "coverage", "low", "high", "groups", "exceeded"):
        assert getattr(one, name) == pytest.approx(getattr(other, name))


def test_no_sentence_helps_to_choose_what_it_is_measured_with() -> None:
    sample = simulate(2.0, count=300, groups=3)
    changed = Sample(sample.decisions.copy(), sample.actual.copy(), sample.groups)
    rows = sample.groups == "article 1"
    # Another article's truth changes that article's figures only through the others.
    changed.actual[rows] = 3 - changed.actual[rows]
    before, _ = cross_fitted(sample, sample, [0.1])
    after, _ = cross_fitted(changed, changed, [0.1])
    assert (before[rows] == after[rows]).all()
    assert (before[~rows] != after[~rows]).any()


def test_the_threshold_is_the_lowest_that_keeps_the_error() -> None:
    confidence = np.array([0.9, 0.9, 0.8, 0.7, 0.7, 0.6])
    right = np.array([True, True, True, True, False, True])
    found = choose_threshold(confidence, right, 0.2)
    # All but the last: one of five is wrong; with it one of six is.
    assert (found.threshold, found.answered, found.error) == (0.6, 6, 0.1667)
    found = choose_threshold(confidence, right, 0.18)
    assert (found.threshold, found.answered) == (0.6, 6)
    # Three right ones in a row promise nothing about an error of one in ten.
    assert choose_threshold(confidence, right, 0.1).threshold is None
    assert abstention(confidence, right, None).coverage == 0
