"""A data set as SemEval-2016 Task 6 published its own, composed here, and a folder to run it in."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd

from stance.model.names import ENCODER
from tests.projects import ROOT, SMALL_PARAMS, set_params
from tests.tiny import write_tiny_encoder

LABELS = ["AGAINST", "FAVOR", "NONE"]
SEMEVAL = [
    *("--text-column", "Tweet", "--label-column", "Stance", "--group-column", "Target"),
    *("--average", "FAVOR,AGAINST", "--encoding", "cp1252"),
]
WORDS = {
    "AGAINST": ["noisy", "ban", "against", "waste", "wrong"],
    "FAVOR": ["love", "keep", "wonderful", "support", "right"],
    "NONE": ["today", "passing", "seen", "heard", "maybe"],
}


def tweets(size: int, seed: int) -> pd.DataFrame:
    """Return composed rows in the shape of SemEval-2016 Task 6, hard enough to be got wrong."""
    random = np.random.default_rng(seed)
    rows = []
    for number in range(size):
        label, other = random.choice(LABELS), random.choice(LABELS)
        target = ["City Trams", "House Cats"][number % 2]
        words = [*random.choice(WORDS[label], 2), *random.choice(WORDS[other], 1)]
        words += [f"“{target.split()[1]}’s”", str(number), "#Stance"]
        rows.append((str(number), target, " ".join(random.permutation(words)), label))
    return pd.DataFrame(rows, columns=["ID", "Target", "Tweet", "Stance"])


def write_tsv(path: Path, table: pd.DataFrame) -> None:
    """Write a table as that task did: tabs, no quoting, CR and LF, Windows' encoding."""
    lines = [list(table), *table.to_numpy().tolist()]
    path.write_bytes("".join("\t".join(line) + "\r\n" for line in lines).encode("cp1252"))


def write_semeval(folder: Path) -> None:
    """Write what the command is run on: params, a tiny encoder, `train.txt` and `test.txt`."""
    shutil.copy(ROOT / "params.yaml", folder)
    set_params(folder, SMALL_PARAMS)
    write_tiny_encoder(folder / ENCODER)
    write_tsv(folder / "train.txt", tweets(90, 1))
    write_tsv(folder / "test.txt", tweets(60, 2))
