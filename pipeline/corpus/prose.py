"""Real prose as the stages see it: the vectors of its coded sentences, and what they are called.

Its text is not here. What a source may be used for decides who sees it: the classifier learns from
some, and is measured on the others.
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.corpus.tables import TRAIN, read_coded_places, read_real_votes
from pipeline.corpus.vectors import read_real_vectors
from stance.errors import DataError


@dataclass(frozen=True)
class RealProse:
    """Coded sentences of real sources, as numbers.

    Attributes
    ----------
    sentences
        Those on which all coders agree: `id`, `stance`, `source`, `drawn` and `group`, which is
        their document.
    vectors
        Their embeddings, float32 of shape (n, dimensions).
    votes
        All votes, of the others too: `id`, `annotator`, `stance`, `source`, `drawn`, `group`.
    """

    sentences: pd.DataFrame
    vectors: NDArray[np.float32]
    votes: pd.DataFrame

    @property
    def differing(self) -> int:
        """How many sentences the coders do not agree on; they are left out."""
        return int(self.votes["id"].nunique()) - len(self.sentences)


def agreed_sentences(
    places: pd.DataFrame, votes: pd.DataFrame, vectors: NDArray[np.floating[Any]]
) -> RealProse:
    """Return the sentences whose coders agree.

    Parameters
    ----------
    places
        The n coded sentences: `id`, `source`, `file`, `document`, `drawn`.
    votes
        Their `id`, `annotator` and `stance`.
    vectors
        Of shape (n, dimensions), in the order of the places.
    """
    group = places["source"] + "/" + places["file"] + "/" + places["document"]
    about = places[["id", "source", "drawn"]].assign(group=group)
    votes = votes.merge(about, on="id")
    of_sentence = votes.groupby("id", sort=False)["stance"].agg(set)
    stance = of_sentence[of_sentence.map(len).eq(1)].map(lambda one: next(iter(one)))
    agreed = about["id"].isin(stance.index).to_numpy()
    sentences = about[agreed].merge(stance, left_on="id", right_index=True)
    return RealProse(
        sentences.reset_index(drop=True),
        np.asarray(vectors[agreed], dtype=np.float32),
        votes.reset_index(drop=True),
    )


def read_real_prose(encoder_files: Mapping[str, str], use: str) -> RealProse:
    """Return the agreed sentences of the sources of one use.

    Parameters
    ----------
    encoder_files
        The SHA-256 of each file of the encoder that is used.
    use
        `TRAIN` or `MEASURE`.

    Raises
    ------
    DataError
        If there is no real prose, or its vectors are of another encoder or of other sentences.
    """
    places = read_coded_places()
    vectors = read_real_vectors(places["id"].tolist(), encoder_files)
    of_use = (places["use"] == use).to_numpy()
    return agreed_sentences(
        places[of_use].reset_index(drop=True), read_real_votes(), vectors[of_use]
    )


def read_beside(
    stage: str,
    encoder_files: Mapping[str, str],
    *,
    wanted: bool,
) -> RealProse | None:
    """Return the real prose that the classifier learns from beside the project's sentences.

    None if it is not wanted, or there is none for this encoder: then standard error says why.

    Parameters
    ----------
    stage
        Who asks.
    encoder_files
        As for `read_real_prose`.
    wanted
        `train.real_prose`.
    """
    if not wanted:
        return None
    try:
        return read_real_prose(encoder_files, TRAIN)
    except DataError as error:
        sys.stderr.write(f"{stage}: nothing is learned from real prose. {error}\n")
        return None
