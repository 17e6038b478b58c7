"""The README and the docs are current, and every command in them works as it stands."""

import re
import shlex
import sys
from pathlib import Path

import pytest

from tests.opened import opened
from tests.projects import ROOT, run
from tests.readme import GENERATED, generate, pages

PAGES = pages(ROOT)
# What a reader finds beside them.
OTHERS = ["CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "data/README.md"]
# Nobody reads more before she tries it.
MOST_BYTES = 8_000
# How far from the README a page may be.
MOST_CLICKS = 2
# It is what runs this test.
NOT_RUN = "make test"
# It goes on until somebody stops it.
SERVES = "stance open"


def blocks(language: str, name: str) -> list[str]:
    """Return the blocks of a language on a page; what is generated was run where it comes from."""
    text = GENERATED.sub("", PAGES[name])
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def prose(path: Path) -> str:
    """Return a page without its blocks of commands and answers."""
    return re.sub(r"(?ms)^```.*?^```$", "", path.read_text("utf-8"))


def links(name: str) -> list[tuple[str, str]]:
    """Return file and anchor of each link on a page; a file of its own host is none of ours."""
    found = re.findall(r"\]\(([^)#\s]*)(?:#([^)\s]*))?\)", prose(ROOT / name))
    return [(file, anchor) for file, anchor in found if "://" not in file]


def target(name: str, file: str) -> Path:
    return (ROOT / name).parent.joinpath(file).resolve() if file else ROOT / name


def anchors(path: Path) -> set[str]:
    """Return what the headings of a page are called in links."""
    heads = re.findall(r"^#+ (.*)$", prose(path), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads}


def test_the_generated_parts_are_current(full: Path) -> None:
    assert generate(full) == PAGES, "run `make docs`"


def look_at(folder: Path, command: str) -> None:
    """Open a page, look at what every link leads to, and end it with Ctrl-C."""
    arguments = shlex.split(command.removeprefix(SERVES))
    with opened(folder, *arguments, people=max(1, arguments.count("--annotator"))) as page:
        for link in page.links.values():
            first = link.ask("GET", link.get("", 303).leads_to)
            assert first.status in (200, 303), first.text


def test_every_command_works(project: Path) -> None:
    # The environment of this run, with the marks of being up to date: nothing is installed again.
    (project / ".venv").mkdir()
    (project / ".venv/bin").symlink_to(Path(sys.executable).parent)
    for mark in (".core", ".test"):
        (project / ".venv" / mark).touch()
    scripts = [block for name in PAGES for block in blocks("sh", name)]
    assert sum(NOT_RUN in script.splitlines() for script in scripts) == 1
    for script in scripts:
        lines = [line for line in script.splitlines() if line != NOT_RUN]
        if lines[:1] and lines[0].startswith(SERVES):
            look_at(project, *lines)
            continue
        run("bash", "-euo", "pipefail", "-c", "\n".join(lines), folder=project)
    assert (project / "scored.csv").exists()
    # What they leave behind is nobody's to commit.
    untracked = run("git", "status", "--short", folder=project).stdout
    assert "?? data/articles/talks-in-doha.txt" in untracked
    assert not re.search(r"^\?\? (?!data/)", untracked, re.MULTILINE)


def test_the_python_in_them_works(full: Path) -> None:
    shown = [
        run("python", "-c", block, folder=full).stdout
        for name in PAGES
        for block in blocks("python", name)
    ]
    assert "hostile" in shown[0]


@pytest.mark.parametrize("name", [*PAGES, *OTHERS])
def test_links_lead_somewhere(name: str) -> None:
    for file, anchor in links(name):
        path = target(name, file)
        assert path.exists(), file
        assert not anchor or anchor in anchors(path), f"{file}#{anchor}"


def test_what_is_made_can_be_made() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    named = {name for text in PAGES.values() for name in re.findall(r"`make (\w+)`", text)}
    assert named <= set(re.findall(r"^(\w+):", makefile, re.MULTILINE))


def test_the_readme_fits_a_screen_and_leads_everywhere() -> None:
    assert len(PAGES["README.md"].encode()) <= MOST_BYTES
    reached = {ROOT / "README.md"}
    for _ in range(MOST_CLICKS):
        names = [path.relative_to(ROOT).as_posix() for path in reached if path.suffix == ".md"]
        reached |= {target(name, file) for name in names for file, _ in links(name)}
    assert {ROOT / name for name in [*PAGES, *OTHERS]} <= reached


@pytest.mark.parametrize("house", ["stance", "pipeline"])
def test_the_tree_is_the_tree(house: str) -> None:
    tree = re.search(rf"^{house}/ .*\n((?:  .*\n)+)", PAGES["docs/design.md"], re.MULTILINE)
    assert tree
    shown = {name.rstrip("/") for name in re.findall(r"^  (\S+)", tree[1], re.MULTILINE)}
    there = {
        path.name
        for path in (ROOT / house).iterdir()
        if not path.name.startswith("_") and path.name != "py.typed"
    }
    assert shown == there
