"""Real prose of sources that neither encoder nor classifier has seen: the honest protocol.

Its text is not here, so its vectors stand for it; they belong to one encoder and no other. What a
sentence is called wherever it occurs is its id.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.evaluation.systems import fit_predict, most_frequent
from pipeline.project.params import Train
from pipeline.project.vocabulary import ANNOTATORS, DEFAULT, EVEN, MOST_FREQUENT, UNSEEN_SOURCE
from stance.model.columns import decision_column
from stance.statistics.metrics import grouped_confusion, label_f1, micro_f1
from stance.statistics.rounding import DIGITS


@dataclass(frozen=True)
class UnseenSources:
    """Coded sentences of sources that only measure.

    Attributes
    ----------
    sentences
        Those on which all coders agree: `id`, `stance`, `source`, `drawn` and `group`, which is
        their document.
    vectors
        Their embeddings, float32 of shape (n, dimensions).
    votes
        All votes, of the others too: `id`, `annotator`, `stance`, `source`, `drawn`, `group`.
    """

    sentences: pd.DataFrame
    vectors: NDArray[np.float32]
    votes: pd.DataFrame

    @property
    def differing(self) -> int:
        """How many sentences the coders do not agree on; they are left out."""
        return int(self.votes["id"].nunique()) - len(self.sentences)


def agreed_sentences(
    places: pd.DataFrame, votes: pd.DataFrame, vectors: NDArray[np.floating[Any]]
) -> UnseenSources:
    """Return what the protocol is measured on.

    Parameters
    ----------
    places
        The n coded sentences: `id`, `source`, `file`, `document`, `drawn`.
    votes
        Their `id`, `annotator` and `stance`.
    vectors
        Of shape (n, dimensions), in the order of the places.
    """
    group = places["source"] + "/" + places["file"] + "/" + places["document"]
    about = places[["id", "source", "drawn"]].assign(group=group)
    votes = votes.merge(about, on="id")
    of_sentence = votes.groupby("id", sort=False)["stance"].agg(set)
    stance = of_sentence[of_sentence.map(len).eq(1)].map(lambda one: next(iter(one)))
    agreed = about["id"].isin(stance.index).to_numpy()
    sentences = about[agreed].merge(stance, left_on="id", right_index=True)
    return UnseenSources(
        sentences.reset_index(drop=True),
        np.asarray(vectors[agreed], dtype=np.float32),
        votes.reset_index(drop=True),
    )


def source_table(
    real: UnseenSources, values: NDArray[np.float64], labels: Sequence[str]
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
    real: UnseenSources,
    embeddings: NDArray[np.float32],
    stances: NDArray[np.str_],
    params: Train,
    labels: Sequence[str],
) -> dict[str, pd.DataFrame]:
    """Return what each system, trained on all n labelled sentences, predicts of the sources.

    TF-IDF is none of them: it would need the texts.

    Returns
    -------
    As `pipeline.evaluation.predictions.prediction_table`, with `source` and `drawn`; the text of
    a sentence is its id. Of the annotators each vote stands beside the others' votes.
    """
    found = {
        DEFAULT: fit_predict(embeddings, stances, real.vectors, params, labels),
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
