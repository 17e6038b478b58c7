"""A mix of stances is corrected to what it was made of."""

import numpy as np
import pytest

from benchmarks.shares import draw_group
from pipeline.evaluation.calibration import fit_calibration
from pipeline.project.tables import read_stage_csv
from stance.statistics.prevalence import adjusted, effective_size, error_rates, prevalence
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


@pytest.mark.simulation
def test_documents_that_differ_are_covered_if_they_are_named() -> None:
    """Draw texts of few documents, each with a mix and with errors of its own."""
    predictions = read_stage_csv(ROOT / "reports/predictions.csv")
    confusion = fit_calibration(predictions, LABELS, 0.05).confusion
    rates = error_rates(confusion.sum(axis=0))
    random = np.random.default_rng(3)
    inside: list[list[bool]] = [[], []]
    for _ in range(40):
        truth, counts = draw_group(random, rates, 6, (10.0, 20.0))
        for number, of_texts in enumerate((counts.sum(axis=0), counts)):
            found = prevalence(of_texts, confusion, resamples=100)
            inside[number] += list((found.corrected_low <= truth) & (truth <= found.corrected_high))
    assert np.mean(inside[0]) < 0.93
    assert np.mean(inside[1]) >= 0.95


def test_many_documents_that_are_alike_say_as_much_as_texts() -> None:
    alike = np.tile([3, 4, 2, 1], (200, 1))
    assert effective_size(alike) == pytest.approx(2_000, rel=0.02)
    few = np.array([[100, 0, 0, 0], [0, 100, 0, 0]] * 3)
    # Six documents of one label each are six texts, and less, since six say little of others.
    assert effective_size(few) < 6
    assert effective_size(alike[:1]) == 0


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
