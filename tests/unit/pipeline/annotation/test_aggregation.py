"""Agreement has intervals that mean something; annotators are weighed as Dawid and Skene did."""

import pandas as pd

from pipeline.annotation.labels import compare_aggregations, label_sentences


def test_the_estimate_goes_before_the_majority_and_behind_the_referee() -> None:
    rows = [
        ("1", "a", "x"), ("1", "b", "x"),
        ("2", "a", "x"), ("2", "b", "y"),
        ("3", "a", "x"), ("3", "b", "y"), ("3", "referee", "z"),
        ("4", "a", "x"), ("4", "b", "y"), ("4", "c", "y"),
    ]  # fmt: skip
    votes = pd.DataFrame(rows, columns=["id", "annotator", "stance"])
    sentences = pd.DataFrame({"id": list("12345")})
    estimated = {"1": "x", "2": "y", "3": "y", "4": ""}
    labelled = label_sentences(sentences, votes, ["referee"], estimated)
    assert labelled["stance"].tolist() == ["x", "y", "z", "", ""]
    assert labelled["status"].tolist() == [
        "agreed",
        "dawid-skene",
        "refereed",
        "unresolved",
        "unannotated",
    ]
    compared = compare_aggregations(votes, ["referee"], estimated)
    assert compared["sentences"] == 4
    assert compared["differ"] == 3
    assert compared["as_the_referee"] == {"majority": 0, "dawid-skene": 0}
    assert compared["differing"] == [
        {"id": "2", "majority": "", "dawid-skene": "y", "referee": ""},
        {"id": "3", "majority": "", "dawid-skene": "y", "referee": "z"},
        {"id": "4", "majority": "y", "dawid-skene": "", "referee": ""},
    ]
