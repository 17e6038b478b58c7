"""Agreement has intervals that mean something; annotators are weighed as Dawid and Skene did."""

import numpy as np
import pandas as pd
import pytest

from stance.statistics.aggregation import dawid_skene, most_probable
from stance.statistics.agreement import alpha_interval, confusions, disputed, krippendorff_alpha

LABELS = ["x", "y", "z"]


def simulate(
    skills: list[float], units: int, seed: int, shares: tuple[float, ...] = (0.5, 0.3, 0.2)
) -> tuple[pd.DataFrame, dict[str, str]]:
    """Return votes of annotators who are right with these probabilities, and the truth."""
    random = np.random.default_rng(seed)
    truth = random.choice(LABELS, units, p=shares)
    rows = [
        (f"u{unit}", f"a{number}", label if random.random() < skill else random.choice(LABELS))
        for unit, label in enumerate(truth)
        for number, skill in enumerate(skills)
    ]
    votes = pd.DataFrame(rows, columns=["id", "annotator", "stance"])
    return votes, {f"u{unit}": str(label) for unit, label in enumerate(truth)}


@pytest.mark.simulation
def test_the_interval_of_alpha_covers_it_about_as_often_as_it_says() -> None:
    votes, _ = simulate([0.7, 0.7], 40_000, seed=0)
    alpha = krippendorff_alpha(votes)
    number = votes["id"].str[1:].astype(int)
    covered = []
    for start in range(0, 120 * 60, 60):
        some = votes[(number >= start) & (number < start + 60)]
        low, high = alpha_interval(some, some["id"], resamples=400, seed=0)
        covered.append(low <= alpha <= high)
    assert 0.88 <= np.mean(covered) <= 0.99


def test_whole_articles_are_drawn() -> None:
    votes, _ = simulate([0.7, 0.7], 100, seed=1)
    copies = pd.concat([votes.assign(id=votes["id"] + f"-{n}") for n in range(5)])
    sentences = alpha_interval(copies, copies["id"], resamples=400, seed=0)
    wholes = alpha_interval(copies, copies["id"].str.split("-").str[0], resamples=400, seed=0)
    alone = alpha_interval(votes, votes["id"], resamples=400, seed=0)
    assert wholes == pytest.approx(alone, abs=0.02)
    assert sentences[1] - sentences[0] < 0.6 * (wholes[1] - wholes[0])


def test_alpha_has_no_interval_where_it_is_undefined() -> None:
    single = pd.DataFrame({"id": ["a", "b"], "annotator": "n", "stance": ["x", "y"]})
    same = pd.DataFrame({"id": ["a", "a"], "annotator": ["n", "m"], "stance": "x"})
    for votes in (single, same):
        assert np.isnan(alpha_interval(votes, votes["id"], 100, 0)).all()


def test_what_is_disputed_is_what_a_referee_has_not_decided() -> None:
    rows = [
        ("1", "a", "x"), ("1", "b", "x"),
        ("2", "a", "x"), ("2", "b", "y"),
        ("3", "a", "x"), ("3", "b", "y"), ("3", "referee", "y"),
        ("4", "a", "x"), ("4", "b", "x"), ("4", "c", "y"),
        ("5", "a", "x"), ("5", "referee", "y"),
    ]  # fmt: skip
    votes = pd.DataFrame(rows, columns=["id", "annotator", "stance"])
    assert disputed(votes, ["referee"]) == ["2", "4"]
    found = confusions(votes, LABELS)
    assert found["a", "b"].to_numpy().tolist() == [[2, 2, 0], [0, 0, 0], [0, 0, 0]]
    assert found["a", "referee"].loc["x", "y"] == 2


def test_good_annotators_count_for_more_than_many_bad_ones() -> None:
    skills = [0.95, 0.9, 0.2, 0.2, 0.2]
    votes, truth = simulate(skills, 400, seed=2)
    estimated = most_probable(dawid_skene(votes, LABELS))
    majority = votes.groupby("id")["stance"].agg(lambda some: some.mode().iloc[0])
    right = np.mean([estimated[id_] == label for id_, label in truth.items()])
    assert right > np.mean([majority[id_] == label for id_, label in truth.items()]) + 0.05
    assert right > 0.9
    # Who votes in which order, and how the labels are called, makes no difference.
    shuffled = votes.sample(frac=1, random_state=0)
    assert most_probable(dawid_skene(shuffled, LABELS[::-1])) == estimated


def test_probabilities_are_those_of_the_annotators_errors() -> None:
    # Somebody who always says the opposite is as good a witness as somebody who is always right.
    votes, truth = simulate([0.97, 0.97, 0.97], 300, seed=3, shares=(0.5, 0.5, 0.0))
    turned = votes["stance"].replace({"x": "y", "y": "x"})
    votes["stance"] = votes["stance"].mask(votes["annotator"] == "a2", turned)
    found = dawid_skene(votes, LABELS)
    assert found.sum(axis=1).to_numpy() == pytest.approx(1)
    split = votes.groupby("id")["stance"].agg(list)
    (id_, *_) = (unit for unit, stances in split.items() if stances == ["x", "y", "y"])
    assert found.loc[str(id_)].idxmax() == truth[str(id_)]


def test_a_tie_is_no_decision_and_no_votes_are_no_trouble() -> None:
    tie = pd.DataFrame({"id": "u", "annotator": ["a", "b"], "stance": ["x", "y"]})
    assert most_probable(dawid_skene(tie, LABELS)) == {"u": ""}
    assert most_probable(dawid_skene(tie.iloc[:0], LABELS)) == {}


def test_many_labels_are_no_trouble() -> None:
    labels = [f"label {number}" for number in range(40)]
    rows = [(f"u{label}", name, label) for label in labels for name in "abc"]
    rows[0] = ("ulabel 0", "a", "label 39")
    votes = pd.DataFrame(rows, columns=["id", "annotator", "stance"])
    assert most_probable(dawid_skene(votes, labels)) == {f"u{label}": label for label in labels}
    assert 0.97 < krippendorff_alpha(votes) < 1
    assert confusions(votes, labels)["a", "b"].shape == (40, 40)
