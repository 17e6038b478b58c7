"""Measure how long comparing runs takes: two revisions, and fifty experiments.

Run it in an environment that `make` has set up: ``python -m benchmarks.compare``. It works in a
clone of the project, whose experiments are commits with other predictions under DVC's own
references, and writes a table in Markdown.
"""

import subprocess
import tempfile
from pathlib import Path

import pandas as pd

from benchmarks.measure import ENVIRONMENT, ROOT, median

EXPERIMENTS = 50


def git(folder: Path, *arguments: str) -> str:
    """Return what Git prints."""
    identity = ["-c", "user.name=benchmark", "-c", "user.email=benchmark@example.org"]
    command = ["git", *identity, *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def add_experiments(folder: Path) -> None:
    """Give the current commit experiments that differ from it in some predictions and in C."""
    head = git(folder, "rev-parse", "HEAD")
    path, params = folder / "reports/predictions.csv", folder / "params.yaml"
    table, text = pd.read_csv(path), params.read_text("utf-8")
    for number in range(EXPERIMENTS):
        other = table.copy()
        rows = other.sample(frac=0.05, random_state=number).index
        shuffled = other["stance"].sample(frac=1, random_state=0).to_numpy()
        other.loc[rows, "predicted"] = shuffled[rows]
        other.to_csv(path, index=False, lineterminator="\n")
        params.write_text(text.replace("C: ", f"C: {number}"), encoding="utf-8")
        git(folder, "commit", "--quiet", "--all", "--message", "experiment")
        git(folder, "update-ref", f"refs/exps/{head[:2]}/{head[2:]}/run-{number}", "HEAD")
        git(folder, "reset", "--quiet", "--hard", head)


def main() -> None:
    """Write the table to standard output."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        git(folder, "clone", "--quiet", str(ROOT), ".")
        subprocess.run(["dvc", "repro", "--quiet"], cwd=folder, env=ENVIRONMENT, check=True)
        add_experiments(folder)
        rows = {
            "import of pandas and scipy.stats": [
                "python",
                "-c",
                "import pandas, scipy.stats, sklearn.metrics",
            ],
            "`stance compare HEAD run-1`": ["stance", "compare", "HEAD", "run-1"],
            "`stance compare` with the workspace": ["stance", "compare"],
            f"`stance compare --all`, {EXPERIMENTS} experiments": ["stance", "compare", "--all"],
        }
        found = {title: median(command, folder, 5, lambda: None) for title, command in rows.items()}
    (base, _), *_ = found.values()
    print("| | seconds | ratio to the import | peak MB |\n| --- | --- | --- | --- |")
    for title, (seconds, memory) in found.items():
        print(f"| {title} | {seconds:.1f} | {seconds / base:.1f} | {memory:.0f} |")


if __name__ == "__main__":
    main()
