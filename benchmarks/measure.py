"""Wall-clock time and peak memory of whole processes, as the operating system counts them."""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parent.parent
ENVIRONMENT = {
    **os.environ,
    "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
}


def measure(command: list[str], folder: Path) -> tuple[float, float]:
    """Run a command; return its wall-clock seconds and the peak memory in MB of its processes."""
    start = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=folder, env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} failed with {process.returncode}")
    # ru_maxrss is the largest single process, children included; kilobytes on Linux.
    return seconds, usage.ru_maxrss / (1024 if sys.platform == "linux" else 1024**2)


def median(command: list[str], folder: Path, runs: int, before: Callable[[], None]) -> list[float]:
    """Return the median seconds and the largest memory of several runs."""
    found = []
    for _ in range(runs):
        before()
        found.append(measure(command, folder))
    return [statistics.median(one for one, _ in found), max(memory for _, memory in found)]


def alternating(
    commands: dict[str, list[str]],
    folder: Path,
    runs: int,
    before: Callable[[], None] = lambda: None,
) -> dict[str, list[float]]:
    """Return the seconds of each command, run in turns after one run that does not count."""
    found: dict[str, list[float]] = {title: [] for title in commands}
    for number in range(runs + 1):
        for title, command in commands.items():
            before()
            seconds = measure(command, folder)[0]
            if number:
                found[title].append(seconds)
    return found


def table(title: str, found: dict[str, list[float]], rows: int = 1) -> None:
    """Write a table of median seconds, rows per second, and the median of the ratios in turn."""
    first = next(iter(found.values()))
    print(
        f"{title}:\n\n| | seconds | rows a second | time ÷ the first's |\n| --- | --- | --- | --- |"
    )
    for name, seconds in found.items():
        middle = statistics.median(seconds)
        rate = f"{rows / middle:,.0f}" if rows > 1 else "–"
        ratio = statistics.median(a / b for a, b in zip(seconds, first, strict=True))
        print(f"| {name} | {middle:.3f} | {rate} | {ratio:.2f} |")
    print(flush=True)
