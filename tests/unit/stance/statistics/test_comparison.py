"""Comparing runs: honest statistics, and the command on real revisions and DVC's experiments."""

import numpy as np
import pytest

from stance.statistics import comparison
from stance.statistics.comparison import PairedDifference, holm, paired_difference

LABELS = ["contact-only", "dialogue", "hostile", "none"]
# Sentences and groups of the three protocols.
SIZES = {"article": (62, 62), "unseen_article": (1384, 29), "unseen_target": (800, 151)}
SIMULATIONS = 300


def groups_of(size: str) -> np.ndarray:
    sentences, groups = SIZES[size]
    return np.sort(np.arange(sentences) % groups)


def simulate(
    size: str, better: float, random: np.random.Generator
) -> tuple[list[str], list[str], list[str], np.ndarray]:
    """Return truth and two classifiers; some groups are harder, and the errors of both go along.

    `better` is the share of the first one's errors that the second one mends on top of the chance
    exchange of errors in both directions.
    """
    groups = groups_of(size)
    actual = random.integers(0, 4, len(groups))
    hardness = random.beta(6, 14, groups.max() + 1)[groups]
    shared = random.random(len(groups)) < hardness

    def guesses() -> np.ndarray:
        own = random.random(len(groups)) < 0.12
        wrong = (actual + random.integers(1, 4, len(groups))) % 4
        return np.where(shared ^ own, wrong, actual)

    first, second = guesses(), guesses()
    second = np.where(random.random(len(groups)) < better, actual, second)
    names = np.array(LABELS)
    return names[actual].tolist(), names[first].tolist(), names[second].tolist(), groups


def difference(*simulated: object) -> PairedDifference:
    return paired_difference(*simulated, LABELS[:3], "none")  # type: ignore[arg-type, call-arg]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparison, "PERMUTATIONS", 199)
    monkeypatch.setattr(comparison, "RESAMPLES", 20)


@pytest.mark.simulation
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.usefixtures("quick")
def test_equally_good_classifiers_raise_few_false_alarms(size: str) -> None:
    random = np.random.default_rng(1)
    found = [difference(*simulate(size, 0, random)) for _ in range(SIMULATIONS)]
    assert np.mean([one.p < 0.05 for one in found]) <= 0.06
    assert np.mean([one.p_accuracy < 0.05 for one in found]) <= 0.06


@pytest.mark.simulation
@pytest.mark.usefixtures("quick")
def test_groups_are_swapped_as_wholes() -> None:
    """Where the errors of each classifier alone go along in an article, sentences mislead."""
    random = np.random.default_rng(4)
    groups = groups_of("unseen_article")
    by_group, by_sentence = [], []
    for number in range(150):
        actual = random.integers(0, 4, len(groups))
        first, second = (
            np.where(
                random.random(len(groups)) < random.beta(1, 4, groups.max() + 1)[groups],
                (actual + random.integers(1, 4, len(groups))) % 4,
                actual,
            )
            for _ in "ab"
        )
        named = [np.array(LABELS)[numbers].tolist() for numbers in (actual, first, second)]
        by_group.append(difference(*named, groups).p < 0.05)
        if number < 40:
            by_sentence.append(difference(*named, np.arange(len(groups))).p < 0.05)
    assert np.mean(by_group) <= 0.08
    assert np.mean(by_sentence) > 0.3


@pytest.mark.simulation
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.usefixtures("quick")
def test_a_better_classifier_is_found_as_often_as_stated(size: str) -> None:
    """Where the true difference is the stated smallest one, four in five simulations show it."""
    random = np.random.default_rng(2)
    rates, margins = [], []
    for better in np.linspace(0.02, 0.7 if size == "article" else 0.2, 4):
        found = [difference(*simulate(size, better, random)) for _ in range(80)]
        rates.append(np.mean([one.p < 0.05 and one.difference > 0 for one in found]))
        margins.append(np.mean([one.difference - one.smallest for one in found]))
    assert margins == sorted(margins)
    assert 0.7 <= np.interp(0, margins, rates) <= 0.9


def test_the_interval_covers_the_difference_and_the_counts_are_right() -> None:
    random = np.random.default_rng(3)
    simulated = simulate("unseen_target", 0.15, random)
    found = difference(*simulated)
    actual, first, second, groups = simulated
    assert found.low < found.difference < found.high
    assert found.low > 0
    assert found.p < 0.05
    assert found.difference == pytest.approx(found.macro_f1_b - found.macro_f1_a)
    right = [(a == t, b == t) for t, a, b in zip(actual, first, second, strict=True)]
    assert (found.fixed, found.broken) == (right.count((False, True)), right.count((True, False)))
    assert (found.sentences, found.groups) == (800, 151)
    assert difference(*simulated) == found
    same = difference(actual, first, first, groups)
    assert (same.p, same.low, same.high, same.difference) == (1, 0, 0, 0)
    assert np.isnan(same.smallest)


def test_holm_multiplies_the_smallest_most() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.5, 0.9]) == [1, 1]
    assert holm([]) == []
