"""Other people's data sets run as they were published, and their figures are scikit-learn's."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from stance.cli import main
from stance.model.names import ENCODER
from tests.projects import ROOT, SMALL_PARAMS, run, set_params
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


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder that the command is run in: params, and a data set in SemEval's shape."""
    shutil.copy(ROOT / "params.yaml", tmp_path)
    set_params(tmp_path, SMALL_PARAMS)
    write_tiny_encoder(tmp_path / ENCODER)
    write_tsv(tmp_path / "train.txt", tweets(90, 1))
    write_tsv(tmp_path / "test.txt", tweets(60, 2))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def benchmark(folder: Path) -> Callable[..., dict[str, Any]]:
    """Return a function that runs the command in this process and returns its JSON."""

    def measured(*arguments: str) -> dict[str, Any]:
        main(["benchmark", *arguments, "--output", "figures.json"])
        return dict(json.loads((folder / "figures.json").read_text("utf-8")))

    return measured


def test_a_second_run_writes_the_same_bytes(folder):
    written = []
    for name in ("first.json", "second.json"):
        command = ["stance", "benchmark", "train.txt", "test.txt", *SEMEVAL, "--output", name]
        written.append((run(*command, folder=folder).stdout, (folder / name).read_bytes()))
    assert written[0] == written[1]
    assert written[0][0].count("macro-F1 in ") == 2
