"""The project's own texts, adopted from audits: how much they weigh, and what they promise.

They are what the model will meet, so they weigh more than the rest if that predicts them better,
and the model promises what holds on them where there are enough. A sample holds more errors than
what it was drawn from, so each text counts by the inverse of the probability of its draw.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.model_selection import KFold

from pipeline.classifier.counted import RowNumbers
from pipeline.corpus.prose import RealProse
from pipeline.evaluation.folds import Fold
from pipeline.evaluation.systems import SentenceFeatures, fit_predict, with_beside
from pipeline.project.params import Train
from pipeline.project.tables import ADOPTED, DRAWN, STATEMENTS, STATEMENTS_CSV
from stance.errors import DataError
from stance.files import fold
from stance.model.calibration import Calibration
from stance.statistics.calibration import (
    Sample,
    calibrated,
    choose_threshold,
    cross_fitted,
    fit_temperature,
    log_loss,
)
from stance.statistics.rounding import DIGITS

AUTO, OWN = "auto", "own"
# How often each text of one's own may count.
WEIGHTS = [1, 3, 10, 30]
# On fewer a weight is not chosen, and on fewer a promise is not made.
ENOUGH_TO_CHOOSE, ENOUGH_TO_PROMISE = 20, 100
_FOLDS = 5


@dataclass(frozen=True)
class OwnTexts:
    """Which of n labelled sentences are adopted.

    Attributes
    ----------
    rows
        Their row numbers, shape (own,).
    drawn
        The probability with which each was drawn, shape (own,).
    """

    rows: RowNumbers
    drawn: NDArray[np.float64]

    def repeated(self, rows: RowNumbers, weight: int) -> RowNumbers:
        """Return rows to train on, those of one's own so many times."""
        if weight == 1 or not len(self.rows):
            return rows
        return np.concatenate([rows, *[rows[np.isin(rows, self.rows)]] * (weight - 1)])


@dataclass(frozen=True)
class Weighed:
    """How much one's own texts weigh, and what is predicted of them then.

    Attributes
    ----------
    weight
        How often each counts.
    losses
        For each weight that was tried the log loss out of fold; empty if none was.
    sample
        Their decision values out of fold, each fold a group; None if there are too few.
    """

    weight: int
    losses: dict[int, float]
    sample: Sample | None


def own_texts(sentences: pd.DataFrame, statements: pd.DataFrame) -> OwnTexts:
    """Return which labelled sentences are adopted.

    Parameters
    ----------
    sentences
        n labelled sentences: `document` and `text`.
    statements
        As `read_statements` returns them.

    Raises
    ------
    DataError
        If a probability is none.
    """
    drawn: dict[str, float] = {}
    if {ADOPTED, DRAWN} <= set(statements):
        # Others' tables may have a column of that name, too.
        adopted = statements[(statements[ADOPTED] != "") & (statements[DRAWN] != "")]
        for line, row in adopted.iterrows():
            try:
                probability = float(row[DRAWN])
            except ValueError:
                probability = 0.0
            if not 0 < probability <= 1:
                raise DataError(
                    f"{STATEMENTS_CSV}, line {line}: {DRAWN} is {row[DRAWN]!r}, and must be the "
                    "probability with which the text was drawn, or empty."
                )
            drawn[fold(row["sentence"])] = probability
    known = [
        (number, drawn[text])
        for number, (document, text) in enumerate(
            zip(sentences["document"], sentences["text"], strict=True)
        )
        if document == STATEMENTS and text in drawn
    ]
    return OwnTexts(
        np.array([number for number, _ in known], dtype=np.intp),
        np.array([probability for _, probability in known], dtype=np.float64),
    )


def weigh_own(
    own: OwnTexts,
    frame: pd.DataFrame,
    stances: NDArray[np.str_],
    params: Train,
    labels: Sequence[str],
    beside: RealProse | None = None,
) -> Weighed:
    """Return how much one's own texts weigh: as `train.own_weight` says, or as predicts them best.

    Each fifth of them is predicted by a classifier of all the rest, for each weight; the log loss
    decides, after calibration and for the corpus that they were drawn from.

    Parameters
    ----------
    own, frame, stances
        The adopted among n sentences, features of all as `feature_frame` returns them, and labels.
    params, labels
        The classifier's params; the order of the columns.
    beside
        Real prose that the classifier learns from besides; it counts once.
    """
    given = params.own_weight
    if len(own.rows) < ENOUGH_TO_CHOOSE:
        return Weighed(1 if given == AUTO else int(given), {}, None)
    features = SentenceFeatures(frame, params, beside)
    everything = np.arange(len(frame))
    actual = pd.Index(labels).get_indexer(pd.Index(stances[own.rows]))
    splits = list(KFold(_FOLDS, shuffle=True, random_state=0).split(own.rows))
    groups = np.empty(len(own.rows), dtype="<U8")
    for number, (_, test) in enumerate(splits):
        groups[test] = str(number)
    samples: dict[int, Sample] = {}
    losses: dict[int, float] = {}
    for weight in WEIGHTS if given == AUTO else [int(given)]:
        decisions = np.empty((len(own.rows), len(labels)))
        for _, test in splits:
            train = own.repeated(np.setdiff1d(everything, own.rows[test]), weight)
            of_train, of_test = features.default(train, own.rows[test])
            known = stances[train]
            if features.has_vectors:
                of_train, known = with_beside(features.vectors[train], known, beside)
            decisions[test] = fit_predict(of_train, known, of_test, params, labels)
        samples[weight] = Sample(decisions, actual, groups, 1 / own.drawn)
        losses[weight] = _loss(samples[weight])
    best = min(losses, key=losses.__getitem__)
    return Weighed(best, losses if given == AUTO else {}, samples[best])


def _loss(sample: Sample) -> float:
    temperature = fit_temperature(sample.decisions, sample.actual, sample.weights)
    return round(log_loss(sample.decisions / temperature, sample.actual, sample.weights), DIGITS)


def with_own_weight(
    protocols: dict[str, list[Fold]], own: OwnTexts, weight: int
) -> dict[str, list[Fold]]:
    """Return the folds of protocols, in which one's own texts are trained on so many times."""
    return {
        name: [Fold(own.repeated(one.train, weight), one.test) for one in folds]
        for name, folds in protocols.items()
    }


def calibrate_own(weighed: Weighed, others: Calibration) -> Calibration:
    """Return the calibration of one's own texts, where there are enough; else that of others.

    The confusion by which shares are corrected stays that of others: it is made of counts.
    """
    sample = weighed.sample
    if sample is None or len(sample.actual) < ENOUGH_TO_PROMISE:
        return others
    temperature = fit_temperature(sample.decisions, sample.actual, sample.weights)
    probabilities = calibrated(sample.decisions, temperature)
    right = probabilities.argmax(axis=1) == sample.actual
    # Folds only part what is fitted; what varies is which texts were drawn.
    drawn = np.arange(len(right)).astype(np.str_)
    _, (measured,) = cross_fitted(sample, sample, [others.max_error], drawn)
    confidence = probabilities.max(axis=1)
    promised = choose_threshold(confidence, right, others.max_error, sample.weights)
    return Calibration(OWN, temperature, others.max_error, promised, measured, others.confusion)
