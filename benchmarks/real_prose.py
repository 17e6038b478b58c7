"""Measure what annotated real prose is worth to the classifier, on sources that it has not seen.

``python -m benchmarks.real_prose``. Beside the project's labels the classifier learns from none,
some and all of the real sentences that may be learned from, drawn at random several times. The
encoder has learned from all of them before, so the curve begins high: it says what more of them
bring to the classifier, and not what the first ones were worth to the encoder.
"""

import numpy as np
import pandas as pd
from tabulate import tabulate

from pipeline.corpus.prose import RealProse, read_real_prose
from pipeline.corpus.tables import MEASURE, TRAIN
from pipeline.evaluation.systems import fit_predict, with_beside
from pipeline.project.params import read_params
from pipeline.project.tables import labelled_only, read_embeddings, read_labelled
from stance.model.encoder import encoder_hashes
from stance.model.names import MODELS
from stance.statistics.calibration import calibrated, fit_temperature
from stance.statistics.metrics import grouped_confusion, macro_f1

DRAWS, HALVINGS = 5, 5


def main() -> None:
    """Print macro-F1 and log loss by how many real sentences the classifier has learned from."""
    params = read_params()
    labels = params.labels
    sentences = read_labelled()
    sentences, vectors = labelled_only(sentences, read_embeddings(len(sentences)))
    stances = sentences["stance"].to_numpy(dtype=np.str_)
    files = encoder_hashes(params.encode.encoder, MODELS)
    learned, measured = (read_real_prose(files, use) for use in (TRAIN, MEASURE))
    actual = measured.sentences["stance"].to_numpy(dtype=np.str_)
    numbers = pd.Index(labels.all).get_indexer(pd.Index(actual))
    random = np.random.default_rng(params.evaluate.seed)
    count = len(learned.sentences)
    rows = []
    for size in [0, *(count >> halved for halved in reversed(range(HALVINGS + 1)))]:
        found = []
        for _ in range(DRAWS if 0 < size < count else 1):
            some = np.sort(random.permutation(count)[:size])
            beside = RealProse(
                learned.sentences.iloc[some], learned.vectors[some], learned.votes.iloc[:0]
            )
            values = fit_predict(
                *with_beside(vectors, stances, beside if size else None),
                measured.vectors,
                params.train,
                labels.all,
            )
            predicted = np.array(labels.all)[values.argmax(axis=1)]
            (confusion,) = grouped_confusion(
                actual.tolist(), predicted.tolist(), np.zeros(len(actual)), labels.all
            )
            sure = calibrated(values, fit_temperature(values, numbers))
            loss = -np.log(sure[np.arange(len(actual)), numbers]).mean()
            found.append((float(macro_f1(confusion, len(labels.stances))), float(loss)))
        mean = np.mean(found, axis=0)
        rows.append([size, *mean, np.ptp(found, axis=0)[0]])
    heads = ["real sentences", "macro-F1", "log loss", "range of macro-F1 over draws"]
    print(tabulate(rows, heads, tablefmt="github", floatfmt=".3f", intfmt=","))


if __name__ == "__main__":
    main()
