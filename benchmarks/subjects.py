"""Measure what the encoder is worth on subjects far from its own: remote work, cars, nuclear power.

``python -m benchmarks.subjects``, in an environment that `make .venv/.test` has set up. 600 texts
of three targets, composed for this and labelled `favor`, `against` or `none`; a classifier per
target, cross-validated. With the extra `encoder` the whole base in float stands beside.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline, make_union
from tabulate import tabulate

from benchmarks.measure import ROOT
from pipeline.project.params import read_params
from stance.errors import DataError
from stance.model.encoder import load_encoder
from stance.model.names import FINETUNED

SIDES = ["favor", "against"]
FOLDS, SEED = 10, 0
# The best of a few for each system, so that none suffers from another's.
STRENGTHS = [1.0, 3.0, 10.0, 30.0]


def side_f1(
    rows: pd.DataFrame, features: NDArray[Any], make: Callable[[float], BaseEstimator]
) -> float:
    """Return macro-F1 over the two sides, a mean over targets, with the best strength."""

    def measure(strength: float) -> float:
        found = []
        for _, of_target in rows.groupby("target"):
            folds = StratifiedKFold(FOLDS, shuffle=True, random_state=SEED)
            known = of_target["stance"].to_numpy()
            some = features[of_target.index]
            predicted = cross_val_predict(make(strength), some, known, cv=folds)
            found.append(f1_score(known, predicted, labels=SIDES, average="macro"))
        return float(np.mean(found))

    return max(map(measure, STRENGTHS))


def linear(strength: float) -> LogisticRegression:
    """Return a classifier of vectors."""
    return LogisticRegression(C=strength, class_weight="balanced", max_iter=2000)


def ngrams(strength: float) -> BaseEstimator:
    """Return a classifier of words and runs of characters."""
    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    characters = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True)
    return make_pipeline(make_union(words, characters), linear(strength))


def main() -> None:
    """Print macro-F1 of each system."""
    rows = pd.read_csv(ROOT / "benchmarks/subjects.csv")
    texts = rows["text"].to_numpy(dtype=object)
    found = {
        "TF-IDF": side_f1(rows, texts, ngrams),
        "the project's encoder": side_f1(
            rows, load_encoder(FINETUNED).encode(rows["text"].tolist()), linear
        ),
    }
    params = read_params(ROOT / "params.yaml").finetune
    try:
        from pipeline.encoder.base import float_vectors, load_base

        if params is not None:
            vectors = float_vectors(*load_base(params), rows["text"].tolist()).numpy()
            vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
            found["all-mpnet-base-v2"] = side_f1(rows, vectors, linear)
    except DataError:
        pass
    print(tabulate(found.items(), ["system", "macro-F1"], tablefmt="github", floatfmt=".3f"))


if __name__ == "__main__":
    main()
