"""What the model promises is what is measured."""

import json
from pathlib import Path

import pandas as pd

from pipeline.project.tables import read_stage_csv
from stance.statistics.calibration import calibrated

LABELS = ["contact-only", "dialogue", "hostile", "none"]


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
