"""What the model promises is what is measured, and a mix of stances is what it was made of."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipeline.evaluation.calibration import fit_calibration
from pipeline.project.tables import read_stage_csv
from stance import StanceModel
from stance.model.calibration import Calibration
from stance.statistics.calibration import (
    Sample,
    abstention,
    calibrated,
    choose_threshold,
    cross_fitted,
    fit_temperature,
    one_against_rest,
)
from stance.statistics.prevalence import adjusted, error_rates, prevalence

LABELS = ["contact-only", "dialogue", "hostile", "none"]


def simulate(temperature: float, count: int = 4_000, groups: int = 20) -> Sample:
    """Return decision values whose probabilities are right at just this temperature."""
    random = np.random.default_rng(1)
    decisions = random.normal(0, 2.5, (count, 4))
    chances = calibrated(decisions, temperature).cumsum(axis=1)
    actual = (random.random((count, 1)) > chances).sum(axis=1).clip(max=3)
    names = np.array([f"article {number}" for number in random.integers(groups, size=count)])
    return Sample(decisions, actual, names)


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


def test_the_models_promise_is_what_its_predictions_show(full: Path) -> None:
    about = json.loads((full / "models/stance.json").read_text("utf-8"))["calibration"]
    predictions = read_stage_csv(full / "reports/predictions.csv")
    some = predictions[predictions["protocol"] == about["protocol"]]
    decisions = some[[f"d_{label.replace('-', '_')}" for label in LABELS]].astype(float).to_numpy()
    probabilities = calibrated(decisions, about["temperature"])
    right = (some["stance"] == some["predicted"]).to_numpy()
    answered = probabilities.max(axis=1).round(4) >= about["threshold"]
    assert about["promised"]["answered"] == answered.sum()
    assert about["promised"]["coverage"] == round(answered.mean(), 4)
    assert about["promised"]["error"] == round(1 - right[answered].mean(), 4)
    assert about["promised"]["error"] <= about["max_error"] == 0.05
    assert f"{100 * about['promised']['coverage']:.1f} %" in about["promise"]


def test_calibration_pays_on_articles_never_seen(full: Path) -> None:
    report = json.loads((full / "reports/calibration.json").read_text("utf-8"))
    found = report["unseen_article"]
    assert found["log_loss"]["after"] < found["log_loss"]["before"]
    assert found["brier"]["after"] < found["brier"]["before"]
    for protocol in report.values():
        assert protocol["at_5_percent"]["coverage"] <= protocol["at_10_percent"]["coverage"]
    curves = pd.read_csv(full / "reports/plots/reliability.csv")
    assert set(curves["calibration"]) == {"before", "after"}


def test_where_nothing_keeps_the_promise_the_model_abstains(full: Path) -> None:
    predictions = read_stage_csv(full / "reports/predictions.csv")
    calibration = fit_calibration(predictions, LABELS, 0.0001)
    assert calibration.promised.threshold is None
    assert calibration.unsure(np.array([1.0, 0.5])).all()
    described = json.loads(json.dumps(calibration.describe()))
    assert described["promise"] == (
        "No threshold answers at least 10000 sentences with an error of at most 0.01 %: the model "
        "abstains from all."
    )
    assert Calibration.parse(described, calibration.confusion).promised.threshold is None


def test_a_project_without_articles_is_calibrated_on_what_it_has(full: Path) -> None:
    predictions = read_stage_csv(full / "reports/predictions.csv")
    targets = predictions[predictions["protocol"] == "unseen_target"]
    assert fit_calibration(targets, LABELS, 0.1).protocol == "unseen_target"


def test_a_mix_is_corrected_to_what_it_was(full: Path) -> None:
    """Draw texts of a known mix, confuse them as the classifier does, and count."""
    confusion = StanceModel.load(full / "models").calibration.confusion
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
