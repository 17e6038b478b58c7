"""The reasons given add up to the decision, and the fast decision is scikit-learn's."""

from pathlib import Path

import joblib
import numpy as np
import pytest
from sklearn.pipeline import Pipeline

from pipeline.classifier.estimator import feature_frame, label_weights
from pipeline.project.tables import read_stage_csv
from stance import StanceModel
from stance.model.decision import LinearDecision
from stance.model.explanation import Explanation

ODD = ["", " ", "İstanbul ΣΑΣ ß", "a\u00a0b\x00c \u2028 d", "x" * 5_000, "talks " * 300, "a\ta"]


@pytest.fixture(scope="module")
def model(full_model: StanceModel) -> StanceModel:
    return full_model


@pytest.fixture(scope="module")
def estimator(full: Path) -> Pipeline:
    return joblib.load(full / "models/stance.joblib")


@pytest.fixture(scope="module")
def texts(full: Path) -> list[str]:
    return [*read_stage_csv(full / "data/sentences.csv")["text"][::40], *ODD]


@pytest.fixture(scope="module")
def explained(model: StanceModel, texts: list[str]) -> list[Explanation]:
    return model.explain(texts, similar=0)


def weights(one: Explanation) -> float:
    return sum(term.weight for term in [*one.words, *one.phrases])


def test_contributions_add_up_to_the_decision_function(
    model: StanceModel, estimator: Pipeline, texts: list[str], explained: list[Explanation]
) -> None:
    frame = feature_frame(texts, model.encode(texts))
    classes = estimator.classes_.tolist()
    for one, values in zip(explained, estimator.decision_function(frame), strict=True):
        chosen, against = values[classes.index(one.stance)], values[classes.index(one.against)]
        assert one.margin == pytest.approx(chosen - against, abs=1e-9)
        assert weights(one) + one.embedding + one.intercept == pytest.approx(one.margin, abs=1e-9)
        assert one.margin >= 0
        rounded = one.to_dict()
        parts = [term["weight"] for term in [*rounded["words"], *rounded["phrases"]]]
        total = sum(parts) + rounded["embedding"] + rounded["intercept"]
        assert total == pytest.approx(one.margin, abs=1e-4 * (2 + len(parts)))


def test_the_margin_is_the_log_odds_times_the_temperature(model: StanceModel) -> None:
    (one,) = model.explain(["The two sides met for talks about recognition."])
    scores = model.score([one.text]).iloc[0]
    odds = (
        scores[f"p_{one.stance.replace('-', '_')}"] / scores[f"p_{one.against.replace('-', '_')}"]
    )
    temperature = model.calibration.temperature
    assert np.exp(one.margin / temperature) == pytest.approx(odds, rel=0.02)


def test_words_and_phrases_are_where_they_say(explained: list[Explanation]) -> None:
    for one in explained:
        for term in [*one.words, *one.phrases]:
            assert one.text[term.start : term.end] == term.text
        starts = [term.start for term in one.words]
        assert starts == sorted(starts)
        assert all(len(term.text.split()) == 1 for term in one.words)
        assert all(len(term.text.split()) > 1 for term in one.phrases)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Moscow will not recognise the movement.", "not"),
        ("The government never talks to the movement.", "never"),
        ("The ministry refused to negotiate with the movement.", "refused"),
    ],
)
def test_a_word_without_which_another_stance_would_come_out_weighs(
    model: StanceModel, estimator: Pipeline, text: str, word: str
) -> None:
    shorter = text.replace(word, "")
    assert model.score([text, shorter])["stance"].tolist() == ["hostile", "dialogue"]
    (one,) = model.explain([text])
    weightiest = max(one.words, key=lambda term: term.weight + term.meaning)
    assert weightiest.text == word
    full, less = model.encode([text, shorter])
    classifier = estimator[-1]
    weights = dict(
        zip(classifier.classes_, label_weights(classifier, classifier.classes_), strict=True)
    )
    ahead = (weights[one.stance] - weights[one.against])[-len(full) :]
    assert weightiest.meaning == pytest.approx(float((full - less) @ ahead), abs=1e-4)


def test_the_most_similar_sentences_are_annotated_ones(model: StanceModel, full: Path) -> None:
    labelled = read_stage_csv(full / "data/labelled.csv").set_index("text")
    text = labelled.index[5]
    (one,) = model.explain([text])
    assert [len(one.similar), one.similar[0].text] == [3, text]
    assert one.similar[0].similarity == pytest.approx(1, abs=0.01)
    similarities = [near.similarity for near in one.similar]
    assert similarities == sorted(similarities, reverse=True)
    for near in one.similar:
        found = labelled.loc[[near.text]]
        assert (near.stance, near.document) in zip(found["stance"], found["document"], strict=True)


def test_kept_embeddings_are_near_the_real_ones(model: StanceModel, full: Path) -> None:
    kept = model.examples.embeddings
    labelled = read_stage_csv(full / "data/labelled.csv")
    real = np.load(full / "data/embeddings.npy")[(labelled["stance"] != "").to_numpy()]
    norms = np.linalg.norm(kept, axis=1) * np.linalg.norm(real, axis=1)
    assert ((kept * real).sum(axis=1) / norms).min() > 0.999


def test_real_sentences_have_scikit_learns_values_whatever_is_beside_them(
    model: StanceModel, estimator: Pipeline, texts: list[str]
) -> None:
    vectors = model.encode(texts)
    decision = LinearDecision(model.linear)
    together = decision.values(texts, vectors)
    expected = estimator.decision_function(feature_frame(texts, vectors))
    assert together == pytest.approx(expected, abs=1e-9)
    for row in range(0, len(texts), 5):
        alone = decision.values(texts[row : row + 1], vectors[row : row + 1])
        assert (alone[0] == together[row]).all()
