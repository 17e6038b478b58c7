"""Show whether texts that lie far from the training material are those that a model has wrong.

By source of real prose: how far its sentences lie, and how many of them are predicted wrongly, with
the rank correlation of the two over the sources. Run it in an environment that `make` has set up,
after `dvc repro`: ``python -m benchmarks.novelty``; it writes tables in Markdown.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import rankdata

from pipeline.corpus.prose import read_beside, read_real_prose
from pipeline.corpus.tables import MEASURE
from pipeline.project.params import read_params
from pipeline.project.tables import (
    PREDICTIONS,
    STATEMENTS,
    labelled_only,
    read_embeddings,
    read_labelled,
    read_stage_csv,
)
from pipeline.project.vocabulary import EVEN, UNSEEN_SOURCE
from stance.model.encoder import encoder_hashes
from stance.model.names import MODELS
from stance.model.novelty import UNLIKE, distance_quantiles, distances, novelty, of_length_one

RESAMPLES = 2_000


def rank_correlation(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Return Spearman's rank correlation; 0 where one of the two does not vary."""
    first, second = rankdata(a), rankdata(b)
    if not first.std() or not second.std():
        return 0.0
    return float(np.corrcoef(first, second)[0, 1])


def by_source(sentences: pd.DataFrame) -> pd.DataFrame:
    """Return for each source how far it lies, and how much of it is wrong."""
    return sentences.groupby("source").agg(
        sentences=("wrong", "size"),
        distance=("distance", "mean"),
        novelty=("novelty", "mean"),
        unlike=("novelty", lambda some: (some >= UNLIKE).mean()),
        wrong=("wrong", "mean"),
    )


def main() -> None:
    """Measure, and write what came of it."""
    params = read_params()
    labelled = read_labelled()
    labelled, embeddings = labelled_only(labelled, read_embeddings(len(labelled)))
    alone = labelled["document"] == STATEMENTS
    groups = labelled["document"].where(~alone, labelled["id"]).to_numpy(dtype=np.str_)
    known = of_length_one(embeddings)
    hashes = encoder_hashes(params.encode.encoder, MODELS)
    beside = read_beside("novelty", hashes, wanted=params.train.real_prose)
    of_prose = None if beside is None else of_length_one(beside.vectors)
    quantiles = distance_quantiles(known, groups, of_prose)
    real = read_real_prose(hashes, MEASURE)
    found = distances(of_length_one(real.vectors), known)
    table = real.sentences[["id"]].assign(distance=found, novelty=novelty(found, quantiles))
    predictions = read_stage_csv(PREDICTIONS)
    some = predictions[predictions["protocol"] == UNSEEN_SOURCE].merge(table, on="id")
    some = some.assign(wrong=(some["stance"] != some["predicted"]).astype(float))
    even = some[some["drawn"] == EVEN]
    sources = by_source(even).sort_values("distance")
    print(sources.round(3).to_markdown(), end="\n\n")
    random = np.random.default_rng(0)
    parts = [part.reset_index(drop=True) for _, part in even.groupby("source")]
    over_sources, over_sentences = [], []
    for _ in range(RESAMPLES):
        drawn = [parts[number] for number in random.integers(len(parts), size=len(parts))]
        drawn = [part.iloc[random.integers(len(part), size=len(part))] for part in drawn]
        means = np.array([part[["distance", "wrong"]].to_numpy().mean(axis=0) for part in drawn])
        over_sources.append(rank_correlation(means[:, 0], means[:, 1]))
        rows = np.concatenate([part[["distance", "wrong"]].to_numpy() for part in drawn])
        over_sentences.append(rank_correlation(rows[:, 0], rows[:, 1]))
    for name, value, draws in (
        ("sources", rank_correlation(*sources[["distance", "wrong"]].to_numpy().T), over_sources),
        ("sentences", rank_correlation(*even[["distance", "wrong"]].to_numpy().T), over_sentences),
    ):
        low, high = np.quantile(draws, [0.025, 0.975])
        print(f"rank correlation over {name}: {value:.2f} ({low:.2f} to {high:.2f})")
    fifths = pd.qcut(even["distance"], 5, labels=False)
    print()
    print(even.groupby(fifths)[["distance", "wrong"]].mean().round(3).to_markdown())


if __name__ == "__main__":
    main()
