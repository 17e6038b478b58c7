"""Which sentences somebody annotates, and in which order."""

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from pipeline.annotation.names import BY_DOCUMENT, DIVERSE, UNCERTAIN
from pipeline.project.documents import Documents
from stance.errors import DataError
from stance.model.columns import probability_column

if TYPE_CHECKING:
    from stance.model.stance_model import StanceModel


def unannotated(documents: Documents) -> pd.DataFrame:
    """Return the sentences that nobody has annotated."""
    sentences = documents.sentences
    return documents.of(set(sentences["id"]) - set(documents.votes["id"]))


def drawn_for_second(
    documents: Documents, annotator: str, referees: Sequence[str], size: int | None, seed: int
) -> pd.DataFrame:
    """Return a random sample of the sentences that others than an annotator have annotated.

    Parameters
    ----------
    documents
        What there is.
    annotator
        Whose second opinion it is.
    referees
        Their votes make no sentence one that others have annotated.
    size, seed
        How many sentences (None for all), and which sample: the same one after a break, and most
        of the same after others have annotated more.
    """
    votes = documents.votes
    mine = votes["annotator"] == annotator
    others = documents.of(set(votes["id"][~mine & ~votes["annotator"].isin(referees)]))
    drawn = [
        hashlib.sha256(f"{seed}:{document}:{text}".encode()).hexdigest()
        for document, text in zip(others["document"], others["text"], strict=True)
    ]
    size = len(others) if size is None else size
    sample = others.assign(drawn=drawn).sort_values("drawn").head(size).drop(columns="drawn")
    return sample.reset_index(drop=True)


def second_sample(
    documents: Documents, annotator: str, referees: Sequence[str], size: int | None, seed: int
) -> pd.DataFrame:
    """Return what the annotator has still to do of the sample; as for `drawn_for_second`."""
    sample = drawn_for_second(documents, annotator, referees, size, seed)
    votes = documents.votes
    done = set(votes["id"][votes["annotator"] == annotator])
    return sample[~sample["id"].isin(done)].reset_index(drop=True)


def ordered(
    sentences: pd.DataFrame, order: str, model: "StanceModel | None", count: int | None
) -> pd.DataFrame:
    """Return the sentences in the order in which they are annotated, `count` of them at most.

    Parameters
    ----------
    sentences
        At least `text`.
    order
        One of `pipeline.annotation.names.ORDERS`; all but `document` need the model.
    model
        The saved model.
    count
        How many are wanted; None for all.
    """
    if order != BY_DOCUMENT and model is not None and len(sentences):
        from pipeline.annotation.selection import CLUSTERS, order_diverse, order_uncertain

        scores = model.score(sentences["text"].tolist())
        probabilities = scores[[*map(probability_column, model.labels)]].to_numpy()
        if order == UNCERTAIN:
            rows = order_uncertain(probabilities)
        else:
            vectors = model.encode(sentences["text"].tolist())
            if not vectors.shape[1]:
                raise DataError(
                    f"the order {DIVERSE} needs embeddings, and the model has none; set "
                    "encode.encoder in params.yaml and run `dvc repro`."
                )
            rows = order_diverse(vectors, probabilities, count or CLUSTERS)
        sentences = sentences.iloc[rows]
    return sentences.head(len(sentences) if count is None else count).reset_index(drop=True)
