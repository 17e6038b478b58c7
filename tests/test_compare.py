"""Comparing runs: honest statistics, and the command on real revisions and DVC's experiments."""

import io
import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipeline.evaluation.comparison import compare, compare_all, read_labels
from pipeline.project.params import Labels
from pipeline.project.revisions import find_revision
from stance.statistics import comparison
from stance.statistics.comparison import PairedDifference, holm, paired_difference
from tests.project import commit, run

LABELS = ["contact-only", "dialogue", "hostile", "none"]
# Sentences and groups of the three protocols.
SIZES = {"article": (62, 62), "unseen_article": (1384, 29), "unseen_target": (800, 151)}
SIMULATIONS = 600


def groups_of(size: str) -> np.ndarray:
    sentences, groups = SIZES[size]
    return np.sort(np.arange(sentences) % groups)


def simulate(
    size: str, better: float, random: np.random.Generator
) -> tuple[list[str], list[str], list[str], np.ndarray]:
    """Return truth and two classifiers; some groups are harder, and the errors of both go along.

    `better` is the share of the first one's errors that the second one mends on top of the chance
    exchange of errors in both directions.
    """
    groups = groups_of(size)
    actual = random.integers(0, 4, len(groups))
    hardness = random.beta(6, 14, groups.max() + 1)[groups]
    shared = random.random(len(groups)) < hardness

    def guesses() -> np.ndarray:
        own = random.random(len(groups)) < 0.12
        wrong = (actual + random.integers(1, 4, len(groups))) % 4
        return np.where(shared ^ own, wrong, actual)

    first, second = guesses(), guesses()
    second = np.where(random.random(len(groups)) < better, actual, second)
    names = np.array(LABELS)
    return names[actual].tolist(), names[first].tolist(), names[second].tolist(), groups


def difference(*simulated: object) -> PairedDifference:
    return paired_difference(*simulated, LABELS[:3], "none")  # type: ignore[arg-type, call-arg]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparison, "PERMUTATIONS", 999)
    monkeypatch.setattr(comparison, "RESAMPLES", 20)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.usefixtures("quick")
def test_equally_good_classifiers_raise_few_false_alarms(size: str) -> None:
    random = np.random.default_rng(1)
    found = [difference(*simulate(size, 0, random)) for _ in range(SIMULATIONS)]
    assert np.mean([one.p < 0.05 for one in found]) <= 0.06
    assert np.mean([one.p_accuracy < 0.05 for one in found]) <= 0.06


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.usefixtures("quick")
def test_a_better_classifier_is_found_as_often_as_stated(size: str) -> None:
    """Where the true difference is the stated smallest one, four in five simulations show it."""
    random = np.random.default_rng(2)
    rates, margins = [], []
    for better in np.linspace(0.02, 0.7 if size == "article" else 0.2, 6):
        found = [difference(*simulate(size, better, random)) for _ in range(80)]
        rates.append(np.mean([one.p < 0.05 and one.difference > 0 for one in found]))
        margins.append(np.mean([one.difference - one.smallest for one in found]))
    assert margins == sorted(margins)
    assert 0.7 <= np.interp(0, margins, rates) <= 0.9


def test_the_interval_covers_the_difference_and_the_counts_are_right() -> None:
    random = np.random.default_rng(3)
    simulated = simulate("unseen_target", 0.15, random)
    found = difference(*simulated)
    actual, first, second, groups = simulated
    assert found.low < found.difference < found.high
    assert found.low > 0
    assert found.p < 0.05
    assert found.difference == pytest.approx(found.macro_f1_b - found.macro_f1_a)
    right = [(a == t, b == t) for t, a, b in zip(actual, first, second, strict=True)]
    assert (found.fixed, found.broken) == (right.count((False, True)), right.count((True, False)))
    assert (found.sentences, found.groups) == (800, 151)
    assert difference(*simulated) == found
    same = difference(actual, first, first, groups)
    assert (same.p, same.low, same.high, same.difference) == (1, 0, 0, 0)
    assert np.isnan(same.smallest)


def test_holm_multiplies_the_smallest_most() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.5, 0.9]) == [1, 1]
    assert holm([]) == []


def predictions(*rows: tuple[str, str, str, str]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["id", "stance", "predicted", "text"])
    table = table.assign(protocol="article", group=table["id"], document="d")
    return table.assign(occurrence=table.groupby("text").cumcount())


def test_sentences_are_matched_by_their_text_wherever_they_moved() -> None:
    before = predictions(
        ("d:001", "hostile", "none", "They met."),
        ("d:002", "none", "none", "Gone."),
        ("d:003", "none", "none", "No."),
        ("d:004", "none", "hostile", "No."),
    )
    after = predictions(
        ("d:001", "none", "none", "New."),
        ("d:002", "dialogue", "dialogue", "They met."),
        ("d:003", "none", "hostile", "No."),
        ("d:004", "none", "none", "No."),
    )
    labels = Labels(stances=LABELS[:3], background="none")
    result = compare(before, after, labels)["article"]
    assert (result.left_out_a, result.left_out_b, result.annotated_anew) == (1, 1, 1)
    assert result.difference.sentences == 3
    changed = result.changed[["change", "id", "stance", "before", "after"]]
    assert changed.to_numpy().tolist() == [
        ["fixed", "d:002", "dialogue", "none", "dialogue"],
        ["fixed", "d:004", "none", "hostile", "none"],
        ["broken", "d:003", "none", "none", "hostile"],
    ]


@pytest.fixture
def experiments(project: Path) -> Path:
    """Return a project with a harmless and a harmful experiment on its commit."""
    for name, value in (("other", "train.C=9"), ("poor", "train.min_df=60")):
        run("dvc", "exp", "run", "--quiet", "--name", name, "-S", value, folder=project)
        run("git", "checkout", "--quiet", ".", folder=project)
    run("dvc", "checkout", "--quiet", folder=project)
    return project


def test_experiments_are_compared_from_what_they_committed(experiments: Path) -> None:
    def compared(*arguments: str, code: int = 0) -> str:
        return run("stance", "compare", *arguments, folder=experiments, code=code).stdout

    head = json.loads((experiments / "reports/metrics.json").read_text("utf-8"))
    poor = run("git", "for-each-ref", "--format=%(objectname) %(refname)", folder=experiments)
    (sha,) = [line.split()[0] for line in poor.stdout.splitlines() if line.endswith("/poor")]
    shown = run("git", "show", f"{sha}:reports/metrics.json", folder=experiments).stdout
    found = json.loads(compared("HEAD", "poor", "--format", "json"))
    assert found["b"] == {"name": "poor", "commit": sha}
    assert set(found["protocols"]) == {"article", "unseen_article", "unseen_target"}
    for protocol, row in found["protocols"].items():
        assert row["macro_f1_a"] == head[protocol]["macro_f1"]
        assert row["macro_f1_b"] == json.loads(shown)[protocol]["macro_f1"]
        kinds = [sentence["change"] for sentence in row["changed"]]
        assert (kinds.count("fixed"), kinds.count("broken")) == (row["fixed"], row["broken"])
        assert kinds == sorted(kinds, key=["fixed", "broken", "other"].index)
        assert row["left_out_a"] == row["left_out_b"] == row["annotated_anew"] == 0
    compared("HEAD", "other", "--fail-if-worse")
    assert "same predictions" in compared()
    assert compared("HEAD", "poor") == compared("HEAD", sha[:12]).replace(
        f"B = {sha[:12]}", f"B = poor ({sha[:7]})"
    )
    assert compared("HEAD", "poor", "--format", "csv").startswith("protocol,macro_f1_a,macro_f1_b")
    markdown = compared("HEAD", "poor", "--format", "md")
    assert "| verdict on B" in markdown
    assert "<details><summary>unseen_target, broken: " in markdown

    ordered = compared("--all", "--protocol", "unseen_target", "--format", "csv")
    table = pd.read_csv(io.StringIO(ordered)).set_index("run")
    assert table.index[-1] == "poor"
    assert table["macro_f1"].is_monotonic_decreasing
    assert table["verdict"].tolist() == ["best", *["not distinguishable from the best"] * 2]
    assert table["train.C"].to_dict() == {"HEAD": 10, "other": 9, "poor": 10}
    assert table["train.min_df"].to_dict() == {"HEAD": 2, "other": 2, "poor": 60}
    assert (table["low"] <= table["macro_f1"]).all()


def test_a_loss_is_a_loss(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Against a revision whose predictions are all right, the project's own are worse."""
    path = project / "reports/predictions.csv"
    table = pd.read_csv(path, dtype="str", keep_default_na=False)
    table.assign(predicted=table["stance"]).to_csv(path, index=False, lineterminator="\n")
    commit(project, "ideal")
    run("git", "tag", "ideal", folder=project)
    gate = ["stance", "compare", "ideal", "ideal~1", "--fail-if-worse"]
    done = run(*gate, folder=project, code=1)
    assert "is worse than ideal (" in done.stderr
    assert "under article, unseen_target." in done.stderr
    # Three articles are too few to show anything, and that is said.
    (verdicts,) = [line for line in done.stdout.splitlines() if line.startswith("verdict on B")]
    assert re.split(r"  +", verdicts)[1:] == ["worse", "no evidence either way", "worse"]
    better = run("stance", "compare", "ideal~1", "ideal", "--fail-if-worse", folder=project)
    assert re.search(
        r"^verdict on B +better +no evidence either way +better$", better.stdout, re.MULTILINE
    )
    monkeypatch.chdir(project)
    runs = [find_revision(name) for name in ("ideal~1", "ideal")]
    table = compare_all(runs, "unseen_target", read_labels(runs[0]))
    assert table["run"].tolist() == ["ideal", "ideal~1"]
    assert table["verdict"].tolist() == ["best", "worse"]


def test_a_changed_annotation_is_said_and_judged_by_the_newer(project: Path) -> None:
    path = project / "data/annotations/gulf-rsf.csv"
    lines = path.read_text("utf-8").splitlines(keepends=True)
    sentence = lines[1].split(",author-2")[0]
    mine = [line for line in lines if line.startswith(sentence)]
    old = mine[0].rsplit("author-2,")[1].split(",")[0]
    new = "none" if old != "none" else "hostile"
    text = "".join(lines)
    for line in mine:
        text = text.replace(line, line.replace(f",{old},", f",{new},"))
    path.write_text(text, encoding="utf-8", newline="\n")
    stale = run("stance", "compare", folder=project, code=1).stderr
    assert "the workspace has changed since its predictions were made (" in stale
    assert "run `dvc repro`, then compare." in stale
    run("dvc", "repro", "--quiet", folder=project)
    found = json.loads(run("stance", "compare", "--format", "json", folder=project).stdout)
    assert found["protocols"]["unseen_article"]["annotated_anew"] == 1
    assert found["protocols"]["unseen_target"]["annotated_anew"] == 0


def shallow(folder: Path) -> Path:
    clone = folder.parent / "shallow"
    commit(folder, "one more")
    run(
        "git", "clone", "--quiet", "--depth=1", f"file://{folder}", str(clone), folder=folder.parent
    )
    return clone


def without_predictions(folder: Path) -> Path:
    run("git", "checkout", "--quiet", "--orphan", "empty", folder=folder)
    run("git", "reset", "--quiet", folder=folder)
    run("git", "add", "README.md", folder=folder)
    run("git", "commit", "--quiet", "--message", "empty", folder=folder)
    return folder


def old_predictions(folder: Path) -> Path:
    (folder / "reports/predictions.csv").write_text("id,protocol,stance,predicted\n", "utf-8")
    commit(folder, "old")
    return folder


REFUSED: dict[str, tuple[Callable[[Path], Path], list[str], int, str]] = {
    "no such revision": (
        lambda folder: folder,
        ["nowhere"],
        1,
        r"there is no revision or experiment 'nowhere'; `git log` and `dvc exp list` show them\.",
    ),
    "a shallow clone": (
        shallow,
        ["HEAD~1"],
        1,
        r"no revision 'HEAD~1' in this shallow clone; fetch the rest with `git fetch --unshallow`",
    ),
    "no predictions": (
        without_predictions,
        ["HEAD"],
        1,
        r"HEAD \(\w{7}\) has no reports/predictions\.csv; choose a revision that `dvc repro` was",
    ),
    "predictions of another form": (
        old_predictions,
        ["HEAD"],
        1,
        r"predictions\.csv at HEAD \(\w{7}\), line 1: no column 'group'; the file has 'id', 'proto",
    ),
    "no experiments": (
        lambda folder: folder,
        ["--all"],
        1,
        r"there is no experiment on HEAD \(\w{7}\); run one with `dvc exp run -S train\.C=3`",
    ),
    "all and one": (
        lambda folder: folder,
        ["--all", "HEAD"],
        2,
        "--all takes neither revisions nor --fail-if-worse",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_compared_is_said_in_one_sentence(project: Path, case: str) -> None:
    prepare, arguments, code, message = REFUSED[case]
    done = run("stance", "compare", *arguments, folder=prepare(project), code=code)
    assert done.stdout == ""
    assert pd.Series([done.stderr]).str.contains(message, regex=True).all(), done.stderr
    if code == 1:
        assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr


def test_outside_a_repository_git_is_quoted(tmp_path: Path) -> None:
    done = run("stance", "compare", folder=tmp_path, code=1)
    assert "not a git repository" in done.stderr
    assert done.stderr.count("\n") == 1
