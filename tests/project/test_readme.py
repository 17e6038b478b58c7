"""The README is current, and every command in it works as it stands."""

import re
import sys
from pathlib import Path

import pytest

from tests.projects import ROOT, run
from tests.readme import generate

README = (ROOT / "README.md").read_text("utf-8")
SHELL = [
    line
    for block in re.findall(r"^```sh\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
    for line in block.splitlines()
]
# It is what runs this test.
NOT_RUN = ["make test"]


def test_the_generated_parts_are_current(full: Path) -> None:
    assert generate(full) == README, "run `make readme`"


def test_every_command_works(project: Path) -> None:
    assert [line for line in SHELL if line in NOT_RUN] == NOT_RUN
    # The environment of this run, with the marks of being up to date: nothing is installed again.
    (project / ".venv").mkdir()
    (project / ".venv/bin").symlink_to(Path(sys.executable).parent)
    for mark in (".core", ".test"):
        (project / ".venv" / mark).touch()
    for line in SHELL:
        if line not in NOT_RUN:
            run("bash", "-euo", "pipefail", "-c", line, folder=project)
    assert (project / "scored.csv").exists()


def test_the_python_in_it_works(full: Path) -> None:
    (block,) = re.findall(r"^```python\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
    assert "hostile" in run("python", "-c", block, folder=full).stdout


@pytest.mark.parametrize("name", ["README.md", "data/README.md"])
def test_links_lead_somewhere(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    for link in re.findall(r"\]\(([^)#]+)[^)]*\)", text):
        assert (ROOT / name).parent.joinpath(link).exists(), link


def test_the_tree_is_the_tree() -> None:
    tree = re.search(r"^```\npipeline/\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
    assert tree
    shown = {name.rstrip("/") for name in re.findall(r"^  (\S+)", tree[1], re.MULTILINE)}
    there = {
        path.name
        for path in (ROOT / "pipeline").iterdir()
        if not path.name.startswith("_") and path.name != "py.typed"
    }
    assert shown == there
