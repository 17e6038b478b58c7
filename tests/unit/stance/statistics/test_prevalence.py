"""A mix of stances is corrected to what it was made of."""

import numpy as np
import pytest

from pipeline.evaluation.calibration import fit_calibration
from pipeline.project.tables import read_stage_csv
from stance.statistics.prevalence import adjusted, error_rates, prevalence
from tests.projects import ROOT

LABELS = ["contact-only", "dialogue", "hostile", "none"]


@pytest.mark.simulation
def test_a_mix_is_corrected_to_what_it_was() -> None:
    """Draw texts of a known mix, confuse them as the classifier does, and count."""
    predictions = read_stage_csv(ROOT / "reports/predictions.csv")
    confusion = fit_calibration(predictions, LABELS, 0.05).confusion
    rates = error_rates(confusion.sum(axis=0))
    random = np.random.default_rng(2)
    raw, corrected, inside = [], [], []
    for _ in range(160):
        truth = random.dirichlet(np.ones(4))
        drawn = random.multinomial(400, truth)
        counts = sum(random.multinomial(n, rates[label]) for label, n in enumerate(drawn))
        found = prevalence(np.asarray(counts), confusion, resamples=200)
        raw.append(np.abs(found.raw - truth).sum())
        corrected.append(np.abs(found.corrected - truth).sum())
        inside.append((found.corrected_low <= truth) & (truth <= found.corrected_high))
    assert np.mean(corrected) < 0.6 * np.mean(raw)
    assert np.mean(inside) >= 0.93


def test_corrected_shares_are_shares() -> None:
    rates = error_rates(np.array([[8, 2, 0], [1, 9, 0], [0, 0, 0]]))
    # Fewer of the first label than its errors alone would give.
    shares = np.array([[0.05, 0.95, 0.0], [0.5, 0.5, 0.0], [0.2, 0.2, 0.6]])
    found = adjusted(shares, np.tile(rates, (3, 1, 1)))
    assert found.sum(axis=1) == pytest.approx(1)
    assert (found >= 0).all()
    assert found[0].tolist() == pytest.approx([0, 1, 0])
    assert found[1] @ rates == pytest.approx(shares[1])
    one = prevalence(np.array([1, 0, 0]), np.array([[[8, 2, 0], [1, 9, 0], [0, 0, 5]]]))
    # One text says little.
    assert (one.raw_low[0], one.raw_high[0]) == (0, 1)
