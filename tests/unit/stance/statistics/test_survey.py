"""What a stratified sample says of the whole is true as often as it says."""

import numpy as np
import pytest

from stance.statistics.sampling import Cell, allocate, plan_strata
from stance.statistics.survey import Design, difference


def evenly(n: int, population: int) -> Design:
    return Design(np.zeros(n, dtype=np.intp), np.array([population]))


def test_a_stratified_mean_is_cochrans() -> None:
    stratum = np.array([0, 0, 0, 1, 1])
    design = Design(stratum, np.array([30, 70]))
    actual = np.array([1.0, 0, 1, 0, 1])
    found = design.share(actual, np.ones(5))
    assert found.value == pytest.approx(0.3 * 2 / 3 + 0.7 * 1 / 2)
    # Cochran (1977), 5.3: the sum of W² (1 - f) s² / n.
    assert design.variance(found.z) == pytest.approx(
        0.3**2 * (1 - 3 / 30) * (1 / 3) / 3 + 0.7**2 * (1 - 2 / 70) * 0.5 / 2
    )


def test_predictions_are_used_as_by_ppi() -> None:
    """Hold the estimate against the formula of Angelopoulos et al. (2023) for a mean."""
    random = np.random.default_rng(0)
    actual = (random.random(300) < 0.4).astype(np.float64)
    predicted = actual + random.normal(0, 0.3, 300)
    found = evenly(300, 10**6).share(actual, np.ones(300), predicted, 0.45)
    tuned = np.cov(actual, predicted)[0, 1] / predicted.var(ddof=1)
    rarer = min(actual.sum(), 300 - actual.sum())
    tuned *= rarer / (rarer + 5)
    assert tuned < 1
    assert found.value == pytest.approx((actual - tuned * predicted).mean() + tuned * 0.45)
    rest = (actual - tuned * predicted).var(ddof=1) / 300
    # A little wider, since what predictions are worth is known from few texts only.
    assert rest <= found.variance < 1.2 * rest
    alone = evenly(300, 10**6).share(actual, np.ones(300))
    assert found.variance < 0.5 * alone.variance


def test_without_strata_and_predictions_an_interval_is_wilsons() -> None:
    actual = np.zeros(100)
    actual[:10] = 1
    found = evenly(100, 10**7).share(actual, np.ones(100))
    assert (found.low, found.high) == pytest.approx((0.055, 0.174), abs=0.003)


def test_what_nobody_found_may_be_there() -> None:
    found = evenly(60, 10**6).share(np.zeros(60), np.ones(60))
    assert found.low == 0
    assert 3 / 60 < found.high < 5 / 60


def test_all_that_was_read_is_known() -> None:
    actual = np.array([1.0, 0, 0, 1])
    found = evenly(4, 4).share(actual, np.array([1.0, 1, 1, 900]))
    assert found.low == found.value == found.high == pytest.approx(901 / 903)


def test_a_difference_knows_that_its_shares_come_of_one_sample() -> None:
    design = evenly(40, 4000)
    actual = np.tile([1.0, 0.0], 20)
    found = design.share(actual, np.ones(40))
    value, low, high = difference(design, found, found)
    assert (value, low, high) == pytest.approx((0, 0, 0), abs=1e-6)


def test_every_text_can_be_drawn_and_errors_more_often() -> None:
    cells = [
        Cell((0, 0, 1, kind, label, sure), 400, 400, errors, kind == 0)
        for kind, sure, errors in ((0, 19, 0.03), (1, 14, 0.08), (1, 8, 0.55))
        for label in range(4)
    ]
    cells += [Cell((0, 0, 1, 2, 0, 19), 1, 1, 0.05, answered=False)]
    cells += [Cell((0, 1, 0, 0, 0, 0), 2, 3000, 0.2, answered=False, whole=True)]
    strata = plan_strata(cells, 200)
    assert sum(stratum.read for stratum in strata) == 200
    assert sorted(cell for stratum in strata for cell in stratum.cells) == sorted(cells)
    assert all(stratum.read >= min(2, stratum.texts) for stratum in strata)
    assert next(s for s in strata if s.cells[0].whole).read == 2
    rates = {cell.place: s.read / s.texts for s in strata for cell in s.cells}
    assert rates[0, 0, 1, 1, 0, 8] > 1.2 * rates[0, 0, 1, 1, 0, 14]
    answered = sum(s.read for s in strata if s.cells[0].answered)
    assert answered >= 0.3 * 200


def test_groups_are_never_drawn_together() -> None:
    cells = [
        Cell((group, 0, 1, 1, 0, 9), texts, texts, 0.4, answered=False)
        for group, texts in ((0, 9000), (1, 60), (2, 1))
    ]
    strata = plan_strata(cells, 50)
    assert [stratum.texts for stratum in strata] == [9000, 60, 1]
    assert [stratum.read >= 1 for stratum in strata] == [True] * 3
    assert strata[1].read >= 3


def test_an_allocation_is_proportional_within_what_is_there() -> None:
    assert allocate([100, 100, 3], [1.0, 3.0, 50.0], 43) == [10, 30, 3]


@pytest.mark.simulation
@pytest.mark.parametrize("share", [0.02, 0.3])
def test_intervals_cover_the_truth(share: float) -> None:
    """Audit a corpus whose model is bad at the label, with sixty texts of five strata."""
    random = np.random.default_rng(1)
    stratum = np.repeat(np.arange(5), [2000, 500, 300, 900, 300])
    rates = share * np.array([0.6, 1.2, 2.0, 0.8, 2.4])
    actual = (random.random(4000) < rates[stratum]).astype(np.float64)
    predicted = np.clip(rates[stratum] + random.normal(0, 0.1, 4000), 0, 1)
    members = [np.flatnonzero(stratum == number) for number in range(5)]
    population = np.array([len(some) for some in members])
    covered = []
    for _ in range(400):
        drawn = np.concatenate([random.choice(some, 12, replace=False) for some in members])
        found = Design(stratum[drawn], population).share(
            actual[drawn], np.ones(60), predicted[drawn], float(predicted.mean())
        )
        covered.append(found.low <= actual.mean() <= found.high)
    assert np.mean(covered) >= 0.9
