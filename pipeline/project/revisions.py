"""Files as a Git revision, or an experiment of DVC, committed them: read without checking out.

An experiment is a commit that DVC keeps under `refs/exps/`, named after its baseline; its metrics
and predictions are in Git like everybody else's.
"""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from pipeline.project.code import ALWAYS_CHANGED, CODE_STAGE, outdated_stages
from stance.errors import DataError
from stance.files import decode, read_text

WORKSPACE = "workspace"
# What makes predictions: `evaluate`, and the stages whose outputs it reads.
PREDICTING = ["segment", "label", "encode", "evaluate"]
_EXPERIMENTS = "refs/exps/"


@dataclass(frozen=True)
class Revision:
    """What was asked for, and the commit that it is; None for the files in the workspace."""

    name: str
    commit: str | None

    def __str__(self) -> str:
        if self.commit is None or self.commit.startswith(self.name):
            return self.name
        return f"{self.name} ({self.commit[:7]})"


def _git(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(["git", *arguments], capture_output=True, check=False)  # noqa: S603, S607
    except FileNotFoundError:
        raise DataError("git is not installed; comparing runs needs it.") from None


def _lines(*arguments: str) -> list[str]:
    done = _git(*arguments)
    if done.returncode:
        raise DataError(f"Git says: {done.stderr.decode(errors='replace').strip()}.")
    return done.stdout.decode().splitlines()


def find_revision(name: str) -> Revision:
    """Return the commit of a branch, tag, hash or experiment; or the workspace.

    Raises
    ------
    DataError
        If there is no such thing, or experiments of several commits have that name.
    """
    if name == WORKSPACE:
        return Revision(name, None)
    done = _git("rev-parse", "--quiet", "--verify", "--end-of-options", f"{name}^{{commit}}")
    if done.returncode == 0:
        return Revision(name, done.stdout.decode().strip())
    references = _lines("for-each-ref", "--format=%(objectname) %(refname)", _EXPERIMENTS)
    found = [line.split()[0] for line in references if line.rpartition("/")[2] == name]
    if len(found) == 1:
        return Revision(name, found[0])
    if found:
        raise DataError(
            f"experiments of {len(found)} commits are called {name!r}; give the hash of one: "
            f"{', '.join(commit[:7] for commit in found)}."
        )
    if _lines("rev-parse", "--is-shallow-repository") == ["true"]:
        raise DataError(
            f"there is no revision {name!r} in this shallow clone; fetch the rest with "
            "`git fetch --unshallow`."
        )
    raise DataError(
        f"there is no revision or experiment {name!r}; `git log` and `dvc exp list` show them."
    )


def find_experiments(baseline: str) -> list[Revision]:
    """Return DVC's experiments that were run on top of a commit, by name."""
    prefix = f"{_EXPERIMENTS}{baseline[:2]}/{baseline[2:]}/"
    references = _lines("for-each-ref", "--format=%(objectname) %(refname)", prefix)
    pairs = [line.split(maxsplit=1) for line in references]
    return [Revision(name.removeprefix(prefix), commit) for commit, name in pairs]


def read_at(revision: Revision, path: Path) -> str:
    """Return the text of a file as a revision has it.

    Raises
    ------
    DataError
        If the revision has no such file, or it is not UTF-8.
    """
    if revision.commit is None:
        return read_text(path)
    name = PurePosixPath(path).as_posix()
    done = _git("cat-file", "blob", f"{revision.commit}:./{name}")
    if done.returncode:
        raise DataError(
            f"{revision} has no {name}; choose a revision that `dvc repro` was committed with."
        )
    return decode(done.stdout, f"{name} at {revision}")


def refuse_stale_workspace() -> None:
    """Hold the workspace to its predictions: what it holds now must be what made them.

    Raises
    ------
    DataError
        If `dvc status` finds a changed input of `evaluate`, or cannot tell; or if the package is
        installed elsewhere and has other code than it ran by.
    """
    command = [sys.executable, "-m", "dvc", "status", "--json", "evaluate", "--with-deps"]
    done = subprocess.run(command, capture_output=True, check=False)  # noqa: S603 - our own DVC
    if done.returncode:
        raise DataError(f"`dvc status` says: {done.stderr.decode(errors='replace').strip()}")
    changes = json.loads(done.stdout)
    stale = set(changes)
    if changes.get(CODE_STAGE) == ALWAYS_CHANGED:
        # That says nothing; what the stage would note does.
        stale -= {CODE_STAGE}
        stale |= {*outdated_stages()} & {*PREDICTING}
    if stale:
        raise DataError(
            f"the workspace has changed since its predictions were made "
            f"({', '.join(sorted(stale))}); run `dvc repro`, then compare."
        )
