"""What analyse writes: mistakes beside sentences of elsewhere, doubts, counts that add up."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_matrix

from pipeline.classifier.estimator import build_classifier, label_weights
from pipeline.evaluation.mistakes import nearest
from pipeline.evaluation.phrases import strongest_phrases
from pipeline.evaluation.predictions import judged_predictions
from pipeline.evaluation.summary import annotator_confusion
from pipeline.project.params import Train
from tests.inside import Inside
from tests.projects import set_params


def read(folder: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(folder / name, keep_default_na=False)


def test_every_unseen_mistake_is_listed_beside_sentences_of_elsewhere(small: Path) -> None:
    predictions = read(small, "reports/predictions.csv")
    predictions = predictions[predictions["protocol"] != "article"]
    groups = dict(zip(predictions["id"], predictions["group"], strict=True))
    mistakes = read(small, "reports/mistakes.csv")
    wrong = predictions[predictions["stance"] != predictions["predicted"]]
    assert sorted(mistakes["id"]) == sorted(wrong["id"])
    assert mistakes["confidence"].is_monotonic_decreasing
    for id_, near, similarity in zip(
        mistakes["id"], mistakes["nearest"], mistakes["similarity"], strict=True
    ):
        found = near.split()
        assert len(set(found)) == 3
        assert groups[id_] not in [groups[one] for one in found]
        values = [float(value) for value in similarity.split()]
        assert values == sorted(values, reverse=True)
        assert 0 <= values[-1] <= values[0] <= 1


def test_doubts_are_no_other_than_mistakes_and_change_no_label(small: Path) -> None:
    mistakes = read(small, "reports/mistakes.csv").set_index("id")
    doubted = read(small, "reports/doubted.csv").set_index("id")
    labels = read(small, "data/labelled.csv").set_index("id")["stance"]
    assert 0 < len(doubted) < len(mistakes)
    assert set(doubted.index) <= set(mistakes.index)
    assert (doubted["stance"] == labels[doubted.index]).all()
    assert (doubted["suggested"] != doubted["stance"]).all()
    margin = doubted["p_suggested"] - doubted["p_stance"]
    assert (margin.round(4).diff().dropna() <= 0).all()


def test_counts_add_up(small: Path) -> None:
    analysis = json.loads((small / "reports/analysis.json").read_text("utf-8"))
    metrics = json.loads((small / "reports/metrics.json").read_text("utf-8"))
    metrics.pop("left_out", None)
    for protocol, found in metrics.items():
        matrix = pd.DataFrame(analysis["confusion"][protocol])
        assert matrix.to_numpy().sum() == found["sentences"]
        accuracy = np.diag(matrix).sum() / found["sentences"]
        assert accuracy == pytest.approx(found["accuracy"], abs=1e-4)
        assert analysis["confidence"][protocol]["accuracy"] == found["accuracy"]
    doubts = analysis["doubts"]
    assert sum(one["doubted"] for one in doubts["status"].values()) == doubts["sentences"]
    whole = analysis["sentences"]
    assert whole["articles"] + whole["statements"] == whole["labelled"]
    curve = read(small, "reports/learning_curve.csv")
    last = curve.groupby("unit")["macro_f1"].last()
    assert last["sentences"] == last["documents"]


def test_the_most_similar_sentences_of_elsewhere_come_first() -> None:
    similarity = np.array([[1.0, 0.9, 0.2, 0.8, 0.3], [0.1, 1.0, 0.5, 0.5, 0.9]])
    groups = np.array(["a", "a", "b", "c", "b"])
    found = nearest(similarity, groups, ["a", "b"])
    assert [rows.tolist() for rows in found] == [[3, 4, 2], [1, 3, 0]]


def test_phrases_are_weighed_where_they_occur_and_only_if_they_are_common() -> None:
    often, seldom = np.r_[np.ones(12), np.zeros(8)], np.r_[np.ones(9), np.zeros(11)]
    vectors = csr_matrix(np.column_stack([0.5 * often, seldom, 0.4 * np.ones(20)]))
    sentences = pd.DataFrame(
        {"document": ["a"] * 10 + ["b"] * 10, "stance": ["red"] * 6 + ["blue"] * 14}
    )
    names = np.array(["often", "seldom", "always"])
    weights = np.array([[2.0, 9.0, 1.0], [-2.0, -9.0, 1.0]])
    found = strongest_phrases(names, vectors, weights, sentences, ["red", "blue"])
    assert [one["phrase"] for one in found["red"]] == ["often", "always"]
    assert found["red"][0] == {
        "phrase": "often",
        "weight": 1.0,
        "sentences": 12,
        "documents": 2,
        "share": 0.5,
    }
    # What speaks against a label is not among what speaks for it.
    assert [one["phrase"] for one in found["blue"]] == ["always"]


def test_weights_of_two_labels_are_opposites_and_of_an_unknown_one_nothing() -> None:
    params = Train(C=1.0, class_weight=None, word_ngrams=[1, 1], char_ngrams=[2, 2], min_df=1)
    vectors = csr_matrix(np.array([[1.0, 0.0], [0.0, 1.0]] * 5))
    classifier = build_classifier(params, dense=True).fit(vectors, np.array(["no", "yes"] * 5))
    weights = label_weights(classifier, ["yes", "perhaps", "no"])
    assert weights[0, 1] > 0 > weights[0, 0]
    assert weights[0].tolist() == (-weights[2]).tolist()
    assert not weights[1].any()


def test_a_sentence_is_judged_once_by_the_strictest_protocol() -> None:
    rows = [("1", "article"), ("2", "article"), ("1", "unseen_article"), ("3", "statement")]
    found = judged_predictions(pd.DataFrame(rows, columns=["id", "protocol"]))
    assert found.to_numpy().tolist() == [
        ["2", "article"],
        ["1", "unseen_article"],
        ["3", "statement"],
    ]


def test_pairs_of_votes_are_counted_once_and_without_referees() -> None:
    votes = pd.DataFrame(
        [
            ("1", "a", "red"),
            ("1", "b", "red"),
            ("1", "c", "blue"),
            ("2", "a", "blue"),
            ("2", "b", "red"),
            ("2", "referee", "blue"),
            ("3", "a", "red"),
        ],
        columns=["id", "annotator", "stance"],
    )
    found = annotator_confusion(votes, ["referee"], ["red", "blue"])
    assert [(*one["labels"], one["pairs"]) for one in found] == [
        ("red", "red", 1),
        ("red", "blue", 3),
        ("blue", "blue", 0),
    ]


def test_without_contrast_there_is_no_such_group(here: Path, inside: Inside) -> None:
    set_params(here, {"analyse": {"contrast": []}})
    inside.stage("analyse")
    inside.stage("report")
    analysis = json.loads((here / "reports/analysis.json").read_text("utf-8"))
    assert "contrast" not in {one["kind"] for one in analysis["kinds"]}
    assert not read(here, "reports/mistakes.csv")["kinds"].str.contains("contrast").any()
