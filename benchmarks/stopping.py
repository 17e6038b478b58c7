"""Show what it costs to stop an audit early: when shares are known well enough, or at a verdict.

Corpora with known truth, as of `benchmarks.audit`, are audited text by text in the order of
`stance open`, and looked at after each text from the 50th on. Run it in an environment that `make`
has set up: ``python -m benchmarks.stopping``; it reads `reports/predictions.csv`.
"""

import argparse
from itertools import product

import numpy as np
import pandas as pd
from joblib import Parallel, delayed

from benchmarks.audit import SHIFTS, draw_corpus, stratify
from pipeline.page.auditing.growing import ENOUGH
from pipeline.page.auditing.sample import coding_order
from pipeline.project.params import read_params
from pipeline.project.tables import PREDICTIONS, read_stage_csv
from stance.statistics.survey import Design, Estimate

SIZES = [200, 400]
# Before that nobody looks.
FIRST = 50


def stop_often(
    predictions: pd.DataFrame,
    shift: str,
    size: int,
    labels: list[str],
    max_error: float,
    draws: int,
) -> dict[str, object]:
    """Return how often intervals hold and verdicts are wrong if one stops early, and if not."""
    random = np.random.default_rng(0)
    corpus = draw_corpus(predictions, shift, labels, max_error, random)
    stratum, read, population = stratify(corpus, size)
    members = [np.flatnonzero(stratum == number) for number in range(len(population))]
    rows = corpus.times.astype(np.float64)
    wrong = (corpus.predicted != corpus.actual).astype(np.float64)
    truth = [np.average(corpus.actual == k, weights=rows) for k in range(len(labels))]
    known = np.average(corpus.probabilities, axis=0, weights=rows)
    answered = rows * corpus.answered
    holds = bool(answered.any()) and np.average(wrong, weights=answered) <= max_error
    found = []
    for _ in range(draws):
        drawn = random.permutation(
            np.concatenate(
                [random.choice(some, n, False) for some, n in zip(members, read, strict=True)]
            )
        )
        drawn = drawn[coding_order(stratum[drawn].tolist())]

        def shares(texts: int, drawn: np.ndarray = drawn) -> list[Estimate]:
            some = drawn[:texts]
            design = Design(stratum[some], population)
            return [
                design.share(
                    (corpus.actual[some] == k).astype(np.float64),
                    rows[some],
                    corpus.probabilities[some, k],
                    float(known[k]),
                )
                for k in range(len(labels))
            ]

        def verdict(texts: int, drawn: np.ndarray = drawn) -> int:
            some = drawn[:texts]
            error = Design(stratum[some], population).share(wrong[some], answered[some])
            return int(error.high <= max_error) - int(error.low > max_error)

        def covered(estimates: list[Estimate]) -> float:
            pairs = zip(estimates, truth, strict=True)
            return float(np.mean([one.low <= actual <= one.high for one, actual in pairs]))

        looks = range(max(FIRST, len(population)), size)
        stopped = next(
            (
                (texts, estimates)
                for texts in looks
                for estimates in [shares(texts)]
                if all(max(e.value - e.low, e.high - e.value) <= ENOUGH for e in estimates)
            ),
            None,
        )
        whole = shares(size)
        last = verdict(size)
        first = next((one for texts in looks if (one := verdict(texts))), last)
        false = -1 if holds else 1
        found.append(
            (
                stopped is not None,
                stopped[0] if stopped else size,
                covered(stopped[1] if stopped else whole),
                covered(whole),
                first == false,
                last == false,
            )
        )
    names = ["stopped", "texts", "coverage", "coverage_whole", "wrong", "wrong_whole"]
    means = dict(zip(names, np.mean(found, axis=0), strict=True))
    return {"protocol": predictions["protocol"].iloc[0], "shift": shift, "size": size, **means}


def main() -> None:
    """Audit, and write what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=500, help="audits of each corpus and size")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    options = parser.parse_args()
    params = read_params()
    labels, promised = params.labels.all, params.score.max_error
    protocols = [some for _, some in read_stage_csv(PREDICTIONS).groupby("protocol", sort=False)]
    cells = pd.DataFrame(
        Parallel(n_jobs=options.jobs)(
            delayed(stop_often)(some, shift, size, labels, promised, options.draws)
            for some, shift, size in product(protocols, SHIFTS, SIZES)
        )
    )
    print(cells.round(3).to_markdown(index=False), end="\n\n")
    print(
        f"{len(cells)} cells of {options.draws} audits. Whoever stops when all shares are known to "
        f"±{100 * ENOUGH:g} points ({cells['stopped'].mean():.0%} of the audits do): the intervals "
        f"hold in {cells['coverage'].mean():.1%}, in {cells['coverage'].min():.1%} at least; of "
        f"all texts in {cells['coverage_whole'].mean():.1%}, in {cells['coverage_whole'].min():.1%}"
        f" at least. Verdicts on the promise: at the first that comes {cells['wrong'].max():.1%} "
        f"are wrong at most, of all texts {cells['wrong_whole'].max():.1%}."
    )


if __name__ == "__main__":
    main()
