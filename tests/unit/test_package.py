"""What the repository promises about itself: stages, dependencies, and what it must not hold."""

import re
import tomllib

import pytest
from ruamel.yaml import YAML

from pipeline.corpus.bound import TABLES
from pipeline.project.code import with_code
from tests.projects import ROOT, run

DVC = YAML(typ="safe").load(ROOT / "dvc.yaml")["stages"]
SECTIONS = YAML(typ="safe").load(ROOT / "params.yaml")


def test_the_stages_depend_on_exactly_the_code_that_they_import():
    text = (ROOT / "dvc.yaml").read_text("utf-8")
    assert text == with_code(text), "run `make stages`"


@pytest.mark.parametrize("name", DVC)
def test_a_stage_depends_on_exactly_the_tables_that_it_reads(name):
    source = (ROOT / f"pipeline/stages/{name}.py").read_text("utf-8")
    tables = (ROOT / "pipeline/project/tables.py").read_text("utf-8")
    paths = {
        "read_articles": {"data/articles", "data/articles.csv"},
        "read_paragraphs": {"data/articles"},
        "read_statements": {"data/statements.csv"},
        "read_annotations": {"data/annotations"},
        "read_annotators": {"data/annotators.csv"},
        "read_labelled": {"data/labelled.csv"},
        "read_embeddings": {"data/embeddings.npy"},
    }
    assert set(re.findall(r"^def (read_\w+)", tables, re.MULTILINE)) == {*paths, "read_stage_csv"}
    places = {"data/real/sentences.csv", "data/real/sources.csv"}
    votes, vectors = {"data/real/votes.csv"}, {"data/real/vectors.json", "data/real/vectors.npy"}
    real = {
        "read_training_texts": places,
        "read_real_votes": votes,
        "read_real_events": {"data/real/events.csv"},
        "read_real_prose": places | votes | vectors,
        "read_beside": places | votes | vectors,
        "bound_to": {path.as_posix() for path in TABLES},
    }
    paths |= real
    folders = {"DATA": "data", "REPORTS": "reports", "PLOTS": "reports/plots"}
    constants = {
        key: f"{folders[folder]}/{path}"
        for key, folder, path in re.findall(
            r'^(\w+) = (DATA|REPORTS|PLOTS) / "(.*)"$', tables, re.MULTILINE
        )
    }
    used = {
        path
        for reader, of_reader in paths.items()
        # With an argument in capitals it reads another table than its own.
        if re.search(rf"{reader}\((?![A-Z])", source)
        for path in of_reader
    }
    readers = "read_stage_csv|_json|_rows|read_text|read_annotations|codebook_hash"
    read = re.findall(rf"(?:{readers})\((?:tables\.)?(\w+)\)", source)
    read += re.findall(r"read_csv\((\w+), ", source)
    used |= {constants[key] for key in read if key in constants}
    data = {dep for dep in DVC[name]["deps"] if dep.startswith(("data/", "reports/"))}
    assert data == used


@pytest.mark.parametrize("name", DVC)
def test_a_stage_depends_on_exactly_the_params_that_it_uses(name):
    source = (ROOT / f"pipeline/stages/{name}.py").read_text("utf-8")
    used = set(re.findall(r"(?:params|read_params\(\))\.([a-z_]+)", source)) & set(SECTIONS)
    if dumped := re.search(r"model_dump\(include=\{(.*?)\}\)", source):
        used |= set(re.findall(r'"(\w+)"', dumped[1]))
    if excluded := re.search(r'model_dump\(exclude=\{"(\w+)"\}\)', source):
        used = set(SECTIONS) - {excluded[1]}
    assert set(DVC[name]["params"]) == used


@pytest.mark.parametrize("name", DVC)
def test_a_stage_depends_on_the_templates_and_the_model_that_it_reads(name):
    deps = DVC[name]["deps"]
    source = (ROOT / f"pipeline/stages/{name}.py").read_text("utf-8")
    code = [(ROOT / path).read_text("utf-8") for path in deps if path.endswith(".py")]
    assert ("models/stance.json" in deps) == ("MODEL_JSON" in source)
    assert ("pipeline/report/templates" in deps) == any("PackageLoader" in one for one in code)


def test_the_report_is_made_of_what_its_stage_reads():
    modules = list((ROOT / "pipeline/report").glob("*.py"))
    assert modules
    for path in modules:
        # Else the checks above, which look at the stage, would miss a file or a param.
        source = path.read_text("utf-8")
        assert not re.search(r"\b(?:read|write)_\w+|\bopen\(|\bpathlib\b", source), path


@pytest.mark.parametrize("name", DVC)
def test_a_stage_is_a_module_with_a_description_and_the_locked_libraries(name):
    assert DVC[name]["desc"]
    assert DVC[name]["cmd"] == f"python -m pipeline.stages.{name}"
    extra = "-encoder" if name == "finetune" else ""
    assert f"requirements{extra}.txt" in DVC[name]["deps"]


def test_what_fine_tuning_has_made_is_in_git_and_never_made_again_by_the_way():
    assert DVC["finetune"]["frozen"]
    assert {"models/encoder": {"cache": False}} in DVC["finetune"]["outs"]
    listed = run("git", "ls-files", "--cached", "--others", "--exclude-standard", folder=ROOT)
    for path in (ROOT / "models/encoder").iterdir():
        assert f"models/encoder/{path.name}" in listed.stdout.splitlines()
        # Hosts of Git repositories warn at 50 MB.
        assert path.stat().st_size < 50_000_000


def test_what_takes_minutes_is_in_git_and_never_measured_by_the_way():
    assert DVC["baselines"]["frozen"]
    assert {"reports/corpus_baselines.json": {"cache": False}} in DVC["baselines"]["outs"]
    assert "\nbaselines: " in (ROOT / "Makefile").read_text("utf-8")


def test_every_dependency_is_locked_with_hashes_and_without_addresses():
    for path in ROOT.glob("requirements*.txt"):
        text = path.read_text("utf-8")
        assert "://" not in text
        assert "index" not in re.sub(r"[\w-]*index[\w-]*==", "", text)
        entries = re.split(r"^(?=\w)", text, flags=re.MULTILINE)[1:]
        assert entries
        for entry in entries:
            assert re.match(r"[\w.-]+==\S+", entry), entry
            assert "--hash=sha256:" in entry, entry


def test_the_core_has_no_pytorch_and_no_test_tools():
    core = (ROOT / "requirements.txt").read_text("utf-8")
    for name in ("torch", "transformers", "sentence-transformers", "pytest", "krippendorff"):
        assert not re.search(rf"^{name}==", core, re.MULTILINE), name
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["scripts"] == {"stance": "stance.cli:main"}
    for dependency in project["dependencies"]:
        name = re.split(r"[=<>]", dependency)[0].replace(".", "[.-]")
        assert re.search(rf"^{name}==", core, re.MULTILINE | re.IGNORECASE), dependency


def test_ci_runs_the_test_command():
    assert "\nmake test\n" in (ROOT / ".ci/run").read_text("utf-8")


def test_make_explains_itself():
    done = run("make", "--no-print-directory", "help", folder=ROOT)
    assert {line.split()[0] for line in done.stdout.splitlines()} >= {"repro", "test", "lock"}


def test_articles_are_kept_as_published():
    article = (ROOT / "data/articles/russia-taliban.txt").read_bytes().decode()
    assert article.count("\u00a0") == 25
    assert "More >\n" in article
