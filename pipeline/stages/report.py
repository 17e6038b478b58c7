"""Write what an analyst opens after a run: the figures, their intervals, and the worst mistakes.

Every number comes from the files that `label` and `evaluate` wrote; nothing is computed here but
the order in which it is shown.
"""

import io
import json
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from matplotlib import rc_context
from matplotlib.figure import Figure

from pipeline.data.files import read_text, write_text
from pipeline.data.params import Labels, read_params
from pipeline.data.tables import (
    AGREEMENT,
    BASELINES,
    METRICS,
    PREDICTIONS,
    REPORTS,
    read_stage_csv,
)
from pipeline.errors import exit_with

HTML = REPORTS / "report.html"
PICTURE = REPORTS / "protocols.svg"

PROTOCOLS = {
    "article": "The published article, out of fold",
    "unseen_article": "An article never seen",
    "unseen_target": "A target never seen",
    "statement": "Single statements, out of fold",
}
SYSTEMS = {
    "annotators": ("annotators, each against the others", "#6b6b6b", "D"),
    "pipeline": ("this classifier", "#b3402a", "o"),
    "embedding": ("embeddings alone", "#2a6fb3", "s"),
    "tfidf": ("TF-IDF alone", "#4d8f3a", "^"),
    "most_frequent": ("most frequent label", "#8a6d1f", "v"),
}


def draw_protocols(metrics: dict[str, dict[str, Any]]) -> str:
    """Return an SVG of macro-F1 with its interval for each protocol and system.

    Parameters
    ----------
    metrics
        For each system, the metrics of each protocol.
    """
    with rc_context({"svg.hashsalt": "protocols", "font.size": 9}):
        figure = Figure(figsize=(7.2, 3.6), layout="constrained")
        axes = figure.subplots()
        protocols = [protocol for protocol in PROTOCOLS if protocol in metrics["pipeline"]]
        shown = [system for system in SYSTEMS if metrics.get(system)]
        for number, system in enumerate(shown):
            name, colour, marker = SYSTEMS[system]
            rows = [row for row, protocol in enumerate(protocols) if protocol in metrics[system]]
            values = [metrics[system][protocols[row]] for row in rows]
            points = [value["macro_f1"] for value in values]
            below = [value["macro_f1"] - value["macro_f1_low"] for value in values]
            above = [value["macro_f1_high"] - value["macro_f1"] for value in values]
            axes.errorbar(
                points,
                [row + 0.14 * (number - (len(shown) - 1) / 2) for row in rows],
                xerr=[[max(0, size) for size in below], [max(0, size) for size in above]],
                fmt=marker,
                color=colour,
                label=name,
                capsize=2,
                markersize=5,
            )
        axes.set_yticks(range(len(protocols)), [PROTOCOLS[protocol] for protocol in protocols])
        axes.invert_yaxis()
        axes.set_xlim(-0.02, 1.02)
        axes.set_xlabel("macro-F1 over the stances, with 95 % interval")
        axes.grid(axis="x", linewidth=0.4)
        axes.spines[["top", "right"]].set_visible(False)
        figure.legend(loc="outside lower center", ncols=3, frameon=False)
        content = io.StringIO()
        figure.savefig(content, format="svg", metadata={"Date": None, "Creator": None})
        return content.getvalue()


def confusion_table(predictions: pd.DataFrame, labels: Labels) -> pd.DataFrame:
    """Return counts, a row per annotated and a column per predicted label, for one protocol."""
    counts = pd.crosstab(predictions["stance"], predictions["predicted"])
    return counts.reindex(index=labels.all, columns=labels.all, fill_value=0)


def confident_mistakes(predictions: pd.DataFrame, count: int) -> pd.DataFrame:
    """Return the wrong predictions of one protocol, highest probability first."""
    probabilities = predictions.filter(like="p_").astype(float)
    wrong = predictions.assign(confidence=probabilities.max(axis=1))
    wrong = wrong[wrong["stance"] != wrong["predicted"]]
    return wrong.sort_values(["confidence", "id"], ascending=[False, True]).head(count)


def render(**content: object) -> str:
    """Return the page; everything that is no markup of the template's own is escaped."""
    environment = Environment(
        loader=PackageLoader("pipeline.stages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["score"] = lambda value: "–" if value is None else f"{value:.2f}"
    return environment.get_template("report.html").render(**content) + "\n"


def _json(path: Path) -> dict[str, Any]:
    return dict(json.loads(read_text(path)))


def main() -> None:
    """Write `report.html` and `protocols.svg`."""
    params = read_params()
    metrics = {**_json(BASELINES), "pipeline": _json(METRICS)}
    predictions = read_stage_csv(PREDICTIONS)
    picture = draw_protocols(metrics)
    protocols = {name: title for name, title in PROTOCOLS.items() if name in metrics["pipeline"]}
    of_protocol = {name: predictions[predictions["protocol"] == name] for name in protocols}
    hardest = "unseen_article" if "unseen_article" in protocols else next(iter(protocols))
    write_text(PICTURE, picture)
    page = render(
        protocols=protocols,
        left_out=metrics["pipeline"].get("left_out", {}),
        systems={name: SYSTEMS[name][0] for name in SYSTEMS if metrics.get(name)},
        labels=params.labels,
        metrics=metrics,
        picture=Markup(picture[picture.index("<svg") :]),  # noqa: S704 - drawn above
        confusion={
            name: confusion_table(some, params.labels) for name, some in of_protocol.items()
        },
        hardest=hardest,
        mistakes=confident_mistakes(of_protocol[hardest], params.report.errors),
        agreement=_json(AGREEMENT),
    )
    write_text(HTML, page)


if __name__ == "__main__":
    exit_with("report", main)
