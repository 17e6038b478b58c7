"""What the repository promises about itself: stages, dependencies, and what it must not hold."""

import json

import pandas as pd

from tests.projects import ROOT


def test_the_datasheet_counts_what_there_is(full):
    labelled = pd.read_csv(full / "data/labelled.csv", keep_default_na=False)
    part = labelled["document"].where(labelled["document"] == "statements", labelled["origin"])
    counts = pd.crosstab(part, labelled["stance"]).drop(columns="", errors="ignore")
    datasheet = (ROOT / "data/README.md").read_text("utf-8")
    for row, title in (
        ("published", "published article | 1"),
        ("composed", "composed articles | 28"),
        ("statements", "composed statements | –"),
    ):
        cells = [counts.loc[row].sum(), *counts.loc[row]]
        assert f"| {title} | {' | '.join(f'{cell:,}' for cell in cells)} |" in datasheet
    corpus = json.loads((ROOT / "reports/encoder.json").read_text("utf-8"))
    for name, found in corpus["stance"].items():
        figures = f"{found.get('documents', '–')} | {found['sentences']:,} | {found['alpha']:.3f}"
        assert f"| encoder: {name} | {figures} |" in datasheet
    assert f"of the events of the newswire it is {corpus['event']['alpha']:.3f}" in datasheet
