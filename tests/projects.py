"""Copies of the project to break and to run: as it is, or with a small part of its data."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from ruamel.yaml import YAML

from stance.model.names import ENCODER
from tests.tiny import write_tiny_encoder

ROOT = Path(__file__).parent.parent

STAGES = ["segment", "label", "encode", "evaluate", "train", "analyse", "report"]
# What differs from project to project.
WORLD = ["data", "models", "params.yaml", "reports"]
SMALL_DOCUMENTS = ["russia-taliban", "britain-ira", "gulf-rsf"]
SMALL_CORPUS = "haiti-gangs"
SMALL_TARGETS = ["Hamas", "Houthis", "IRA", "TTP", "LTTE", "FARC", ""]
# Texts that are no markup, although they look like it.
MARKED_UP = [
    "Moscow, \"<script>alert('no')</script>\" said, would not talk to the Taliban & its kin.",
    "Its envoy met them </details></main> in Doha to speak of {{ 7 * 7 }} captives.",
    "He said <b onclick=alert(2)>nothing</b> about it.",
    "Nobody was asked &lt;anything&gt;.",
]
SMALL_PARAMS: dict[str, dict[str, object]] = {
    "encode": {"encoder": "none"},
    # The vectors of real prose belong to the encoder.
    "train": {"real_prose": False, "char_ngrams": [2, 3]},
    "evaluate": {
        "folds": 3,
        "repeats": 1,
        "target_folds": 3,
        "min_sentences": 10,
        "min_groups": 3,
        "min_labels": 3,
        "resamples": 100,
    },
    # So few sentences keep no stricter promise, and a model that answers nothing says so each time.
    "score": {"max_error": 0.3},
    "analyse": {"folds": 3, "repeats": 1},
}

ENVIRONMENT = {
    **os.environ,
    # The stages call `python`, and find the package in the folder that they run in.
    "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    "PYTHONWARNINGS": "",
    "GIT_AUTHOR_NAME": "test",
    "GIT_AUTHOR_EMAIL": "test@example.org",
    "GIT_COMMITTER_NAME": "test",
    "GIT_COMMITTER_EMAIL": "test@example.org",
    "GIT_CONFIG_GLOBAL": os.devnull,
    # No command may reach the network; a proxy that nobody answers makes it fail loudly.
    "HTTPS_PROXY": "http://127.0.0.1:9",
    "HTTP_PROXY": "http://127.0.0.1:9",
    "NO_PROXY": "",
}


def run(
    *command: str,
    folder: Path,
    code: int = 0,
    stdin: str | bytes | None = None,
    variables: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run a command in `folder` and hold it to its exit code."""
    done = subprocess.run(
        command,
        cwd=folder,
        env={**ENVIRONMENT, **(variables or {})},
        input=stdin.encode() if isinstance(stdin, str) else stdin,
        capture_output=True,
        timeout=400,
        check=False,
    )
    result = subprocess.CompletedProcess(
        done.args, done.returncode, done.stdout.decode(), done.stderr.decode()
    )
    assert done.returncode == code, (
        f"{command}: {done.returncode}\n{result.stdout}\n{result.stderr}"
    )
    return result


def stage(name: str, folder: Path, code: int = 0) -> subprocess.CompletedProcess[str]:
    """Run one stage as DVC does."""
    return run("python", "-m", f"pipeline.stages.{name}", folder=folder, code=code)


def commit(folder: Path, message: str = "commit") -> None:
    """Commit all that Git does not ignore."""
    run("git", "add", "--all", folder=folder)
    run("git", "commit", "--quiet", "--allow-empty", "--message", message, folder=folder)


def _tracked(*paths: str) -> list[str]:
    """Return the files that Git tracks, or would track, of this project."""
    listed = run(
        *("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *paths),
        folder=ROOT,
    ).stdout
    return [name for name in listed.split("\0") if name and (ROOT / name).exists()]


def _copy(names: list[str], folder: Path) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        # Times are kept, so that make sees what it saw in the original.
        shutil.copy2(ROOT / name, folder / name)


def copy_data(folder: Path) -> Path:
    """Copy what the stages read and write, but for the encoder; neither code nor Git."""
    _copy([name for name in _tracked(*WORLD) if not name.startswith(f"{ENCODER}/")], folder)
    return folder


def copy_project(folder: Path, world: Path | None = None) -> Path:
    """Copy what Git tracks, or would track, of this project into a new repository.

    Parameters
    ----------
    folder
        Where to.
    world
        Where data, params and what is made of them come from, if not from this project.
    """
    names = _tracked()
    if world:
        for name in WORLD:
            if (world / name).is_dir():
                shutil.copytree(world / name, folder / name)
            else:
                shutil.copy2(world / name, folder / name)
        names = [name for name in names if name.split("/")[0] not in WORLD]
    _copy(names, folder)
    run("git", "init", "--quiet", "--initial-branch=main", folder=folder)
    # What is committed here need not be compressed a second time.
    objects = run("git", "rev-parse", "--git-path", "objects", folder=ROOT).stdout.strip()
    borrowed = folder / ".git/objects/info/alternates"
    borrowed.write_text(f"{(ROOT / objects).resolve()}\n", "utf-8")
    commit(folder, "copy")
    return folder


def build(folder: Path, *stages: str) -> Path:
    """Run stages, all if none is named, in one process."""
    code = f"""
from importlib import import_module
for name in {list(stages or STAGES)}:
    import_module(f"pipeline.stages.{{name}}").main()
"""
    run("python", "-c", code, folder=folder, variables={"PYTHONPATH": str(ROOT)})
    return folder


def set_params(folder: Path, changes: Mapping[str, Mapping[str, object]]) -> None:
    """Change values in `params.yaml`."""
    yaml = YAML()
    path = folder / "params.yaml"
    params = yaml.load(path)
    for section, values in changes.items():
        params[section].update(values)
    yaml.dump(params, path)


def shrink(folder: Path) -> Path:
    """Keep few documents and statements, and a tiny encoder, switched off: a run takes seconds."""
    data = folder / "data"
    articles = pd.read_csv(data / "articles.csv", dtype="str", keep_default_na=False)
    articles = articles[articles["document"].isin(SMALL_DOCUMENTS)]
    articles.to_csv(data / "articles.csv", index=False)
    for path in [*(data / "articles").iterdir(), *(data / "annotations").iterdir()]:
        if path.stem not in [*SMALL_DOCUMENTS, "statements"]:
            path.unlink()
    statements = pd.read_csv(data / "statements.csv", dtype="str", keep_default_na=False)
    statements = statements[statements["target"].isin(SMALL_TARGETS)]
    statements.to_csv(data / "statements.csv", index=False)
    path = data / "annotations" / "statements.csv"
    annotations = pd.read_csv(path, dtype="str", keep_default_na=False)
    annotations[annotations["sentence"].isin(statements["sentence"])].to_csv(path, index=False)
    for path in (data / "encoder").glob("a*/*"):
        if path.stem != SMALL_CORPUS:
            path.unlink()
    write_tiny_encoder(folder / ENCODER)
    set_params(folder, SMALL_PARAMS)
    return folder


def mark_up(folder: Path) -> Path:
    """Add an article that is full of markup; its second sentence is unresolved, its last bare."""
    data = folder / "data"
    text = f"A <i>heading</i>\n{' '.join(MARKED_UP)}\n"
    (data / "articles/marked-up.txt").write_text(text, encoding="utf-8", newline="\n")
    articles = pd.read_csv(data / "articles.csv", dtype="str", keep_default_na=False)
    row = ["marked-up", "composed", '<em>"Title"</em>', "", "", "", "Russia", "Taliban"]
    articles.loc[len(articles)] = row
    articles.to_csv(data / "articles.csv", index=False)
    votes = [
        (MARKED_UP[0], "coder-1", "hostile", "3", "<img src=x onerror=alert(3)>", "<i>Moscow</i>"),
        (MARKED_UP[0], "coder-2", "hostile", "", "", "<i>Moscow</i>"),
        (MARKED_UP[1], "coder-1", "contact-only", "1", "", ""),
        (MARKED_UP[1], "coder-2", "dialogue", "", "", ""),
        (MARKED_UP[2], "coder-1", "none", "", "", ""),
    ]
    columns = ["sentence", "annotator", "stance", "confidence", "rationale", "speaker"]
    table = pd.DataFrame(votes, columns=columns)
    table.to_csv(data / "annotations/marked-up.csv", index=False)
    return folder


def wait_for(condition: Callable[[], object], process: subprocess.Popen[Any]) -> None:
    """Wait until something is so, as long as the process that brings it about is alive."""
    end = time.monotonic() + 120
    while not condition():
        assert process.poll() is None, "it ended first"
        assert time.monotonic() < end, "it did not get there"
        time.sleep(0.005)
