"""Predictions of sentences by models that never saw them: every system's, and the annotators'.

A table of them is all that is needed to measure, to calibrate and to compare runs, without the
data or the models that they come from.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.classifier.estimator import feature_frame
from pipeline.corpus.prose import RealProse
from pipeline.evaluation.folds import Fold, resampled_groups
from pipeline.evaluation.jobs import run_jobs
from pipeline.evaluation.systems import SentenceFeatures, predict_rows
from pipeline.project.params import Train
from pipeline.project.vocabulary import STRICTEST
from stance.model.columns import decision_column, probability_column
from stance.statistics.rounding import DIGITS

PREDICTION_COLUMNS = ["id", "protocol", "group", "source", "drawn", "stance", "predicted"]


def predict_protocols(
    sentences: pd.DataFrame,
    embeddings: NDArray[np.float32],
    protocols: Mapping[str, Sequence[Fold]],
    params: Train,
    labels: Sequence[str],
    beside: RealProse | None = None,
) -> dict[str, pd.DataFrame]:
    """Return each system's predictions under each protocol, as `prediction_table` returns them.

    Parameters
    ----------
    sentences, embeddings
        n labelled sentences, and float32 of shape (n, dimensions).
    protocols
        The folds of each.
    params, labels
        The estimator's params; all labels, in the order of the columns.
    beside
        Real prose that the classifier learns from in every fold.
    """
    frame = feature_frame(sentences["text"].tolist(), embeddings)
    stances = sentences["stance"].to_numpy(dtype=np.str_)
    decisions = out_of_fold(frame, stances, protocols, params, labels, beside)
    return {
        system: prediction_table(sentences, by_protocol, labels)
        for system, by_protocol in decisions.items()
    }


def out_of_fold(
    frame: pd.DataFrame,
    stances: NDArray[np.str_],
    protocols: Mapping[str, Sequence[Fold]],
    params: Train,
    labels: Sequence[str],
    beside: RealProse | None = None,
) -> dict[str, dict[str, NDArray[np.float64]]]:
    """Return mean out-of-fold decision values per system and protocol.

    Returns
    -------
    For each system and protocol float64 of shape (sentences, labels); NaN where a protocol does
    not predict. A sentence that is held out several times gets the mean of its predictions.
    """
    features = SentenceFeatures(frame, params, beside)
    jobs = [(protocol, fold) for protocol, folds in protocols.items() for fold in folds]
    found = run_jobs(
        predict_rows,
        [(features, stances, fold.train, fold.test, params, labels) for _, fold in jobs],
        sum(len(fold.train) for _, fold in jobs),
    )
    shape = (len(frame), len(labels))
    sums = {system: {name: np.zeros(shape) for name in protocols} for system in found[0]}
    times = {name: np.zeros((len(frame), 1)) for name in protocols}
    for (protocol, fold), decisions in zip(jobs, found, strict=True):
        times[protocol][fold.test] += 1
        for system, values in decisions.items():
            sums[system][protocol][fold.test] += values
    with np.errstate(invalid="ignore"):
        return {
            system: {name: total / times[name] for name, total in by_protocol.items()}
            for system, by_protocol in sums.items()
        }


def prediction_table(
    sentences: pd.DataFrame, decisions: dict[str, NDArray[np.float64]], labels: Sequence[str]
) -> pd.DataFrame:
    """Return out-of-fold predictions, all that is needed to compare runs without their data.

    Returns
    -------
    `id`, `protocol`, `group` (what is resampled as a whole: the sentence, its article or its
    target), `source` and `drawn` (of real prose), `stance`, `predicted`, a decision value per
    label, and `text`.
    """
    tables = []
    for protocol, values in decisions.items():
        rows = np.flatnonzero(~np.isnan(values[:, 0]))
        of_protocol = sentences.iloc[rows]
        predicted = np.array(labels)[values[rows].argmax(axis=1)]
        table = of_protocol[["id", "stance", "text"]].assign(
            protocol=protocol,
            group=resampled_groups(of_protocol, protocol),
            # Only real prose has sources, and was drawn in one way or another.
            source="",
            drawn="",
            predicted=predicted,
        )
        table[[*map(decision_column, labels)]] = values[rows].round(DIGITS)
        tables.append(table)
    return pd.concat(tables, ignore_index=True)[
        [*PREDICTION_COLUMNS, *map(decision_column, labels), "text"]
    ]


def beside_annotators(
    predictions: pd.DataFrame, votes: pd.DataFrame, referees: Sequence[str]
) -> pd.DataFrame:
    """Return what the annotators "predict" of the sentences that a system predicts.

    Each vote is held against the very label that the system is held against.

    Parameters
    ----------
    predictions
        The system's: `id`, `protocol`, `group`, `source`, `drawn` and `stance`.
    votes
        `id`, `annotator`, `stance`.
    referees
        Annotators that decide; their word is the label, so they do not count.

    Returns
    -------
    `PREDICTION_COLUMNS`, a row per vote.
    """
    independent = votes.loc[~votes["annotator"].isin(referees), ["id", "stance"]]
    of_votes = independent.rename(columns={"stance": "predicted"})
    kept = [name for name in PREDICTION_COLUMNS if name != "predicted"]
    return predictions[kept].merge(of_votes, on="id")[PREDICTION_COLUMNS]


def with_confidence(predictions: pd.DataFrame, labels: Sequence[str]) -> pd.DataFrame:
    """Return predictions, as read, with numbers for probabilities; the highest is `confidence`."""
    columns = [probability_column(label) for label in labels]
    predictions = predictions.astype(dict.fromkeys(columns, float))
    return predictions.assign(confidence=predictions[columns].max(axis=1))


def judged_predictions(predictions: pd.DataFrame) -> pd.DataFrame:
    """Return one prediction per sentence, by the strictest protocol that predicts it."""
    strictness = predictions["protocol"].map(STRICTEST.index)
    kept = strictness == strictness.groupby(predictions["id"]).transform("min")
    return predictions[kept].reset_index(drop=True)
