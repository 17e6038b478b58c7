"""Simulate groups of texts, and say how often the 95 % intervals of their shares hold the truth.

``python -m benchmarks.shares [DRAWS]`` writes Markdown. A group has a mix of labels, drawn evenly
from all mixes; its documents have mixes about it, and error rates about those of the classifier's
out-of-fold predictions in `reports/`; texts are drawn from them, 400 to 2,000 in all. What is known
of the error rates is itself a sample: the articles of the predictions, drawn anew each time.
Shares are corrected as `stance score --by` does, with and without `--document`.
"""

import sys

import numpy as np
from numpy.typing import NDArray

from benchmarks.measure import ROOT
from pipeline.evaluation.calibration import fit_calibration
from pipeline.project.params import read_params
from pipeline.project.tables import read_stage_csv
from stance.statistics.prevalence import error_rates, prevalence

FEWEST, MOST = 400, 2_000
DRAWS = 300
RESAMPLES = 200
# Concentrations of Dirichlet distributions: how like the group's a document's mix is, and how like
# the classifier's its errors are; the larger the more alike.
UNLIKE = {
    "mixes and errors differ much": (3.0, 20.0),
    "mixes and errors differ": (10.0, 20.0),
    "errors alone differ": (1e6, 20.0),
    "all alike": (1e6, 1e6),
}
DOCUMENTS = [3, 5, 10, 30, 100]
# Dirichlet draws need something of everything.
_LEAST = 1e-3

Counts = NDArray[np.int64]
Shares = NDArray[np.float64]


def draw_group(
    random: np.random.Generator, rates: Shares, documents: int, unlike: tuple[float, float]
) -> tuple[Shares, Counts]:
    """Return the mix of a group, and how many texts of each document are predicted as what."""
    labels = len(rates)
    mix: Shares = random.dirichlet(np.ones(labels))
    texts = random.integers(FEWEST, MOST + 1)
    sizes = random.multinomial(texts, random.dirichlet(np.full(documents, 3.0)))
    counts = []
    for size in sizes[sizes > 0]:
        of_document = random.dirichlet(np.maximum(unlike[0] * mix, _LEAST))
        actual = random.multinomial(size, of_document)
        errors = [random.dirichlet(np.maximum(unlike[1] * row, _LEAST)) for row in rates]
        predicted = [random.multinomial(n, row) for n, row in zip(actual, errors, strict=True)]
        counts.append(np.sum(predicted, axis=0))
    return mix, np.array(counts)


def main() -> None:
    """Write the table."""
    draws = int("".join(sys.argv[1:2]) or DRAWS)
    params = read_params(ROOT / "params.yaml")
    predictions = read_stage_csv(ROOT / "reports/predictions.csv")
    fitted = fit_calibration(predictions, params.labels.all, params.score.max_error)
    confusion = fitted.confusion
    rates = error_rates(confusion.sum(axis=0))
    random = np.random.default_rng(0)
    print("| documents | | coverage without `--document` | with it | width without | with it |")
    print("| --- | --- | --- | --- | --- | --- |")
    for name, unlike in UNLIKE.items():
        for documents in DOCUMENTS:
            inside: list[list[NDArray[np.bool_]]] = [[], []]
            widths: list[list[float]] = [[], []]
            for _ in range(draws):
                mix, counts = draw_group(random, rates, documents, unlike)
                known = confusion[random.integers(len(confusion), size=len(confusion))]
                for number, of_texts in enumerate((counts.sum(axis=0), counts)):
                    found = prevalence(of_texts, known, RESAMPLES)
                    low, high = found.corrected_low, found.corrected_high
                    inside[number].append((low <= mix) & (mix <= high))
                    widths[number].append(float((high - low).mean()))
            shown = [f"{np.mean(some):.3f}" for some in inside]
            wide = [f"{np.mean(some):.2f}" for some in widths]
            print(f"| {documents} | {name} | {' | '.join([*shown, *wide])} |", flush=True)


if __name__ == "__main__":
    main()
