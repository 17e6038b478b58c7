"""What the model promises is what is measured."""

import json
from pathlib import Path

import numpy as np
import pandas as pd

from pipeline.project.tables import read_stage_csv
from stance.statistics.calibration import calibrated

LABELS = ["contact-only", "dialogue", "hostile", "none"]


def test_the_models_promise_is_what_its_predictions_show(full: Path) -> None:
    about = json.loads((full / "models/stance.json").read_text("utf-8"))["calibration"]
    predictions = read_stage_csv(full / "reports/predictions.csv")
    assert about["protocol"] == "unseen_source"
    some = predictions[predictions["protocol"] == "unseen_source"]
    some = some[some["drawn"] == "even"]
    decisions = some[[f"d_{label.replace('-', '_')}" for label in LABELS]].astype(float).to_numpy()
    probabilities = calibrated(decisions, about["temperature"])
    right = (some["stance"] == some["predicted"]).to_numpy()
    answered = probabilities.max(axis=1).round(4) >= about["threshold"]
    assert about["promised"]["answered"] == answered.sum()
    assert about["promised"]["coverage"] == round(answered.mean(), 4)
    assert about["promised"]["error"] == round(1 - right[answered].mean(), 4)
    assert about["promised"]["error"] <= about["max_error"] == 0.05
    assert f"{100 * about['promised']['coverage']:.1f} %" in about["promise"]


def test_the_temperature_pays_on_real_prose_of_other_sources(full: Path) -> None:
    """Each source is judged with the temperature of the others, against none at all."""
    report = json.loads((full / "reports/calibration.json").read_text("utf-8"))
    predictions = read_stage_csv(full / "reports/predictions.csv")
    some = predictions[(predictions["drawn"] == "even").to_numpy()]
    decisions = some[[f"d_{label.replace('-', '_')}" for label in LABELS]].astype(float).to_numpy()
    actual = pd.Index(LABELS).get_indexer(pd.Index(some["stance"]))
    plain = -np.log(calibrated(decisions, 1.0)[np.arange(len(actual)), actual]).mean()
    assert report["unseen_source"]["log_loss"]["after"] < plain - 0.05
    for protocol in report.values():
        assert protocol["at_5_percent"]["coverage"] <= protocol["at_10_percent"]["coverage"]
    curves = pd.read_csv(full / "reports/plots/reliability.csv")
    assert set(curves["calibration"]) == {"before", "after"}
