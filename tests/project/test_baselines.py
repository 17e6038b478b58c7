"""Baselines on the encoder's corpus: what they learn from, and when the report shows them."""

import json
from pathlib import Path

import numpy as np
import pandas as pd

from pipeline.classifier.counted import CountedSentences
from pipeline.encoder.corpus import vote_shares
from pipeline.evaluation.corpus_baselines import (
    decided,
    neighbour_votes,
    tfidf_with_corpus,
    under_protocols,
)
from pipeline.evaluation.folds import Fold
from pipeline.project.params import Train
from pipeline.project.vocabulary import NEIGHBOURS, SYSTEMS, TFIDF_CORPUS
from tests.page import read_page
from tests.projects import run, set_params, stage

LABELS = ["a", "b"]
TRAIN = Train(C=3.0, class_weight="balanced", word_ngrams=[1, 1], char_ngrams=[3, 3], min_df=1)
TITLES = [SYSTEMS[TFIDF_CORPUS], SYSTEMS[NEIGHBOURS]]


def shares(votes: dict[str, str]) -> pd.DataFrame:
    rows = [(sentence, vote) for sentence, cast in votes.items() for vote in cast]
    return vote_shares(pd.DataFrame(rows, columns=["key", "vote"]), LABELS)


def test_a_sentence_without_a_majority_has_no_label():
    found = decided(shares({"One.": "aab", "Two.": "ab", "Three.": "b"}))
    assert found.to_dict() == {"One.": "a", "Three.": "b"}


def test_tfidf_learns_from_the_corpus_what_no_fold_could_teach():
    sentences = pd.DataFrame(
        {
            "text": ["They met.", "They fought.", "They parleyed.", "They strafed."],
            "stance": ["a", "b", "a", "b"],
        }
    )
    corpus = pd.Series(
        {
            f"{one} {word}": label
            for one in ("Envoys", "Guards", "Crews")
            for word, label in (("parleyed", "a"), ("strafed", "b"))
        }
    )
    folds = [Fold(np.array([0, 1]), np.array([2, 3]))] * 2
    values = tfidf_with_corpus(sentences, corpus, {"unseen_article": folds}, TRAIN, LABELS)
    found = values["unseen_article"]
    assert np.isnan(found[:2]).all()
    assert found[2:].argmax(axis=1).tolist() == [0, 1]
    once = tfidf_with_corpus(sentences, corpus, {"unseen_article": folds[:1]}, TRAIN, LABELS)
    np.testing.assert_allclose(once["unseen_article"], found)


def test_what_is_predicted_is_in_no_training_set(monkeypatch):
    sentences = pd.DataFrame({"text": ["They met.", "They fought.", "He met."], "stance": [*"aba"]})
    seen = []

    def weigh(self, train, test):
        seen.append((sorted(train), sorted(test)))
        return plain(self, train, test)

    plain = CountedSentences.weigh
    monkeypatch.setattr(CountedSentences, "weigh", weigh)
    folds = [Fold(np.array([0, 1]), np.array([2])), Fold(np.array([1, 2]), np.array([0]))]
    corpus = pd.Series({"Envoys met.": "a", "Guards fought.": "b"})
    tfidf_with_corpus(sentences, corpus, {"article": folds}, TRAIN, LABELS)
    assert seen == [([0, 1, 3, 4], [2]), ([1, 2, 3, 4], [0])]


def test_the_nearest_neighbours_vote_by_their_cosine():
    angles = np.radians([0, 10, 50, 180])
    corpus = np.column_stack([np.cos(angles), np.sin(angles)])
    votes = np.array([[1.0, 0.0], [0.5, 0.5], [0.0, 1.0], [0.0, 1.0]])
    found = neighbour_votes(np.array([[1.0, 0.0]]), corpus, votes, 3)
    near, middle, far = np.cos(angles[:3])
    expected = np.array([near + middle / 2, far + middle / 2]) / (near + middle + far)
    np.testing.assert_allclose(np.exp(found), [expected])
    alone = neighbour_votes(corpus[[0]], corpus, votes, 1)
    assert alone[0, 0] == 0
    assert alone[0, 1] < -10
    # A corpus of fewer than are asked, and more rows than are looked up at once.
    many = neighbour_votes(np.repeat(corpus[[0]], 1200, axis=0), corpus, votes)
    assert many.shape == (1200, 2)
    assert (many == many[0]).all()


def test_under_a_protocol_only_what_it_holds_out_is_predicted():
    values = np.arange(6.0).reshape(3, 2)
    folds = [Fold(np.array([0]), np.array([2])), Fold(np.array([0]), np.array([1]))]
    found = under_protocols(values, {"article": folds})["article"]
    assert np.isnan(found[0]).all()
    np.testing.assert_array_equal(found[1:], values[1:])


def rows(folder: Path) -> list[str]:
    # The report changes, so it is read anew.
    return [one.text for one in read_page.__wrapped__(folder).find("th")]


def notes(folder: Path) -> str:
    return " ".join(one.text for one in read_page.__wrapped__(folder).find("p", "note"))


def test_the_report_shows_them_as_long_as_they_are_of_these_files(project: Path) -> None:
    # What is committed is of all sentences and of another encoder.
    assert not set(TITLES) & set(rows(project))
    assert "make baselines measures them again" in notes(project)
    done = stage("baselines", project, code=1)
    assert done.stderr.startswith("baselines: params.yaml: encode.encoder is none")
    set_params(project, {"encode": {"encoder": "finetuned"}})
    run("dvc", "repro", "--quiet", folder=project)
    done = stage("baselines", project)
    assert "unseen_source is left out" in done.stderr
    found = json.loads((project / "reports/corpus_baselines.json").read_text("utf-8"))
    assert set(found["bound_to"]["data"]) >= {"data/labelled.csv", "data/encoder/annotations"}
    metrics = json.loads((project / "reports/metrics.json").read_text("utf-8"))
    for of_system in found["systems"].values():
        assert set(of_system) == set(metrics) - {"left_out"}
        for protocol, measured in of_system.items():
            assert measured["sentences"] == metrics[protocol]["sentences"]
    stage("report", project)
    assert set(TITLES) <= set(rows(project))
    assert "nearest neighbours in it need no label of the project" in notes(project)
    card = (project / "reports/model_card.md").read_text("utf-8")
    (row,) = [line for line in card.splitlines() if line.startswith(f"| {TITLES[1]} |")]
    for measured in found["systems"][NEIGHBOURS].values():
        form = "{macro_f1:.2f} ({macro_f1_low:.2f} to {macro_f1_high:.2f})"
        assert form.format(**measured) in row
    # A vote on the encoder's corpus is enough to make them another corpus's.
    (path, *_) = (project / "data/encoder/annotations").glob("*.csv")
    path.write_text(path.read_text("utf-8").replace(",hostile,", ",dialogue,", 1), "utf-8")
    stage("report", project)
    assert not set(TITLES) & set(rows(project))
    assert "make baselines measures them again" in notes(project)


def test_a_project_without_the_file_says_nothing_of_it(project: Path) -> None:
    (project / "reports/corpus_baselines.json").unlink()
    stage("report", project)
    assert "make baselines" not in (project / "reports/report.html").read_text("utf-8")
