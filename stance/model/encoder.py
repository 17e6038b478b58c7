"""Turn sentences into vectors on this machine; nothing is fetched.

The default is the project's own encoder, made by the stage `finetune`: the first layers of
all-mpnet-base-v2 (Song et al. 2020; Reimers and Gurevych 2019) as an int8 ONNX file. Each text is
run by itself: int8 activations are scaled by whatever is in the batch, and a statement is to have
one score, alone or among a million.
"""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from stance.errors import DataError
from stance.files import sha256
from stance.model.names import ENCODER, ENTAILMENT_PREFIX, FINETUNED, HUB_PREFIX, NO_ENCODER

if TYPE_CHECKING:
    from tokenizers import Encoding

Vectors = NDArray[np.float32]


MODEL_NAME = "model.onnx"
TOKENIZER_NAME = "tokenizer.json"
# Longer texts are cut; the base encoder was trained on no more.
MAX_TOKENS = 128


class Encoder(Protocol):
    """Anything that turns texts into vectors."""

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return float32 of shape (texts, dimensions), rows of length 1."""


class NoEncoder:
    """The encoder switched off: vectors without dimensions."""

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return float32 of shape (texts, 0)."""
        return np.empty((len(texts), 0), dtype=np.float32)


class FinetunedEncoder:
    """An encoder that `finetune` has written to a folder: a graph, its weights, a tokenizer.

    Parameters
    ----------
    folder
        Where the files are.

    Raises
    ------
    DataError
        If one of them is missing or damaged.
    """

    def __init__(self, folder: Path = ENCODER) -> None:
        import joblib
        import onnxruntime
        from tokenizers import Tokenizer

        check_files(folder)
        try:
            self._tokenizer = Tokenizer.from_file(str(folder / TOKENIZER_NAME))
            # A thread per text is faster than a text on all threads, and needs no padding.
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = 1
            # Fused, ONNX Runtime normalises ten times slower.
            self._session = onnxruntime.InferenceSession(
                str(folder / MODEL_NAME),
                options,
                providers=["CPUExecutionProvider"],
                disabled_optimizers=["SkipLayerNormFusion"],
            )
        except Exception as error:  # noqa: BLE001 - both raise types without a common base
            raise DataError(
                f"{folder}: the encoder cannot be loaded ({str(error).splitlines()[0]}); "
                "get its files again with `git checkout`."
            ) from None
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self._dimensions: int = self._session.get_outputs()[0].shape[1]
        # As many as this process may run on; a pinned worker has one.
        self._threads = joblib.cpu_count()

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return float32 of shape (texts, dimensions), rows of length 1; equal texts run once."""
        distinct = list(dict.fromkeys(texts))
        encodings: list[Encoding] = self._tokenizer.encode_batch(distinct)
        if len(encodings) < self._threads:
            vectors = [self._embed(encoding) for encoding in encodings]
        else:
            with ThreadPoolExecutor(self._threads) as pool:
                vectors = list(pool.map(self._embed, encodings))
        found = np.array(vectors, dtype=np.float32).reshape(len(distinct), self._dimensions)
        row = {text: number for number, text in enumerate(distinct)}
        return found[np.array([row[text] for text in texts], dtype=np.intp)]

    def _embed(self, encoding: "Encoding") -> Vectors:
        ids = np.array([encoding.ids], dtype=np.int64)
        inputs = {"input_ids": ids, "attention_mask": np.ones_like(ids)}
        (vectors,) = self._session.run(["vectors"], inputs)
        row: Vectors = vectors[0]
        return row


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
            list(texts), normalize_embeddings=True, show_progress_bar=False
        )
        return vectors.astype(np.float32)


class EntailmentEncoder:
    """A model of natural language inference: how far a text entails each of several hypotheses.

    One hypothesis per label makes a zero-shot classifier of it (Yin et al. 2019; Burnham et al.
    2024, Political DEBATE); here the answers are the features of a trained one.

    Parameters
    ----------
    name
        A sequence classifier with a label `entailment`: a folder, or a model in a hub's cache.
    hypotheses
        k sentences.

    Raises
    ------
    DataError
        If the extra is not installed, the model is not on this machine or no such classifier, or
        there is no hypothesis.
    """

    def __init__(self, name: str, hypotheses: Sequence[str]) -> None:
        os.environ["HF_HUB_OFFLINE"] = "1"
        try:
            from transformers import AutoModelForSequenceClassification, AutoTokenizer
        except ImportError:
            raise DataError(
                f"the encoder {ENTAILMENT_PREFIX}{name} needs the extra 'hub'; install it with "
                "`make hub`."
            ) from None
        if not hypotheses:
            raise DataError(
                "an entailment encoder needs hypotheses; name one per label as encode.hypotheses "
                "in params.yaml."
            )
        try:
            self._tokenizer: Any = AutoTokenizer.from_pretrained(name, local_files_only=True)
            self._model: Any = AutoModelForSequenceClassification.from_pretrained(
                name, local_files_only=True
            ).eval()
        except (OSError, ValueError):
            raise DataError(
                f"the encoder {name!r} is not on this machine; give the path of its folder, or "
                f"download it first with `hf download {name}`."
            ) from None
        labels = {label.lower(): number for number, label in self._model.config.id2label.items()}
        if "entailment" not in labels:
            raise DataError(
                f"the encoder {name!r} has no label 'entailment' but {', '.join(sorted(labels))}; "
                "choose a model of natural language inference."
            )
        self._entailment = int(labels["entailment"])
        self._hypotheses = list(hypotheses)

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return float32 of shape (texts, k): probabilities of entailment, rows of length 1."""
        import torch

        rows = []
        for text in texts:
            pairs = self._tokenizer(
                [text] * len(self._hypotheses),
                self._hypotheses,
                padding=True,
                truncation="only_first",
                max_length=MAX_TOKENS * 2,
                return_tensors="pt",
            )
            with torch.no_grad():
                logits = self._model(**pairs).logits
            rows.append(logits.softmax(dim=1)[:, self._entailment].numpy())
        answers = np.array(rows, dtype=np.float32)
        vectors: Vectors = answers / np.linalg.norm(answers, axis=1, keepdims=True)
        return vectors


def check_files(folder: Path) -> None:
    """Raise a `DataError` if one of the encoder's files is not there."""
    for name in (MODEL_NAME, TOKENIZER_NAME):
        if not (folder / name).is_file():
            raise DataError(
                f"{folder / name}: the encoder's file is missing; get it with `git checkout`, or "
                "copy the folder along with the model."
            )


def load_encoder(name: str, hypotheses: Sequence[str] = (), folder: Path = ENCODER) -> Encoder:
    """Return an encoder.

    Parameters
    ----------
    name
        As `encode.encoder` in `params.yaml` gives it.
    hypotheses
        What an entailment encoder asks of every text; others do not look at it.
    folder
        Where the files of the fine-tuned encoder are.

    Raises
    ------
    DataError
        If its files are missing or damaged, or its extra is not installed.
    """
    if name == NO_ENCODER:
        return NoEncoder()
    if name == FINETUNED:
        return FinetunedEncoder(folder)
    if name.startswith(ENTAILMENT_PREFIX):
        return EntailmentEncoder(name.removeprefix(ENTAILMENT_PREFIX), hypotheses)
    return HubEncoder(name.removeprefix(HUB_PREFIX))


def encoder_hashes(name: str, folder: Path = ENCODER) -> dict[str, str]:
    """Return the SHA-256 of each file of the encoder, by name; none for encoders from a hub.

    Raises
    ------
    DataError
        If a file is missing.
    """
    if name != FINETUNED:
        return {}
    check_files(folder)
    return {path.name: sha256(path) for path in sorted(folder.iterdir())}
