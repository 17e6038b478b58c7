"""An encoder of a few kilobytes for small projects: the files of a real one, and little sense."""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Regex, Tokenizer, models, pre_tokenizers

from stance.model.encoder import MODEL_NAME, TOKENIZER_NAME

DIMENSIONS = 16
CHARACTERS = "abcdefghijklmnopqrstuvwxyz0123456789 .,'ABCDEFGHIJKLMNOPQRSTUVWXYZ"
VOCABULARY = {"<pad>": 0, "[UNK]": 1, **{char: n for n, char in enumerate(CHARACTERS, 2)}}


def write_tiny_encoder(folder: Path) -> None:
    """Write an encoder whose vectors are the mean of random vectors of a text's characters."""
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = Tokenizer(models.WordLevel(VOCABULARY, unk_token="[UNK]"))  # noqa: S106
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex("."), "isolated")
    tokenizer.save(str(folder / TOKENIZER_NAME))
    table = np.random.default_rng(0).standard_normal((len(VOCABULARY), DIMENSIONS))
    shape = ["texts", "tokens"]
    graph = helper.make_graph(
        [
            helper.make_node("Gather", ["table", "input_ids"], ["tokens"]),
            # As the real one does: a product per text, so that no other text moves it.
            helper.make_node("Cast", ["attention_mask"], ["mask"], to=TensorProto.FLOAT),
            helper.make_node("Unsqueeze", ["mask", "middle"], ["weights"]),
            helper.make_node("MatMul", ["weights", "tokens"], ["summed"]),
            helper.make_node("Squeeze", ["summed", "middle"], ["sum"]),
            helper.make_node("LpNormalization", ["sum"], ["vectors"], axis=1, p=2),
        ],
        "tiny",
        [
            helper.make_tensor_value_info(name, TensorProto.INT64, shape)
            for name in ("input_ids", "attention_mask")
        ],
        [helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["texts", DIMENSIONS])],
        [
            numpy_helper.from_array(table.astype(np.float32), "table"),
            numpy_helper.from_array(np.array([1]), "middle"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, folder / MODEL_NAME)
