"""No protocol trains on what it predicts; the ceiling is each annotator against the others."""

import numpy as np
import pandas as pd
import pytest

from pipeline.classifier.estimator import feature_frame
from pipeline.evaluation.folds import (
    article_folds,
    protocol_folds,
    statement_folds,
    target_names,
    unseen_article_folds,
    unseen_target_folds,
)
from pipeline.evaluation.predictions import beside_annotators, out_of_fold
from pipeline.project.frames import read_csv
from pipeline.project.params import Evaluate, Train, read_params
from pipeline.project.vocabulary import DEFAULT, UNSEEN_ARTICLE
from stance.errors import DataError
from tests.projects import ROOT

FOLDS = Evaluate(
    folds=3,
    repeats=2,
    target_folds=4,
    min_sentences=1,
    min_groups=1,
    min_labels=1,
    resamples=100,
    seed=0,
)
TRAIN = Train(C=10.0, class_weight="balanced", word_ngrams=[1, 1], char_ngrams=[3, 3], min_df=1)


@pytest.fixture(scope="module")
def sentences(corpus) -> pd.DataFrame:
    return read_csv(corpus / "data/labelled.csv").reset_index(drop=True)


def test_article_folds_train_on_all_the_rest(sentences):
    published = set(np.flatnonzero(sentences["document"] == "russia-taliban"))
    folds = article_folds(sentences, FOLDS)
    assert len(folds) == 6
    for fold in folds:
        assert set(fold.test) <= published
        assert not set(fold.test) & set(fold.train)
        assert set(fold.test) | set(fold.train) == set(range(len(sentences)))
    assert sorted(np.concatenate([fold.test for fold in folds[:3]])) == sorted(published)


def test_an_unseen_article_is_not_trained_on(sentences):
    documents = sentences["document"].to_numpy()
    folds = unseen_article_folds(sentences)
    assert len(folds) == 29
    for fold in folds:
        assert len(set(documents[fold.test])) == 1
        assert not set(documents[fold.test]) & set(documents[fold.train])
        assert len(fold.test) + len(fold.train) == len(sentences)


def test_an_unseen_target_is_neither_annotated_nor_mentioned_in_training(sentences):
    folds = unseen_target_folds(sentences, 4)
    predicted = np.concatenate([fold.test for fold in folds])
    assert sorted(predicted) == list(np.flatnonzero(sentences["document"] == "statements"))
    for fold in folds:
        held_out = set(sentences["target"].iloc[fold.test]) - {""}
        trained = sentences.iloc[fold.train]
        for name in {single for cell in held_out for single in target_names(cell)}:
            about = trained["target"].map(lambda cell, name=name: name in target_names(cell))
            assert not about.any(), name
            assert not trained["text"].str.contains(rf"\b{name}\b", case=False).any(), name


def test_a_cell_may_name_several_targets():
    assert target_names("MNLF and MILF") == ["MNLF", "MILF"]
    assert target_names("PKK, SDF") == ["PKK", "SDF"]
    assert target_names("Northern Alliance") == ["Northern Alliance"]
    assert target_names("") == []


def test_a_clue_that_holds_in_one_article_only_does_not_help_on_an_unseen_one():
    random = np.random.default_rng(0)
    labels = ["a", "b"]
    rows = []
    for document in range(8):
        clue = dict(
            zip(labels, random.permutation([f"zig{document}", f"zag{document}"]), strict=True)
        )
        rows += [
            (f"d{document}", clue[label], label) for label in random.choice(labels, 30).tolist()
        ]
    table = pd.DataFrame(rows, columns=["document", "text", "stance"])
    frame = feature_frame(table["text"].tolist(), np.empty((len(table), 0), dtype=np.float32))
    stances = table["stance"].to_numpy(dtype=np.str_)
    folds = unseen_article_folds(table)
    honest = out_of_fold(frame, stances, {UNSEEN_ARTICLE: folds}, TRAIN, labels)
    right = np.array(labels)[honest[DEFAULT][UNSEEN_ARTICLE].argmax(axis=1)] == stances
    assert right.mean() < 0.75
    # The clue is there to be found: with the article in training nothing is wrong.
    leaking = [type(fold)(np.arange(len(table)), fold.test) for fold in folds]
    seen = out_of_fold(frame, stances, {UNSEEN_ARTICLE: leaking}, TRAIN, labels)
    right = np.array(labels)[seen[DEFAULT][UNSEEN_ARTICLE].argmax(axis=1)] == stances
    assert right.all()


def test_too_few_sentences_for_the_folds_is_said():
    table = pd.DataFrame({"origin": "published", "stance": ["hostile"] * 5 + ["none"] * 2})
    with pytest.raises(
        DataError, match=r"2 sentences labelled 'none', fewer than evaluate.folds = 3"
    ):
        article_folds(table, FOLDS)


def table(**counts: int) -> pd.DataFrame:
    """Return sentences of documents: `name=count` or, with targets, `statements=count`."""
    rows = [
        (document, f"{document}:{number}", ("a", "b")[number % 2], f"t{number % 3}")
        for document, count in counts.items()
        for number in range(count)
    ]
    found = pd.DataFrame(rows, columns=["document", "id", "stance", "target"])
    origin = np.where(found["document"] == "published", "published", "composed")
    return found.assign(text="They met.", origin=origin)


@pytest.mark.parametrize(
    ("sentences", "protocols", "left_out"),
    [
        (
            table(published=12, composed=4, statements=12),
            ["article", "unseen_article"],
            {"unseen_target": "3 targets, fewer than evaluate.target_folds = 4"},
        ),
        (
            table(published=3, composed=4),
            ["unseen_article"],
            {
                "article": "1 sentence labelled 'b', fewer than evaluate.folds = 3",
                "unseen_target": "no single statement is labelled",
                "statement": "the statements have no labelled sentence",
            },
        ),
        (
            table(statements=12),
            ["statement"],
            {
                "article": "the published article has no labelled sentence",
                "unseen_article": "no article has a labelled sentence",
                "unseen_target": "3 targets",
            },
        ),
        (table(published=12), ["article"], {"unseen_article": "fewer than two labels are left"}),
    ],
)
def test_a_question_that_cannot_be_answered_is_left_out(sentences, protocols, left_out):
    found, why = protocol_folds(sentences, FOLDS, ["a", "b"])
    expected = [*protocols, *["statement"] * ("statements" in set(sentences["document"]))]
    assert list(found) == list(dict.fromkeys(expected))
    for protocol, reason in left_out.items():
        assert reason in why[protocol]
    assert not set(found) & set(why)


@pytest.mark.parametrize(
    ("least", "reason"),
    [
        (
            {"min_sentences": 13},
            "the articles have 12 sentences, fewer than evaluate.min_sentences",
        ),
        ({"min_groups": 4}, "the articles have 3 groups, fewer than evaluate.min_groups = 4"),
        ({"min_labels": 7}, "the articles have 6 sentences labelled 'a', fewer than"),
    ],
)
def test_a_protocol_with_too_little_does_not_count(least, reason):
    sentences = table(published=4, one=4, other=4, statements=24).assign(
        target=list("abcdefghijkl") * 3
    )
    params = FOLDS.model_copy(update=least)
    found, why = protocol_folds(sentences, params, ["a", "b"])
    assert "unseen_article" not in found
    assert reason in why["unseen_article"]
    assert "unseen_target" in found


def test_where_nothing_has_enough_the_largest_is_kept_and_named():
    params = FOLDS.model_copy(update={"min_sentences": 1_000})
    found, why = protocol_folds(table(published=12, one=4, statements=20), params, ["a", "b"])
    assert list(found) == ["statement"]
    assert why["statement"].endswith("It is measured all the same, since nothing else is left.")


def test_two_sentences_of_an_article_are_not_what_a_model_is_calibrated_by():
    """Three hundred statements stand beside a newcomer's first two annotated sentences."""
    sentences = table(statements=300, mine=2).assign(target="")
    found, why = protocol_folds(sentences, FOLDS.model_copy(update={"min_groups": 5}), ["a", "b"])
    assert list(found) == ["statement"]
    assert "the articles have 1 groups" in why["unseen_article"]


@pytest.mark.parametrize(
    ("sentences", "reason"),
    [
        (
            table(published=3),
            (
                "the published article has 1 sentence labelled 'b', fewer than evaluate.folds = 3; "
                "annotate more or lower it in params.yaml; and without what is held out fewer than "
                "two labels are left to train on; annotate more."
            ),
        ),
        # No article and few targets are no reasons: plain folds of the statements would do.
        (
            table(statements=5),
            (
                "the statements have 2 sentences labelled 'b', fewer than evaluate.folds = 3; "
                "annotate more or lower it in params.yaml."
            ),
        ),
        (table(statements=5).iloc[:0], "no sentence is labelled; annotate some."),
    ],
)
def test_the_reason_why_nothing_can_be_evaluated_is_that_of_what_there_is(sentences, reason):
    with pytest.raises(DataError) as error:
        protocol_folds(sentences, FOLDS, ["a", "b"])
    assert str(error.value) == f"data/labelled.csv: nothing can be evaluated: {reason}"


def test_statements_are_predicted_once_a_repeat():
    sentences = table(statements=12, composed=4)
    folds = statement_folds(sentences, FOLDS)
    assert len(folds) == 6
    assert sorted(np.concatenate([fold.test for fold in folds[:3]])) == list(range(12))
    for fold in folds:
        assert {12, 13, 14, 15} <= set(fold.train)
        assert not set(fold.test) & set(fold.train)


def test_targets_are_asked_for_where_there_are_enough():
    sentences = table(published=12, statements=12).assign(target=list("abcdefghijkl") * 2)
    found, why = protocol_folds(sentences, FOLDS, ["a", "b"])
    assert list(found) == ["article", "unseen_article", "unseen_target"]
    assert why == {}
    # Statements without a target are no target each.
    few = sentences.assign(target=[*"abcdefghijkl", "x", "y", *[""] * 10])
    found, why = protocol_folds(few, FOLDS, ["a", "b"])
    assert "the statements have 2 targets" in why["unseen_target"]
    assert "statement" in found


def test_annotators_are_held_against_the_labels_that_the_classifier_is_held_against():
    votes = pd.DataFrame(
        [
            ("d:1", "a", "hostile"),
            ("d:1", "b", "none"),
            ("d:2", "a", "none"),
            ("d:2", "referee", "dialogue"),
            ("d:9", "a", "none"),
        ],
        columns=["id", "annotator", "stance"],
    )
    predictions = pd.DataFrame(
        [("d:1", "hostile"), ("d:2", "dialogue"), ("d:3", "none")], columns=["id", "stance"]
    ).assign(protocol="article", group="g", source="", drawn="", predicted="none")
    found = beside_annotators(predictions, votes, ["referee"])
    assert found[["id", "stance", "predicted"]].to_numpy().tolist() == [
        ["d:1", "hostile", "hostile"],
        ["d:1", "hostile", "none"],
        ["d:2", "dialogue", "none"],
    ]


def test_the_params_of_the_project_are_valid():
    assert read_params(ROOT / "params.yaml").labels.all == [
        "contact-only",
        "dialogue",
        "hostile",
        "none",
    ]
