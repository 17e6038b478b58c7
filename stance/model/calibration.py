"""What turns decision values into probabilities and abstentions, and what that promises.

It is fitted where the model is made, on predictions out of fold, and travels with the model.
"""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stance.statistics.calibration import Abstention, Kept, calibrated

# Said when a model is trained, and whenever it scores.
ABSTAINS_FROM_ALL = (
    "the model abstains from everything, since no threshold keeps the promised error; annotate "
    "more sentences like those that it is to score, or raise score.max_error and train again."
)


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
        Error and coverage where each group (source, article) has a threshold from the others.
    confusion
        A confusion matrix per group of the predictions, int64 of shape (groups, labels, labels).
    """

    protocol: str
    temperature: float
    max_error: float
    promised: Abstention
    measured: Kept
    confusion: NDArray[np.int64]

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

    @property
    def kept(self) -> str:
        """What the wanted error is worth where it was measured, in a sentence."""
        measured = self.measured
        return (
            f"Measured on {self.protocol}, with thresholds from other groups: "
            f"{100 * measured.coverage:.1f} % are answered, and "
            f"{100 * measured.error:.1f} % ({100 * measured.low:.1f} to {100 * measured.high:.1f}) "
            f"of the answers are wrong where {100 * self.max_error:g} % are wanted; more than that "
            f"in {measured.exceeded} of {measured.groups} groups."
        )

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
                f"more; {100 * promised.error:.1f} % of those are wrong. {self.kept}"
            )
        fitted = asdict(promised)
        return {
            "protocol": self.protocol,
            "temperature": self.temperature,
            "max_error": self.max_error,
            "threshold": fitted.pop("threshold"),
            "promise": promise,
            "promised": fitted,
            "measured": {
                key: value for key, value in asdict(measured).items() if key != "threshold"
            },
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
            Kept(None, **described["measured"]),
            confusion,
        )
