"""Let people work at once, and kill what they run, many times; say what was lost.

`python -m benchmarks.together` does fifty rounds of two adds and two imports at once, and kills
`stance add`, `import` and `annotate` twenty times each, at moments spread over the time that each
takes. It ends with exit code 1 if anything was lost.
"""

import random
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from pipeline.project.frames import read_csv
from tests.terminal import Terminal
from tests.together import (
    SENTENCES,
    adding,
    contents,
    finish,
    importing,
    lost,
    make_project,
    start,
    work_together,
)

ROUNDS = 50
KILLS = 20


def at_once(folder: Path) -> list[str]:
    """Return what was lost in all rounds on one project."""
    make_project(folder)
    missing = [one for number in range(ROUNDS) for one in work_together(folder, number)]
    names = [f"{number}-{one}" for number in range(ROUNDS) for one in "ab"]
    return missing + lost(folder, [f"talks-{n}" for n in names], [f"coder-{n}" for n in names])


def kills(folder: Path, make: Callable[[Path, str], list[str]]) -> tuple[list[str], int]:
    """Return what was lost where a command was killed and run again, and how often it was."""
    make_project(folder)
    missing: list[str] = []
    documents: list[str] = []
    people: list[str] = []
    written = documents if make is adding else people
    begun = time.monotonic()
    finish(start(make(folder, "name-0"), folder))
    took = time.monotonic() - begun
    written.append("name-0")
    count = number = 0
    while count < KILLS:
        number += 1
        command = make(folder, f"name-{number}")
        process = start(command, folder)
        # Most of the time is spent on imports; what is written is written at the end.
        delay = took * (0.5 + 0.7 * random.Random(number).random())  # noqa: S311 - no secret
        try:
            process.wait(timeout=delay)
        except subprocess.TimeoutExpired:
            process.kill()
            count += 1
        finish(process)
        missing += lost(folder, documents, people)
        code, said = finish(start(command, folder))
        done_before = make is adding and "there is a document" in said
        if code and not done_before:
            missing.append(f"{code}: {said}")
        written.append(f"name-{number}")
        missing += lost(folder, documents, people)
    return missing, count


def annotations(folder: Path) -> list[str]:
    """Return which confirmed answers were lost where somebody was killed while annotating."""
    missing = []
    for number in range(KILLS):
        project = make_project(folder / str(number))
        terminal = Terminal("stance", "annotate", "doha", "--annotator", "ada", folder=project)
        confirmed = number % len(SENTENCES)
        for one in range(1, confirmed + 2):
            terminal.step((rf"{one} of 3 .*?quit", "3"), ("save with confidence.*?undo", "\r"))
        if number % 2 and confirmed + 2 <= len(SENTENCES):
            terminal.process.expect(rf"{confirmed + 2} of 3")
            confirmed += 1
        terminal.kill()
        votes = read_csv(project / "data/annotations/doha.csv")
        there = votes["sentence"].tolist()
        if there not in (SENTENCES[:confirmed], SENTENCES[: confirmed + 1]):
            missing.append(f"{confirmed} answers were confirmed, and there are {there}")
        code, said = finish(start(importing(project, "bob"), project))
        missing += [said] * bool(code) + lost(project, [], ["bob"])
        left = [name for name in contents(project) if "tmp" in name]
        missing += [f"{name} was left" for name in left]
    return missing


def main() -> None:
    """Do all of it and print a table of what was lost."""
    failed = False
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        print("| what | times | lost |\n| --- | --- | --- |")
        rows: list[tuple[str, int, list[str]]] = [
            ("two adds and two imports at once", ROUNDS, at_once(root / "once"))
        ]
        for what, make in (("add", adding), ("import", importing)):
            missing, count = kills(root / what, make)
            rows.append((f"`stance {what}` killed and run again", count, missing))
        rows.append(("`stance annotate` killed", KILLS, annotations(root / "annotate")))
        for what, times, missing in rows:
            print(f"| {what} | {times} | {len(missing)} |")
            failed |= bool(missing)
            for one in missing[:5]:
                print(f"\n{one}\n")
    if failed:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
