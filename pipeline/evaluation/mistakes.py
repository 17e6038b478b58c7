"""The wrong predictions, each beside the annotated sentences of elsewhere that are most like it."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from stance.statistics.difficulty import CONTRAST, difficulties
from stance.statistics.rounding import DIGITS

NEIGHBOURS = 3


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
    vectors: csr_matrix,
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
