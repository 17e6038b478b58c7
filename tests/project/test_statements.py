"""Texts that are no statement in English abstain."""

import pytest

from stance import StanceModel
from tests.not_statements import HELD_OUT, NOT_STATEMENTS


@pytest.fixture(scope="module")
def model(full_model: StanceModel) -> StanceModel:
    return full_model


def test_texts_that_are_no_statements_abstain(model: StanceModel) -> None:
    assert len(NOT_STATEMENTS) >= 140
    assert model.score(NOT_STATEMENTS)["abstain"].mean() >= 0.98
    # Written after the rule: it was not made for them.
    assert len(HELD_OUT) == 50
    assert model.score(HELD_OUT)["abstain"].mean() >= 0.96
    assert model.score(["", " \u00a0\n", "\u200b"])["abstain"].all()
