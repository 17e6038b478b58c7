"""Write what people open after a run: the report, the model card, and the picture of the README.

Every number on these pages stands in a file of `reports/` and is only looked up here; the texts,
votes and rationales come from the tables in `data/`.
"""

import json
from pathlib import Path
from typing import Any

from pipeline.corpus.bound import bound_to
from pipeline.project import tables
from pipeline.project.params import read_params
from pipeline.project.tables import REPORTS, read_articles, read_labelled, read_stage_csv
from pipeline.report.content import build_articles, build_sentences, if_bound, number_rows
from pipeline.report.pages import build_context, render_card, render_report
from pipeline.report.pictures import draw_figures
from pipeline.report.wording import name_kinds
from stance.errors import exit_with
from stance.files import read_text, sha256, write_text
from stance.model.names import MODEL

HTML = REPORTS / "report.html"
CARD = REPORTS / "model_card.md"
PICTURE = REPORTS / "protocols.svg"
MODEL_JSON = MODEL.with_suffix(".json")


def _json(path: Path) -> dict[str, Any]:
    return dict(json.loads(read_text(path)))


def read_rows(path: Path) -> list[dict[str, Any]]:
    """Return the rows of a table with numbers as numbers."""
    return number_rows(read_stage_csv(path))


def read_files() -> dict[str, Any]:
    """Return what the numbers are looked up in, by the name of the file in `reports/`."""
    return {
        "agreement.json": _json(tables.AGREEMENT),
        "analysis.json": _json(tables.ANALYSIS),
        "baselines.json": _json(tables.BASELINES),
        "calibration.json": _json(tables.CALIBRATION),
        "metrics.json": _json(tables.METRICS),
        "mistakes.csv": read_rows(tables.MISTAKES),
        "doubted.csv": read_rows(tables.DOUBTED),
        "learning_curve.csv": read_rows(tables.LEARNING_CURVE),
        "plots/reliability.csv": read_rows(tables.RELIABILITY),
        "plots/risk_coverage.csv": read_rows(tables.RISK_COVERAGE),
    }


def main() -> None:
    """Write `report.html`, `model_card.md` and `protocols.svg`."""
    params = read_params()
    files, labelled = read_files(), read_labelled()
    limits, model = read_text(tables.LIMITS), _json(MODEL_JSON)
    if tables.CORPUS_BASELINES.is_file():
        # Only the project that has the encoder's corpus has them.
        present = bound_to(params.encode.encoder, model["encoder_files"])
        found = if_bound(_json(tables.CORPUS_BASELINES), present)
        files[tables.CORPUS_BASELINES.name] = found
    votes, predictions = read_stage_csv(tables.VOTES), read_stage_csv(tables.PREDICTIONS)
    paragraphs = read_stage_csv(tables.PARAGRAPHS)
    sentences = build_sentences(labelled, votes, predictions, params.labels.all)
    articles = build_articles(read_articles(), paragraphs, labelled, sentences)
    kinds = name_kinds(params.analyse.contrast)
    figures = draw_figures(files, kinds)
    # What the encoder was made with is no part of projects that take it as it is.
    shown = params.model_dump(exclude={"finetune"})
    context = build_context(files, params.labels, limits, model, shown)
    hashes = {path.as_posix(): sha256(path) for path in (tables.METRICS, tables.ANALYSIS)}
    page = render_report(context, sentences, articles, kinds, figures, hashes)
    # After the page: Matplotlib lays a figure out anew, a trifle otherwise, each time it is drawn.
    write_text(PICTURE, figures["protocols"].svg())
    write_text(CARD, render_card(context))
    write_text(HTML, page)


if __name__ == "__main__":
    exit_with("report", main)
