"""Agreement has intervals that mean something; annotators are weighed as Dawid and Skene did."""

import json
from pathlib import Path

from pipeline.project.frames import read_csv
from tests.inside import Inside
from tests.projects import set_params


def test_the_param_decides_and_both_are_compared(here: Path, inside: Inside) -> None:
    before = (here / "data/labelled.csv").read_bytes()
    annotations = {path: path.read_text("utf-8") for path in here.glob("data/annotations/*")}
    for path in annotations:
        table = read_csv(path)
        table[table["annotator"] != "referee"].to_csv(path, index=False)
    inside.stage("label")
    report = json.loads((here / "reports/agreement.json").read_text("utf-8"))
    assert report["aggregation"]["used"] == "majority"
    assert (
        report["sentences"]["unresolved"]
        == report["aggregation"]["differ"]
        == len(report["aggregation"]["differing"])
    )
    assert "dawid-skene" not in report["sentences"]
    set_params(here, {"label": {"aggregate": "dawid-skene"}})
    inside.stage("label")
    decided = json.loads((here / "reports/agreement.json").read_text("utf-8"))
    assert decided["sentences"]["dawid-skene"] == report["sentences"]["unresolved"] > 0
    assert decided["sentences"]["unresolved"] == 0
    set_params(here, {"label": {"aggregate": "majority"}})
    for path, text in annotations.items():
        path.write_text(text, encoding="utf-8", newline="\n")
    inside.stage("label")
    assert (here / "data/labelled.csv").read_bytes() == before
