"""Sentences counted once give every fold the features that it would have made for itself."""

import numpy as np
import pytest

from pipeline.classifier.counted import CountedSentences
from pipeline.classifier.estimator import build_features, feature_frame
from pipeline.project.params import Train
from stance.errors import DataError

TRAIN = Train(C=10.0, class_weight="balanced", word_ngrams=[1, 2], char_ngrams=[2, 4], min_df=2)
WORDS = ["the", "group", "was", "told", "no", "talks,", "contacts", "or", "arms", "–", "“never”"]


def test_the_features_are_those_of_a_fold_alone():
    random = np.random.default_rng(0)
    texts = [" ".join(random.choice(WORDS, 8)) for _ in range(60)]
    frame = feature_frame(texts, np.empty((60, 0), dtype=np.float32))
    test = np.arange(0, 60, 7)
    train = np.setdiff1d(np.arange(60), test)[::-1][:25]

    of_train, of_test = CountedSentences(texts, TRAIN).weigh(train, test)

    features = build_features(TRAIN, 0)
    alone = features.fit_transform(frame.iloc[train])
    np.testing.assert_allclose(of_train.toarray(), alone.toarray(), rtol=0, atol=1e-14)
    others = features.transform(frame.iloc[test])
    np.testing.assert_allclose(of_test.toarray(), others.toarray(), rtol=0, atol=1e-14)


def test_texts_without_anything_in_common_are_refused():
    counted = CountedSentences(["one", "two", "three"], TRAIN)
    with pytest.raises(DataError, match=r"train\.min_df = 2 of the 2 texts trained on"):
        counted.weigh(np.array([0, 1]), np.array([2]))
