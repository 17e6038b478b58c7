"""Texts that lie where no training sentence lies are unlike the material, and only those."""

import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from stance.model.novelty import UNLIKE, distance_quantiles, distances, novelty, of_length_one
from stance.scoring.rows.records import TextChunk
from stance.scoring.view import TerminalSink
from tests.inside import Inside


def test_a_sentences_own_article_does_not_make_it_familiar() -> None:
    known = of_length_one(np.array([[1.0, 0], [1, 0.01], [0, 1], [0.01, 1]]))
    apart = distance_quantiles(known, np.array(["a", "b", "c", "d"]))
    together = distance_quantiles(known, np.array(["a", "a", "c", "c"]))
    assert apart[-1] < 0.001
    assert together[0] > 0.9


def test_a_text_is_as_new_as_the_share_that_lies_nearer() -> None:
    random = np.random.default_rng(0)
    known = of_length_one(np.abs(random.normal(size=(500, 6))))
    quantiles = distance_quantiles(known, np.arange(500).astype(np.str_))
    alike = of_length_one(np.abs(random.normal(size=(2000, 6))))
    found = novelty(distances(alike, known), quantiles)
    assert (found >= UNLIKE).mean() == pytest.approx(0.25, abs=0.06)
    unlike = of_length_one(-np.abs(random.normal(size=(50, 6))))
    assert (novelty(distances(unlike, known), quantiles) == 1).all()
    alone = novelty(distances(alike[:1], known), quantiles)
    assert alone[0] == found[0]


def test_what_is_learned_besides_is_familiar() -> None:
    random = np.random.default_rng(0)
    known = of_length_one(np.abs(random.normal(size=(300, 6))))
    beside = of_length_one(random.normal(size=(900, 6)))
    groups = np.arange(300).astype(np.str_)
    found = distances(of_length_one(random.normal(size=(1000, 6))), known)
    of_known = novelty(found, distance_quantiles(known, groups))
    of_both = novelty(found, distance_quantiles(known, groups, beside))
    assert (of_known >= UNLIKE).mean() > 0.8
    assert (of_both >= UNLIKE).mean() < 0.4


@pytest.mark.usefixtures("here")
def test_a_model_without_vectors_cannot_tell(inside: Inside) -> None:
    Path("in.csv").write_text("text\nThey met in Doha for talks on peace.\n", "utf-8")
    done = inside.stance("score", "--input", "in.csv", "--novelty", code=1)
    assert "cannot tell --novelty" in done.err
    done = inside.stance("score", "--input", "in.csv")
    assert "novelty" not in pd.read_csv("in.csv")
    assert "unlike" not in done.err


@pytest.mark.parametrize("targets", [True, False])
def test_a_terminal_shows_targets_whether_or_not_novelty_is_asked_for(*, targets: bool) -> None:
    shown = []
    for novel in ({}, {"novelty": np.array([0.5])}):
        added = {
            "stance": np.array(["b"]),
            "confidence": np.array([0.6]),
            "abstain": np.array([True]),
            "p_a": np.array([0.4]),
            "p_b": np.array([0.6]),
            "reason": np.array(["unsure"]),
            **novel,
        }
        if targets:
            added |= {"about": np.array([True]), "targets": np.array(["PKK"])}
            added |= {"several_targets": np.array([False])}
        stream = io.StringIO()
        sink = TerminalSink(stream, ["a", "b"])
        sink.write(TextChunk(["text"], [["They met."]], [1], "text"), added, None, "", {})
        shown.append(stream.getvalue())
    assert shown[0] == shown[1]
    assert ("[PKK]" in shown[0]) == targets
