"""Annotating on a real terminal: every confirmed answer is on disk, whatever happens next."""

import numpy as np
import pandas as pd
import pytest

from pipeline.annotation.queue import second_sample
from pipeline.annotation.selection import margins, order_diverse, order_uncertain
from pipeline.project.documents import Documents

SENTENCES = ["They met in Doha.", "Nothing was said of recognition."]
SENTENCES += ["The group was banned as terrorist."]


def test_a_sample_grows_with_its_size_and_hardly_changes_with_the_pool() -> None:
    ids = [f"d:{number:03d}" for number in range(40)]
    sentences = pd.DataFrame({"id": ids, "document": "d", "text": ids})
    votes = pd.DataFrame({"id": ids, "annotator": ["a"] * 30 + ["referee"] * 10, "stance": "x"})
    documents = Documents(sentences, votes)
    small, large = (set(second_sample(documents, "b", ["referee"], n, 0)["id"]) for n in (10, 20))
    assert len(small) == 10
    assert small < large <= set(ids[:30])
    assert small != set(second_sample(documents, "b", ["referee"], 10, 1)["id"])
    fewer = Documents(sentences, votes.iloc[2:])
    assert len(small & set(second_sample(fewer, "b", ["referee"], 10, 0)["id"])) >= 8
    assert second_sample(documents, "a", ["referee"], 10, 0).empty


def test_margins_and_the_order_by_them() -> None:
    probabilities = np.array([[0.7, 0.2, 0.1], [0.4, 0.3, 0.3], [0.4, 0.3, 0.3]])
    assert margins(probabilities) == pytest.approx([0.5, 0.1, 0.1])
    assert order_uncertain(probabilities).tolist() == [1, 2, 0]


def test_a_diverse_order_takes_from_every_cluster_before_it_takes_a_second() -> None:
    random = np.random.default_rng(0)
    centre = np.repeat(np.eye(4, dtype=np.float32), 5, axis=0)
    vectors = centre + random.normal(0, 0.01, centre.shape).astype(np.float32)
    first = np.linspace(0.5, 0.9, 20)
    probabilities = np.column_stack([first, 1 - first])
    order = order_diverse(vectors, probabilities, clusters=4)
    assert sorted(order) == list(range(20))
    for start in range(0, 20, 4):
        assert {row // 5 for row in order[start : start + 4]} == {0, 1, 2, 3}
    # Within a cluster and within a round the least sure comes first.
    assert order[:4].tolist() == [0, 5, 10, 15]
    # Fewer different sentences than clusters are no trouble.
    assert sorted(order_diverse(np.ones((3, 2), np.float32), probabilities[:3], 9)) == [0, 1, 2]
