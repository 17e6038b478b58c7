"""Measure what an order of annotation is worth: sentences needed for the same macro-F1.

The composed articles are annotated batch by batch, as `stance annotate --order` would have it: a
model is trained on what is annotated, orders the rest, and the next batch takes its labels from
the project. Every order starts from the same random batch of a seed. Run it in an environment that
`make` has set up: ``python -m benchmarks.annotation_order``; it reads what `dvc repro` wrote,
changes nothing, and writes tables in Markdown.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from numpy.typing import NDArray

from pipeline.annotation.selection import order_diverse, order_uncertain
from pipeline.classifier.estimator import build_estimator, feature_frame
from pipeline.project.params import Params, read_params
from pipeline.project.tables import STATEMENTS, read_embeddings, read_labelled
from pipeline.project.vocabulary import PUBLISHED
from stance.statistics.bootstrap import bootstrap_interval, one_by_one
from stance.statistics.metrics import grouped_confusion, macro_f1

RANDOM, UNCERTAIN, DIVERSE = "random", "uncertain", "diverse"
ORDERS = [RANDOM, UNCERTAIN, DIVERSE]
# Of the macro-F1 that the whole pool gives.
SHARES = [0.8, 0.9, 0.95]
RESAMPLES = 2_000


def next_batch(
    order: str,
    vectors: NDArray[np.float32],
    probabilities: NDArray[np.float64],
    size: int,
    random: np.random.Generator,
) -> NDArray[np.intp]:
    """Return the rows of the candidates that are annotated next.

    Parameters
    ----------
    order
        One of `ORDERS`.
    vectors, probabilities
        Embeddings and the model's probabilities of the candidates.
    size
        How many are wanted.
    random
        For the random order.
    """
    if order == RANDOM:
        return random.permutation(len(vectors))[:size]
    if order == UNCERTAIN:
        return order_uncertain(probabilities)[:size]
    return order_diverse(vectors, probabilities, size)[:size]


@dataclass(frozen=True)
class Material:
    """Labelled sentences, their features, the rows on which macro-F1 is measured, and the params.

    The pool that is annotated is all composed articles.
    """

    sentences: pd.DataFrame
    frame: pd.DataFrame
    tests: dict[str, NDArray[np.intp]]
    params: Params


def read_material() -> Material:
    """Return what `dvc repro` wrote."""
    sentences = read_labelled()
    embeddings = read_embeddings(len(sentences))
    labelled = (sentences["stance"] != "").to_numpy()
    sentences = sentences[labelled].reset_index(drop=True)
    tests = {
        "the published article": np.flatnonzero(sentences["origin"] == PUBLISHED),
        "the statements": np.flatnonzero(sentences["document"] == STATEMENTS),
    }
    frame = feature_frame(sentences["text"].tolist(), embeddings[labelled])
    return Material(sentences, frame, tests, read_params())


def simulate(material: Material, order: str, seed: int, batch: int, last: int) -> pd.DataFrame:
    """Annotate the pool in one order.

    Parameters
    ----------
    material
        What there is.
    order, seed, batch
        Which order, the state of the first batch, and how many sentences are annotated at a time.
    last
        How many are annotated in the end.

    Returns
    -------
    `order`, `seed`, `test`, `annotated` and `macro_f1`, a row per test and batch.
    """
    sentences, frame, params = material.sentences, material.frame, material.params
    random = np.random.default_rng(seed)
    stances = sentences["stance"].to_numpy(dtype=np.str_)
    composed = (sentences["origin"] != PUBLISHED) & (sentences["document"] != STATEMENTS)
    pool = random.permutation(np.flatnonzero(composed))
    known, rest = pool[:batch], pool[batch:]
    vectors = frame.drop(columns="text").to_numpy(dtype=np.float32)
    labels = params.labels.all
    rows = []
    while True:
        estimator = build_estimator(params.train, vectors.shape[1])
        estimator.fit(frame.iloc[known], stances[known])
        for test, of_test in material.tests.items():
            predicted = estimator.predict(frame.iloc[of_test]).tolist()
            counts = grouped_confusion(
                stances[of_test].tolist(), predicted, np.zeros(len(of_test)), labels
            )
            point = float(macro_f1(counts[0], len(params.labels.stances)))
            rows.append((order, seed, test, len(known), point))
        if len(known) >= min(last, len(pool)):
            columns = ["order", "seed", "test", "annotated", "macro_f1"]
            return pd.DataFrame(rows, columns=columns)
        probabilities = estimator.predict_proba(frame.iloc[rest])
        chosen = next_batch(order, vectors[rest], probabilities, batch, random)
        known, rest = np.concatenate([known, rest[chosen]]), np.delete(rest, chosen)


def needed(curve: pd.DataFrame, target: float) -> float:
    """Return how many sentences one walk needs: from there on the mean of three is no lower.

    A walk that never gets there counts as its whole length.
    """
    smooth = curve["macro_f1"].rolling(3, min_periods=1, center=True).mean()
    reached = curve["annotated"][smooth >= target]
    return float(reached.iloc[0] if len(reached) else curve["annotated"].iloc[-1])


def interval(values: Sequence[float]) -> str:
    """Return the mean over the seeds and its 95 % percentile bootstrap interval, as text."""
    low, high = bootstrap_interval(
        lambda times: times @ np.asarray(values) / len(values),
        [one_by_one(len(values))],
        RESAMPLES,
        seed=0,
    )
    return f"{np.mean(values):.0f} ({low:.0f} to {high:.0f})"


def main() -> None:
    """Write the tables to standard output."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=20, help="walks per order (default: 20)")
    parser.add_argument("--batch", type=int, default=40, help="sentences at a time (default: 40)")
    parser.add_argument("--last", type=int, default=800, help="sentences in all (default: 800)")
    options = parser.parse_args()
    material = read_material()
    size = len(material.sentences)
    walks = [(order, seed) for seed in range(options.seeds) for order in ORDERS]
    jobs = [(*walk, options.batch, options.last) for walk in walks]
    # One walk that annotates everything at once says what there is to reach.
    whole, *found = Parallel(n_jobs=-1)(
        delayed(simulate)(material, *job) for job in [(RANDOM, 0, size, size), *jobs]
    )
    curves = pd.concat(found)
    for test in material.tests:
        best = whole["macro_f1"][whole["test"] == test].iloc[0]
        of_test = curves[curves["test"] == test]
        count = int(whole["annotated"].iloc[0])
        print(f"\nOn {test}; the whole pool of {count} sentences gives {best:.3f}:\n")
        heads = [f"for {share:.0%} of it" for share in SHARES]
        print(f"| order | {' | '.join(heads)} | macro-F1 at {options.last} |")
        print("| --- |" + " --- |" * (len(SHARES) + 1))
        for order in ORDERS:
            of_order = of_test[of_test["order"] == order]
            cells = [
                interval([needed(walk, share * best) for _, walk in of_order.groupby("seed")])
                for share in SHARES
            ]
            end = of_order[of_order["annotated"] == of_order["annotated"].max()]
            print(f"| {order} | {' | '.join(cells)} | {end['macro_f1'].mean():.3f} |")


if __name__ == "__main__":
    main()
