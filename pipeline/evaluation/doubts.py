"""The labels that the classifier doubts, for people to read again: nothing here changes one."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stance.model.columns import probability_column
from stance.statistics.confident_learning import confident_joint, confident_labels, doubted


def _numbers(
    held_out: pd.DataFrame, labels: Sequence[str]
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Return the number of each sentence's label, and its probabilities."""
    given = pd.Index(labels).get_indexer(pd.Index(held_out["stance"]))
    return given, held_out[[probability_column(label) for label in labels]].to_numpy()


def doubt_table(held_out: pd.DataFrame, labels: Sequence[str]) -> pd.DataFrame:
    """Return `doubted.csv`: sentences whose label the model doubts, the clearest doubt first.

    Returns
    -------
    `id`, `stance` (as annotated), `suggested`, the probabilities `p_stance` and `p_suggested`,
    `status` (how the label came about) and `text`.
    """
    given, probabilities = _numbers(held_out, labels)
    rows = doubted(given, probabilities)
    suggested = confident_labels(given, probabilities)[rows]
    found = held_out.iloc[rows]
    return found[["id", "stance"]].assign(
        suggested=np.array(labels)[suggested],
        p_stance=probabilities[rows, given[rows]],
        p_suggested=probabilities[rows, suggested],
        status=found["status"],
        text=found["text"],
    )


def summarise_doubts(
    held_out: pd.DataFrame, doubts: pd.DataFrame, labels: Sequence[str]
) -> dict[str, Any]:
    """Return the confident joint, and how many labels are doubted by how they came about."""
    given, probabilities = _numbers(held_out, labels)
    joint = confident_joint(given, probabilities)
    of_status = doubts["status"].value_counts()
    return {
        "sentences": len(doubts),
        "joint": {
            label: dict(zip(labels, map(int, row), strict=True))
            for label, row in zip(labels, joint, strict=True)
        },
        "status": {
            str(status): {"doubted": int(of_status.get(status, 0)), "sentences": int(count)}
            for status, count in held_out["status"].value_counts().items()
        },
    }
