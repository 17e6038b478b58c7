"""The annotated sentences that a saved model shows beside its answers, and how it finds them.

Their embeddings are kept as one byte per dimension with a scale per sentence: a quarter of the
file, and cosines that differ from the exact ones in the third decimal at most.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stance.model.arrays import Arrays
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
    def of(
        cls,
        texts: Sequence[str],
        stances: Sequence[str],
        documents: Sequence[str],
        embeddings: NDArray[np.float32],
    ) -> "Examples":
        """Return the examples of n labelled sentences and their embeddings, row by row."""
        scales = np.abs(embeddings).max(axis=1, initial=0) / _STEPS
        steps = np.divide(
            embeddings, scales[:, None], out=np.zeros_like(embeddings), where=scales[:, None] > 0
        )
        return cls(
            list(texts),
            list(stances),
            list(documents),
            steps.round().astype(np.int8),
            scales.astype(np.float32),
        )

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return what `parse` reads, without the texts."""
        return {"examples.steps": self.steps, "examples.scales": self.scales}

    def texts_by_name(self) -> dict[str, list[str]]:
        """Return the texts that `parse` reads."""
        return {
            "examples.texts": self.texts,
            "examples.stances": self.stances,
            "examples.documents": self.documents,
        }

    @classmethod
    def parse(cls, arrays: Arrays, dimensions: int) -> "Examples":
        """Return the examples of a model's file; raises `DataError` if they do not agree."""
        texts = arrays.texts("examples.texts")
        return cls(
            texts,
            arrays.texts("examples.stances", len(texts)),
            arrays.texts("examples.documents", len(texts)),
            arrays.array("examples.steps", np.int8, [len(texts), dimensions]),
            arrays.array("examples.scales", np.float32, [len(texts)]),
        )

    @property
    def embeddings(self) -> NDArray[np.float32]:
        """Return the embeddings, float32 of shape (n, dimensions)."""
        vectors: NDArray[np.float32] = self.steps * self.scales[:, None]
        return vectors

    def similar(self, number: int, cosine: float) -> Similar:
        """Return an example as a neighbour of a statement, with the cosine of the two."""
        return Similar(self.texts[number], self.stances[number], self.documents[number], cosine)
