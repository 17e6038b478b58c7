"""A project of another codebook runs end to end, with nothing but one CSV of its own."""

import re
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from pipeline.project.code import files_of
from pipeline.project.params import parse_params
from pipeline.project.revisions import PREDICTING
from pipeline.project.skeleton import SKELETON, skeleton
from tests.inside import Inside
from tests.projects import ROOT


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
    del ours["analyse"]["contrast"], ours["train"]["real_prose"]
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
def test_bad_requests_make_nothing(
    tmp_path: Path,
    inside: Inside,
    monkeypatch: pytest.MonkeyPatch,
    options: list[str],
    expected: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there").mkdir()
    (tmp_path / "there/file").touch()
    done = inside.stance("init", *options, code=1)
    assert re.search(expected, done.err)
    assert [path.name for path in tmp_path.iterdir()] == ["there"]
