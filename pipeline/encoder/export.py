"""Export the fine-tuned encoder for CPUs without PyTorch: int8 ONNX, near the float model or none.

Plain int8 loses much, since few channels of the activations are far larger than the others.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.encoder.base import mean_pool, pad
from stance.errors import DataError
from stance.model.encoder import MODEL_NAME, TOKENIZER_NAME, FinetunedEncoder
from stance.model.store import FolderStore

if TYPE_CHECKING:
    import torch

# Larger tensors go to the files of weights, so much into each.
EXTERNAL_BYTES = 1024
WEIGHTS_BYTES = 48_000_000
# How far outliers move from activations to weights, between 0 and 1; .75 to .8 came nearest.
SMOOTHING = 0.8
TINY = 1e-5
# How near the exported vectors must be to those of the float model, on so many texts.
MIN_COSINE = 0.98
CHECKED_TEXTS = 128


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


def write_onnx(model: Any, folder: Path) -> None:
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
    exported = FinetunedEncoder(FolderStore(folder.parent)).encode(texts)
    cosine = float((np.array(vectors) * exported).sum(axis=1).mean())
    if cosine < MIN_COSINE:
        raise DataError(
            f"the exported encoder's vectors have a mean cosine of {cosine:.3f} to the float "
            f"model's, below {MIN_COSINE}; another version of PyTorch or ONNX Runtime may help."
        )
    return cosine


def export(model: Any, tokenizer: Any, texts: Sequence[str], folder: Path) -> float:
    """Write the encoder's files to an empty folder, and hold them to the float model.

    Parameters
    ----------
    model, tokenizer
        The fine-tuned encoder, which is smoothed in place, and its tokenizer.
    texts
        Sentences in random order: some to measure on, others to check with.

    Returns
    -------
    The mean cosine between the exported vectors and the float model's.

    Raises
    ------
    DataError
        If it is below `MIN_COSINE`.
    """
    tokenizer.save(str(folder / TOKENIZER_NAME))
    half = min(CHECKED_TEXTS, len(texts) // 2)
    smooth(model, tokenizer, texts[:half])
    write_onnx(model, folder)
    for path in folder.iterdir():
        path.chmod(0o644)
    return check_export(model, tokenizer, folder, texts[half : 2 * half])
