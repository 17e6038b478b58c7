"""The encoder is the committed one, and a sentence has one vector, whatever is encoded with it."""

import random

import numpy as np

from pipeline.encoder.finetune import batches


def test_a_batch_holds_texts_of_like_length_and_every_text_is_in_one() -> None:
    lengths = np.random.default_rng(0).integers(5, 60, 1000)
    cut, again = (batches(lengths, 8, random.Random(0)) for _ in range(2))  # noqa: S311
    assert sorted(np.concatenate(cut)) == list(range(1000))
    assert max(map(len, cut)) == 8
    assert np.mean([np.ptp(lengths[rows]) for rows in cut]) < 8
    # Neither from short to long nor in the order of the corpus.
    means = [lengths[rows].mean() for rows in cut]
    assert means != sorted(means)
    assert list(map(list, again)) == list(map(list, cut))
