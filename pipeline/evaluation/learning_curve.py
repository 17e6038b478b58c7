"""How macro-F1 on articles never seen grows with what is annotated.

Articles are held out in turn, several times over in another order. From what remains the
classifier is trained on all, on half, on half of that and so on: once of all sentences, drawn at
random, and once of the articles, beside the single statements. A project with too few articles
holds single statements out instead, and counts sentences only.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.classifier.counted import RowNumbers
from pipeline.classifier.estimator import build_classifier
from pipeline.evaluation.folds import Fold
from pipeline.evaluation.jobs import run_jobs
from pipeline.evaluation.systems import SentenceFeatures
from pipeline.project.params import Analyse, Evaluate, Labels, Train
from stance.errors import DataError
from stance.statistics.bootstrap import (
    Times,
    all_at_once,
    bootstrap_interval,
    drawn_counts,
    equal_shares,
)
from stance.statistics.metrics import macro_f1
from stance.statistics.rounding import DIGITS

# Units that a curve counts.
BY_SENTENCE = "sentences"
BY_DOCUMENT = "documents"
# With fewer there is nothing to hold out and to add.
MIN_ARTICLES = 3
STATEMENTS_HELD_OUT = "statements"
ARTICLES_HELD_OUT = "articles"
# How many sizes a curve has: all, half and so on.
SIZES = 5


@dataclass(frozen=True)
class Design:
    """How articles are held out, and how intervals are drawn.

    Attributes
    ----------
    folds, repeats
        Into how many parts the articles are cut, and in how many orders.
    resamples, seed
        Samples of the bootstrap; the state that everything is drawn from.
    """

    folds: int
    repeats: int
    resamples: int
    seed: int

    @classmethod
    def of(cls, analyse: Analyse, evaluate: Evaluate) -> "Design":
        """Return what these sections of the params ask for."""
        return cls(analyse.folds, analyse.repeats, evaluate.resamples, evaluate.seed)


@dataclass(frozen=True)
class SizedFold(Fold):
    """A fold of the curves, trained on all that it may be or on a part of it.

    Attributes
    ----------
    sizes
        How large the training set is in each unit whose curve it belongs to.
    level
        How often the whole has been halved.
    repeat
        The order of the articles that it belongs to.
    """

    sizes: dict[str, int]
    level: int
    repeat: int


@dataclass(frozen=True)
class Curve:
    """Macro-F1 by size, and what the last doubling has brought.

    Attributes
    ----------
    table
        `size` (a rounded mean where training sets differ), `macro_f1`, `low` and `high`; the
        smallest first.
    gain, low, high
        Macro-F1 with all minus macro-F1 with half, and its 95 % interval.
    """

    table: pd.DataFrame
    gain: float
    low: float
    high: float


def sized_folds(
    documents: NDArray[np.str_], stances: NDArray[np.str_], single: str, design: Design
) -> Iterator[SizedFold]:
    """Yield the folds of both curves: whole articles are held out.

    Parameters
    ----------
    documents, stances
        Document and label of n sentences.
    single
        The document that is no article: its sentences are always trained on where articles are
        counted, and never held out.
    design
        How articles are held out.
    """
    articles = pd.unique(documents[documents != single])
    singles = np.flatnonzero(documents == single)
    for repeat in range(design.repeats):
        random = np.random.default_rng([design.seed, repeat])
        order = random.permutation(articles)
        cut = np.array_split(order, min(design.folds, len(articles)))
        # As many articles are left for every fold, so that the folds share their sizes.
        left = len(articles) - len(cut[0])
        for held in cut:
            test = np.flatnonzero(np.isin(documents, held))
            pool = random.permutation(np.setdiff1d(order, held))[:left]
            whole = np.concatenate([singles, np.flatnonzero(np.isin(documents, pool))])
            drawn = _every_label_first(random.permutation(whole), stances)
            yield SizedFold(whole, test, {BY_SENTENCE: len(whole), BY_DOCUMENT: left}, 0, repeat)
            for level in range(1, SIZES):
                size = len(whole) >> level
                yield SizedFold(drawn[:size], test, {BY_SENTENCE: size}, level, repeat)
                size = left >> level
                train = np.concatenate([singles, np.flatnonzero(np.isin(documents, pool[:size]))])
                yield SizedFold(train, test, {BY_DOCUMENT: size}, level, repeat)


def _every_label_first(rows: RowNumbers, stances: NDArray[np.str_]) -> RowNumbers:
    """Return the rows with one of every label in front, so that a small set has them all."""
    _, first = np.unique(stances[rows], return_index=True)
    return np.concatenate([rows[np.sort(first)], np.delete(rows, first)])


def _predict(
    features: SentenceFeatures, stances: NDArray[np.str_], fold: Fold, params: Train
) -> NDArray[np.str_] | None:
    """Return the predicted labels; None if the sentences are too few to train on."""
    known = stances[fold.train]
    if len(np.unique(known)) < len(np.unique(stances)):
        return None
    try:
        train, test = features.default(fold.train, fold.test)
    except DataError:
        return None
    classifier = build_classifier(params, dense=features.has_vectors)
    predicted: NDArray[np.str_] = classifier.fit(train, known).predict(test)
    return predicted


def unit_held_out(documents: Iterable[str], single: str) -> str:
    """Return what the curves hold out as a whole: `ARTICLES_HELD_OUT` or `STATEMENTS_HELD_OUT`."""
    articles = set(documents) - {single}
    return ARTICLES_HELD_OUT if len(articles) >= MIN_ARTICLES else STATEMENTS_HELD_OUT


def learning_curves(
    frame: pd.DataFrame,
    sentences: pd.DataFrame,
    single: str,
    params: Train,
    labels: Labels,
    design: Design,
) -> dict[str, Curve]:
    """Return the curve of each unit; none where there are too few sentences for it.

    Sizes that are too small to train on, in any of the folds, are left out.

    Parameters
    ----------
    frame
        n sentences, as `feature_frame` returns them.
    sentences
        Their `document` and `stance`.
    single
        The document that is no article.
    params, labels, design
        The classifier, what macro-F1 averages, and how articles are held out.
    """
    documents = sentences["document"].to_numpy(dtype=np.str_)
    stances = sentences["stance"].to_numpy(dtype=np.str_)
    units = [BY_SENTENCE, BY_DOCUMENT]
    if unit_held_out(documents, single) == STATEMENTS_HELD_OUT:
        # Each of them is a document to hold out, and none is left to count as one.
        numbers = np.arange(len(documents)).astype(np.str_)
        documents = np.where(documents == single, numbers, documents)
        units = [BY_SENTENCE]
    folds = [
        fold
        for fold in sized_folds(documents, stances, single, design)
        if not fold.sizes.keys().isdisjoint(units)
    ]
    features = SentenceFeatures(frame, params)
    jobs = [(features, stances, fold, params) for fold in folds]
    found = run_jobs(_predict, jobs, sum(len(fold.train) for fold in folds))

    article, names = pd.factorize(documents)
    column = pd.Index(labels.all)
    actual = column.get_indexer(pd.Index(stances))
    shape = (design.repeats, len(names), len(labels.all), len(labels.all))
    counts: dict[tuple[str, int], NDArray[np.int64]] = {}
    sizes: dict[tuple[str, int], list[int]] = {}
    too_small = set()
    for fold, predicted in zip(folds, found, strict=True):
        for unit, size in fold.sizes.items():
            key = (unit, fold.level)
            if predicted is None or not size:
                too_small.add(key)
                continue
            sizes.setdefault(key, []).append(size)
            where = (article[fold.test], actual[fold.test], column.get_indexer(pd.Index(predicted)))
            np.add.at(counts.setdefault(key, np.zeros(shape, np.int64))[fold.repeat], where, 1)
    result = {}
    for unit in units:
        # From the smallest to the whole.
        keys = [(unit, level) for level in reversed(range(SIZES))]
        kept = [key for key in keys if key in counts and key not in too_small]
        if len(kept) > 1:
            of_articles = np.array([counts[key] for key in kept])[:, :, names != single]
            means = [round(np.mean(sizes[key])) for key in kept]
            result[unit] = _summarise(of_articles, means, len(labels.stances), design)
    return result


def _summarise(
    counts: NDArray[np.int64], sizes: Sequence[int], averaged: int, design: Design
) -> Curve:
    """Return the curve from confusion matrices of shape (sizes, repeats, articles, …).

    The bootstrap draws articles, and orders of the articles, as wholes.
    """
    _, repeats, articles = counts.shape[:3]
    by_article = np.moveaxis(counts, 2, 0)

    def statistic(drawn: Times, orders: Times) -> NDArray[np.float64]:
        of_repeats = macro_f1(drawn_counts(drawn, by_article), averaged)
        sampled = np.einsum("blr,br->bl", of_repeats, orders / repeats)
        return np.column_stack([sampled, sampled[:, -1] - sampled[:, -2]])

    draws = [all_at_once(number, equal_shares(number)) for number in (articles, repeats)]
    ends = bootstrap_interval(statistic, draws, design.resamples, design.seed)
    (*low, gain_low), (*high, gain_high) = (end.tolist() for end in ends)
    points = macro_f1(counts.sum(axis=2), averaged).mean(axis=1)
    table = pd.DataFrame({"size": sizes, "macro_f1": points, "low": low, "high": high})
    return Curve(table, float(points[-1] - points[-2]), gain_low, gain_high)


def summarise_curves(
    curves: Mapping[str, Curve], documents: Iterable[str], single: str
) -> dict[str, Any]:
    """Return what was held out, and what each learning curve says about more of the same.

    If the gain of the last doubling is what every doubling brings, one article more than there
    are brings its logarithmic share: `next_article`.

    Parameters
    ----------
    curves
        As `learning_curves` returns them.
    documents, single
        The document of each sentence, and the one that is no article.

    Returns
    -------
    `held_out`, as `unit_held_out` returns it, and `learning`, by unit.
    """
    articles = len(set(documents) - {single})
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
    if BY_DOCUMENT in curves:
        share = math.log2((articles + 1) / articles)
        found[BY_DOCUMENT]["articles"] = articles
        found[BY_DOCUMENT]["next_article"] = round(curves[BY_DOCUMENT].gain * share, DIGITS)
    return {"held_out": unit_held_out(documents, single), "learning": found}


def curve_table(curves: Mapping[str, Curve]) -> pd.DataFrame:
    """Return `learning_curve.csv`: `unit`, `size`, `macro_f1`, `low` and `high`."""
    rows = [
        {"unit": unit, **row}
        for unit, curve in curves.items()
        for row in curve.table.round(DIGITS).to_dict("records")
    ]
    return pd.DataFrame(rows, columns=["unit", "size", "macro_f1", "low", "high"])
