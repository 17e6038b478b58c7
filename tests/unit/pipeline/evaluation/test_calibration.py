"""A calibration comes from the strictest predictions there are, or says what it cannot promise."""

import json

import numpy as np

from pipeline.evaluation.calibration import fit_calibration
from pipeline.project.tables import read_stage_csv
from stance.model.calibration import Calibration
from tests.projects import ROOT

LABELS = ["contact-only", "dialogue", "hostile", "none"]


def test_where_nothing_keeps_the_promise_the_model_abstains() -> None:
    predictions = read_stage_csv(ROOT / "reports/predictions.csv")
    calibration = fit_calibration(predictions, LABELS, 0.0001)
    assert calibration.promised.threshold is None
    assert calibration.unsure(np.array([1.0, 0.5])).all()
    described = json.loads(json.dumps(calibration.describe()))
    assert described["promise"] == (
        "No threshold answers at least 10000 sentences with an error of at most 0.01 %: the model "
        "abstains from all."
    )
    assert Calibration.parse(described, calibration.confusion).promised.threshold is None


def test_a_project_without_articles_is_calibrated_on_what_it_has() -> None:
    predictions = read_stage_csv(ROOT / "reports/predictions.csv")
    targets = predictions[predictions["protocol"] == "unseen_target"]
    assert fit_calibration(targets, LABELS, 0.1).protocol == "unseen_target"


def test_what_is_as_sure_as_the_threshold_is_answered() -> None:
    calibration = fit_calibration(read_stage_csv(ROOT / "reports/predictions.csv"), LABELS, 0.1)
    threshold = calibration.promised.threshold
    assert threshold is not None
    assert calibration.unsure(np.array([threshold, threshold - 0.0001])).tolist() == [False, True]
