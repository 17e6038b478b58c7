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
