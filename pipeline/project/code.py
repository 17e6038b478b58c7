"""What code each stage is made by: the files that its module imports, and the files that those do.

`python -m pipeline.project.code` writes them into `dvc.yaml` as dependencies; a test holds it.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from stance.files import read_text, write_text

DVC_YAML = Path("dvc.yaml")
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


@cache
def _imports(path: Path) -> frozenset[Path]:
    found: set[Path] = set()
    for node in ast.walk(ast.parse(read_text(ROOT / path), str(path))):
        if isinstance(node, ast.ImportFrom) and node.module:
            for name in (node.module, *(f"{node.module}.{alias.name}" for alias in node.names)):
                found.update(_module_files(name))
        elif isinstance(node, ast.Import):
            for alias in node.names:
                found.update(_module_files(alias.name))
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
            todo += _imports(path)
    return sorted(found)


def with_code(text: str) -> str:
    """Return the text of a `dvc.yaml` whose stages depend on exactly the code they are made by."""

    def replace(found: re.Match[str]) -> str:
        code = [f"      - {path.as_posix()}\n" for path in code_of(found["stage"])]
        kept = [line for line in found["deps"].splitlines(True) if not line.endswith(".py\n")]
        return found["head"] + "".join(sorted(kept + code))

    return _STAGE.sub(replace, text)


def main() -> None:
    """Write the dependencies into `dvc.yaml`."""
    write_text(DVC_YAML, with_code(read_text(DVC_YAML)))


if __name__ == "__main__":
    main()
