"""Ask where the classifier fails, which labels it doubts, and what more data would bring.

Nothing here changes a label or a model. Mistakes and doubts come from the predictions of
`evaluate`, for articles and targets never seen where the project has them, so that every sentence
is judged by models that knew neither it nor its kin.
"""

import math
from collections.abc import Sequence
from itertools import combinations_with_replacement
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.classifier.estimator import build_estimator, feature_frame, label_weights
from pipeline.evaluation.learning_curve import (
    DOCUMENTS,
    Curve,
    Design,
    learning_curves,
    unit_held_out,
)
from pipeline.project.frames import write_csv
from pipeline.project.params import PARAMS, Evaluate, Labels, read_params
from pipeline.project.tables import (
    ANALYSIS,
    DOUBTED,
    LEARNING_CURVE,
    MISTAKES,
    PREDICTIONS,
    SPEAKER,
    STATEMENTS,
    VOTES,
    read_embeddings,
    read_labelled,
    read_stage_csv,
    split_speakers,
)
from stance.errors import DataError, exit_with
from stance.files import write_json
from stance.model.columns import probability_column
from stance.model.decision import WORDS
from stance.statistics.confident_learning import confident_joint, confident_labels, doubted
from stance.statistics.difficulty import CONTRAST, difficulties
from stance.statistics.metrics import DIGITS, grouped_confusion, macro_f1, macro_f1_interval
from stance.statistics.reliability import calibration_error, reliability

UNSEEN_ARTICLE = "unseen_article"
# Whose predictions a sentence is judged by: the first of them that predicts it.
STRICTEST = [UNSEEN_ARTICLE, "unseen_target", "statement", "article"]
NEIGHBOURS = 3
PHRASES = 15
# A phrase of fewer sentences says more about them than about the stance.
MIN_SENTENCES = 10
BINS = 10


def read_predictions(labels: Sequence[str]) -> pd.DataFrame:
    """Return `predictions.csv` with numbers for probabilities, and the highest as `confidence`."""
    columns = [probability_column(label) for label in labels]
    predictions = read_stage_csv(PREDICTIONS).astype(dict.fromkeys(columns, float))
    return predictions.assign(confidence=predictions[columns].max(axis=1))


def judged_predictions(predictions: pd.DataFrame) -> pd.DataFrame:
    """Return one prediction per sentence, by the strictest protocol that predicts it."""
    strictness = predictions["protocol"].map(STRICTEST.index)
    kept = strictness == strictness.groupby(predictions["id"]).transform("min")
    return predictions[kept].reset_index(drop=True)


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


def nearest(
    similarity: NDArray[np.float64], groups: NDArray[np.str_], own: Sequence[str]
) -> list[NDArray[np.intp]]:
    """Return the most similar annotated sentences outside a sentence's own article or target.

    Parameters
    ----------
    similarity
        float64 of shape (m, n): of m sentences to all n.
    groups
        Article or target of the n.
    own
        Article or target of the m.

    Returns
    -------
    For each of the m up to `NEIGHBOURS` row numbers, most similar first.
    """
    found = []
    for values, group in zip(similarity, own, strict=True):
        elsewhere = np.flatnonzero(groups != group)
        order = np.argsort(-values[elsewhere], kind="stable")[:NEIGHBOURS]
        found.append(elsewhere[order])
    return found


def mistake_table(
    held_out: pd.DataFrame,
    sentences: pd.DataFrame,
    vectors: Any,
    blocks: int,
    contrast: Sequence[str],
) -> pd.DataFrame:
    """Return `mistakes.csv`: the wrong predictions, the most confident first.

    Parameters
    ----------
    held_out
        The predictions, one per sentence.
    sentences
        All n labelled sentences.
    vectors
        Their features, sparse, of shape (n, features), in blocks of length one.
    blocks
        How many these are: similarity is the mean of the cosines in each.
    contrast
        As for `score_kinds`.

    Returns
    -------
    `id`, `protocol`, `stance`, `predicted`, `confidence`, `kinds` (of difficulty), `nearest` (ids
    of annotated sentences) and `similarity`, several with spaces between, and `text`.
    """
    wrong = held_out[held_out["stance"] != held_out["predicted"]]
    wrong = wrong.sort_values(["confidence", "id"], ascending=[False, True])
    kinds = difficulties(wrong["text"].tolist(), wrong["stance"].tolist(), contrast)
    # Of the contrast are the mistakes that take one of its stances for another.
    kinds[CONTRAST] &= wrong["predicted"].isin(contrast).to_numpy()
    rows = pd.Index(sentences["id"])
    group = sentences["id"].map(dict(zip(held_out["id"], held_out["group"], strict=True)))
    similarity = (vectors[rows.get_indexer(pd.Index(wrong["id"]))] @ vectors.T).toarray() / blocks
    similarity = similarity.round(DIGITS)
    found = nearest(similarity, group.fillna("").to_numpy(dtype=np.str_), wrong["group"].tolist())
    return wrong[["id", "protocol", "stance", "predicted", "confidence"]].assign(
        kinds=[
            " ".join(kind for kind, has_it in kinds.items() if has_it[number])
            for number in range(len(wrong))
        ],
        nearest=[" ".join(rows[of_one]) for of_one in found],
        similarity=[
            " ".join(f"{value:.2f}" for value in of_one[near])
            for of_one, near in zip(similarity, found, strict=True)
        ],
        text=wrong["text"],
    )


def doubt_table(held_out: pd.DataFrame, labels: Sequence[str]) -> pd.DataFrame:
    """Return `doubted.csv`: sentences whose label the model doubts, the clearest doubt first.

    Returns
    -------
    `id`, `stance` (as annotated), `suggested`, the probabilities `p_stance` and `p_suggested`,
    `status` (how the label came about) and `text`.
    """
    given = pd.Index(labels).get_indexer(pd.Index(held_out["stance"]))
    probabilities = held_out[[probability_column(label) for label in labels]].to_numpy()
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
    given = pd.Index(labels).get_indexer(pd.Index(held_out["stance"]))
    probabilities = held_out[[probability_column(label) for label in labels]].to_numpy()
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


def strongest_phrases(
    names: NDArray[np.str_],
    vectors: Any,
    weights: NDArray[np.float64],
    sentences: pd.DataFrame,
    labels: Sequence[str],
) -> dict[str, list[dict[str, Any]]]:
    """Return for each label the words and phrases that speak for it most.

    Parameters
    ----------
    names
        The phrases.
    vectors
        Their TF-IDF, sparse, of shape (n, phrases).
    weights
        Coefficients of the linear classifier, shape (labels, phrases).
    sentences
        `document` and `stance` of the n.
    labels
        In the order of the weights.

    Returns
    -------
    Each with its `phrase`; `weight`, what it adds to the decision on average where it occurs; in
    how many `sentences` and `documents` that is; and the `share` of these sentences that carry
    the label.
    """
    columns = vectors.tocsc()
    count = np.diff(columns.indptr)
    mean = np.asarray(columns.sum(axis=0)).ravel() / np.maximum(count, 1)
    result = {}
    for label, weight in zip(labels, weights * mean, strict=True):
        common = np.flatnonzero((count >= MIN_SENTENCES) & (weight > 0))
        ranked = common[np.argsort(-weight[common], kind="stable")]
        phrases = []
        for column in ranked[:PHRASES]:
            where = columns.indices[columns.indptr[column] : columns.indptr[column + 1]]
            of_phrase = sentences.iloc[where]
            phrases.append(
                {
                    "phrase": str(names[column]),
                    "weight": round(float(weight[column]), 2),
                    "sentences": int(count[column]),
                    "documents": int(of_phrase["document"].nunique()),
                    "share": round(float((of_phrase["stance"] == label).mean()), DIGITS),
                }
            )
        result[label] = phrases
    return result


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


def summarise_curves(curves: dict[str, Curve], articles: int) -> dict[str, Any]:
    """Return what each learning curve says about more of the same.

    If the gain of the last doubling is what every doubling brings, one article more than there
    are brings its logarithmic share: `next_article`.
    """
    found: dict[str, Any] = {
        unit: {
            "half": round(float(curve.table["size"].iloc[-2])),
            "all": round(float(curve.table["size"].iloc[-1])),
            "gain": round(curve.gain, DIGITS),
            "gain_low": round(curve.low, DIGITS),
            "gain_high": round(curve.high, DIGITS),
        }
        for unit, curve in curves.items()
    }
    if DOCUMENTS in curves:
        share = math.log2((articles + 1) / articles)
        found[DOCUMENTS]["articles"] = articles
        found[DOCUMENTS]["next_article"] = round(curves[DOCUMENTS].gain * share, DIGITS)
    return found


def curve_table(curves: dict[str, Curve]) -> pd.DataFrame:
    """Return `learning_curve.csv`: `unit`, `size`, `macro_f1`, `low` and `high`."""
    rows = [
        {"unit": unit, **row}
        for unit, curve in curves.items()
        for row in curve.table.round(DIGITS).to_dict("records")
    ]
    return pd.DataFrame(rows, columns=["unit", "size", "macro_f1", "low", "high"])


def main() -> None:
    """Write `analysis.json`, `learning_curve.csv`, `mistakes.csv` and `doubted.csv`."""
    params = read_params()
    labels, contrast = params.labels, params.analyse.contrast
    for stance in contrast:
        if stance not in labels.stances:
            raise DataError(
                f"{PARAMS}: analyse.contrast names {stance!r}, which is not one of labels.stances."
            )
    sentences = read_labelled()
    embeddings = read_embeddings(len(sentences))
    known = (sentences["stance"] != "").to_numpy()
    sentences = sentences[known].reset_index(drop=True)
    frame = feature_frame(sentences["text"].tolist(), embeddings[known])
    predictions = read_predictions(labels.all)
    held_out = judged_predictions(predictions).merge(sentences[["id", "status"]], on="id")

    estimator = build_estimator(params.train, frame.shape[1] - 1)
    vectors = estimator.named_steps["features"].fit_transform(frame).tocsr()
    classifier = estimator.named_steps["classifier"].fit(vectors, sentences["stance"])
    features = estimator.named_steps["features"]
    of_words = features.output_indices_[WORDS]
    weights = label_weights(classifier, labels.all)

    design = Design(
        params.analyse.folds,
        params.analyse.repeats,
        params.evaluate.resamples,
        params.evaluate.seed,
    )
    curves = learning_curves(frame, sentences, STATEMENTS, params.train, labels, design)
    articles = sentences["document"][sentences["document"] != STATEMENTS].nunique()
    doubts = doubt_table(held_out, labels.all)
    write_csv(LEARNING_CURVE, curve_table(curves))
    write_csv(
        MISTAKES,
        mistake_table(held_out, sentences, vectors, len(features.transformers_), contrast),
    )
    write_csv(DOUBTED, doubts)
    write_json(
        ANALYSIS,
        {
            "annotators": annotator_confusion(
                read_stage_csv(VOTES), params.label.referees, labels.all
            ),
            "articles": summarise_articles(predictions),
            "confusion": {
                str(protocol): confusion(some, labels.all)
                for protocol, some in predictions.groupby("protocol", sort=False)
            },
            "confidence": {
                str(protocol): summarise_confidence(some)
                for protocol, some in predictions.groupby("protocol", sort=False)
            },
            "doubts": summarise_doubts(held_out, doubts, labels.all),
            "held_out": unit_held_out(sentences["document"].to_numpy(dtype=np.str_), STATEMENTS),
            "kinds": score_kinds(held_out, contrast, labels, params.evaluate),
            "learning": summarise_curves(curves, articles),
            "sentences": {
                "labelled": len(sentences),
                "articles": int((sentences["document"] != STATEMENTS).sum()),
                "statements": int((sentences["document"] == STATEMENTS).sum()),
            },
            "speakers": count_speakers(sentences, labels.all),
            "phrases": strongest_phrases(
                features.named_transformers_[WORDS].get_feature_names_out(),
                vectors[:, of_words],
                weights[:, of_words],
                sentences,
                labels.all,
            ),
        },
    )


if __name__ == "__main__":
    exit_with("analyse", main)
