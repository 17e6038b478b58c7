"""Fine-tune the base encoder: its vectors come to tell apart what the corpus's annotators do.

They go on telling what the base knew (its own vectors are learned beside the votes), so that the
encoder serves other subjects, too.
"""

import math
import random
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.encoder.base import mean_pool, pad
from pipeline.project.params import Finetune

if TYPE_CHECKING:
    import torch

# What the weights depend on besides the params: sums are rounded in the order of the threads.
THREADS = 2
HEAD_LEARNING_RATE = 1e-3
GENERAL_LEARNING_RATE = 2e-4
WARM_UP = 0.1
DROPOUT = 0.1
WEIGHT_DECAY = 0.01
# Batches of like length are cut from this many shuffled ones, so that little is padding.
BUCKET = 16


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


def _loss(
    pooled: "torch.Tensor",
    heads: Iterable[Any],
    targets: Sequence["torch.Tensor"],
    weights: Sequence["torch.Tensor"],
    params: Finetune,
) -> "torch.Tensor":
    """Return the loss of a batch, summed over the codings; `targets` of no coding are NaN."""
    import torch
    from torch import nn

    loss = torch.zeros(())
    for number, (head, target, weight) in enumerate(zip(heads, targets, weights, strict=True)):
        coded = ~target.isnan().any(dim=1)
        if coded.any():
            share = params.event_weight * coded.float().mean() if number else 1.0
            loss = loss + share * nn.functional.cross_entropy(
                head(pooled[coded]),
                target[coded],
                weight=weight,
                label_smoothing=params.label_smoothing,
            )
    return loss


def finetune(
    model: Any,
    tokenizer: Any,
    texts: Sequence[str],
    shares: Sequence[pd.DataFrame],
    general: "torch.Tensor",
    params: Finetune,
) -> None:
    """Fine-tune `model` in place: cross-entropy against the vote shares, a linear head per coding.

    Beside it, the cosine between a linear map of the vectors and those of the base is made large
    (distillation; Reimers and Gurevych 2020).

    Parameters
    ----------
    model, tokenizer
        The base encoder and its `tokenizers.Tokenizer`.
    texts
        The sentences.
    shares
        For each coding (stance, event) the vote shares, indexed by text; a coding may lack
        sentences.
    general
        What the whole base makes of the texts, float32 of shape (texts, dimensions).
    params
        How to train.
    """
    import torch
    from torch import nn

    torch.manual_seed(params.seed)
    torch.set_num_threads(THREADS)
    torch.use_deterministic_algorithms(mode=True)
    chance = random.Random(params.seed)  # noqa: S311 - order of the batches
    width = model.config.hidden_size
    heads = nn.ModuleList(nn.Linear(width, some.shape[1]) for some in shares)
    recall = nn.Linear(width, width)
    nn.init.eye_(recall.weight)
    nn.init.zeros_(recall.bias)
    # They hold what words mean elsewhere, and the corpus has few of them.
    model.embeddings.word_embeddings.weight.requires_grad_(requires_grad=False)
    body = [some for some in model.parameters() if some.requires_grad]
    encodings = tokenizer.encode_batch(list(texts))
    lengths = np.array([len(encoding.ids) for encoding in encodings])
    targets = [
        torch.tensor(some.reindex(list(texts)).to_numpy(dtype=np.float32)) for some in shares
    ]
    rare = [some.sum() for some in shares]
    weights = [
        torch.tensor((count.sum() / len(count) / count).clip(0.5, 2).to_numpy(dtype=np.float32))
        for count in rare
    ]
    steps = params.epochs * math.ceil(len(texts) / params.batch_size)
    optimizer = torch.optim.AdamW(
        [
            {"params": body, "lr": params.learning_rate},
            {"params": heads.parameters(), "lr": HEAD_LEARNING_RATE, "weight_decay": 0.0},
            {"params": recall.parameters(), "lr": GENERAL_LEARNING_RATE, "weight_decay": 0.0},
        ],
        weight_decay=WEIGHT_DECAY,
        fused=True,
    )
    scheduler = torch.optim.lr_scheduler.LambdaLR(
        optimizer,
        lambda step: min((step + 1) / (WARM_UP * steps), (steps - step) / ((1 - WARM_UP) * steps)),
    )
    parameters = [*body, *heads.parameters(), *recall.parameters()]
    model.train()
    for epoch in range(params.epochs):
        losses = []
        for rows in batches(lengths, params.batch_size, chance):
            ids, mask = pad([encodings[row].ids for row in rows], tokenizer)
            with torch.autocast("cpu", dtype=torch.bfloat16, enabled=params.precision == "bf16"):
                hidden = model(input_ids=ids, attention_mask=mask).last_hidden_state
            vectors = mean_pool(hidden.float(), mask)
            pooled = nn.functional.dropout(vectors, DROPOUT)
            loss = _loss(pooled, heads, [target[rows] for target in targets], weights, params)
            likeness = nn.functional.cosine_similarity(recall(vectors), general[rows])
            loss = loss + params.general_weight * (1 - likeness).mean()
            loss.backward()
            nn.utils.clip_grad_norm_(parameters, 1.0)
            optimizer.step()
            optimizer.zero_grad()
            scheduler.step()
            losses.append(loss.item())
        sys.stderr.write(f"epoch {epoch + 1} of {params.epochs}: loss {np.mean(losses):.3f}\n")
    model.eval()
