"""Real prose of sources that neither encoder nor classifier has seen: the honest protocol.

Its text is not here, so its vectors stand for it; they belong to one encoder and no other. What a
sentence is called wherever it occurs is its id.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.corpus.prose import RealProse
from pipeline.evaluation.systems import fit_predict, most_frequent, with_beside
from pipeline.project.params import Train
from pipeline.project.vocabulary import ANNOTATORS, DEFAULT, EVEN, MOST_FREQUENT, UNSEEN_SOURCE
from stance.model.columns import decision_column
from stance.statistics.metrics import grouped_confusion, label_f1, micro_f1
from stance.statistics.rounding import DIGITS


def source_table(
    real: RealProse, values: NDArray[np.float64], labels: Sequence[str]
) -> pd.DataFrame:
    """Return what a system makes of the n agreed sentences, as `predict_sources` does.

    Parameters
    ----------
    real
        What is predicted.
    values
        Decision values of shape (n, labels).
    labels
        All labels, in the order of the columns.
    """
    table = real.sentences.assign(
        protocol=UNSEEN_SOURCE,
        predicted=np.array(labels)[values.argmax(axis=1)],
        text=real.sentences["id"],
    )
    table[[*map(decision_column, labels)]] = values.round(DIGITS)
    return table


def predict_sources(
    real: RealProse,
    embeddings: NDArray[np.float32],
    stances: NDArray[np.str_],
    params: Train,
    labels: Sequence[str],
    beside: RealProse | None = None,
) -> dict[str, pd.DataFrame]:
    """Return what each system, trained on all n labelled sentences, predicts of the sources.

    The classifier itself is trained on the real prose `beside` them, too. TF-IDF is none of the
    systems: it would need the texts.

    Returns
    -------
    As `pipeline.evaluation.predictions.prediction_table`, with `source` and `drawn`; the text of
    a sentence is its id. Of the annotators each vote stands beside the others' votes.
    """
    learned = with_beside(embeddings, stances, beside)
    found = {
        DEFAULT: fit_predict(*learned, real.vectors, params, labels),
        MOST_FREQUENT: most_frequent(stances, len(real.sentences), labels),
    }
    tables = {system: source_table(real, values, labels) for system, values in found.items()}
    pairs = real.votes.merge(real.votes[["id", "annotator", "stance"]], on="id")
    pairs = pairs[pairs["annotator_x"] != pairs["annotator_y"]]
    tables[ANNOTATORS] = pairs.rename(columns={"stance_x": "predicted", "stance_y": "stance"})[
        ["id", "group", "source", "drawn", "stance", "predicted"]
    ].assign(protocol=UNSEEN_SOURCE)
    return tables


def first_of_all(
    of_real: Mapping[str, pd.DataFrame], others: Mapping[str, pd.DataFrame]
) -> dict[str, pd.DataFrame]:
    """Return each system's predictions under all protocols, this one first."""
    return {
        system: pd.concat([of_real[system], table], ignore_index=True)[table.columns]
        if system in of_real
        else table
        for system, table in others.items()
    }


def source_figures(
    predictions: pd.DataFrame,
    stances: Sequence[str],
    labels: Sequence[str],
    min_labels: int,
) -> dict[str, dict[str, Any]]:
    """Return for each source what was measured on it.

    Parameters
    ----------
    predictions
        Rows of the protocol: `source`, `drawn`, `stance`, `predicted`.
    stances, labels
        What F1 is of; all labels, the stances first.
    min_labels
        On fewer sentences of a stance its F1 would be chance, and is left out.

    Returns
    -------
    For each source its `sentences`, how many of them `even`ly drawn, `accuracy`, `micro_f1` over
    the stances, and `f1` of each stance that has enough sentences.
    """
    found: dict[str, dict[str, Any]] = {}
    for source, some in predictions.groupby("source", sort=True):
        actual, predicted = some["stance"].tolist(), some["predicted"].tolist()
        (confusion,) = grouped_confusion(actual, predicted, np.zeros(len(some)), labels)
        f1 = label_f1(confusion)
        found[str(source)] = {
            "sentences": len(some),
            "even": int((some["drawn"] == EVEN).sum()),
            "accuracy": round(float((some["stance"] == some["predicted"]).mean()), DIGITS),
            "micro_f1": round(micro_f1(confusion, len(stances)), DIGITS),
            "f1": {
                stance: round(float(f1[number]), DIGITS)
                for number, stance in enumerate(stances)
                if confusion[number].sum() >= min_labels
            },
        }
    return found
