"""DVC as its users use it: the real program, on a real project, without network."""

import io
import json
import os
import re
import signal
import subprocess
from pathlib import Path

import pandas as pd
import pytest

from tests.project.conftest import Experiments, Repeated
from tests.projects import ENVIRONMENT, ROOT, STAGES, commit, copy_project, run, set_params


def dvc(*arguments: str, folder: Path, code: int = 0) -> str:
    return run("dvc", *arguments, folder=folder, code=code).stdout


def ran(output: str) -> list[str]:
    return re.findall(r"Running stage '(\w+)'", output)


def status(folder: Path) -> str:
    return run("git", "status", "--porcelain", folder=folder).stdout


def test_a_fresh_clone_reproduces_what_is_committed(full: Path) -> None:
    assert "up to date" in dvc("status", folder=full)
    lock = (ROOT / "dvc.lock").read_text("utf-8")
    embeddings = re.search(r"data/embeddings\.npy\s+hash: md5\s+md5: (\w+)", lock)
    assert embeddings
    if embeddings[1] in (full / "dvc.lock").read_text("utf-8"):
        assert status(full) == ""
    else:
        # Another kind of processor: last digits may differ, what is reported may not by much.
        for name in ("metrics", "baselines"):
            ours = pd.json_normalize(json.loads((full / f"reports/{name}.json").read_text("utf-8")))
            theirs = pd.json_normalize(
                json.loads((ROOT / f"reports/{name}.json").read_text("utf-8"))
            )
            pd.testing.assert_frame_equal(ours, theirs, atol=0.03)


def test_metrics_show_lists_the_four_protocols(full: Path) -> None:
    metrics = json.loads(dvc("metrics", "show", "--json", folder=full))[""]["data"]
    protocols = ["article", "unseen_article", "unseen_source", "unseen_target"]
    assert set(metrics) == {f"reports/metrics/{protocol}.json" for protocol in protocols}
    whole = json.loads((full / "reports/metrics.json").read_text("utf-8"))
    assert list(whole) == protocols
    for protocol in protocols:
        row, found = metrics[f"reports/metrics/{protocol}.json"]["data"], whole[protocol]
        assert 0 < row["macro_f1_low"] < row["macro_f1"] < row["macro_f1_high"] < 1
        assert row["macro_f1"] == found["macro_f1"]
        assert row["f1_hostile"] == found["hostile"]["f1"]
        assert {"accuracy", "contact-only", "dialogue", "hostile"} <= set(found)
        assert set(found["hostile"]) == {"precision", "recall", "f1"}


def test_metrics_show_fits_a_screen(full: Path) -> None:
    lines = dvc("metrics", "show", "--md", folder=full).splitlines()
    assert len([line for line in lines if "reports/metrics/" in line]) == 4
    assert max(map(len, lines)) < 170


def test_baselines_and_annotators_stand_beside(full: Path) -> None:
    baselines = json.loads((full / "reports/baselines.json").read_text("utf-8"))
    assert set(baselines) == {"annotators", "most_frequent", "tfidf"}
    metrics = json.loads((full / "reports/metrics.json").read_text("utf-8"))
    for protocol, found in metrics.items():
        assert baselines["most_frequent"][protocol]["macro_f1"] == 0
        assert baselines["annotators"][protocol]["macro_f1"] > found["macro_f1"]
        # TF-IDF needs texts, and those of real prose are not here.
        if protocol != "unseen_source":
            assert found["macro_f1"] > baselines["tfidf"][protocol]["macro_f1"]


def test_forced_again_every_artefact_has_the_same_bytes(project: Path) -> None:
    set_params(project, {"encode": {"encoder": "finetuned"}})
    assert ran(dvc("repro", folder=project)) == STAGES[2:]
    # What is frozen is of the whole project; a forced run takes note of what it would read now.
    dvc("commit", "--force", "--quiet", "baselines", folder=project)
    commit(project)
    assert ran(dvc("repro", "--force", folder=project)) == STAGES
    assert status(project) == ""


def test_nothing_runs_when_nothing_has_changed(project: Path) -> None:
    assert ran(dvc("repro", folder=project)) == []
    assert "up to date" in dvc("status", folder=project)
    assert status(project) == ""


def test_another_c_encodes_nothing(softer: Repeated) -> None:
    assert softer.ran == STAGES[3:]


def test_another_annotation_encodes_nothing(annotated_anew: Repeated) -> None:
    assert annotated_anew.ran == [name for name in STAGES if name != "encode"]
    labelled = pd.read_csv(annotated_anew.folder / "data/labelled.csv", keep_default_na=False)
    assert (labelled["status"] == "unresolved").sum() == 1


def test_a_smaller_score_params_change_trains_and_reports_only(project: Path) -> None:
    set_params(project, {"score": {"max_error": 0.0001}})
    assert ran(dvc("repro", folder=project)) == ["train", "report"]
    done = run("stance", "score", "Perhaps they met.", folder=project).stdout
    assert done.splitlines()[1].split(",")[3] == "True"


def test_dag_names_every_stage(project: Path) -> None:
    output = dvc("dag", "--mermaid", folder=project)
    assert all(f'"{name}"' in output for name in STAGES)


def test_params_and_metrics_of_two_runs_differ_as_they_should(softer: Repeated) -> None:
    params = json.loads(dvc("params", "diff", "--json", folder=softer.folder))
    assert params == {"params.yaml": {"train.C": {"old": 3.0, "new": 0.01, "diff": -2.99}}}
    metrics = json.loads(dvc("metrics", "diff", "--json", folder=softer.folder))
    found = metrics["reports/metrics/article.json"]["macro_f1"]
    assert found["new"] != found["old"]
    assert found["diff"] == pytest.approx(found["new"] - found["old"])


def test_plots_use_their_templates_offline(project: Path, softer: Repeated) -> None:
    shown = json.loads(dvc("plots", "show", "--json", folder=project))
    assert {Path(name).stem for name in shown["data"]} == {
        "confusion",
        "f1",
        "learning_curve",
        "precision_recall",
        "reliability",
        "risk_coverage",
    }
    for name, plots in shown["data"].items():
        for plot in plots:
            assert plot["content"]["data"]["values"]
            by = "unit" if "learning_curve" in name else "protocol"
            assert by in json.dumps(plot["content"]["facet"])
    page = re.search(r"file://(\S+)", dvc("plots", "show", folder=project))
    assert page
    assert "precision_recall" in Path(page[1]).read_text("utf-8")
    compared = json.loads(dvc("plots", "diff", "--json", "HEAD", folder=softer.folder))
    revisions = {
        rev for plots in compared["data"].values() for p in plots for rev in p["revisions"]
    }
    assert revisions == {"HEAD", "workspace"}


def test_experiments_run_and_show(experiments: Experiments) -> None:
    table = pd.read_csv(
        io.StringIO(dvc("exp", "show", "--csv", folder=experiments.folder)), dtype="str"
    ).set_index("Experiment")
    assert table.loc["other", "train.C"] in ("9", "9.0")
    assert table.loc["poor", "train.min_df"] == "60"
    column = "reports/metrics/article.json:macro_f1"
    assert table[column].notna().sum() >= 3
    # The workspace holds what ran in it, not what ran in a copy.
    assert "C: 9" in experiments.params
    assert "min_df: 2" in experiments.params


def test_a_stage_that_is_killed_is_not_taken_for_done(project: Path) -> None:
    set_params(project, {"train": {"C": 2.0}})
    process = subprocess.Popen(
        ["dvc", "repro"],
        cwd=project,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    assert process.stdout
    for line in process.stdout:
        if b"pipeline.stages.train" in line:
            break
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
    # What was begun is out of date; what was finished stays; nothing half-written lies about.
    changed = json.loads(dvc("status", "--json", folder=project))
    assert "train" in changed
    assert "evaluate" not in changed
    assert not [path for path in (project / "reports").rglob(".*") if path.is_file()]
    again = dvc("repro", folder=project)
    assert "train" in ran(again)
    assert "up to date" in dvc("status", folder=project)


def test_the_whole_of_a_write_or_nothing(project: Path) -> None:
    """Kill the stage at whatever moment: its outputs are the old ones, the new ones, or absent."""
    before = (project / "data/labelled.csv").read_bytes()
    set_params(project, {"label": {"referees": []}})
    for delay in (0.2, 0.6, 0.9, 1.0, 1.1, 1.2):
        process = subprocess.Popen(
            ["python", "-m", "pipeline.stages.label"], cwd=project, env=ENVIRONMENT
        )
        try:
            process.wait(timeout=delay)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        content = (project / "data/labelled.csv").read_bytes()
        assert content == before or content.endswith(b"\n")
        assert content.count(b"\n") == before.count(b"\n")


def test_copies_do_not_share_code(tmp_path: Path) -> None:
    """`exp run --temp` must run the code of the copy, not of the installed checkout."""
    folder = tmp_path / "copy"
    folder.mkdir()
    copy_project(folder)
    code = "import stance; print(stance.__file__)"
    assert run("python", "-c", code, folder=folder).stdout.startswith(str(folder))
