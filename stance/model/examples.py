"""The annotated sentences that a saved model shows beside its answers, and how it finds them.

Their embeddings are kept as one byte per dimension with a scale per sentence: a quarter of the
file, and cosines that differ from the exact ones in the third decimal at most.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stance.model.explanation import Similar

_STEPS = 127


@dataclass(frozen=True)
class Examples:
    """Annotated sentences with their embeddings.

    Attributes
    ----------
    texts, stances, documents
        n sentences, the stance of each and the document that it stands in.
    steps, scales
        The embeddings as int8 of shape (n, dimensions), and what each row is multiplied by.
    """

    texts: list[str]
    stances: list[str]
    documents: list[str]
    steps: NDArray[np.int8]
    scales: NDArray[np.float32]

    @classmethod
    def of(cls, sentences: pd.DataFrame, embeddings: NDArray[np.float32]) -> "Examples":
        """Return the examples of labelled sentences and their embeddings, row by row."""
        scales = np.abs(embeddings).max(axis=1, initial=0) / _STEPS
        steps = np.divide(
            embeddings, scales[:, None], out=np.zeros_like(embeddings), where=scales[:, None] > 0
        )
        return cls(
            sentences["text"].tolist(),
            sentences["stance"].tolist(),
            sentences["document"].tolist(),
            steps.round().astype(np.int8),
            scales.astype(np.float32),
        )

    @property
    def embeddings(self) -> NDArray[np.float32]:
        """Return the embeddings, float32 of shape (n, dimensions)."""
        vectors: NDArray[np.float32] = self.steps * self.scales[:, None]
        return vectors

    def similar(self, number: int, cosine: float) -> Similar:
        """Return an example as a neighbour of a statement, with the cosine of the two."""
        return Similar(self.texts[number], self.stances[number], self.documents[number], cosine)
