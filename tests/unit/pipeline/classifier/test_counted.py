"""Sentences counted once give every fold the features that it would have made for itself."""

import numpy as np
import pytest

from pipeline.classifier.counted import CountedSentences
from pipeline.classifier.estimator import EMBEDDING, build_features, feature_frame
from pipeline.project.params import Train
from stance.errors import DataError

TRAIN = Train(C=10.0, class_weight="balanced", word_ngrams=[1, 2], char_ngrams=[2, 4], min_df=2)
WORDS = ["the", "group", "was", "told", "no", "talks,", "contacts", "or", "arms", "–", "“never”"]


@pytest.mark.parametrize("dimensions", [0, 5])
def test_the_features_are_those_of_a_fold_alone(dimensions):
    random = np.random.default_rng(0)
    texts = [" ".join(random.choice(WORDS, 8)) for _ in range(60)]
    vectors = random.normal(size=(60, dimensions)).astype(np.float32)
    frame = feature_frame(texts, vectors)
    test = np.arange(0, 60, 7)
    train = np.setdiff1d(np.arange(60), test)[::-1][:25]

    of_train, of_test, split = CountedSentences(frame, TRAIN).weigh(train, test)

    features = build_features(TRAIN, dimensions)
    alone = features.fit_transform(frame.iloc[train])
    np.testing.assert_allclose(of_train.toarray(), alone.toarray(), rtol=0, atol=1e-14)
    others = features.transform(frame.iloc[test])
    np.testing.assert_allclose(of_test.toarray(), others.toarray(), rtol=0, atol=1e-14)
    starts = features.output_indices_
    assert split == (starts[EMBEDDING].start if dimensions else of_train.shape[1])


def test_texts_without_anything_in_common_are_refused():
    frame = feature_frame(["one", "two", "three"], np.empty((3, 0), dtype=np.float32))
    counted = CountedSentences(frame, TRAIN)
    with pytest.raises(DataError, match=r"train\.min_df = 2 of the 2 texts trained on"):
        counted.weigh(np.array([0, 1]), np.array([2]))
