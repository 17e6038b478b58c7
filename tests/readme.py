"""The generated parts of the README and of `docs/`, so that they cannot lag behind the program.

`make docs` writes them; a test holds the pages against them.
"""

import json
import re
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pexpect
from ruamel.yaml import YAML

from pipeline.annotation.screen import Screen
from pipeline.project.documents import Documents
from pipeline.project.params import read_params
from pipeline.project.skeleton import skeleton
from pipeline.project.vocabulary import DEFAULT, PROTOCOLS, SYSTEMS
from stance import StanceModel
from stance.text.sentences import split_sentences
from tests.projects import ENVIRONMENT, ROOT, commit, copy_project, run
from tests.terminal import ESCAPE, TERMINAL

# In this order the commands can be run one after the other in one copy of the project.
_ORDER = [
    "README.md",
    "docs/scoring.md",
    "docs/auditing.md",
    "docs/comparing.md",
    "docs/evaluation.md",
    "docs/codebook.md",
    "docs/annotating.md",
    "docs/page.md",
    "docs/deploying.md",
    "docs/design.md",
    "docs/durations.md",
]
GENERATED = re.compile(
    r"(<!-- (\w+): written by `make docs` -->\n)(.*?\n)(<!-- end -->)", re.DOTALL
)


def pages(root: Path) -> dict[str, str]:
    """Return the README and the docs of a project by name, in the order of their commands."""
    found = {path.relative_to(root).as_posix() for path in root.glob("docs/*.md")}
    names = [*_ORDER, *sorted(found - set(_ORDER))]
    return {name: (root / name).read_text("utf-8") for name in names}


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
        for name in ("metrics", "baselines", "corpus_baselines", "agreement")
    }
    metrics: dict[str, Any] = {
        **read["baselines"],
        **read["corpus_baselines"]["systems"],
        DEFAULT: read["metrics"],
    }

    def cell(found: dict[str, float] | None) -> str:
        if found is None:
            return "–"
        points = [found[key] for key in ("macro_f1", "macro_f1_low", "macro_f1_high")]
        return "{:.2f} ({:.2f} to {:.2f})".format(*points)

    titles = {name: title for name, title in PROTOCOLS.items() if name in metrics[DEFAULT]}
    kinds = set(pd.read_csv(root / "data/annotators.csv")["kind"])
    assert kinds == {"language model"}, "say in the table who the annotators are"
    rows = [f"| | {' | '.join(titles.values())} |", "| --- |" + " --- |" * len(titles)]
    for system, title in SYSTEMS.items():
        cells = [cell(metrics[system].get(protocol)) for protocol in titles]
        rows.append(f"| {title} | {' | '.join(cells)} |")
    unseen = cell(metrics[DEFAULT]["unseen_article"]["published"])
    alpha, statements = read["agreement"]["alpha"], read["agreement"]["documents"]["statements"]
    note = (
        f"The published article, when it is the one never seen: {unseen}. The annotators' "
        f"Krippendorff's alpha is {alpha:.2f} ({statements:.3f} on the statements)."
    )
    return "\n".join([*rows, "", note])


def coverage(root: Path) -> str:
    """Return the table of what calibration and abstention are worth."""
    found = json.loads((root / "reports/calibration.json").read_text("utf-8"))
    heads = [
        *("answered at 5 % error", "at 10 %", "more than 5 % wrong in"),
        *("log loss before → after", "Brier score"),
    ]
    rows = [f"| | {' | '.join(heads)} |", "| --- |" + " --- |" * len(heads)]
    for name, title in PROTOCOLS.items():
        if of_protocol := found.get(name):
            cells = [
                f"{100 * some['coverage']:.0f} % ({100 * some['error']:.0f} % wrong, "
                f"{100 * some['error_low']:.0f} to {100 * some['error_high']:.0f})"
                for some in (of_protocol["at_5_percent"], of_protocol["at_10_percent"])
            ]
            wanted = of_protocol["at_5_percent"]
            cells.append(f"{wanted['exceeded']} of {wanted['groups']}")
            cells += [
                f"{of_protocol[loss]['before']:.2f} → {of_protocol[loss]['after']:.2f}"
                for loss in ("log_loss", "brier")
            ]
            rows.append(f"| {title} | {' | '.join(cells)} |")
    return "\n".join(rows)


def measures(root: Path) -> str:
    """Return the table of what the classifier is worth label by label."""
    metrics = json.loads((root / "reports/metrics.json").read_text("utf-8"))
    labels = read_params(root / "params.yaml").labels.stances
    heads = ["sentences", "accuracy", *(f"F1 of {label}" for label in labels)]
    rows = [f"| | {' | '.join(heads)} |", "| --- |" + " --- |" * len(heads)]
    for name, title in PROTOCOLS.items():
        if of_protocol := metrics.get(name):
            cells = [f"{of_protocol['sentences']:,}", f"{of_protocol['accuracy']:.2f}"]
            cells += [f"{of_protocol[label]['f1']:.2f}" for label in labels]
            rows.append(f"| {title} | {' | '.join(cells)} |")
    return "\n".join(rows)


def find(root: Path, pattern: str) -> re.Match[str]:
    """Return where a line stands for the first time in the README and the docs."""
    found = re.search(pattern, "".join(pages(root).values()), re.MULTILINE)
    assert found, f"no page has {pattern!r}"
    return found


def shown(root: Path, pattern: str) -> str:
    """Return what a command of the pages shows on a terminal, without its colours."""
    command = find(root, pattern)[0]
    output = pexpect.run(
        command, cwd=str(root), env=TERMINAL, encoding="utf-8", timeout=60, dimensions=(50, 100)
    )
    lines = [line.rstrip() for line in ESCAPE.sub("", output).splitlines()]
    return "\n".join(["```text", *lines]).rstrip() + "\n```"


def answer(root: Path) -> str:
    """Return how the README's statement is scored."""
    return shown(root, r'^stance score "(?:.*)"$')


def explanation(root: Path) -> str:
    """Return why it is scored as it is."""
    return shown(root, r"^stance score --explain .*$")


def walk(root: Path) -> str:
    """Return what `stance annotate` shows of the docs' article, its first sentence answered."""
    article = find(root, r"^printf '(?:.*?)\\n(.*)\\n' > talks.txt$")[1]
    first, *_ = split_sentences(article)
    params = read_params(root / "params.yaml")
    screen = Screen(
        params.labels.all,
        Documents(pd.DataFrame(), pd.DataFrame()),
        StanceModel.load(root / "models"),
        suggest=False,
        votes=False,
    )

    def line(fragments: Sequence[tuple[str, str]]) -> str:
        return "".join(text for _, text in fragments)

    shown = [
        "── talks-in-doha:001   1 of 2   Qatar → Taliban",
        f"→ {article}",
        line(screen.choices()),
        line(screen.confirmation(screen.labels[0], "", screen.suggestion(first))),
    ]
    text = "\n".join(shown)
    return "\n".join(["```text", *(row.rstrip() for row in text.splitlines()), "```"])


def commands(root: Path) -> str:
    """Return the README's `stance init`, and the commands in the README of what it makes."""
    init = find(root, r"^stance init (\S*?(\w+)) --labels (\S+) --background (\S+)$")
    made = dict(skeleton(init[2], init[3].split(","), init[4]))
    (then,) = re.findall(r"(?ms)^```sh\n(.*?)^```$", made[Path("README.md")])
    return f"```sh\n{init[0]}\ncd {init[1]}\n{then}```"


@contextmanager
def serving(root: Path) -> Iterator[str]:
    """Run the service of `examples` with a project's model, and give its address."""
    process = subprocess.Popen(
        [sys.executable, "examples/service.py"],
        cwd=root,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout
    try:
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.wait(timeout=60)
        process.stdout.close()


def service(root: Path) -> str:
    """Return what the service answers to the request in the docs."""
    body = find(root, r"^curl --data '(.*?)' ")[1]
    with serving(root) as address:
        request = urllib.request.Request(f"{address}/score", body.encode())  # noqa: S310 - our own
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=60) as answered:
            content = answered.read().decode()
    return f"```text\n{content}\n```"


def comparison(root: Path) -> str:
    """Return the table of the docs' first comparison, run for it in a copy."""
    patterns = (r"^dvc exp run --temp --name softer.*$", r"^stance compare HEAD softer$")
    with tempfile.TemporaryDirectory() as name:
        folder = copy_project(Path(name))
        run("dvc", "repro", folder=folder)
        commit(folder)
        for pattern in patterns:
            done = run(*find(root, pattern)[0].split(), folder=folder)
    table = done.stdout.split("\n\n")[1]
    return f"```text\n{table}\n```"


PARTS: dict[str, Callable[[Path], str]] = {
    part.__name__: part
    for part in (
        *(answer, commands, comparison, coverage, explanation, figures, measures, service, stages),
        walk,
    )
}


def generate(root: Path, *, with_comparison: bool = False) -> dict[str, str]:
    """Return the README and the docs of a project with their generated parts made anew.

    The comparison takes an experiment, so it is made anew only if asked for.
    """
    made = cache(lambda name: PARTS[name](root))

    def anew(found: re.Match[str]) -> str:
        start, name, text, end = found.groups()
        if name == "comparison" and not with_comparison:
            return f"{start}{text}{end}"
        return f"{start}{made(name)}\n{end}"

    before = pages(root)
    there = {name for text in before.values() for _, name, *_ in GENERATED.findall(text)}
    assert there == set(PARTS), "each part stands on a page"
    return {name: GENERATED.sub(anew, text) for name, text in before.items()}


if __name__ == "__main__":
    for page, text in generate(ROOT, with_comparison=True).items():
        (ROOT / page).write_text(text, encoding="utf-8", newline="\n")
