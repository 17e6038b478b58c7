"""What the predictions, the votes and the sentences come to: counts, shares and confusions."""

from collections.abc import Sequence
from itertools import combinations_with_replacement
from typing import Any

import numpy as np
import pandas as pd

from pipeline.project.tables import SPEAKER, STATEMENTS, split_speakers
from pipeline.project.vocabulary import UNSEEN_ARTICLE
from stance.statistics.reliability import calibration_error, reliability
from stance.statistics.rounding import DIGITS

BINS = 10


def summarise_predictions(predictions: pd.DataFrame, labels: Sequence[str]) -> dict[str, Any]:
    """Return what the predictions of all protocols come to.

    Parameters
    ----------
    predictions
        As `with_confidence` returns them.
    labels
        All labels.

    Returns
    -------
    `articles`, and for each protocol its `confusion` and the `confidence` that it deserves.
    """
    by_protocol = {
        str(protocol): some for protocol, some in predictions.groupby("protocol", sort=False)
    }
    return {
        "articles": summarise_articles(predictions),
        "confusion": {name: confusion(some, labels) for name, some in by_protocol.items()},
        "confidence": {name: summarise_confidence(some) for name, some in by_protocol.items()},
    }


def summarise_articles(predictions: pd.DataFrame) -> dict[str, Any]:
    """Return the accuracy on each article that was never seen, and how it is spread."""
    unseen = predictions[predictions["protocol"] == UNSEEN_ARTICLE]
    right = (unseen["stance"] == unseen["predicted"]).groupby(unseen["group"], sort=False)
    accuracy = right.mean()
    low, middle, high = np.quantile(accuracy, [0.25, 0.5, 0.75]) if len(accuracy) else [0.0] * 3
    return {
        "accuracy": {
            str(name): {"accuracy": round(float(value), DIGITS), "sentences": int(size)}
            for (name, value), size in zip(accuracy.items(), right.size(), strict=True)
        },
        "quartiles": [round(float(value), DIGITS) for value in (low, middle, high)],
    }


def confusion(some: pd.DataFrame, labels: Sequence[str]) -> dict[str, dict[str, int]]:
    """Return for each annotated label how often each label was predicted."""
    counts = pd.crosstab(some["stance"], some["predicted"])
    counts = counts.reindex(index=list(labels), columns=list(labels), fill_value=0)
    return {
        str(label): {str(to): int(n) for to, n in row.items()} for label, row in counts.iterrows()
    }


def summarise_confidence(some: pd.DataFrame) -> dict[str, float]:
    """Return how far one protocol's probabilities can be trusted."""
    right = some["stance"] == some["predicted"]
    table = reliability(some["confidence"], right, BINS)
    return {
        "confidence": round(float(some["confidence"].mean()), DIGITS),
        "accuracy": round(float(right.mean()), DIGITS),
        "calibration_error": round(calibration_error(table), DIGITS),
    }


def count_sentences(sentences: pd.DataFrame) -> dict[str, int]:
    """Return how many labelled sentences there are, of articles and single statements."""
    single = sentences["document"] == STATEMENTS
    return {
        "labelled": len(sentences),
        "articles": int((~single).sum()),
        "statements": int(single.sum()),
    }


def count_speakers(
    sentences: pd.DataFrame, labels: Sequence[str]
) -> dict[str, list[dict[str, Any]]]:
    """Return for each document who speaks in it, in order, with sentences by stance."""
    spoken = sentences.assign(name=sentences[SPEAKER].map(split_speakers)).explode("name")
    spoken = spoken[spoken["name"].notna()]
    found: dict[str, list[dict[str, Any]]] = {}
    for (document, name), some in spoken.groupby(["document", "name"], sort=False):
        counts = some["stance"].value_counts()
        by_label = {label: int(counts.get(label, 0)) for label in labels}
        found.setdefault(str(document), []).append({"speaker": name, "sentences": by_label})
    return found


def annotator_confusion(
    votes: pd.DataFrame, referees: Sequence[str], labels: Sequence[str]
) -> list[dict[str, Any]]:
    """Return how often two independent annotators of a sentence met in each pair of labels.

    Parameters
    ----------
    votes
        `id`, `annotator` and `stance`.
    referees
        Whose votes do not count: they have seen the others'.
    labels
        All labels.

    Returns
    -------
    For each pair of labels, equal ones included, `labels` and `pairs` of votes.
    """
    independent = votes[~votes["annotator"].isin(referees)]
    counts = pd.crosstab(independent["id"], independent["stance"])
    counts = counts.reindex(columns=list(labels), fill_value=0)
    return [
        {
            "labels": [first, second],
            "pairs": int((counts[first] * (counts[first] - 1) // 2).sum())
            if first == second
            else int((counts[first] * counts[second]).sum()),
        }
        for first, second in combinations_with_replacement(labels, 2)
    ]
