"""Votes become stances as the codebook's referees and majorities say; alpha is Krippendorff's."""

import krippendorff
import numpy as np
import pandas as pd
import pytest

from pipeline.annotation.labels import agreement, find_speakers, label_sentences, resolve
from pipeline.project.tables import ANNOTATIONS, read_annotations
from pipeline.project.writing import append_annotations
from stance.statistics.agreement import krippendorff_alpha


def votes(**stances: str) -> pd.DataFrame:
    return pd.DataFrame({"annotator": stances.keys(), "stance": stances.values()})


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"a": "hostile", "b": "hostile"}, ("hostile", "agreed")),
        ({"a": "hostile"}, ("hostile", "agreed")),
        ({"a": "hostile", "b": "hostile", "c": "none"}, ("hostile", "majority")),
        ({"a": "hostile", "b": "none"}, ("", "unresolved")),
        ({"a": "hostile", "b": "none", "c": "dialogue"}, ("", "unresolved")),
        ({"a": "x", "b": "x", "c": "y", "d": "y"}, ("", "unresolved")),
        ({"a": "x", "b": "x", "c": "y", "d": "z"}, ("", "unresolved")),
        ({"a": "hostile", "b": "none", "referee": "dialogue"}, ("dialogue", "refereed")),
        ({"a": "hostile", "b": "hostile", "referee": "none"}, ("none", "refereed")),
        ({}, ("", "unannotated")),
    ],
)
def test_resolve(given, expected):
    assert resolve(votes(**given), ["referee"]) == expected


def test_what_is_open_is_listed_and_not_labelled():
    sentences = pd.DataFrame({"id": ["d:001", "d:002", "d:003"], "document": "d"})
    cast = pd.DataFrame(
        [
            ("d:001", "d", "a", "hostile"),
            ("d:001", "d", "b", "hostile"),
            ("d:002", "d", "a", "none"),
            ("d:002", "d", "b", "hostile"),
        ],
        columns=["id", "document", "annotator", "stance"],
    )
    labelled = label_sentences(sentences, cast, [])
    assert labelled["stance"].tolist() == ["hostile", "", ""]
    assert labelled["annotators"].tolist() == ["a b", "a b", ""]
    report = agreement(cast, labelled, ["hostile", "none"])
    assert report["unresolved"] == ["d:002"]
    assert report["unannotated"] == ["d:003"]
    assert report["documents"] == {"d": report["alpha"]}


def test_a_speaker_may_be_named_in_some_rows_or_files_only(tmp_path):
    header = "sentence,annotator,stance,confidence,rationale"
    (tmp_path / "a.csv").write_text(
        f"{header},speaker\nWe met.,x,none,,,\nWe  met.,y,none,,,The  envoy\nOh.,x,none,,,\n",
        "utf-8",
    )
    (tmp_path / "b.csv").write_text(f"{header}\nWe met.,x,none,,\n", "utf-8")
    assert find_speakers(read_annotations(tmp_path)) == {("a", "We met."): "The envoy"}


def test_another_vote_leaves_the_speakers_in_the_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ANNOTATIONS.mkdir(parents=True)
    header = "sentence,annotator,stance,confidence,rationale,speaker\n"
    (ANNOTATIONS / "a.csv").write_text(f"{header}We met.,x,none,,,The envoy\n", "utf-8")
    vote = {"sentence": "We met.", "annotator": "y", "stance": "none"}
    append_annotations("a", [{**vote, "confidence": "", "rationale": ""}])
    assert (ANNOTATIONS / "a.csv").read_text("utf-8").splitlines()[2] == "We met.,y,none,,,"
    assert find_speakers(read_annotations()) == {("a", "We met."): "The envoy"}


@pytest.mark.parametrize("seed", range(5))
def test_alpha_is_that_of_the_library(seed):
    random = np.random.default_rng(seed)
    table = random.integers(0, 4, size=(3, 40)).astype(float)
    table[1] = np.where(random.random(40) < 0.7, table[0], table[1])
    table[random.random(table.shape) < 0.2] = np.nan
    rows = [(unit, value) for line in table for unit, value in enumerate(line) if value == value]  # noqa: PLR0124
    ours = krippendorff_alpha(pd.DataFrame(rows, columns=["id", "stance"]))
    theirs = krippendorff.alpha(reliability_data=table, level_of_measurement="nominal")
    assert ours == pytest.approx(theirs, abs=1e-12)


def test_alpha_is_undefined_without_two_votes_or_two_labels():
    assert np.isnan(krippendorff_alpha(pd.DataFrame({"id": [1, 2], "stance": ["a", "b"]})))
    assert np.isnan(krippendorff_alpha(pd.DataFrame({"id": [1, 1], "stance": ["a", "a"]})))
