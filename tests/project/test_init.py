"""A project of another codebook runs end to end, with nothing but one CSV of its own."""

import json
import re
import shutil
from pathlib import Path

import pandas as pd

from tests.projects import ROOT, commit, run, set_params

SMALL: dict[str, dict[str, object]] = {
    "encode": {"encoder": "none"},
    "evaluate": {"folds": 2, "repeats": 1, "resamples": 100},
}


# An evaluation that takes every prediction for its opposite.
CONTRARY = """
_predict_rows = predict_rows


def predict_rows(*arguments):
    return {name: -values for name, values in _predict_rows(*arguments).items()}
"""


def statements(*labels: str) -> str:
    rows = [
        f'"{subject} {verb} the plan, {number}.",{label}'
        for label, verb in zip(labels, ("praised", "cursed", "measured"), strict=False)
        for number, subject in enumerate(("She", "He", "They", "The mayor"))
    ]
    return "\n".join(["sentence,stance", *rows]) + "\n"


def test_from_one_csv_to_a_model(tmp_path: Path) -> None:
    # Labels that look like an option, like numbers, and like nothing that is typed.
    labels = ["-1", "1", "😀 in favour"]
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
    # Twelve statements are too few, and are measured all the same: there is nothing else.
    assert set(metrics["left_out"]) == {"article", "statement", "unseen_article", "unseen_target"}
    assert metrics["statement"]["sentences"] == 12
    assert set(metrics["statement"]) >= set(labels)
    predictions = pd.read_csv(folder / "reports/predictions.csv")
    assert set(predictions["stance"]) == set(labels)
    assert {"p__1", "p_1", "p_😀 in favour"} <= set(predictions)
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
    (package / "nupunkt-9.dist-info").mkdir()
    change("nupunkt-9.dist-info/METADATA", "Metadata-Version: 2.1\nName: nupunkt\nVersion: 9\n")
    assert ran() == ["code", "segment"]
    commit(folder)

    call("dvc", "exp", "run", "--quiet", "--name", "softer", "-S", "train.C=0.1", "evaluate")
    assert "B = softer" in call("stance", "compare", "HEAD", "softer")

    (package / "pipeline/stages/train.py").unlink()
    assert "dvc.yaml runs pipeline.stages.train, which the installed" in call(
        "python", "-m", "pipeline.stages.code", code=1
    )
