"""How the saved model is calibrated: on out-of-fold predictions of articles never seen.

That is what the model meets when it scores new text. A project without articles is calibrated on
the first protocol that it has.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.data.tables import UNSEEN_ARTICLE, decision_column
from pipeline.statistics.calibration import (
    Abstention,
    Sample,
    calibrated,
    choose_threshold,
    cross_fitted,
    fit_temperature,
)
from pipeline.statistics.metrics import grouped_confusion


@dataclass(frozen=True)
class Calibration:
    """What turns decision values into probabilities and abstentions, and what that promises.

    Attributes
    ----------
    protocol
        The protocol whose predictions it was fitted on.
    temperature
        What decision values are divided by.
    max_error
        The wanted share of errors among the sentences that are answered (`score.max_error`).
    promised
        The threshold, and the error and coverage that it has on those predictions.
    measured
        Error and coverage where each article has a threshold from the others.
    confusion
        A confusion matrix per group of the predictions, int64 of shape (groups, labels, labels).
    """

    protocol: str
    temperature: float
    max_error: float
    promised: Abstention
    measured: Abstention
    confusion: NDArray[np.int64]

    @classmethod
    def fit(
        cls, predictions: pd.DataFrame, labels: Sequence[str], max_error: float
    ) -> "Calibration":
        """Return the calibration that `predictions.csv` gives; other parameters as attributes."""
        protocol = calibration_protocol(predictions)
        some = predictions[predictions["protocol"] == protocol]
        sample = prediction_sample(some, labels)
        temperature = fit_temperature(sample.decisions, sample.actual)
        probabilities = calibrated(sample.decisions, temperature)
        right = probabilities.argmax(axis=1) == sample.actual
        _, (measured,) = cross_fitted(sample, sample, [max_error])
        return cls(
            protocol,
            temperature,
            max_error,
            choose_threshold(probabilities.max(axis=1), right, max_error),
            measured,
            grouped_confusion(
                some["stance"].tolist(), some["predicted"].tolist(), some["group"], labels
            ),
        )

    def probabilities(self, decisions: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return probabilities, shape (n, labels), from decision values of that shape."""
        return calibrated(decisions, self.temperature)

    def unsure(self, confidence: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Return where the highest probability, to four decimals, is below the threshold."""
        threshold = self.promised.threshold
        if threshold is None:
            return np.ones(len(confidence), dtype=np.bool_)
        below: NDArray[np.bool_] = confidence < threshold
        return below

    def describe(self) -> dict[str, Any]:
        """Return what `stance.json` says of it."""
        promised, measured = self.promised, self.measured
        if promised.threshold is None:
            promise = (
                f"No threshold answers at least {1 / self.max_error:.0f} sentences with an error "
                f"of at most {100 * self.max_error:g} %: the model abstains from all."
            )
        else:
            promise = (
                f"Of {promised.sentences} sentences predicted out of fold ({self.protocol}), "
                f"{100 * promised.coverage:.1f} % have a confidence of {promised.threshold} or "
                f"more; {100 * promised.error:.1f} % of those are wrong. With thresholds from "
                f"other groups {100 * measured.coverage:.1f} % are answered, "
                f"{100 * measured.error:.1f} % of them wrongly."
            )
        fitted = asdict(promised)
        return {
            "protocol": self.protocol,
            "temperature": self.temperature,
            "max_error": self.max_error,
            "threshold": fitted.pop("threshold"),
            "promise": promise,
            "promised": fitted,
            "measured": {key: value for key, value in asdict(measured).items() if key in fitted},
        }

    @classmethod
    def parse(cls, described: dict[str, Any], confusion: NDArray[np.int64]) -> "Calibration":
        """Return what `describe` has described.

        Raises
        ------
        KeyError, TypeError
            If it was not `describe`.
        """
        return cls(
            described["protocol"],
            float(described["temperature"]),
            float(described["max_error"]),
            Abstention(described["threshold"], **described["promised"]),
            Abstention(None, **described["measured"]),
            confusion,
        )


def calibration_protocol(predictions: pd.DataFrame) -> str:
    """Return the protocol in `predictions.csv` that temperature and threshold are fitted on."""
    protocols = predictions["protocol"].unique().tolist()
    return UNSEEN_ARTICLE if UNSEEN_ARTICLE in protocols else str(protocols[0])


def prediction_sample(
    predictions: pd.DataFrame, labels: Sequence[str], groups: pd.Series | None = None
) -> Sample:
    """Return predictions of one protocol for `pipeline.statistics.calibration`.

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
