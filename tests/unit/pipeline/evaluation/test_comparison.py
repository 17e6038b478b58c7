"""Comparing runs: honest statistics, and the command on real revisions and DVC's experiments."""

import pandas as pd

from pipeline.evaluation.comparison import compare
from pipeline.project.params import Labels

LABELS = ["contact-only", "dialogue", "hostile", "none"]


def predictions(*rows: tuple[str, str, str, str]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["id", "stance", "predicted", "text"])
    table = table.assign(protocol="article", group=table["id"], document="d")
    return table.assign(occurrence=table.groupby("text").cumcount())


def test_sentences_are_matched_by_their_text_wherever_they_moved() -> None:
    before = predictions(
        ("d:001", "hostile", "none", "They met."),
        ("d:002", "none", "none", "Gone."),
        ("d:003", "none", "none", "No."),
        ("d:004", "none", "hostile", "No."),
    )
    after = predictions(
        ("d:001", "none", "none", "New."),
        ("d:002", "dialogue", "dialogue", "They met."),
        ("d:003", "none", "hostile", "No."),
        ("d:004", "none", "none", "No."),
    )
    labels = Labels(stances=LABELS[:3], background="none")
    result = compare(before, after, labels)["article"]
    assert (result.left_out_a, result.left_out_b, result.annotated_anew) == (1, 1, 1)
    assert result.difference.sentences == 3
    changed = result.changed[["change", "id", "stance", "before", "after"]]
    assert changed.to_numpy().tolist() == [
        ["fixed", "d:002", "dialogue", "none", "dialogue"],
        ["fixed", "d:004", "none", "hostile", "none"],
        ["broken", "d:003", "none", "none", "hostile"],
    ]
