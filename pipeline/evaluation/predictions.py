"""Predictions of sentences by models that never saw them: every system's, and the annotators'.

A table of them is all that is needed to measure, to calibrate and to compare runs, without the
data or the models that they come from.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.classifier.counted import CountedSentences
from pipeline.classifier.estimator import feature_frame
from pipeline.evaluation.folds import Fold, resampled_groups
from pipeline.evaluation.jobs import run_jobs
from pipeline.evaluation.systems import predict_blocks
from pipeline.project.params import Train
from pipeline.project.vocabulary import STRICTEST
from stance.model.columns import decision_column, probability_column
from stance.statistics.rounding import DIGITS


def predict_protocols(
    sentences: pd.DataFrame,
    embeddings: NDArray[np.float32],
    protocols: Mapping[str, Sequence[Fold]],
    params: Train,
    labels: Sequence[str],
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
    """
    frame = feature_frame(sentences["text"].tolist(), embeddings)
    stances = sentences["stance"].to_numpy(dtype=np.str_)
    decisions = out_of_fold(frame, stances, protocols, params, labels)
    return {
        system: prediction_table(sentences, by_protocol, labels)
        for system, by_protocol in decisions.items()
    }


def predict_fold(
    counted: CountedSentences,
    stances: NDArray[np.str_],
    fold: Fold,
    params: Train,
    labels: Sequence[str],
) -> dict[str, NDArray[np.float64]]:
    """Return for each system the probabilities, shape (held-out sentences, labels), of a fold."""
    of_train, of_test, split = counted.weigh(fold.train, fold.test)
    return predict_blocks(of_train, stances[fold.train], of_test, split, params, labels)


def out_of_fold(
    frame: pd.DataFrame,
    stances: NDArray[np.str_],
    protocols: Mapping[str, Sequence[Fold]],
    params: Train,
    labels: Sequence[str],
) -> dict[str, dict[str, NDArray[np.float64]]]:
    """Return mean out-of-fold decision values per system and protocol.

    Returns
    -------
    For each system and protocol float64 of shape (sentences, labels); NaN where a protocol does
    not predict. A sentence that is held out several times gets the mean of its predictions.
    """
    counted = CountedSentences(frame, params)
    jobs = [(protocol, fold) for protocol, folds in protocols.items() for fold in folds]
    found = run_jobs(
        predict_fold,
        [(counted, stances, fold, params, labels) for _, fold in jobs],
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
    target), `stance`, `predicted`, a decision value per label, and `text`.
    """
    tables = []
    for protocol, values in decisions.items():
        rows = np.flatnonzero(~np.isnan(values[:, 0]))
        of_protocol = sentences.iloc[rows]
        predicted = np.array(labels)[values[rows].argmax(axis=1)]
        table = of_protocol[["id", "stance", "text"]].assign(
            protocol=protocol, group=resampled_groups(of_protocol, protocol), predicted=predicted
        )
        table[[*map(decision_column, labels)]] = values[rows].round(DIGITS)
        tables.append(table)
    columns = ["id", "protocol", "group", "stance", "predicted"]
    return pd.concat(tables, ignore_index=True)[[*columns, *map(decision_column, labels), "text"]]


def annotator_predictions(votes: pd.DataFrame, referees: Sequence[str]) -> pd.DataFrame:
    """Return each independent annotator's vote beside the majority of the others'.

    Parameters
    ----------
    votes
        `id`, `annotator`, `stance`.
    referees
        Annotators that decide; they have seen the others' votes, so they do not count.

    Returns
    -------
    `id`, `stance` (of the others) and `predicted` (the annotator's); a vote against others that
    are split evenly is left out.
    """
    independent = votes[~votes["annotator"].isin(referees)]
    pairs = independent.merge(independent, on="id", suffixes=("", "_other"))
    pairs = pairs[pairs["annotator"] != pairs["annotator_other"]]
    keys = ["id", "annotator", "stance"]
    counts = pairs.groupby([*keys, "stance_other"], sort=False).size().rename("count").reset_index()
    most = counts.groupby(keys, sort=False)["count"].transform("max")
    leading = counts[counts["count"] == most]
    leading = leading[~leading.duplicated(keys, keep=False)]
    return leading.rename(columns={"stance": "predicted", "stance_other": "stance"})[
        ["id", "stance", "predicted"]
    ]


def beside_annotators(
    predictions: pd.DataFrame, votes: pd.DataFrame, referees: Sequence[str]
) -> pd.DataFrame:
    """Return what the annotators "predict" of the sentences that a system predicts.

    Parameters
    ----------
    predictions
        `id`, `protocol` and `group` of the system's.
    votes, referees
        As for `annotator_predictions`.

    Returns
    -------
    `id`, `protocol`, `group`, `stance` and `predicted`.
    """
    of_annotators = annotator_predictions(votes, referees)
    return predictions[["id", "protocol", "group"]].merge(of_annotators, on="id")


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
