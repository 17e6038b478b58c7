"""What is measured on predictions: metrics of each protocol, and the tables behind the plots."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
from sklearn.metrics import precision_recall_curve

from pipeline.evaluation.calibration import AFTER, BEFORE
from pipeline.evaluation.unseen_source import source_figures
from pipeline.project.params import Evaluate, Labels
from pipeline.project.vocabulary import (
    EVEN,
    PUBLISHED,
    UNSEEN_ARTICLE,
    UNSEEN_SOURCE,
    UNSEEN_TARGET,
)
from stance.model.columns import decision_column, probability_column
from stance.statistics.calibration import one_against_rest
from stance.statistics.metrics import evaluate_predictions
from stance.statistics.reliability import reliability, risk_coverage
from stance.statistics.rounding import DIGITS

RELIABILITY_BINS = 8
CURVE_POINTS = 60
# A target with this share of the sentences has figures of its own.
LARGE = 0.2


def protocol_metrics(
    predictions: pd.DataFrame, sentences: pd.DataFrame, labels: Labels, params: Evaluate
) -> dict[str, Any]:
    """Return the metrics of each protocol in `predictions`.

    Parameters
    ----------
    predictions
        `id`, `protocol`, `group`, `stance` and `predicted`.
    sentences
        `id` and `origin` of the sentences.
    labels, params
        What is averaged, and how intervals are drawn.
    """
    published_ids = sentences["id"][sentences["origin"] == PUBLISHED]
    metrics: dict[str, Any] = {}

    def measure(
        some: pd.DataFrame, groups: pd.Series, strata: pd.Series | None = None
    ) -> dict[str, Any]:
        return evaluate_predictions(
            some["stance"].tolist(),
            some["predicted"].tolist(),
            groups,
            labels.stances,
            labels.background,
            resamples=params.resamples,
            seed=params.seed,
            strata=strata,
        )

    for protocol, some in predictions.groupby("protocol", sort=False):
        real = protocol == UNSEEN_SOURCE
        metrics[str(protocol)] = measure(some, some["group"], some["source"] if real else None)
        if real:
            metrics[UNSEEN_SOURCE]["sources"] = source_figures(
                some, labels.stances, labels.all, params.min_labels
            )
        if protocol == UNSEEN_TARGET:
            metrics[UNSEEN_TARGET] |= _largest_apart(some, measure)
    unseen = predictions[predictions["protocol"] == UNSEEN_ARTICLE]
    published = unseen[unseen["id"].isin(published_ids)]
    if len(published):
        # One article cannot be resampled by article: its sentences are.
        keys = ["macro_f1", "macro_f1_low", "macro_f1_high", "sentences"]
        measured = measure(published, published["id"])
        metrics[UNSEEN_ARTICLE][PUBLISHED] = {key: measured[key] for key in keys}
    return metrics


def _largest_apart(some: pd.DataFrame, measure: Callable[..., dict[str, Any]]) -> dict[str, Any]:
    """Return the figures on the largest target and on all others, if it outweighs them."""
    sizes = some["group"].value_counts()
    if sizes.iloc[0] < LARGE * len(some):
        return {}
    largest = some["group"] == sizes.index[0]
    keys = ["macro_f1", "macro_f1_low", "macro_f1_high", "sentences"]
    # One target cannot be resampled by target: its sentences are.
    of_largest = measure(some[largest], some["id"][largest])
    of_others = measure(some[~largest], some["group"][~largest])
    return {
        "largest_target": {"target": str(sizes.index[0]), **{key: of_largest[key] for key in keys}},
        "other_targets": {key: of_others[key] for key in keys},
    }


def headline(metrics: dict[str, Any], stances: Sequence[str]) -> dict[str, float]:
    """Return what fits in a row when DVC shows or compares the metrics of a protocol."""
    keys = ["macro_f1", "macro_f1_low", "macro_f1_high", "accuracy"]
    of_stances = {f"f1_{stance}": metrics[stance]["f1"] for stance in stances}
    return {**{key: metrics[key] for key in keys}, **of_stances}


def plot_tables(
    predictions: pd.DataFrame, metrics: dict[str, Any], labels: Labels
) -> dict[str, pd.DataFrame]:
    """Return the tables behind DVC's plots: confusion, precision-recall, reliability, F1."""
    f1 = [
        {"protocol": protocol, "stance": stance, "f1": metrics[protocol][stance]["f1"]}
        for protocol in metrics
        for stance in labels.stances
    ]
    confusion = predictions[["protocol", "stance", "predicted"]]
    return {"confusion": confusion, "f1": pd.DataFrame(f1), **dict(_curves(predictions, labels))}


def _curves(predictions: pd.DataFrame, labels: Labels) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield name and rows of the plots that DVC draws from the predictions."""
    precision_recall, confident, risk = [], [], []
    for protocol, some in predictions.groupby("protocol", sort=False):
        for label in labels.stances:
            is_label = some["stance"] == label
            if not is_label.any():
                continue
            score = some[probability_column(label)]
            precision, recall, _ = precision_recall_curve(is_label, score)
            shown = np.unique(np.linspace(0, len(recall) - 1, CURVE_POINTS).round().astype(int))
            precision_recall.append(
                pd.DataFrame({"recall": recall[shown], "precision": precision[shown]}).assign(
                    protocol=protocol, stance=label
                )
            )
        # Shares are those of what was drawn evenly.
        even = some[some["drawn"] == EVEN] if protocol == UNSEEN_SOURCE else some
        right = even["stance"] == even["predicted"]
        decisions = even[[decision_column(label) for label in labels.all]].to_numpy()
        probabilities = even[[probability_column(label) for label in labels.all]].to_numpy()
        for name, found in ((BEFORE, one_against_rest(decisions)), (AFTER, probabilities)):
            groups = reliability(found.max(axis=1), right, RELIABILITY_BINS)
            confident.append(groups.assign(protocol=protocol, calibration=name))
        curve = risk_coverage(probabilities.max(axis=1), right)
        shown = np.unique(np.linspace(0, len(curve) - 1, CURVE_POINTS).round().astype(int))
        risk.append(curve.iloc[shown].assign(protocol=protocol))
    columns = ["protocol", "stance", "recall", "precision"]
    yield "precision_recall", pd.concat(precision_recall)[columns].round(DIGITS)
    columns = ["protocol", "calibration", "confidence", "accuracy", "sentences"]
    yield "reliability", pd.concat(confident)[columns].round(DIGITS)
    columns = ["protocol", "coverage", "error", "threshold"]
    yield "risk_coverage", pd.concat(risk)[columns].round(DIGITS)
