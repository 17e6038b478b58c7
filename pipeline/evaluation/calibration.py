"""How the saved model is calibrated: on out-of-fold predictions of articles never seen.

That is what the model meets when it scores new text. A project without articles is calibrated on
the first protocol that it has.
"""

from collections.abc import Sequence

import pandas as pd

from pipeline.project.tables import UNSEEN_ARTICLE
from stance.model.calibration import Calibration
from stance.model.columns import decision_column
from stance.statistics.calibration import (
    Sample,
    calibrated,
    choose_threshold,
    cross_fitted,
    fit_temperature,
)
from stance.statistics.metrics import grouped_confusion


def fit_calibration(
    predictions: pd.DataFrame, labels: Sequence[str], max_error: float
) -> Calibration:
    """Return the calibration that `predictions.csv` gives.

    Parameters
    ----------
    predictions
        Rows of all protocols.
    labels
        All labels, in the order of the decision values.
    max_error
        The wanted share of errors among the sentences that are answered (`score.max_error`).
    """
    protocol = calibration_protocol(predictions)
    some = predictions[predictions["protocol"] == protocol]
    sample = prediction_sample(some, labels)
    temperature = fit_temperature(sample.decisions, sample.actual)
    probabilities = calibrated(sample.decisions, temperature)
    right = probabilities.argmax(axis=1) == sample.actual
    _, (measured,) = cross_fitted(sample, sample, [max_error])
    return Calibration(
        protocol,
        temperature,
        max_error,
        choose_threshold(probabilities.max(axis=1), right, max_error),
        measured,
        grouped_confusion(
            some["stance"].tolist(), some["predicted"].tolist(), some["group"], labels
        ),
    )


def calibration_protocol(predictions: pd.DataFrame) -> str:
    """Return the protocol in `predictions.csv` that temperature and threshold are fitted on."""
    protocols = predictions["protocol"].unique().tolist()
    return UNSEEN_ARTICLE if UNSEEN_ARTICLE in protocols else str(protocols[0])


def prediction_sample(
    predictions: pd.DataFrame, labels: Sequence[str], groups: pd.Series | None = None
) -> Sample:
    """Return predictions of one protocol for `stance.statistics.calibration`.

    Parameters
    ----------
    predictions
        Rows of `predictions.csv`.
    labels
        All labels, in the order of the decision values.
    groups
        What must not be on both sides of a split, if not the column `group`.
    """
    return Sample(
        predictions[[decision_column(label) for label in labels]].to_numpy(dtype="float64"),
        pd.Index(labels).get_indexer(pd.Index(predictions["stance"])),
        (predictions["group"] if groups is None else groups).to_numpy(dtype="str"),
    )
