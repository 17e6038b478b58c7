"""The generated parts of the README, so that it cannot lag behind what it describes.

`make readme` writes them; a test holds the README against them.
"""

import json
import re
import tempfile
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from pipeline import StanceModel
from pipeline.stages.report import PROTOCOLS, SYSTEMS
from tests.project import ROOT, commit, copy_project, run


def stages(root: Path) -> str:
    """Return the table of stages from `dvc.yaml`."""
    rows = ["| stage | what it does | params | writes |", "| --- | --- | --- | --- |"]
    for name, stage in YAML(typ="safe").load(root / "dvc.yaml")["stages"].items():
        written = [*stage.get("metrics", []), *stage.get("outs", [])]
        outs = [next(iter(out)) if isinstance(out, dict) else out for out in written]
        cells = [", ".join(f"`{item}`" for item in cell) for cell in (stage["params"], outs)]
        rows.append(f"| `{name}` | {stage['desc']} | {' | '.join(cells)} |")
    return "\n".join(rows)


def figures(root: Path) -> str:
    """Return the table of the protocols from the metrics."""
    read = {
        name: json.loads((root / f"reports/{name}.json").read_text("utf-8"))
        for name in ("metrics", "baselines", "agreement")
    }
    metrics: dict[str, Any] = {**read["baselines"], "pipeline": read["metrics"]}

    def cell(found: dict[str, float]) -> str:
        points = [found[key] for key in ("macro_f1", "macro_f1_low", "macro_f1_high")]
        return "{:.2f} ({:.2f} to {:.2f})".format(*points)

    rows = [f"| | {' | '.join(PROTOCOLS.values())} |", "| --- |" + " --- |" * len(PROTOCOLS)]
    for system, (title, *_) in SYSTEMS.items():
        cells = [cell(metrics[system][protocol]) for protocol in PROTOCOLS]
        rows.append(f"| {title} | {' | '.join(cells)} |")
    unseen = cell(metrics["pipeline"]["unseen_article"]["published"])
    alpha, statements = read["agreement"]["alpha"], read["agreement"]["documents"]["statements"]
    note = (
        f"The published article, when it is the one never seen: {unseen}. The annotators' "
        f"Krippendorff's alpha is {alpha:.2f} ({statements:.3f} on the statements)."
    )
    return "\n".join([*rows, "", note])


def answer(root: Path) -> str:
    """Return what the README's statement is scored."""
    readme = (root / "README.md").read_text("utf-8")
    statement = re.search(r'^stance score "(.*)"$', readme, re.MULTILINE)
    assert statement
    scores = StanceModel.load(root / "models/stance.joblib").score([statement[1]])
    return f"```text\n{as_lines(scores)}```"


def comparison(root: Path) -> str:
    """Return the table of the README's first comparison, run for it in a copy."""
    readme = (root / "README.md").read_text("utf-8")
    commands = re.findall(
        r"^(?:dvc exp run --temp --name|stance compare HEAD) softer.*$", readme, re.MULTILINE
    )
    with tempfile.TemporaryDirectory() as name:
        folder = copy_project(Path(name))
        run("dvc", "repro", folder=folder)
        commit(folder)
        for command in commands:
            done = run(*command.split(), folder=folder)
    table = done.stdout.split("\n\n")[1]
    return f"```text\n{table}\n```"


def generate(root: Path, *, with_comparison: bool = False) -> str:
    """Return the README of a project with its generated parts made anew.

    The comparison takes an experiment, so it is made anew only if asked for.
    """
    parts = {"stages": stages, "figures": figures, "answer": answer}
    if with_comparison:
        parts["comparison"] = comparison
    readme = (root / "README.md").read_text("utf-8")
    for name, part in parts.items():
        start, end = f"<!-- {name}: written by `make readme` -->\n", "<!-- end -->"
        before, found, rest = readme.partition(start)
        assert found, f"the README has no {start!r}"
        readme = f"{before}{start}{part(root)}\n{end}{rest.partition(end)[2]}"
    return readme


if __name__ == "__main__":
    text = generate(ROOT, with_comparison=True)
    (ROOT / "README.md").write_text(text, encoding="utf-8", newline="\n")
