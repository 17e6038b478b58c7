"""The rule for statements is what it says, and hardly any real sentence breaks it."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from stance.model.statements import are_english, are_statements, is_statement


def test_hardly_any_real_sentence_is_refused(corpus: Path) -> None:
    """Each sentence is judged with the words of the others' documents only."""
    labelled = pd.read_csv(corpus / "data/labelled.csv", keep_default_na=False)
    words = labelled["text"].str.lower().str.findall(r"\b\w\w+\b")
    refused = []
    for document in labelled["document"].unique():
        held_out = labelled["document"] == document
        counts = words[~held_out].map(set).explode().value_counts()
        known = set(counts[counts >= 2].index)
        refused.append(~are_statements(labelled["text"][held_out].tolist(), known))
    assert len(np.concatenate(refused)) == 2184
    assert np.concatenate(refused).mean() < 0.01


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("They met again.", True),
        ("Talks failed.", False),
        ("Moscow, Tehran and Beijing met the group in Doha.", True),
        ("Moscow, Tehran, Beijing and Doha", False),
        ("“We will never talk to them,” he said.", True),
        ("12 3 45 they 67 89 10 11 12 13", False),
        ("In Berlin was das so", False),
    ],
)
def test_the_rule_is_what_it_says(text: str, *, expected: bool) -> None:
    assert is_statement(text, {"doha", "in", "met", "group"}) == expected


def test_a_codebook_of_another_language_is_not_held_to_english() -> None:
    german = ["Die Regierung lehnt Gespräche ab.", "Der Minister hat die Gruppe getroffen."] * 5
    assert not are_english(german)
    assert are_english(["They met the group in Doha.", "It was banned by the court."])
    assert are_statements(german, set(), english=False).all()
    assert not are_statements(["Taliban", "1 2 3 4"], set(), english=False).any()
