"""Run every idea in `experiments.yaml` that has not been run, and write `reports/experiments.md`.

Run it on a commit whose predictions are current: ``python -m benchmarks.experiments``. An idea is
an experiment of DVC on that commit; once run it stays, compared with the commit that it was run on.
"""

import json
import subprocess
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from tabulate import tabulate

from benchmarks.measure import ENVIRONMENT, ROOT
from pipeline.evaluation.comparison import compare, read_labels, read_predictions
from pipeline.project.params import PARAMS, load_yaml
from pipeline.project.revisions import Revision, find_revision, read_at
from stance.errors import DataError
from stance.files import write_text

IDEAS = Path(__file__).with_suffix(".yaml")
RECORD = Path("reports/experiments.md")
TITLE = """# Experiments

What was tried, beside what it was compared with: the difference of macro-F1 and its 95 % interval,
by the paired tests of `stance compare` (Holm-corrected over the protocols); in bold what is more
than chance. Written by `python -m benchmarks.experiments` from the experiments' own predictions.
"""


def find_or_run(name: str, changes: list[str]) -> Revision:
    """Return the experiment of that name, which is run if there is none."""
    try:
        return find_revision(name)
    except DataError:
        command = ["dvc", "exp", "run", "--temp", "--quiet", "--name", name]
        settings = [part for change in changes for part in ("--set-param", change)]
        subprocess.run([*command, *settings], cwd=ROOT, env=ENVIRONMENT, check=True)
        return find_revision(name)


def params_at(revision: Revision) -> dict[str, Any]:
    """Return the params of a revision."""
    params: dict[str, Any] = load_yaml(read_at(revision, PARAMS), f"{PARAMS} at {revision}")
    return params


def changed_params(before: dict[str, Any], after: dict[str, Any]) -> str:
    """Return the params that differ, as `section.name=value`."""
    changes = [
        f"`{section}.{name}={json.dumps(value)}`"
        for section, values in after.items()
        for name, value in values.items()
        if before.get(section, {}).get(name) != value
    ]
    return " ".join(changes)


def row(idea: dict[str, Any]) -> dict[str, str]:
    """Return an idea's row of the table."""
    head = find_revision("HEAD")
    after = find_or_run(idea["name"], idea.get("set", [])) if "name" in idea else head
    before = find_revision(idea.get("against", f"{after.commit}^"))
    labels = read_labels(after)
    results = compare(read_predictions(before), read_predictions(after), labels)
    params = params_at(after)
    cells = {}
    for protocol, result in results.items():
        found = result.difference
        cell = f"{found.difference:+.3f} ({found.low:+.3f} to {found.high:+.3f})"
        significant = result.verdict in ("better", "worse")
        cells[protocol] = f"**{cell}**" if significant else cell
    return {
        "idea": idea["idea"],
        "params": changed_params(params_at(before), params) if "name" in idea else "",
        **cells,
        "kept": "yes" if params == params_at(head) else "no",
    }


def main() -> None:
    """Write the record."""
    ideas: list[dict[str, Any]] = YAML(typ="safe").load(IDEAS)
    rows = [row(idea) for idea in ideas]
    table = tabulate(rows, headers="keys", tablefmt="github", disable_numparse=True)
    write_text(RECORD, f"{TITLE}\n{table}\n")


if __name__ == "__main__":
    main()
