"""Copies of the project to break and to run: as it is, or with a small part of its data."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
from ruamel.yaml import YAML

from stance.model.names import ENCODER
from tests.tiny import write_tiny_encoder

ROOT = Path(__file__).parent.parent

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
    "train": {"char_ngrams": [2, 3]},
    "evaluate": {"folds": 3, "repeats": 1, "target_folds": 3, "resamples": 100},
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


def copy_project(folder: Path) -> Path:
    """Copy what Git tracks, or would track, of this project into a new repository."""
    listed = run(
        "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", folder=ROOT
    ).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).exists():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            # Times are kept, so that make sees what it saw in the original.
            shutil.copy2(ROOT / name, folder / name)
    run("git", "init", "--quiet", "--initial-branch=main", folder=folder)
    commit(folder, "copy")
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
    shutil.rmtree(folder / ENCODER)
    write_tiny_encoder(folder / ENCODER)
    set_params(folder, SMALL_PARAMS)
    commit(folder, "shrink")
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
