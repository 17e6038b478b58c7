"""Which kinds of sentences are hard: macro-F1 by what a sentence's words or label are like."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from pipeline.project.params import PARAMS, Evaluate, Labels
from stance.errors import DataError
from stance.statistics.difficulty import CONTRAST, difficulties
from stance.statistics.metrics import grouped_confusion, macro_f1, macro_f1_interval
from stance.statistics.rounding import DIGITS


def check_contrast(contrast: Sequence[str], stances: Sequence[str]) -> None:
    """Raise a `DataError` if what is contrasted is no stance."""
    for stance in contrast:
        if stance not in stances:
            raise DataError(
                f"{PARAMS}: analyse.contrast names {stance!r}, which is not one of labels.stances."
            )


def score_kinds(
    held_out: pd.DataFrame, contrast: Sequence[str], labels: Labels, params: Evaluate
) -> list[dict[str, Any]]:
    """Return macro-F1 with its interval for each kind of sentence and each protocol.

    Parameters
    ----------
    held_out
        n predictions: `protocol`, `group`, `stance`, `predicted` and `text`.
    contrast
        The stances that are hard to tell apart. In their group macro-F1 is over them alone, since
        no other is annotated there.
    labels, params
        What is averaged elsewhere, and how intervals are drawn.
    """
    scores = []
    kinds = difficulties(held_out["text"].tolist(), held_out["stance"].tolist(), contrast)
    for kind, has_it in kinds.items():
        averaged = list(contrast) if kind == CONTRAST else labels.stances
        order = [*averaged, *(label for label in labels.all if label not in averaged)]
        for protocol, some in held_out[has_it].groupby("protocol", sort=False):
            confusion = grouped_confusion(
                some["stance"].tolist(), some["predicted"].tolist(), some["group"], order
            )
            low, high = macro_f1_interval(confusion, len(averaged), params.resamples, params.seed)
            point = float(macro_f1(confusion.sum(axis=0), len(averaged)))
            scores.append(
                {
                    "kind": kind,
                    "protocol": protocol,
                    "sentences": len(some),
                    "macro_f1": round(point, DIGITS),
                    "macro_f1_low": round(low, DIGITS),
                    "macro_f1_high": round(high, DIGITS),
                }
            )
    return scores
