"""Agreement has intervals that mean something; annotators are weighed as Dawid and Skene did."""

import json
from pathlib import Path

import pytest

from tests.inside import Inside


def test_the_command_says_what_the_report_says(
    small: Path, inside: Inside, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(small)
    found = json.loads(inside.stance("agreement", "--format", "json").out)
    report = json.loads((small / "reports/agreement.json").read_text("utf-8"))
    alphas = {row["of"]: row for row in found["alpha"]}
    assert alphas["all"]["alpha"] == report["alpha"]
    for name, alpha in report["documents"].items():
        assert alphas[name]["alpha"] == alpha
        assert alphas[name]["low"] <= alpha <= alphas[name]["high"]
    for name, alpha in report["labels"].items():
        assert alphas[f"{name}, or another"]["alpha"] == alpha
    pairs = {tuple(pair["annotators"]): pair for pair in found["annotators"]}
    assert pairs["coder-1", "coder-2"]["alike"] == 1
    assert sum(pairs["author-2", "coder-4"]["confusion"]["hostile"].values()) > 20
    shown = inside.stance("agreement", "russia-taliban").out
    assert "coder-1 (rows) and coder-2 (columns): 62 sentences, 100.0% alike" in shown
    assert shown.endswith("Nothing is disputed.\n")
