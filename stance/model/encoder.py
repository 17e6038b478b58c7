"""Turn sentences into vectors on this machine; nothing is fetched.

The default is the project's own encoder, made by the stage `finetune`: some layers of
all-mpnet-base-v2 (Song et al. 2020; Reimers and Gurevych 2019) as an int8 ONNX file. The scales of
its activations are fixed, so that a statement has one score, alone or among a million, to the last
bit: texts of like length are run together.
"""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from stance.errors import DataError
from stance.model.description import ENCODER_FOLDER
from stance.model.names import ENCODER, ENTAILMENT_PREFIX, FINETUNED, HUB_PREFIX, MODELS, NO_ENCODER
from stance.model.store import FolderStore, Store, find_store

if TYPE_CHECKING:
    from tokenizers import Encoding

Vectors = NDArray[np.float32]

MODEL_NAME = "model.onnx"
TOKENIZER_NAME = "tokenizer.json"
# The weights beside the graph.
_WEIGHTS = ".bin"
# Longer texts are cut; the base encoder was trained on no more.
MAX_TOKENS = 128
# Texts of one run of the encoder: more are no faster, and need more memory.
BATCH = 8

CPU, CUDA = "cpu", "cuda"
_ON_CPU, _ON_CUDA = "CPUExecutionProvider", "CUDAExecutionProvider"


class Encoder(Protocol):
    """Anything that turns texts into vectors."""

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return float32 of shape (texts, dimensions), rows of length 1."""


class NoEncoder:
    """The encoder switched off: vectors without dimensions."""

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return float32 of shape (texts, 0)."""
        return np.empty((len(texts), 0), dtype=np.float32)


@dataclass(frozen=True)
class Hardware:
    """What an encoder runs on.

    Attributes
    ----------
    threads
        How many batches are run at once; as many as there are cores if not given.
    device
        `CPU` or `CUDA`. The latter rounds otherwise, so that scores differ in late digits.
    """

    threads: int | None = None
    device: str = CPU


class FinetunedEncoder:
    """An encoder that `finetune` has written: a graph, its weights, a tokenizer.

    Parameters
    ----------
    store
        Where the files are, in its folder `encoder`.
    hardware
        What it runs on.

    Raises
    ------
    DataError
        If one of the files is missing or damaged, or ONNX Runtime cannot use the device.
    """

    def __init__(self, store: Store, hardware: Hardware = Hardware()) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        graph, tokenizer = (f"{ENCODER_FOLDER}/{name}" for name in (MODEL_NAME, TOKENIZER_NAME))
        path = store.path(graph)
        if path is not None:
            encoder_files(path.parent)
        # A thread per batch is faster than a batch on all threads.
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        # Fused, ONNX Runtime normalises ten times slower.
        settings = {
            "providers": _providers(hardware.device, onnxruntime.get_available_providers()),
            "disabled_optimizers": ["SkipLayerNormFusion"],
        }
        try:
            self._tokenizer = Tokenizer.from_buffer(store.read(tokenizer))
            if path is None:
                # Kept as long as the session, which reads it where it is.
                self._weights = _weights(store)
                options.add_external_initializers_from_files_in_memory(
                    list(self._weights),
                    list(self._weights.values()),
                    [len(content) for content in self._weights.values()],
                )
            self._session = onnxruntime.InferenceSession(
                store.read(graph) if path is None else str(path), options, **settings
            )
        except DataError:
            raise
        except Exception as error:  # noqa: BLE001 - both raise types without a common base
            raise DataError(
                f"{store.name}: the encoder cannot be loaded ({str(error).splitlines()[0]}); "
                "get its files again with `git checkout`."
            ) from None
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self._dimensions: int = self._session.get_outputs()[0].shape[1]
        # As many as this process may run on; a pinned worker has one.
        self._threads = hardware.threads or _cores()

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return float32 of shape (texts, dimensions), rows of length 1; equal texts run once."""
        distinct = list(dict.fromkeys(texts))
        encodings: list[Encoding] = self._tokenizer.encode_batch(distinct)
        lengths = np.array([len(encoding) for encoding in encodings], dtype=np.intp)
        order = np.argsort(lengths, kind="stable")
        # As many batches as there are threads to run them, however few the texts.
        size = min(BATCH, -(-len(order) // self._threads) or 1)
        batches = [order[start : start + size] for start in range(0, len(order), size)]
        found = np.empty((len(distinct), self._dimensions), dtype=np.float32)

        def embed(rows: NDArray[np.intp]) -> None:
            found[rows] = self._embed([encodings[row].ids for row in rows])

        if len(batches) == 1:
            embed(batches[0])
        else:
            with ThreadPoolExecutor(self._threads) as pool:
                list(pool.map(embed, batches))
        row_of = {text: number for number, text in enumerate(distinct)}
        return found[np.array([row_of[text] for text in texts], dtype=np.intp)]

    def _embed(self, ids: Sequence[Sequence[int]]) -> Vectors:
        longest = max(map(len, ids))
        # What stands in for a missing token does not matter: the mask hides it.
        padded = np.zeros((len(ids), longest), dtype=np.int64)
        mask = np.zeros((len(ids), longest), dtype=np.int64)
        for row, some in enumerate(ids):
            padded[row, : len(some)] = some
            mask[row, : len(some)] = 1
        inputs = {"input_ids": padded, "attention_mask": mask}
        (vectors,) = self._session.run(["vectors"], inputs)
        found: Vectors = vectors
        return found


def _providers(device: str, available: Sequence[str]) -> list[str]:
    """Return what ONNX Runtime is to run on, by its own names, best first."""
    if device == CPU:
        return [_ON_CPU]
    if _ON_CUDA not in available:
        raise DataError(
            "--device cuda: ONNX Runtime has no CUDA here; install the package onnxruntime-gpu in "
            "place of onnxruntime, with NVIDIA's CUDA and cuDNN, or leave the option out."
        )
    return [_ON_CUDA, _ON_CPU]


def _cores() -> int:
    """Return on how many cores this process may run."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _weights(store: Store) -> dict[str, bytes]:
    prefix = f"{ENCODER_FOLDER}/"
    names = [name for name in store.names() if name.startswith(prefix) and name.endswith(_WEIGHTS)]
    return {name.removeprefix(prefix): store.read(name) for name in names}


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


def encoder_files(folder: Path) -> list[str]:
    """Return the names of the encoder's files in a folder, sorted; others there are no part of it.

    Raises
    ------
    DataError
        If the graph or the tokenizer is missing.
    """
    for name in (MODEL_NAME, TOKENIZER_NAME):
        if not (folder / name).is_file():
            raise DataError(
                f"{folder / name}: the encoder's file is missing; get it with `git checkout`, or "
                "copy the folder along with the model."
            )
    weights = [path.name for path in folder.iterdir() if path.suffix == _WEIGHTS]
    return sorted([MODEL_NAME, TOKENIZER_NAME, *weights])


def load_encoder(
    name: str,
    hypotheses: Sequence[str] = (),
    store: Store | None = None,
    hardware: Hardware = Hardware(),
) -> Encoder:
    """Return an encoder.

    Parameters
    ----------
    name
        As `encode.encoder` in `params.yaml` gives it.
    hypotheses
        What an entailment encoder asks of every text; others do not look at it.
    store
        Where the files of the fine-tuned encoder are; if not given, in `models` here, or with the
        model that `find_store` finds.
    hardware
        What the fine-tuned encoder runs on; others choose for themselves.

    Raises
    ------
    DataError
        If its files are missing or damaged, or its extra is not installed.
    """
    if name == NO_ENCODER:
        return NoEncoder()
    if name == FINETUNED:
        return FinetunedEncoder(_encoder_store() if store is None else store, hardware)
    if name.startswith(ENTAILMENT_PREFIX):
        return EntailmentEncoder(name.removeprefix(ENTAILMENT_PREFIX), hypotheses)
    return HubEncoder(name.removeprefix(HUB_PREFIX))


def _encoder_store() -> Store:
    # Before a model is trained the encoder is there alone.
    return FolderStore(MODELS) if ENCODER.is_dir() else find_store()


def encoder_hashes(name: str, folder: Path) -> dict[str, str]:
    """Return the SHA-256 of each file of the encoder, by name; none for encoders from a hub.

    Parameters
    ----------
    name
        As for `load_encoder`.
    folder
        The model's folder, in which the encoder's is.

    Raises
    ------
    DataError
        If a file is missing.
    """
    if name != FINETUNED:
        return {}
    store = FolderStore(folder)
    names = encoder_files(folder / ENCODER_FOLDER)
    return {one: store.digest(f"{ENCODER_FOLDER}/{one}") for one in names}
