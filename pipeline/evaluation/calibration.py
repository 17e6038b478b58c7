"""How the saved model is calibrated, and what that is worth: on predictions out of fold.

They are those of real prose of sources never seen where there are any, evenly drawn; else of
articles never seen, which is what the model meets when it scores new text; else of the first
protocol that the project has.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.metrics import brier_score_loss, log_loss

from pipeline.project.vocabulary import EVEN, UNSEEN_ARTICLE, UNSEEN_SOURCE
from stance.model.calibration import Calibration
from stance.model.columns import decision_column, probability_column
from stance.statistics.calibration import (
    Sample,
    calibrated,
    choose_threshold,
    cross_fitted,
    fit_temperature,
    one_against_rest,
)
from stance.statistics.metrics import grouped_confusion
from stance.statistics.rounding import DIGITS

# Wanted errors, in percent, whose coverage is reported.
MAX_ERRORS = [5, 10, 20]
BEFORE, AFTER = "before", "after"


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
    some, parted_by = calibration_rows(predictions)
    sample = prediction_sample(some, labels, parted_by)
    temperature = fit_temperature(sample.decisions, sample.actual)
    probabilities = calibrated(sample.decisions, temperature)
    right = probabilities.argmax(axis=1) == sample.actual
    _, (measured,) = cross_fitted(sample, sample, [max_error])
    return Calibration(
        calibration_protocol(predictions),
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
    honest = (protocol for protocol in (UNSEEN_SOURCE, UNSEEN_ARTICLE) if protocol in protocols)
    return next(honest, str(protocols[0]))


def calibration_rows(predictions: pd.DataFrame) -> tuple[pd.DataFrame, pd.Series]:
    """Return the predictions that temperature and threshold are fitted on, and what parts them.

    Of real prose only what was drawn evenly counts: the rest was looked for, and its shares mean
    nothing. Each source is answered with numbers from the others.
    """
    protocol = calibration_protocol(predictions)
    some = predictions[predictions["protocol"] == protocol]
    if protocol != UNSEEN_SOURCE:
        return some, some["group"]
    some = some[some["drawn"] == EVEN]
    return some, some["source"]


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


def calibrate(
    predictions: pd.DataFrame, labels: Sequence[str]
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Return the predictions with probabilities, and what calibration and abstention are worth.

    Temperature and thresholds come from the protocol that the saved model's come from, fitted
    without the article of the sentence that they are used on.

    Parameters
    ----------
    predictions
        As `prediction_table` returns them.
    labels
        All labels, in the order of the columns.

    Returns
    -------
    The predictions with a column `p_<label>` for each label, and for each protocol the mean log
    loss and Brier score before and after (before: scikit-learn's probabilities of one against the
    rest) and, for each wanted error, the error and the coverage found.
    """
    source = calibration_protocol(predictions)
    fitted_on, parted_by = calibration_rows(predictions)
    sample = prediction_sample(fitted_on, labels, parted_by)
    probabilities = np.empty((len(predictions), len(labels)))
    report: dict[str, Any] = {}
    for protocol, some in predictions.groupby("protocol", sort=False):
        max_errors = [wanted / 100 for wanted in MAX_ERRORS]
        after, _ = cross_fitted(
            prediction_sample(some, labels, _parted_by(some, str(protocol), source)),
            sample,
            max_errors,
        )
        probabilities[some.index] = after
        # What abstaining buys is a share, and shares are those of what was drawn evenly.
        even = some[some["drawn"] == EVEN] if protocol == UNSEEN_SOURCE else some
        measured = prediction_sample(even, labels, _parted_by(even, str(protocol), source))
        drawn = even["source" if protocol == UNSEEN_SOURCE else "group"].to_numpy(dtype="str")
        after, bought = cross_fitted(measured, sample, max_errors, drawn)
        before = one_against_rest(measured.decisions)
        numbers = range(len(labels))
        report[str(protocol)] = {
            "log_loss": {
                name: round(float(log_loss(measured.actual, found, labels=numbers)), DIGITS)
                for name, found in ((BEFORE, before), (AFTER, after))
            },
            "brier": {
                name: round(
                    float(
                        brier_score_loss(
                            measured.actual, found, labels=numbers, scale_by_half=False
                        )
                    ),
                    DIGITS,
                )
                for name, found in ((BEFORE, before), (AFTER, after))
            },
        } | {
            f"at_{wanted}_percent": {
                "error": at_wanted.error,
                "error_low": at_wanted.low,
                "error_high": at_wanted.high,
                "coverage": at_wanted.coverage,
                "answered": at_wanted.answered,
                "groups": at_wanted.groups,
                "exceeded": at_wanted.exceeded,
            }
            for wanted, at_wanted in zip(MAX_ERRORS, bought, strict=True)
        }
    table = predictions.join(probability_table(probabilities, labels, predictions.index))
    fixed = ["id", "protocol", "group", "source", "drawn", "stance", "predicted"]
    columns = [*map(probability_column, labels), *map(decision_column, labels)]
    return table[[*fixed, *columns, "text"]], report


def _parted_by(some: pd.DataFrame, protocol: str, source: str) -> pd.Series:
    """Return what of `source` must not have helped to choose the numbers for these predictions."""
    if protocol == UNSEEN_SOURCE:
        return some["source"]
    return some["group"] if protocol == source else some["id"].str.rpartition(":")[0]


def probability_table(
    probabilities: NDArray[np.float64], labels: Sequence[str], index: pd.Index | None = None
) -> pd.DataFrame:
    """Return probabilities, shape (n, labels), as a data frame of four decimals."""
    columns = [probability_column(label) for label in labels]
    return pd.DataFrame(probabilities.round(4), columns=columns, index=index)
