"""The generated parts of the README, so that it cannot lag behind what it describes.

`make readme` writes them; a test holds the README against them.
"""

import json
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pexpect
from ruamel.yaml import YAML

from pipeline.annotation.screen import Screen
from pipeline.project.documents import Documents
from pipeline.project.params import read_params
from pipeline.project.vocabulary import PROTOCOLS, SYSTEMS
from stance import StanceModel
from stance.text.sentences import split_sentences
from tests.project import ROOT, commit, copy_project, run
from tests.terminal import ESCAPE, TERMINAL


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

    titles = {name: title for name, title in PROTOCOLS.items() if name in metrics["pipeline"]}
    rows = [f"| | {' | '.join(titles.values())} |", "| --- |" + " --- |" * len(titles)]
    for system, title in SYSTEMS.items():
        cells = [cell(metrics[system][protocol]) for protocol in titles]
        rows.append(f"| {title} | {' | '.join(cells)} |")
    unseen = cell(metrics["pipeline"]["unseen_article"]["published"])
    alpha, statements = read["agreement"]["alpha"], read["agreement"]["documents"]["statements"]
    note = (
        f"The published article, when it is the one never seen: {unseen}. The annotators' "
        f"Krippendorff's alpha is {alpha:.2f} ({statements:.3f} on the statements)."
    )
    return "\n".join([*rows, "", note])


def coverage(root: Path) -> str:
    """Return the table of what calibration and abstention are worth."""
    found = json.loads((root / "reports/calibration.json").read_text("utf-8"))
    heads = ["answered at 5 % error", "at 10 %", "log loss before → after", "Brier score"]
    rows = [f"| | {' | '.join(heads)} |", "| --- |" + " --- |" * len(heads)]
    for name, title in PROTOCOLS.items():
        if of_protocol := found.get(name):
            cells = [
                f"{100 * some['coverage']:.0f} % ({100 * some['error']:.0f} % wrong)"
                for some in (of_protocol["at_5_percent"], of_protocol["at_10_percent"])
            ]
            cells += [
                f"{of_protocol[loss]['before']:.2f} → {of_protocol[loss]['after']:.2f}"
                for loss in ("log_loss", "brier")
            ]
            rows.append(f"| {title} | {' | '.join(cells)} |")
    return "\n".join(rows)


def shown(root: Path, pattern: str) -> str:
    """Return what a command of the README shows on a terminal, without its colours."""
    command = re.search(pattern, (root / "README.md").read_text("utf-8"), re.MULTILINE)
    assert command
    output = pexpect.run(
        command[0], cwd=str(root), env=TERMINAL, encoding="utf-8", timeout=60, dimensions=(50, 100)
    )
    lines = [line.rstrip() for line in ESCAPE.sub("", output).splitlines()]
    return "\n".join(["```text", *lines]).rstrip() + "\n```"


def answer(root: Path) -> str:
    """Return how the README's statements are scored."""
    return shown(root, r'^stance score "(?:.*)"$')


def explanation(root: Path) -> str:
    """Return why the README's statement is scored as it is."""
    return shown(root, r"^stance score --explain .*$")


def walk(root: Path) -> str:
    """Return what `stance annotate` shows of the README's article, its first sentence answered."""
    readme = (root / "README.md").read_text("utf-8")
    article = re.search(r"^printf '(?:.*?)\\n(.*)\\n' > talks.txt$", readme, re.MULTILINE)
    assert article
    first, *_ = split_sentences(article[1])
    params = read_params(root / "params.yaml")
    screen = Screen(
        params.labels.all,
        Documents(pd.DataFrame(), pd.DataFrame()),
        StanceModel.load(root / "models/stance.joblib"),
        suggest=False,
        votes=False,
    )

    def line(fragments: Sequence[tuple[str, str]]) -> str:
        return "".join(text for _, text in fragments)

    shown = [
        "── talks-in-doha:001   1 of 2   Qatar → Taliban",
        f"→ {article[1]}",
        line(screen.choices()),
        line(screen.confirmation(screen.labels[0], "", screen.suggestion(first))),
    ]
    text = "\n".join(shown)
    return "\n".join(["```text", *(row.rstrip() for row in text.splitlines()), "```"])


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
    parts = {
        "stages": stages,
        "figures": figures,
        "answer": answer,
        "coverage": coverage,
        "explanation": explanation,
        "walk": walk,
    }
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
