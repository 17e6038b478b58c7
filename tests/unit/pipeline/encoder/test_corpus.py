"""The encoder is the committed one, and a sentence has one vector, whatever is encoded with it."""

import re

import pandas as pd
import pytest

from pipeline.encoder.corpus import vote_shares
from stance.errors import DataError
from tests.projects import ROOT


def test_the_corpus_of_the_encoder_is_apart_from_what_it_is_evaluated_on() -> None:
    """No document, no sentence and no target of the evaluation is in it."""
    from pipeline.evaluation.folds import target_names
    from pipeline.project.tables import read_annotations, read_statements
    from stance.files import fold

    corpus = read_annotations(ROOT / "data/encoder/annotations")
    evaluated = read_annotations(ROOT / "data/annotations")
    names = {"statements"}
    assert set(corpus["document"]) & set(evaluated["document"]) == names
    assert not set(corpus["key"]) & set(evaluated["key"])
    targets = read_statements(ROOT / "data/statements.csv")["target"]
    texts = pd.Series(corpus["key"].unique())
    for name in {single for cell in targets for single in target_names(cell)} - COMMON_WORDS:
        found = texts[texts.str.contains(rf"\b{re.escape(name)}\b", regex=True)]
        assert found.empty, (name, found.tolist())
    for path in sorted((ROOT / "data/encoder/articles").glob("*.txt")):
        text = fold(path.read_text("utf-8"))
        of_article = corpus["key"][corpus["document"] == path.stem].unique()
        assert len(of_article) > 30
        for sentence in of_article:
            assert sentence in text, (path.stem, sentence)


# Names of targets that are ordinary words as well.
COMMON_WORDS = {"mujahideen"}


def test_the_encoder_learns_disagreement_as_shares_and_no_unknown_label() -> None:
    votes = pd.DataFrame(
        [("B.", "no"), ("A.", "yes"), ("B.", "yes"), ("B.", "no"), ("B.", "no")],
        columns=["key", "vote"],
    )
    shares = vote_shares(votes, ["yes", "no", "neither"])
    assert shares.to_dict("index") == {
        "B.": {"yes": 0.25, "no": 0.75, "neither": 0.0},
        "A.": {"yes": 1.0, "no": 0.0, "neither": 0.0},
    }
    assert list(shares.index) == ["B.", "A."]
    with pytest.raises(DataError, match="the encoder's corpus has 'no', which is none of yes; men"):
        vote_shares(votes, ["yes"])
