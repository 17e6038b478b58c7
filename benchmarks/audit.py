"""Show that an audit keeps its word: intervals cover the truth, and verdicts are right.

Corpora with known truth are drawn from the out-of-fold predictions of every protocol, their mix and
errors shifted, and audited again and again. Run it in an environment that `make` has set up:
``python -m benchmarks.audit``; it reads `reports/predictions.csv` and writes tables in Markdown.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from numpy.typing import NDArray

from pipeline.project.params import read_params
from pipeline.project.tables import PREDICTIONS, read_stage_csv
from stance.audit.texts import ANSWERED, UNSURE, always_read, cell_place
from stance.model.columns import probability_column
from stance.statistics.calibration import choose_threshold
from stance.statistics.sampling import Cell, plan_strata
from stance.statistics.survey import Design, Estimate

SIZES = [50, 100, 200, 400]
TEXTS = 20_000
# What is shifted, and by how much each text then counts when a corpus is drawn: by whether it is
# predicted rightly, and by its label.
SHIFTS = [
    "none",
    "other mix",
    "first label common",
    "more errors",
    "fewer errors",
    "repeated texts",
]
COVERAGE, LEAST_COVERAGE, WRONG = 0.93, 0.9, 0.05


@dataclass(frozen=True)
class Corpus:
    """Texts with known truth.

    Attributes
    ----------
    actual, predicted
        The number of the label of each of n texts, and the one that a model predicts.
    probabilities
        Of shape (n, labels).
    answered
        Whether the model answers.
    times
        For how many rows each stands.
    """

    actual: NDArray[np.intp]
    predicted: NDArray[np.intp]
    probabilities: NDArray[np.float64]
    answered: NDArray[np.bool_]
    times: NDArray[np.int64]


def draw_corpus(
    predictions: pd.DataFrame,
    shift: str,
    labels: Sequence[str],
    max_error: float,
    random: np.random.Generator,
) -> Corpus:
    """Return a corpus drawn from the predictions of a protocol."""
    probabilities = predictions[[*map(probability_column, labels)]].to_numpy(dtype=np.float64)
    actual = pd.Index(labels).get_indexer(pd.Index(predictions["stance"]))
    predicted = probabilities.argmax(axis=1)
    confidence, right = probabilities.max(axis=1), predicted == actual
    threshold = choose_threshold(confidence, right, max_error).threshold
    weights = np.ones(len(actual))
    if shift == "other mix":
        weights = np.resize([0.3, 1.0, 3.0, 1.0], len(labels))[actual]
    elif shift == "first label common":
        weights = np.resize([3.0, 0.3, 1.0, 0.5], len(labels))[actual]
    elif shift == "more errors":
        weights = np.where(right, 1.0, 3.0)
    elif shift == "fewer errors":
        weights = np.where(right, 1.0, 0.2)
    rows = random.choice(len(actual), TEXTS, p=weights / weights.sum())
    times = np.ones(TEXTS, dtype=np.int64)
    if shift == "repeated texts":
        times = np.minimum(random.zipf(1.7, TEXTS), TEXTS // 20)
    answered = confidence >= (np.inf if threshold is None else threshold)
    return Corpus(actual[rows], predicted[rows], probabilities[rows], answered[rows], times)


def stratify(corpus: Corpus, size: int) -> tuple[NDArray[np.intp], list[int], NDArray[np.int64]]:
    """Return the stratum of each text, how many of each are read, and how many each has."""
    confidence = corpus.probabilities.max(axis=1)
    always = always_read(int(corpus.times.sum()), size)
    places = [
        cell_place(0, times, ANSWERED if answered else UNSURE, stance, sure, always=always)
        for times, answered, stance, sure in zip(
            corpus.times.tolist(),
            corpus.answered.tolist(),
            corpus.predicted.tolist(),
            (confidence * 10_000).astype(int).tolist(),
            strict=True,
        )
    ]
    sums: dict[tuple[int, ...], list[float]] = {}
    for place, times, sure in zip(places, corpus.times.tolist(), confidence.tolist(), strict=True):
        of_place = sums.setdefault(place, [0, 0, 0])
        of_place[:] = [of_place[0] + 1, of_place[1] + times, of_place[2] + times * (1 - sure)]
    cells = [
        Cell(place, int(texts), int(rows), errors / rows, not place[3], bool(place[1]))
        for place, (texts, rows, errors) in sums.items()
    ]
    strata = plan_strata(cells, size)
    number = {cell.place: n for n, stratum in enumerate(strata) for cell in stratum.cells}
    return (
        np.array([number[place] for place in places]),
        [stratum.read for stratum in strata],
        np.array([stratum.texts for stratum in strata]),
    )


def audit_often(
    predictions: pd.DataFrame,
    shift: str,
    size: int,
    labels: Sequence[str],
    max_error: float,
    draws: int,
) -> list[dict[str, object]]:
    """Return for each figure of an audit how often its interval covers the truth, and its width."""
    random = np.random.default_rng(0)
    corpus = draw_corpus(predictions, shift, labels, max_error, random)
    stratum, read, population = stratify(corpus, size)
    members = [np.flatnonzero(stratum == number) for number in range(len(population))]
    right = (corpus.predicted == corpus.actual).astype(np.float64)
    rows, answered = corpus.times.astype(np.float64), corpus.answered
    truth = {
        label: float(np.average(corpus.actual == number, weights=rows))
        for number, label in enumerate(labels)
    }
    truth["accuracy"] = float(np.average(right, weights=rows))
    if answered.any():
        truth["errors"] = float(np.average(1 - right, weights=rows * answered))
    known = np.average(corpus.probabilities, axis=0, weights=rows)
    covered = dict.fromkeys(truth, 0)
    width = dict.fromkeys(truth, 0.0)
    wrong = told = 0
    alike = []
    for _ in range(draws):
        drawn = np.concatenate(
            [random.choice(some, n, replace=False) for some, n in zip(members, read, strict=True)]
        )
        design = Design(stratum[drawn], population)
        found: dict[str, Estimate] = {
            label: design.share(
                (corpus.actual[drawn] == number).astype(np.float64),
                rows[drawn],
                corpus.probabilities[drawn, number],
                float(known[number]),
            )
            for number, label in enumerate(labels)
        }
        variance = sum(one.variance for one in found.values())
        spread = sum(one.value * (1 - one.value) for one in found.values())
        alike.append(spread / variance if variance else np.inf)
        found["accuracy"] = design.share(right[drawn], rows[drawn])
        if answered.any():
            found["errors"] = design.share(1 - right[drawn], (rows * answered)[drawn])
            high, low = found["errors"].high, found["errors"].low
            told += high <= max_error or low > max_error
            wrong += (high <= max_error) != (truth["errors"] <= max_error) and (
                high <= max_error or low > max_error
            )
        for name, one in found.items():
            covered[name] += one.low <= truth[name] <= one.high
            width[name] += one.high - one.low
    return [
        {
            "protocol": predictions["protocol"].iloc[0],
            "shift": shift,
            "size": size,
            "figure": name,
            "truth": round(truth[name], 3),
            "coverage": covered[name] / draws,
            "width": round(width[name] / draws, 3),
            "evenly drawn": round(3.92 * np.sqrt(truth[name] * (1 - truth[name]) / size), 3),
            "as good as": round(float(np.median(alike))),
            "wrong verdicts": wrong / draws,
            "verdicts": told / draws,
        }
        for name in truth
    ]


def main() -> None:
    """Audit, and write what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=2_000, help="audits of each corpus and size")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--all", action="store_true", help="write every cell")
    options = parser.parse_args()
    params = read_params()
    predictions = read_stage_csv(PREDICTIONS)
    found = Parallel(n_jobs=options.jobs)(
        delayed(audit_often)(
            some, shift, size, params.labels.all, params.score.max_error, options.draws
        )
        for _, some in predictions.groupby("protocol", sort=False)
        for shift in SHIFTS
        for size in SIZES
    )
    cells = pd.DataFrame([row for rows in found for row in rows])
    if options.all:
        print(cells.to_markdown(index=False), end="\n\n")
    cells["narrower"] = cells["width"] / cells["evenly drawn"]
    groups = [["protocol"], ["shift"], ["size"], ["figure"]]
    for by in groups:
        table = cells.groupby(by, sort=False).agg(
            cells=("coverage", "size"),
            coverage=("coverage", "mean"),
            least=("coverage", "min"),
            width=("narrower", "median"),
            wrong=("wrong verdicts", "max"),
            verdicts=("verdicts", "mean"),
        )
        print(table.round(3).to_markdown(), end="\n\n")
    per_size = cells.drop_duplicates(["protocol", "shift", "size"])
    gain = (per_size["as good as"] / per_size["size"]).groupby(per_size["protocol"], sort=False)
    print(gain.median().round(2).rename("as good as, of size").to_markdown(), end="\n\n")
    mean, least = cells["coverage"].mean(), cells["coverage"].min()
    wrong = cells["wrong verdicts"].max()
    kept = mean >= COVERAGE and least >= LEAST_COVERAGE and wrong <= WRONG
    print(
        f"{len(cells)} cells of {options.draws} audits: coverage {mean:.3f} on average and "
        f"{least:.3f} at least, wrong verdicts {wrong:.3f} at most: "
        f"{'kept' if kept else 'NOT KEPT'}"
    )


if __name__ == "__main__":
    main()
