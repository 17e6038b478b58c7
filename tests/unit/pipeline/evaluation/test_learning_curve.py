"""The learning curve holds whole articles out, halves what it trains on, and is honest about it."""

import numpy as np
import pandas as pd
import pytest

from pipeline.classifier.estimator import feature_frame
from pipeline.evaluation.learning_curve import (
    BY_DOCUMENT,
    BY_SENTENCE,
    Design,
    learning_curves,
    sized_folds,
)
from pipeline.project.params import Labels, Train

TRAIN = Train(C=10.0, class_weight="balanced", word_ngrams=[1, 1], char_ngrams=[6, 6], min_df=1)
LABELS = Labels(stances=["red", "blue"], background="none")
DESIGN = Design(folds=4, repeats=2, resamples=200, seed=0)
SINGLE = "single"


def corpus(articles: int, *, clue: bool) -> pd.DataFrame:
    """Return articles and single sentences whose label words tell, each label by many words."""
    random = np.random.default_rng(0)
    words = {
        label: ["".join(random.choice(list("bdfgklmnprst"), 7)) for _ in range(60)]
        for label in LABELS.all
    }
    names = [*(f"d{number}" for number in range(articles)), SINGLE]
    rows = []
    for document in names:
        for _ in range(24):
            stance = str(random.choice(LABELS.all))
            word = random.choice(words[stance if clue else LABELS.all[-1]])
            rows.append((document, stance, f"{word} and the rest"))
    return pd.DataFrame(rows, columns=["document", "stance", "text"])


def curves_of(table: pd.DataFrame):
    frame = feature_frame(table["text"].tolist(), np.empty((len(table), 0), dtype=np.float32))
    return learning_curves(frame, table, SINGLE, TRAIN, LABELS, DESIGN)


def test_no_fold_trains_on_an_article_that_it_predicts():
    table = corpus(9, clue=True)
    documents = table["document"].to_numpy(dtype=np.str_)
    stances = table["stance"].to_numpy(dtype=np.str_)
    single = set(np.flatnonzero(documents == SINGLE))
    folds = list(sized_folds(documents, stances, SINGLE, DESIGN))
    for fold in folds:
        assert not set(documents[fold.train]) & set(documents[fold.test])
        assert SINGLE not in set(documents[fold.test])
        assert len(set(fold.train)) == len(fold.train)
        if BY_DOCUMENT in fold.sizes:
            assert single <= set(fold.train)
            assert len(set(documents[fold.train]) - {SINGLE}) == fold.sizes[BY_DOCUMENT]
        if BY_SENTENCE in fold.sizes:
            assert len(fold.train) == fold.sizes[BY_SENTENCE]
    # Nine articles in four parts: six are left, and every article is predicted once a repeat.
    assert {fold.sizes[BY_DOCUMENT] for fold in folds if BY_DOCUMENT in fold.sizes} == {6, 3, 1, 0}
    for repeat in range(DESIGN.repeats):
        whole = [fold.test for fold in folds if fold.level == 0 and fold.repeat == repeat]
        assert sorted(np.concatenate(whole)) == list(np.flatnonzero(documents != SINGLE))


def test_more_sentences_help_where_there_is_something_to_learn():
    curves = curves_of(corpus(9, clue=True))
    assert set(curves) == {BY_SENTENCE, BY_DOCUMENT}
    for curve in curves.values():
        table = curve.table
        assert table["size"].is_monotonic_increasing
        assert (table["low"] <= table["macro_f1"]).all()
        assert (table["macro_f1"] <= table["high"]).all()
        assert table["macro_f1"].iloc[-1] > table["macro_f1"].iloc[0] + 0.1
        assert curve.gain == pytest.approx(table["macro_f1"].diff().iloc[-1])
    assert curves[BY_DOCUMENT].table["size"].tolist() == [1, 3, 6]
    last = [curve.table.iloc[-1]["macro_f1"] for curve in curves.values()]
    assert last[0] == last[1]
    assert curves[BY_SENTENCE].low > 0


def test_nothing_is_gained_where_there_is_nothing_to_learn():
    for curve in curves_of(corpus(9, clue=False)).values():
        assert curve.low < 0 < curve.high


def test_without_articles_single_sentences_are_held_out():
    table = corpus(0, clue=True)
    assert set(table["document"]) == {SINGLE}
    curves = curves_of(pd.concat([table] * 4, ignore_index=True))
    assert set(curves) == {BY_SENTENCE}
    # 96 of them in four parts.
    assert curves[BY_SENTENCE].table["size"].tolist()[-2:] == [36, 72]
    assert curves_of(table.iloc[:3]) == {}


def test_sizes_with_too_little_in_common_are_left_out():
    table = corpus(9, clue=True)
    frame = feature_frame(table["text"].tolist(), np.empty((len(table), 0), dtype=np.float32))
    strict = TRAIN.model_copy(update={"min_df": 60})
    curves = learning_curves(frame, table, SINGLE, strict, LABELS, DESIGN)
    assert curves[BY_SENTENCE].table["size"].tolist() == [84, 168]
