"""Answer three questions about the classifier, beside the baselines and the annotators.

`article`: how well is the published article labelled, given the rest of it? `unseen_article`: what
happens with the next article? `unseen_target`: what happens with another armed group? Every
sentence is predicted by models that were not trained on it, and, as the protocol says, on nothing
of its article or of its target either. A project that cannot answer a question (no article, few
targets) is told so and gets the other answers; one of single statements gets `statement`, plain
folds of them.
"""

import re
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.metrics import brier_score_loss, log_loss, precision_recall_curve
from sklearn.model_selection import GroupKFold, RepeatedStratifiedKFold

from pipeline.classifier.counted import CountedSentences
from pipeline.classifier.estimator import feature_frame
from pipeline.evaluation.calibration import calibration_protocol, prediction_sample
from pipeline.evaluation.jobs import run_jobs
from pipeline.evaluation.systems import DEFAULT, predict_blocks
from pipeline.project.frames import write_csv
from pipeline.project.params import Evaluate, Labels, Train, read_params
from pipeline.project.tables import (
    ARTICLE,
    BASELINES,
    CALIBRATION,
    HEADLINES,
    LABELLED,
    METRICS,
    PLOTS,
    PREDICTIONS,
    PUBLISHED,
    STATEMENTS,
    UNSEEN_ARTICLE,
    UNSEEN_TARGET,
    VOTES,
    read_embeddings,
    read_labelled,
    read_stage_csv,
)
from stance.errors import DataError, exit_with
from stance.files import write_json
from stance.model.columns import decision_column, probability_column, probability_table
from stance.statistics.calibration import cross_fitted, one_against_rest
from stance.statistics.metrics import DIGITS, evaluate_predictions
from stance.statistics.reliability import reliability, risk_coverage

STATEMENT = "statement"
LEFT_OUT = "left_out"

ANNOTATORS = "annotators"

RELIABILITY_BINS = 8
CURVE_POINTS = 60
# Wanted errors, in percent, whose coverage is reported.
MAX_ERRORS = [5, 10, 20]
BEFORE, AFTER = "before", "after"


@dataclass(frozen=True)
class Fold:
    """Row numbers of the sentences to train on and of those to predict."""

    train: NDArray[np.intp]
    test: NDArray[np.intp]


def article_folds(sentences: pd.DataFrame, params: Evaluate) -> list[Fold]:
    """Return repeated stratified folds of the published sentences; others are always trained on.

    Raises
    ------
    DataError
        If a label has fewer published sentences than there are folds.
    """
    published = np.flatnonzero(sentences["origin"] == PUBLISHED)
    return _stratified_folds(sentences, published, params, "the published article has")


def statement_folds(sentences: pd.DataFrame, params: Evaluate) -> list[Fold]:
    """Return repeated stratified folds of the statements; articles are always trained on.

    Raises
    ------
    DataError
        If a label has fewer statements than there are folds.
    """
    statements = np.flatnonzero(sentences["document"] == STATEMENTS)
    return _stratified_folds(sentences, statements, params, "the statements have")


def _stratified_folds(
    sentences: pd.DataFrame, rows: NDArray[np.intp], params: Evaluate, which: str
) -> list[Fold]:
    stances = sentences["stance"].iloc[rows]
    counts = stances.value_counts()
    if counts.empty:
        raise DataError(f"{LABELLED}: {which} no labelled sentence; annotate some.")
    if counts.min() < params.folds:
        raise DataError(
            f"{LABELLED}: {which} {counts.min()} sentences labelled {counts.index[-1]!r}, fewer "
            f"than evaluate.folds = {params.folds}; annotate more or lower it in params.yaml."
        )
    others = np.setdiff1d(np.arange(len(sentences)), rows)
    splitter = RepeatedStratifiedKFold(
        n_splits=params.folds, n_repeats=params.repeats, random_state=params.seed
    )
    return [
        Fold(np.concatenate([rows[train], others]), rows[test])
        for train, test in splitter.split(rows, stances)
    ]


def unseen_article_folds(sentences: pd.DataFrame) -> list[Fold]:
    """Return a fold per article: all its sentences to predict, none of them to train on.

    Raises
    ------
    DataError
        If no article has a labelled sentence.
    """
    if (sentences["document"] == STATEMENTS).all():
        raise DataError(f"{LABELLED}: no article has a labelled sentence; add one and annotate it.")
    return [
        Fold(np.flatnonzero(~of_article), np.flatnonzero(of_article))
        for document in sentences["document"].unique()
        if document != STATEMENTS
        for of_article in [(sentences["document"] == document).to_numpy()]
    ]


def target_names(target: str) -> list[str]:
    """Return the single targets of a cell such as ``MNLF and MILF``."""
    return [name for name in re.split(r"\s+and\s+|\s*[,;/]\s*", target) if name]


def target_groups(statements: pd.DataFrame) -> pd.Series:
    """Return each statement's target, or its id where it has none: a group of its own."""
    return statements["target"].where(statements["target"] != "", statements["id"])


def unseen_target_folds(sentences: pd.DataFrame, folds: int) -> list[Fold]:
    """Return folds of the statements by target.

    Nothing is trained on that is about a target of the fold: neither statements nor articles that
    are annotated with it, nor any sentence that mentions its name.

    Raises
    ------
    DataError
        If there are fewer targets than folds.
    """
    statements = np.flatnonzero(sentences["document"] == STATEMENTS)
    groups = target_groups(sentences.iloc[statements])
    named = sentences["target"].iloc[statements].replace("", np.nan).nunique()
    if named < folds:
        raise DataError(
            f"{LABELLED}: the statements have {named} targets, fewer than "
            f"evaluate.target_folds = {folds}; add statements or lower it in params.yaml."
        )
    targets = sentences["target"].map(target_names)
    result = []
    for _, test in GroupKFold(folds).split(statements, groups=groups):
        held_out = statements[test]
        names = {name for cell in targets.iloc[held_out] for name in cell}
        about = targets.map(names.isdisjoint).eq(False)
        if names:
            mention = "|".join(re.escape(name) for name in sorted(names))
            about |= sentences["text"].str.contains(rf"\b(?:{mention})\b", case=False, regex=True)
        about.iloc[held_out] = True
        result.append(Fold(np.flatnonzero(~about), held_out))
    return result


def protocol_folds(
    sentences: pd.DataFrame, params: Evaluate
) -> tuple[dict[str, list[Fold]], dict[str, str]]:
    """Return the folds of the protocols that the sentences allow, and why others are left out.

    `statement` stands in where there is no article or the statements have too few targets.

    Raises
    ------
    DataError
        If no protocol is left.
    """
    makers: dict[str, Callable[[], list[Fold]]] = {
        ARTICLE: lambda: article_folds(sentences, params),
        UNSEEN_ARTICLE: lambda: unseen_article_folds(sentences),
        UNSEEN_TARGET: lambda: unseen_target_folds(sentences, params.target_folds),
        STATEMENT: lambda: statement_folds(sentences, params),
    }
    stances = sentences["stance"].to_numpy()
    protocols: dict[str, list[Fold]] = {}
    left_out: dict[str, str] = {}
    for protocol, make in makers.items():
        if protocol == STATEMENT and not left_out.keys() & {UNSEEN_ARTICLE, UNSEEN_TARGET}:
            continue
        try:
            folds = make()
            if any(len(set(stances[fold.train])) < 2 for fold in folds):
                raise DataError(
                    f"{LABELLED}: without what is held out fewer than two labels are left to "
                    "train on; annotate more."
                )
            protocols[protocol] = folds
        except DataError as error:
            left_out[protocol] = str(error)
    if not protocols:
        raise DataError(f"nothing can be evaluated: {next(iter(left_out.values()))}")
    return protocols, left_out


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
    protocols: dict[str, list[Fold]],
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


def resampled_groups(sentences: pd.DataFrame, protocol: str) -> pd.Series:
    """Return what the bootstrap draws as a whole: sentences, articles or targets."""
    if protocol in (ARTICLE, STATEMENT):
        return sentences["id"]
    return sentences["document"] if protocol == UNSEEN_ARTICLE else target_groups(sentences)


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


def calibrate(
    predictions: pd.DataFrame, labels: Sequence[str]
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Return the predictions with probabilities, and what calibration and abstention are worth.

    Temperature and thresholds come from the protocol that the saved model's come from, fitted
    without the article of the sentence that they are used on.

    Parameters
    ----------
    predictions
        As `prediction_table` returns them.
    labels
        All labels, in the order of the columns.

    Returns
    -------
    The predictions with a column `p_<label>` for each label, and for each protocol the mean log
    loss and Brier score before and after (before: scikit-learn's probabilities of one against the
    rest) and, for each wanted error, the error and the coverage found.
    """
    source = calibration_protocol(predictions)
    sample = prediction_sample(predictions[predictions["protocol"] == source], labels)
    probabilities = np.empty((len(predictions), len(labels)))
    report: dict[str, Any] = {}
    for protocol, some in predictions.groupby("protocol", sort=False):
        documents = some["id"].str.rpartition(":")[0]
        measured = prediction_sample(some, labels, None if protocol == source else documents)
        after, bought = cross_fitted(measured, sample, [wanted / 100 for wanted in MAX_ERRORS])
        probabilities[some.index] = after
        before = one_against_rest(measured.decisions)
        numbers = range(len(labels))
        report[str(protocol)] = {
            "log_loss": {
                name: round(float(log_loss(measured.actual, found, labels=numbers)), DIGITS)
                for name, found in ((BEFORE, before), (AFTER, after))
            },
            "brier": {
                name: round(
                    float(
                        brier_score_loss(
                            measured.actual, found, labels=numbers, scale_by_half=False
                        )
                    ),
                    DIGITS,
                )
                for name, found in ((BEFORE, before), (AFTER, after))
            },
        } | {
            f"at_{wanted}_percent": {
                "error": at_wanted.error,
                "coverage": at_wanted.coverage,
                "answered": at_wanted.answered,
            }
            for wanted, at_wanted in zip(MAX_ERRORS, bought, strict=True)
        }
    table = predictions.join(probability_table(probabilities, labels, predictions.index))
    fixed = ["id", "protocol", "group", "stance", "predicted"]
    columns = [*map(probability_column, labels), *map(decision_column, labels)]
    return table[[*fixed, *columns, "text"]], report


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

    def measure(some: pd.DataFrame, groups: pd.Series) -> dict[str, Any]:
        return evaluate_predictions(
            some["stance"].tolist(),
            some["predicted"].tolist(),
            groups,
            labels.stances,
            labels.background,
            resamples=params.resamples,
            seed=params.seed,
        )

    for protocol, some in predictions.groupby("protocol", sort=False):
        metrics[str(protocol)] = measure(some, some["group"])
    unseen = predictions[predictions["protocol"] == UNSEEN_ARTICLE]
    published = unseen[unseen["id"].isin(published_ids)]
    if len(published):
        # One article cannot be resampled by article: its sentences are.
        keys = ["macro_f1", "macro_f1_low", "macro_f1_high", "sentences"]
        measured = measure(published, published["id"])
        metrics[UNSEEN_ARTICLE][PUBLISHED] = {key: measured[key] for key in keys}
    return metrics


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
        right = some["stance"] == some["predicted"]
        decisions = some[[decision_column(label) for label in labels.all]].to_numpy()
        probabilities = some[[probability_column(label) for label in labels.all]].to_numpy()
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


def headline(metrics: dict[str, Any], stances: Sequence[str]) -> dict[str, float]:
    """Return what fits in a row when DVC shows or compares the metrics of a protocol."""
    keys = ["macro_f1", "macro_f1_low", "macro_f1_high", "accuracy"]
    of_stances = {f"f1_{stance}": metrics[stance]["f1"] for stance in stances}
    return {**{key: metrics[key] for key in keys}, **of_stances}


def main() -> None:
    """Write the metrics, the baselines, the calibration, the predictions and the plots' tables."""
    params = read_params()
    sentences = read_labelled()
    embeddings = read_embeddings(len(sentences))
    known = (sentences["stance"] != "").to_numpy()
    sentences = sentences[known].reset_index(drop=True)
    frame = feature_frame(sentences["text"].tolist(), embeddings[known])
    protocols, left_out = protocol_folds(sentences, params.evaluate)
    stances = sentences["stance"].to_numpy(dtype=np.str_)
    decisions = out_of_fold(frame, stances, protocols, params.train, params.labels.all)
    predictions = {
        system: prediction_table(sentences, by_protocol, params.labels.all)
        for system, by_protocol in decisions.items()
    }
    predictions[DEFAULT], calibration = calibrate(predictions[DEFAULT], params.labels.all)
    of_annotators = annotator_predictions(read_stage_csv(VOTES), params.label.referees)
    predictions[ANNOTATORS] = predictions[DEFAULT][["id", "protocol", "group"]].merge(
        of_annotators, on="id"
    )
    metrics = {
        system: protocol_metrics(table, sentences, params.labels, params.evaluate)
        for system, table in predictions.items()
    }
    default = metrics.pop(DEFAULT)
    write_csv(PREDICTIONS, predictions[DEFAULT])
    for name, table in plot_tables(predictions[DEFAULT], default, params.labels).items():
        write_csv(PLOTS / f"{name}.csv", table)
    write_json(BASELINES, metrics)
    for protocol, of_protocol in default.items():
        row = headline(of_protocol, params.labels.stances)
        write_json(HEADLINES / f"{protocol}.json", row)
    write_json(CALIBRATION, calibration)
    write_json(METRICS, {**default, LEFT_OUT: left_out} if left_out else default)
    for protocol, reason in left_out.items():
        sys.stderr.write(f"evaluate: {protocol} is left out. {reason}\n")


if __name__ == "__main__":
    exit_with("evaluate", main)
