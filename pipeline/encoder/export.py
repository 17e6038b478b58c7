"""Export the fine-tuned encoder for CPUs without PyTorch: int8 ONNX, near the float model or none.

Plain int8 loses much, since few channels of the activations are far larger than the others. The
activations' scales are fixed here and not found when they occur, so that a text's vector does not
depend on what else is in its batch.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.encoder.base import float_vectors, pad
from stance.errors import DataError
from stance.model.encoder import MODEL_NAME, TOKENIZER_NAME, FinetunedEncoder
from stance.model.store import FolderStore

if TYPE_CHECKING:
    import torch

# Larger tensors go to the files of weights, so much into each.
EXTERNAL_BYTES = 1024
WEIGHTS_BYTES = 46_000_000
# How far outliers move from activations to weights, between 0 and 1; .75 to .8 came nearest.
SMOOTHING = 0.8
TINY = 1e-5
# How near the exported vectors must be to those of the float model, on so many texts.
MIN_COSINE = 0.98
CHECKED_TEXTS = 128


def fuse_attention(model: Any) -> None:
    """Let queries, keys and values be one linear layer, so that their input is quantised once."""
    import torch
    from torch import nn

    class Fused(nn.Module):
        def __init__(self, attention: Any) -> None:
            super().__init__()
            parts = [attention.q, attention.k, attention.v]
            self.heads = attention.num_attention_heads
            self.size = attention.attention_head_size
            self.qkv = nn.Linear(parts[0].in_features, sum(part.out_features for part in parts))
            self.qkv.weight.data = torch.cat([part.weight.data for part in parts])
            self.qkv.bias.data = torch.cat([part.bias.data for part in parts])
            # The scores' divisor, once and for all.
            width = parts[0].out_features
            self.qkv.weight.data[:width] /= self.size**0.5
            self.qkv.bias.data[:width] /= self.size**0.5
            self.o = attention.o

        def forward(
            self,
            hidden: "torch.Tensor",
            attention_mask: "torch.Tensor | None",
            position_bias: "torch.Tensor",
            **_: Any,
        ) -> tuple[Any]:
            texts, tokens, _width = hidden.shape
            of_heads = self.qkv(hidden).view(texts, tokens, 3, self.heads, self.size)
            queries, keys, values = of_heads.permute(2, 0, 3, 1, 4)
            scores = queries @ keys.transpose(-1, -2) + position_bias
            if attention_mask is not None:
                scores = scores + attention_mask
            seen = scores.softmax(dim=-1) @ values
            return (self.o(seen.transpose(1, 2).reshape(texts, tokens, -1)),)

    for layer in model.encoder.layer:
        layer.attention.attn = Fused(layer.attention.attn)


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


def write_onnx(model: Any, tokenizer: Any, texts: Sequence[str], folder: Path) -> None:
    """Write `model.onnx` and its weights to a folder: from token numbers and mask to unit vectors.

    Weights are int8, quantised per channel; activations are quantised by scales that are measured
    on the texts (static quantisation of ONNX Runtime). The weights lie in several files, since
    hosts of Git repositories refuse large ones.
    """
    import onnx
    import torch
    from onnx.external_data_helper import set_external_data
    from onnxruntime.quantization import (
        CalibrationDataReader,
        QuantFormat,
        QuantType,
        quantize_dynamic,
        quantize_static,
    )
    from torch import nn

    class Texts(CalibrationDataReader):
        def __init__(self) -> None:
            self.encodings = iter(tokenizer.encode_batch(list(texts)))

        def get_next(self) -> dict[str, Any] | None:
            encoding = next(self.encodings, None)
            if encoding is None:
                return None
            ids = np.array([encoding.ids], dtype=np.int64)
            return {"input_ids": ids, "attention_mask": np.ones_like(ids)}

    class Embedder(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, input_ids: "torch.Tensor", attention_mask: "torch.Tensor") -> Any:
            hidden = self.model(input_ids=input_ids, attention_mask=attention_mask)
            # As a product per text: a sum over a batch is rounded by what else is in it.
            weights = attention_mask.to(torch.float32)
            weights = weights / weights.sum(1, keepdim=True)
            pooled = (weights[:, None] @ hidden.last_hidden_state)[:, 0]
            return nn.functional.normalize(pooled)

    example = torch.ones((2, 8), dtype=torch.int64)
    # A shorter text, lest the mask be left out of the graph.
    mask = torch.tensor([[1] * 8, [1] * 6 + [0] * 2])
    names = ["input_ids", "attention_mask"]
    unquantised = folder / "float.onnx"
    axes: dict[str, Any] = {name: {0: "texts", 1: "tokens"} for name in names}
    torch.onnx.export(
        Embedder().eval(),
        (example, mask),
        str(unquantised),
        input_names=names,
        output_names=["vectors"],
        dynamic_axes={**axes, "vectors": {0: "texts"}},
        opset_version=17,
        dynamo=False,
    )
    # The table of token vectors first, which the other way of quantising would turn to floats.
    half = folder / "half.onnx"
    quantize_dynamic(
        unquantised,
        half,
        weight_type=QuantType.QInt8,
        per_channel=True,
        op_types_to_quantize=["Gather"],
    )
    quantised = folder / "int8.onnx"
    quantize_static(
        half,
        quantised,
        Texts(),
        quant_format=QuantFormat.QDQ,
        op_types_to_quantize=["MatMul"],
        per_channel=True,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        extra_options={
            "MatMulConstBOnly": True,
            "OpTypesToExcludeOutputQuantization": ["MatMul"],
        },
    )
    graph = onnx.load(quantised)
    written = 0
    for tensor in graph.graph.initializer:
        if len(tensor.raw_data) >= EXTERNAL_BYTES:
            set_external_data(tensor, f"weights-{written // WEIGHTS_BYTES + 1}.bin")
            written += len(tensor.raw_data)
    onnx.save(graph, folder / MODEL_NAME)
    for path in (unquantised, half, quantised):
        path.unlink()


def check_export(model: Any, tokenizer: Any, folder: Path, texts: Sequence[str]) -> float:
    """Return the mean cosine between the exported encoder's vectors and the float model's.

    Raises
    ------
    DataError
        If it is below `MIN_COSINE`: the export has gone wrong.
    """
    import torch

    vectors = torch.nn.functional.normalize(float_vectors(model, tokenizer, texts)).numpy()
    exported = FinetunedEncoder(FolderStore(folder.parent)).encode(texts)
    cosine = float((vectors * exported).sum(axis=1).mean())
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
    fuse_attention(model)
    smooth(model, tokenizer, texts[:half])
    write_onnx(model, tokenizer, texts[:half], folder)
    for path in folder.iterdir():
        path.chmod(0o644)
    return check_export(model, tokenizer, folder, texts[half : 2 * half])
