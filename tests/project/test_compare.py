"""Comparing runs: honest statistics, and the command on real revisions and DVC's experiments."""

import io
import json
import re
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from pipeline.evaluation.comparison import compare_all, read_labels
from pipeline.project.revisions import find_revision
from tests.inside import Inside
from tests.project.conftest import Experiments, Repeated
from tests.projects import commit, run


def test_experiments_are_compared_from_what_they_committed(
    experiments: Experiments, inside: Inside, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = experiments.folder
    monkeypatch.chdir(folder)

    def compared(*arguments: str, code: int = 0) -> str:
        return inside.stance("compare", *arguments, code=code).out

    head = json.loads((folder / "reports/metrics.json").read_text("utf-8"))
    poor = run("git", "for-each-ref", "--format=%(objectname) %(refname)", folder=folder)
    (sha,) = [line.split()[0] for line in poor.stdout.splitlines() if line.endswith("/poor")]
    shown = run("git", "show", f"{sha}:reports/metrics.json", folder=folder).stdout
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
    assert table["train.C"].to_dict() == {"HEAD": 3, "other": 9, "poor": 3}
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


def test_a_changed_annotation_is_said_and_judged_by_the_newer(annotated_anew: Repeated) -> None:
    assert "the workspace has changed since its predictions were made (" in annotated_anew.stale
    assert "run `dvc repro`, then compare." in annotated_anew.stale
    done = run("stance", "compare", "--format", "json", folder=annotated_anew.folder)
    found = json.loads(done.stdout)
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
def test_what_cannot_be_compared_is_said_in_one_sentence(
    project: Path, case: str, inside: Inside, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare, arguments, code, message = REFUSED[case]
    monkeypatch.chdir(prepare(project))
    done = inside.stance("compare", *arguments, code=code)
    assert done.out == ""
    assert pd.Series([done.err]).str.contains(message, regex=True).all(), done.err
    if code == 1:
        assert done.err.count("\n") == 1
    assert "Traceback" not in done.err


def test_outside_a_repository_git_is_quoted(tmp_path: Path) -> None:
    done = run("stance", "compare", folder=tmp_path, code=1)
    assert "not a git repository" in done.stderr
    assert done.stderr.count("\n") == 1
