"""What code each stage is made by: the files that its module imports, and the files that those do.

`python -m pipeline.project.code` writes them into `dvc.yaml` as dependencies; a test holds it. A
project that `stance init` has made lacks the files, which are installed elsewhere: it depends on
their hashes, which its first stage writes.
"""

import ast
import hashlib
import json
import re
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

from stance.errors import DataError
from stance.files import read_text, sha256, write_text

DVC_YAML = Path("dvc.yaml")
CODE = Path("reports/code.json")
# The stage that writes it, and all that `dvc status` ever says of it while the file is there.
CODE_STAGE = "code"
ALWAYS_CHANGED = ["always changed"]
# Where both packages lie: the checkout, or an environment's folder of packages.
ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("pipeline", "stance")
_STAGE = re.compile(
    r"(?P<head>^  (?P<stage>\w+):\n(?:    (?!deps:).*\n)*    deps:\n)(?P<deps>(?:      - .*\n)+)",
    re.MULTILINE,
)


def _module_files(name: str) -> Iterator[Path]:
    """Yield the file of a module; a package has none here, since its own holds only words."""
    path = Path(*name.split(".")).with_suffix(".py")
    if name.partition(".")[0] in PACKAGES and (ROOT / path).is_file():
        yield path


# Which libraries a module may be of; slow, since it reads what every library has installed.
_distributions = cache(metadata.packages_distributions)


@cache
def _imports(path: Path) -> frozenset[str]:
    """Return the modules that a file imports, at once or late; some names are no module's."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(read_text(ROOT / path), str(path))):
        if isinstance(node, ast.ImportFrom) and node.module:
            found.update((node.module, *(f"{node.module}.{alias.name}" for alias in node.names)))
        elif isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
    return frozenset(found)


def code_of(stage: str) -> list[Path]:
    """Return the files that a stage's module imports, directly or not, itself among them; sorted.

    Parameters
    ----------
    stage
        The name of a stage of `dvc.yaml`.

    Returns
    -------
    Paths relative to the folder of the packages.
    """
    found: set[Path] = set()
    todo = [Path("pipeline/stages") / f"{stage}.py"]
    while todo:
        path = todo.pop()
        if path not in found:
            found.add(path)
            todo += [file for name in _imports(path) for file in _module_files(name)]
    return sorted(found)


def with_code(text: str) -> str:
    """Return the text of a `dvc.yaml` whose stages depend on exactly the code they are made by."""

    def replace(found: re.Match[str]) -> str:
        code = [f"      - {path.as_posix()}\n" for path in code_of(found["stage"])]
        kept = [line for line in found["deps"].splitlines(True) if not line.endswith(".py\n")]
        return found["head"] + "".join(sorted(kept + code))

    return _STAGE.sub(replace, text)


def files_of(stage: str) -> list[Path]:
    """Return the files of `code_of`, and the templates beside those that load some; sorted."""
    code = code_of(stage)
    loading = [path for path in code if "jinja2.PackageLoader" in _imports(path)]
    folders = {ROOT / path.parent / "templates" for path in loading}
    templates = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    return sorted([*code, *(path.relative_to(ROOT) for path in templates)])


def libraries_of(stage: str) -> dict[str, str]:
    """Return the installed libraries that a stage's code imports itself, with their versions.

    What those import in turn is left out: most of it has no say in any result.
    """
    names = {name.partition(".")[0] for path in code_of(stage) for name in _imports(path)}
    names -= {*PACKAGES, *sys.stdlib_module_names}
    installed = _distributions()
    libraries = {library for name in names for library in installed.get(name, [])}
    return {library: metadata.version(library) for library in sorted(libraries)}


def stages_in(text: str) -> list[str]:
    """Return the stages of the package that the text of a project's `dvc.yaml` runs.

    Raises
    ------
    DataError
        If the package has no such stage.
    """
    stages = re.findall(r"^[^#\n]*-m pipeline\.stages\.(\w+)", text, re.MULTILINE)
    for stage in stages:
        if not (ROOT / "pipeline/stages" / f"{stage}.py").is_file():
            raise DataError(
                f"{DVC_YAML} runs pipeline.stages.{stage}, which the installed package does not "
                "have; install the version that the project was made with, or take the stage out."
            )
    return [stage for stage in stages if stage != CODE_STAGE]


def fingerprints(stages: Iterable[str]) -> dict[str, Any]:
    """Return what tells one state of the stages' code from another.

    Parameters
    ----------
    stages
        Names of stages.

    Returns
    -------
    `stages`: for each a hash over its files and the versions of its libraries, 16 hexadecimal
    digits; and for people who ask why a hash is another one `files`, the SHA-256 of each, and
    `libraries`, the version of each.
    """
    files: dict[str, str] = {}
    libraries: dict[str, str] = {}
    hashes: dict[str, str] = {}
    for stage in stages:
        of_stage = {path.as_posix(): sha256(ROOT / path) for path in files_of(stage)}
        used = libraries_of(stage)
        content = json.dumps([of_stage, used], sort_keys=True)
        # Enough to tell any two, and short enough for the tables of DVC.
        hashes[stage] = hashlib.sha256(content.encode()).hexdigest()[:16]
        files |= of_stage
        libraries |= used
    return {"files": files, "libraries": libraries, "stages": hashes}


def outdated_stages() -> list[str]:
    """Return the stages that the installed code would run otherwise than `code.json` has noted.

    Raises
    ------
    DataError
        If `code.json` or `dvc.yaml` is missing, or the package lacks a stage.
    """
    noted = json.loads(read_text(CODE))["stages"]
    found = fingerprints(stages_in(read_text(DVC_YAML)))["stages"]
    return [stage for stage in found if found[stage] != noted.get(stage)]


def main() -> None:
    """Write the dependencies into `dvc.yaml`."""
    write_text(DVC_YAML, with_code(read_text(DVC_YAML)))


if __name__ == "__main__":
    main()
