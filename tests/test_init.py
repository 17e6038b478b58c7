"""A project of another codebook runs end to end, with nothing but one CSV of its own."""

import json
import re
import shutil
from pathlib import Path

import pandas as pd
import pytest
from ruamel.yaml import YAML

from pipeline.project.code import files_of
from pipeline.project.params import parse_params
from pipeline.project.revisions import PREDICTING
from pipeline.project.skeleton import SKELETON, skeleton
from tests.project import ROOT, commit, run, set_params

SMALL: dict[str, dict[str, object]] = {
    "encode": {"encoder": "none"},
    "evaluate": {"folds": 2, "repeats": 1, "resamples": 100},
}


# An evaluation that takes every prediction for its opposite.
CONTRARY = """
_predict_blocks = predict_blocks


def predict_blocks(*arguments):
    return {name: -values for name, values in _predict_blocks(*arguments).items()}
"""


def statements(*labels: str) -> str:
    rows = [
        f'"{subject} {verb} the plan, {number}.",{label}'
        for label, verb in zip(labels, ("praised", "cursed"), strict=True)
        for number, subject in enumerate(("She", "He", "They", "The mayor"))
    ]
    return "\n".join(["sentence,stance", *rows]) + "\n"


def test_from_one_csv_to_a_model(tmp_path: Path) -> None:
    labels = ["in favour", "no"]
    options = ["--labels", ",".join(labels), "--background", ""]
    run("stance", "init", "new/project", *options, folder=tmp_path)
    folder = tmp_path / "new/project"
    set_params(folder, SMALL)
    (folder / "sentences.csv").write_text(statements(*labels), "utf-8")
    readme = (folder / "README.md").read_text("utf-8")
    (commands,) = re.findall(r"```sh\n(.*?)```", readme, re.DOTALL)
    for line in commands.splitlines():
        done = run("bash", "-euc", line, folder=folder)
    assert re.fullmatch(rf"[^,]*,({'|'.join(labels)}),.*", done.stdout.splitlines()[1])
    metrics = json.loads((folder / "reports/metrics.json").read_text("utf-8"))
    assert set(metrics) == {"statement", "left_out"}
    assert set(metrics["left_out"]) == {"article", "unseen_article", "unseen_target"}
    assert metrics["statement"]["sentences"] == 8
    assert set(metrics["statement"]) >= set(labels)
    predictions = pd.read_csv(folder / "reports/predictions.csv")
    assert set(predictions["stance"]) == set(labels)
    report = (folder / "reports/report.html").read_text("utf-8")
    assert "Single statements, out of fold" in report
    assert "Left out: An article never seen." in report
    assert 'class="number">A target never seen' not in report
    card = (folder / "reports/model_card.md").read_text("utf-8")
    assert "In brackets the 95 % interval" in card.replace("\n", " ")
    assert "has not been written down yet" in card
    # All that a commit needs is there, and the commands that work with commits work.
    commit(folder)
    assert run("dvc", "status", folder=folder).stdout == "code:\n\talways changed\n"
    assert run("git", "status", "--porcelain", folder=folder).stdout == ""
    assert "same predictions" in run("stance", "compare", folder=folder).stdout


def test_what_another_package_makes_otherwise_runs_again_and_nothing_else(tmp_path: Path) -> None:
    package, folder = tmp_path / "package", tmp_path / "project"
    for name in ("pipeline", "stance"):
        shutil.copytree(ROOT / name, package / name)

    def call(*command: str, code: int = 0) -> str:
        done = run(*command, folder=folder, code=code, variables={"PYTHONPATH": str(package)})
        return done.stderr if code else done.stdout

    def ran() -> list[str]:
        return re.findall(r"Running stage '(\w+)'", call("dvc", "repro"))

    def change(path: str, text: str) -> None:
        with (package / path).open("a", encoding="utf-8") as file:
            file.write(text)

    labels = ["for", "against"]
    options = ["--labels", ",".join(labels), "--background", ""]
    run("stance", "init", "project", *options, folder=tmp_path)
    set_params(folder, SMALL)
    (folder / "sentences.csv").write_text(statements(*labels), "utf-8")
    who = ["--annotator", "NAME", "--kind", "person"]
    call("stance", "import", "--from", "csv", "sentences.csv", "--statements", *who)
    stages = ["segment", "label", "encode", "evaluate", "train", "analyse", "report"]
    assert ran() == ["code", *stages]
    commit(folder)
    assert ran() == ["code"]
    assert call("git", "status", "--porcelain") == ""

    change("pipeline/report/templates/report.html", "<!-- the end -->\n")
    assert "same predictions" in call("stance", "compare")
    assert ran() == ["code", "report"]
    commit(folder)

    # Nothing but `evaluate` imports it; what it predicts stays, so nothing follows.
    change("pipeline/evaluation/measures.py", "# The end.\n")
    assert "predictions were made (evaluate); run `dvc repro`" in call("stance", "compare", code=1)
    call("dvc", "repro", "code")
    assert call("dvc", "status", "evaluate", "report").split() == [
        *("evaluate:", "changed", "deps:", "reports/code.json:", "modified:", "stages.evaluate"),
    ]
    assert ran() == ["code", "evaluate"]
    assert "same predictions" in call("stance", "compare")
    (difference,) = json.loads(call("dvc", "params", "diff", "--json")).values()
    assert list(difference) == ["stages.evaluate"]
    assert '+    "pipeline/evaluation/measures.py": "' in call("git", "diff", "reports/code.json")
    commit(folder)

    # What does make a difference is followed to the report.
    change("pipeline/evaluation/systems.py", CONTRARY)
    assert ran() == ["code", "evaluate", "train", "analyse", "report"]
    metrics = json.loads(call("dvc", "metrics", "diff", "--json"))
    assert metrics["reports/metrics/statement.json"]["macro_f1"]["diff"] < -0.5
    assert re.search(r"^fixed, broken +0, [4-8]$", call("stance", "compare"), re.MULTILINE)
    commit(folder)

    # Found before the installed one, by name and version.
    (package / "syntok-9.dist-info").mkdir()
    change("syntok-9.dist-info/METADATA", "Metadata-Version: 2.1\nName: syntok\nVersion: 9\n")
    assert ran() == ["code", "segment"]
    commit(folder)

    call("dvc", "exp", "run", "--quiet", "--name", "softer", "-S", "train.C=0.1")
    assert "B = softer" in call("stance", "compare", "HEAD", "softer")

    (package / "pipeline/stages/train.py").unlink()
    assert "dvc.yaml runs pipeline.stages.train, which the installed" in call(
        "python", "-m", "pipeline.stages.code", code=1
    )


def test_templates_are_code_of_the_stage_that_fills_them_in_and_of_no_other() -> None:
    for name in ("segment", "label", "encode", "evaluate", "train", "analyse"):
        assert {path.suffix for path in files_of(name)} == {".py"}
    others = {path.as_posix() for path in files_of("report") if path.suffix != ".py"}
    folder = ROOT / "pipeline/report/templates"
    assert others == {f"pipeline/report/templates/{path.name}" for path in folder.iterdir()}


def test_labels_with_a_background_are_params() -> None:
    params = dict(skeleton("x", ["yes", "1"], "none"))[Path("params.yaml")]
    assert parse_params(params, "x").labels.all == ["yes", "1", "none"]


def test_a_new_project_is_this_one_without_its_data() -> None:
    yaml = YAML(typ="safe")
    files = dict(skeleton("x", ["a", "b"], None))
    ours, theirs = yaml.load(ROOT / "params.yaml"), yaml.load(files[Path("params.yaml")])
    assert theirs.pop("labels") == {"stances": ["a", "b"], "background": None}
    assert theirs["label"].pop("referees") == []
    assert theirs["encode"].pop("hypotheses") == []
    assert theirs["analyse"].pop("contrast") == []
    # The encoder comes along as it is; it is made here.
    del ours["labels"], ours["label"]["referees"], ours["encode"]["hypotheses"], ours["finetune"]
    del ours["analyse"]["contrast"]
    assert theirs == ours
    ours, theirs = yaml.load(ROOT / "dvc.yaml"), yaml.load(files[Path("dvc.yaml")])
    del ours["stages"]["finetune"], ours["stages"]["baselines"]
    code = theirs["stages"].pop("code")
    assert code["cmd"] == "python -m pipeline.stages.code"
    for name, stage in theirs["stages"].items():
        assert stage["params"].pop() == {"reports/code.json": [f"stages.{name}"]}
    for stage in ours["stages"].values():
        stage["deps"] = [
            dep
            for dep in stage["deps"]
            if not dep.startswith(("pipeline/", "stance/", "requirements"))
            # The corpora of the encoder and of real prose are this project's own.
            and not dep.startswith(("data/encoder/", "data/real/", "reports/corpus_baselines"))
        ]
    assert theirs == ours
    # What `stance compare` holds to their code: whatever `evaluate` is downstream of.
    before, todo = set(), ["evaluate"]
    while todo:
        before.add(name := todo.pop())
        todo += [
            other
            for other, stage in ours["stages"].items()
            if {*map(str, stage["outs"])} & {*ours["stages"][name]["deps"]}
        ]
    assert before == {*PREDICTING}
    for folder in (".dvc/plots", ".dvc/config"):
        paths = [ROOT / folder, *(ROOT / folder).glob("*.json")]
        for path in filter(Path.is_file, paths):
            assert files[path.relative_to(ROOT)] == path.read_text("utf-8")
    assert files[Path("data/articles.csv")] == (
        (ROOT / "data/articles.csv").read_text("utf-8").partition("\n")[0] + "\n"
    )
    assert len(files) == len([path for path in SKELETON.rglob("*") if path.is_file()]) + 4


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["there", "--labels", "a,b"], "there is there and not empty; give the name of a new"),
        (["new", "--labels", "a"], r"labels\.stances .*at least 2 items"),
        (["new", "--labels", "a,none"], "every label must be named once"),
        (["new", "--labels", "a,,b"], "is '': a label must be a name"),
    ],
)
def test_bad_requests_make_nothing(tmp_path: Path, options: list[str], expected: str) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "there/file").touch()
    done = run("stance", "init", *options, folder=tmp_path, code=1)
    assert re.search(expected, done.stderr)
    assert [path.name for path in tmp_path.iterdir()] == ["there"]
