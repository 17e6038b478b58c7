"""The embeddings of real prose that only measures: numbers in place of its text.

They belong to the encoder that made them, and to no other.
"""

import hashlib
import io
import json
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from pipeline.corpus.tables import REAL
from stance.errors import DataError
from stance.files import read_text, replacing, write_json

REAL_VECTORS = REAL / "vectors.npy"
VECTORS_JSON = REAL / "vectors.json"

_AGAIN = "whoever has the texts makes them again with `python -m pipeline.corpus.deposit FOLDER`"


def _of_ids(ids: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(ids).encode()).hexdigest()


def write_real_vectors(
    ids: Sequence[str], vectors: NDArray[np.float32], encoder_files: Mapping[str, str]
) -> None:
    """Write the embeddings of n sentences, and by which encoder they are.

    Parameters
    ----------
    ids
        Of the sentences.
    vectors
        Of shape (n, dimensions); kept as float16, which moves no prediction.
    encoder_files
        The SHA-256 of each file of the encoder.
    """
    content = io.BytesIO()
    np.save(content, vectors.astype(np.float16), allow_pickle=False)
    with replacing(REAL_VECTORS) as file:
        file.write(content.getbuffer())
    write_json(VECTORS_JSON, {"encoder_files": dict(encoder_files), "sentences": _of_ids(ids)})


def read_real_vectors(ids: Sequence[str], encoder_files: Mapping[str, str]) -> NDArray[np.float16]:
    """Return the embeddings of n sentences, float16 of shape (n, dimensions).

    Parameters
    ----------
    ids
        Of the sentences, in the order of the rows.
    encoder_files
        The SHA-256 of each file of the encoder that is used.

    Raises
    ------
    DataError
        If the vectors are of another encoder, or of other sentences.
    """
    about = json.loads(read_text(VECTORS_JSON))
    if about["encoder_files"] != dict(encoder_files):
        raise DataError(
            f"the vectors of {REAL_VECTORS} belong to another encoder, and the texts are not "
            f"here; {_AGAIN}."
        )
    vectors: NDArray[np.float16] = np.load(REAL_VECTORS, allow_pickle=False)
    if about["sentences"] != _of_ids(ids) or len(vectors) != len(ids):
        raise DataError(f"the vectors of {REAL_VECTORS} are of other sentences; {_AGAIN}.")
    return vectors
