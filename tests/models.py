"""Saved models changed by hand, with all hashes made to agree again."""

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from stance import StanceModel
from stance.model.description import own_hash
from tests.tiny import write_tiny_encoder

TALKS = "They met in Doha for talks on peace."
BANNED = "The group was banned as a terrorist organisation."


def stances(model: StanceModel) -> list[str]:
    return model.score([TALKS, BANNED])["stance"].tolist()


def rewritten(described: dict[str, Any]) -> dict[str, Any]:
    """Return a description whose own hash agrees, as somebody would write it who knows how."""
    return {**described, "sha256": own_hash(described)}


def with_arrays(models: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    """Change a model's arrays, and let all hashes agree again."""
    with np.load(models / "stance.npz") as found:
        arrays = dict(found)
    change(arrays)
    np.savez(models / "stance.npz", **arrays)
    described = json.loads((models / "stance.json").read_text("utf-8"))
    content = (models / "stance.npz").read_bytes()
    described["files"] = {"stance.npz": hashlib.sha256(content).hexdigest()}
    (models / "stance.json").write_text(json.dumps(rewritten(described)), "utf-8")


def give_tiny_encoder(models: Path) -> None:
    """Make a model say of itself that it has the tiny encoder."""
    shutil.rmtree(models / "encoder")
    write_tiny_encoder(models / "encoder")
    with_arrays(models, lambda arrays: arrays.update(embedding=np.zeros((4, 16))))
    with np.load(models / "stance.npz") as found:
        rows = len(found["examples.scales"])
    with_arrays(models, lambda a: a.update({"examples.steps": np.ones((rows, 16), dtype=np.int8)}))
    described = json.loads((models / "stance.json").read_text("utf-8"))
    hashes = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in (models / "encoder").iterdir()
    }
    described |= {"dimensions": 16, "encoder": "finetuned", "encoder_files": hashes}
    (models / "stance.json").write_text(json.dumps(rewritten(described)), "utf-8")
