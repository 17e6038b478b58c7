"""Agreement has intervals that mean something; annotators are weighed as Dawid and Skene did."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipeline.annotation.labels import compare_aggregations, label_sentences
from pipeline.project.frames import read_csv
from pipeline.project.tables import codebook_hash
from stance.statistics.aggregation import dawid_skene, most_probable
from stance.statistics.agreement import alpha_interval, confusions, disputed, krippendorff_alpha
from tests.project import run, set_params, stage
from tests.together import importing, make_project

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


def test_the_estimate_goes_before_the_majority_and_behind_the_referee() -> None:
    rows = [
        ("1", "a", "x"), ("1", "b", "x"),
        ("2", "a", "x"), ("2", "b", "y"),
        ("3", "a", "x"), ("3", "b", "y"), ("3", "referee", "z"),
        ("4", "a", "x"), ("4", "b", "y"), ("4", "c", "y"),
    ]  # fmt: skip
    votes = pd.DataFrame(rows, columns=["id", "annotator", "stance"])
    sentences = pd.DataFrame({"id": list("12345")})
    estimated = {"1": "x", "2": "y", "3": "y", "4": ""}
    labelled = label_sentences(sentences, votes, ["referee"], estimated)
    assert labelled["stance"].tolist() == ["x", "y", "z", "", ""]
    assert labelled["status"].tolist() == [
        "agreed",
        "dawid-skene",
        "refereed",
        "unresolved",
        "unannotated",
    ]
    compared = compare_aggregations(votes, ["referee"], estimated)
    assert compared["sentences"] == 4
    assert compared["differ"] == 3
    assert compared["as_the_referee"] == {"majority": 0, "dawid-skene": 0}
    assert compared["differing"] == [
        {"id": "2", "majority": "", "dawid-skene": "y", "referee": ""},
        {"id": "3", "majority": "", "dawid-skene": "y", "referee": "z"},
        {"id": "4", "majority": "y", "dawid-skene": "", "referee": ""},
    ]


def test_the_param_decides_and_both_are_compared(project: Path) -> None:
    before = (project / "data/labelled.csv").read_bytes()
    annotations = {path: path.read_text("utf-8") for path in project.glob("data/annotations/*")}
    for path in annotations:
        table = read_csv(path)
        table[table["annotator"] != "referee"].to_csv(path, index=False)
    stage("label", project)
    report = json.loads((project / "reports/agreement.json").read_text("utf-8"))
    assert report["aggregation"]["used"] == "majority"
    assert (
        report["sentences"]["unresolved"]
        == report["aggregation"]["differ"]
        == len(report["aggregation"]["differing"])
    )
    assert "dawid-skene" not in report["sentences"]
    set_params(project, {"label": {"aggregate": "dawid-skene"}})
    stage("label", project)
    decided = json.loads((project / "reports/agreement.json").read_text("utf-8"))
    assert decided["sentences"]["dawid-skene"] == report["sentences"]["unresolved"] > 0
    assert decided["sentences"]["unresolved"] == 0
    set_params(project, {"label": {"aggregate": "majority"}})
    for path, text in annotations.items():
        path.write_text(text, encoding="utf-8", newline="\n")
    stage("label", project)
    assert (project / "data/labelled.csv").read_bytes() == before


def test_the_command_says_what_the_report_says(built_once: Path) -> None:
    done = run("stance", "agreement", "--format", "json", folder=built_once)
    found = json.loads(done.stdout)
    report = json.loads((built_once / "reports/agreement.json").read_text("utf-8"))
    alphas = {row["of"]: row for row in found["alpha"]}
    assert alphas["all"]["alpha"] == report["alpha"]
    for name, alpha in report["documents"].items():
        assert alphas[name]["alpha"] == alpha
        assert alphas[name]["low"] <= alpha <= alphas[name]["high"]
    for name, alpha in report["labels"].items():
        assert alphas[f"{name}, or another"]["alpha"] == alpha
    pairs = {tuple(pair["annotators"]): pair for pair in found["annotators"]}
    assert pairs["coder-1", "coder-2"]["alike"] == 1
    assert sum(pairs["author-2", "coder-4"]["confusion"]["hostile"].values()) > 20
    shown = run("stance", "agreement", "russia-taliban", folder=built_once).stdout
    assert "coder-1 (rows) and coder-2 (columns): 62 sentences, 100.0% alike" in shown
    assert shown.endswith("Nothing is disputed.\n")


def test_changed_codebooks_are_said(project: Path) -> None:
    path = project / "data/annotations/gulf-rsf.csv"
    table = read_csv(path)
    now = codebook_hash(project / "data/codebook.md")
    of_author = table["annotator"] == "author-2"
    table["codebook"] = of_author.map({True: "0123456789ab", False: now})
    table.loc[table["annotator"] == "referee", "codebook"] = ""
    table.to_csv(path, index=False)
    done = run("stance", "agreement", "gulf-rsf", folder=project).stdout
    said = " ".join(done.split())
    count = int(of_author.sum())
    assert (
        f"The codebook has changed: {count} votes were given under another one than "
        f"data/codebook.md as it is now (0123456789ab: author-2 {count}). {count} sentences have "
        "votes of several codebooks."
    ) in said
    stage("label", project)
    found = json.loads((project / "reports/agreement.json").read_text("utf-8"))["codebooks"]
    assert found["others"] == {"0123456789ab": {"author-2": count}}
    assert found["now"] == now
    stage("report", project)
    report = (project / "reports/report.html").read_text("utf-8")
    assert "The codebook has changed: votes given under another one" in report
    # Lines that are broken elsewhere are no other codebook; another word is.
    text = (project / "data/codebook.md").read_text("utf-8")
    (project / "data/codebook.md").write_text(text.replace("\n", "\n\n"), "utf-8")
    assert codebook_hash(project / "data/codebook.md") == now
    (project / "data/codebook.md").write_text(f"{text}More.\n", "utf-8")
    assert codebook_hash(project / "data/codebook.md") != now


def test_nobody_has_been_annotated_twice(tmp_path: Path) -> None:
    folder = make_project(tmp_path / "project")
    run(*importing(folder, "bob"), folder=folder)
    alone = run("stance", "agreement", folder=folder).stdout
    assert alone.startswith("No sentence has been annotated twice, so there is no agreement")
    assert "stance annotate --second NAME" in alone
    # A referee has seen the other votes.
    path = folder / "data/annotations/doha.csv"
    votes = read_csv(path)
    both = pd.concat([votes, votes.head(1).assign(annotator="referee")])
    both.to_csv(path, index=False)
    with (folder / "data/annotators.csv").open("a", encoding="utf-8") as file:
        file.write("referee,person,\n")
    refereed = run("stance", "agreement", folder=folder).stdout
    assert refereed.startswith("No sentence has been annotated twice by independent annotators")
    path.write_text(both.replace("referee", "ada").to_csv(index=False), "utf-8")
    same = run("stance", "agreement", folder=folder).stdout
    assert "All 2 votes on sentences that have been annotated twice are hostile" in same
    found = json.loads(run("stance", "agreement", "--format", "json", folder=folder).stdout)
    assert found["alpha"][0]["alpha"] is None
    assert found["reason"] in same
