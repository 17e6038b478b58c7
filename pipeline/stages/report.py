"""Write what people open after a run: the report, the model card, and the picture of the README.

Every figure on these pages stands in a file of `reports/` and is only looked up here; the texts,
votes and rationales come from the tables in `data/`.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from pipeline.project.params import Labels, Params, read_params
from pipeline.project.tables import (
    AGREEMENT,
    ANALYSIS,
    BASELINES,
    CALIBRATION,
    DOUBTED,
    LEARNING_CURVE,
    LIMITS,
    METRICS,
    MISTAKES,
    PARAGRAPHS,
    PREDICTIONS,
    PUBLISHED,
    RELIABILITY,
    REPORTS,
    RISK_COVERAGE,
    SPEAKER,
    VOTES,
    read_articles,
    read_labelled,
    read_stage_csv,
    split_speakers,
)
from pipeline.report.figures import (
    Drawing,
    Estimate,
    draw_curve,
    draw_estimates,
    draw_pairs,
    draw_reliability,
    draw_risk,
)
from pipeline.report.numbers import Numbers
from stance.errors import exit_with
from stance.files import read_text, sha256, write_text
from stance.model.columns import probability_column
from stance.model.names import MODEL
from stance.statistics.difficulty import (
    CONDITIONAL,
    CONTRAST,
    LONG,
    LONG_WORDS,
    NEGATION,
    PLAIN,
    REPORTED,
    SHORT,
    SHORT_WORDS,
)

HTML = REPORTS / "report.html"
CARD = REPORTS / "model_card.md"
PICTURE = REPORTS / "protocols.svg"
MODEL_JSON = MODEL.with_suffix(".json")

ARTICLE = "article"
UNSEEN_ARTICLE = "unseen_article"
PROTOCOLS = {
    ARTICLE: "The published article, out of fold",
    UNSEEN_ARTICLE: "An article never seen",
    "unseen_target": "A target never seen",
    "statement": "Single statements, out of fold",
}
# How the first lines begin.
PLAINLY = {
    ARTICLE: "In the published article, whose other sentences it knows",
    UNSEEN_ARTICLE: "On a new article",
    "unseen_target": "On a target that it has never read of",
    "statement": "On a single statement, whose like it knows",
}
SYSTEMS = {
    "annotators": "annotators, each against the others",
    "pipeline": "this classifier",
    "embedding": "embeddings alone",
    "tfidf": "TF-IDF alone",
    "most_frequent": "most frequent label",
}
STATUSES = {
    "agreed": "agreed by all",
    "majority": "decided by a majority",
    "refereed": "decided by a referee",
    "dawid-skene": "decided by the model of Dawid and Skene",
    "unresolved": "unresolved",
    "unannotated": "not annotated",
}
RULES = {"majority": "majority vote", "dawid-skene": "the model of Dawid and Skene"}
HELD_OUT = {"articles": "articles never seen", "statements": "statements held out"}
UNITS = {"sentences": "annotated sentences", "documents": "annotated articles"}
# The columns of `reports/` that hold numbers, whatever the labels are called.
NUMBERS = {
    "accuracy",
    "confidence",
    "coverage",
    "error",
    "high",
    "low",
    "macro_f1",
    "p_stance",
    "p_suggested",
    "sentences",
    "size",
    "threshold",
}
# A kind of sentence on fewer of them is no finding.
MIN_OF_KIND = 50


@dataclass(frozen=True)
class Prediction:
    """What one protocol made of a sentence."""

    protocol: str
    predicted: str
    probabilities: tuple[float, ...]


@dataclass(frozen=True)
class Sentence:
    """A sentence of an article with all that is known of it.

    Attributes
    ----------
    id, text, stance, status
        As `labelled.csv` has them; the stance is empty where there is none.
    speakers
        Who takes the position, in the words of the text; empty where the author does.
    votes
        `annotator`, `stance`, `confidence` and `rationale` of each.
    predictions
        The one that the text is marked by first; none where there is no stance.
    """

    id: str
    text: str
    stance: str
    status: str
    speakers: tuple[str, ...]
    votes: tuple[Mapping[str, str], ...]
    predictions: tuple[Prediction, ...]

    @property
    def anchor(self) -> str:
        """Return the name of its place on the page."""
        return anchor(self.id)

    @property
    def predicted(self) -> str:
        """Return the label that models which never saw the sentence gave it; empty if none did."""
        return self.predictions[0].predicted if self.predictions else ""


@dataclass(frozen=True)
class Article:
    """An article: its row in `articles.csv`, and its lines in order."""

    about: Mapping[str, str]
    lines: tuple[tuple[str, str, tuple[Sentence, ...]], ...]

    @property
    def sentences(self) -> list[Sentence]:
        """Return the sentences of all lines."""
        return [sentence for _, _, of_line in self.lines for sentence in of_line]


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a table."""
    return [{str(key): value for key, value in row.items()} for row in table.to_dict("records")]


def anchor(id_: str) -> str:
    """Return the name that a sentence's place has on the page."""
    return "s-" + id_.replace(":", "-")


def letters(labels: Sequence[str]) -> dict[str, str]:
    """Return for each label as few of its first letters as tell it from the others."""
    marks = {}
    for label in labels:
        others = [other.upper() for other in labels if other != label]
        lengths = range(1, len(label) + 1)
        short = (label[:size].upper() for size in lengths)
        marks[label] = next(
            (mark for mark in short if not any(other.startswith(mark) for other in others)),
            label.upper(),
        )
    return marks


def build_sentences(
    labelled: pd.DataFrame, votes: pd.DataFrame, predictions: pd.DataFrame, labels: Sequence[str]
) -> dict[str, Sentence]:
    """Return the sentences by id.

    Parameters
    ----------
    labelled, votes, predictions
        As the stages wrote them, all strings.
    labels
        In the order of the probabilities.
    """
    columns = [probability_column(label) for label in labels]
    predicted: dict[str, list[Prediction]] = {}
    for row in records(predictions):
        values = tuple(float(row[column]) for column in columns)
        found = Prediction(row["protocol"], row["predicted"], values)
        predicted.setdefault(row["id"], []).append(found)
    cast: dict[str, list[dict[str, Any]]] = {}
    for vote in records(votes):
        cast.setdefault(vote["id"], []).append(vote)
    return {
        row["id"]: Sentence(
            id=row["id"],
            text=row["text"],
            stance=row["stance"],
            status=row["status"],
            speakers=tuple(split_speakers(row[SPEAKER])),
            votes=tuple(cast.get(row["id"], [])),
            predictions=tuple(predicted.get(row["id"], [])),
        )
        for row in records(labelled)
    }


def build_articles(
    articles: pd.DataFrame,
    paragraphs: pd.DataFrame,
    labelled: pd.DataFrame,
    sentences: Mapping[str, Sentence],
) -> list[Article]:
    """Return each article with its lines: `kind`, `text`, and the sentences of a line of text."""
    of_paragraph: dict[tuple[str, int], list[Sentence]] = {}
    for row in records(labelled):
        of_paragraph.setdefault((row["document"], row["paragraph"]), []).append(
            sentences[row["id"]]
        )
    lines: dict[str, list[tuple[str, str, tuple[Sentence, ...]]]] = {}
    for row in records(paragraphs):
        of_line = of_paragraph.get((row["document"], row["paragraph"]), [])
        lines.setdefault(row["document"], []).append((row["kind"], row["text"], tuple(of_line)))
    return [Article(about, tuple(lines[about["document"]])) for about in records(articles)]


def name_kinds(contrast: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Return for each kind of sentence its title and the rule that finds it."""
    return {
        NEGATION: ("Negation", "with no, not, never, without or the like"),
        CONDITIONAL: ("Conditionals", "with if, unless, provided, as long as or the like"),
        REPORTED: ("Reported claims", "with a verb or noun of saying, or quotation marks"),
        LONG: ("Long sentences", f"of more than {LONG_WORDS} words"),
        SHORT: ("Short sentences", f"of fewer than {SHORT_WORDS} words"),
        CONTRAST: (
            " against ".join(contrast),
            "annotated with one of these; macro-F1 is over them alone",
        ),
        PLAIN: ("Plain sentences", "that meet none of the rules for words and length"),
    }


def sort_mistakes(
    mistakes: Sequence[Mapping[str, Any]], kinds: Sequence[str], count: int
) -> dict[str, list[int]]:
    """Return for each kind the rows of its most confident mistakes, none of them twice.

    A mistake of several kinds is shown under the first of them that has room.
    """
    shown: set[int] = set()
    found: dict[str, list[int]] = {}
    for kind in kinds:
        rows = [
            row
            for row, mistake in enumerate(mistakes)
            if row not in shown and kind in mistake["kinds"].split()
        ][:count]
        shown.update(rows)
        found[kind] = rows
    return found


def hardest_kind(scores: Sequence[Mapping[str, Any]], protocol: str) -> int | None:
    """Return the row of the kind with the lowest macro-F1 under a protocol, if there is one.

    The contrast is left out, whose macro-F1 is over other labels.
    """
    rows = [
        row
        for row, score in enumerate(scores)
        if score["protocol"] == protocol
        and score["kind"] != CONTRAST
        and score["sentences"] >= MIN_OF_KIND
    ]
    return min(rows, key=lambda row: scores[row]["macro_f1"]) if rows else None


def draw_figures(
    files: Mapping[str, Any],
    protocols: Sequence[str],
    judged: Sequence[str],
    kinds: Mapping[str, tuple[str, str]],
) -> dict[str, Drawing]:
    """Return the figures of the report by name.

    Parameters
    ----------
    files
        As `read_files` returns them.
    protocols, judged
        All that the project has, and those by which kinds of sentences are scored.
    kinds
        As `name_kinds` returns them.
    """

    def estimate(name: str, found: Mapping[str, float], *, emphasised: bool = False) -> Estimate:
        return Estimate(
            name, found["macro_f1"], found["macro_f1_low"], found["macro_f1_high"], emphasised
        )

    metrics = {**files["baselines.json"], "pipeline": files["metrics.json"]}
    figures = {
        "protocols": draw_estimates(
            "protocols",
            "Macro-F1 of the classifier, its parts and the annotators under each protocol",
            {
                PROTOCOLS[protocol]: [
                    estimate(
                        title.partition(",")[0],
                        metrics[system][protocol],
                        emphasised=system == "pipeline",
                    )
                    for system, title in SYSTEMS.items()
                    if protocol in metrics.get(system, {})
                ]
                for protocol in protocols
            },
            "macro-F1, with 95 % interval",
        )
    }
    rows: dict[str, dict[str, Estimate]] = {}
    for score in files["analysis.json"]["kinds"]:
        title = PROTOCOLS[score["protocol"]]
        first = score["protocol"] == judged[0]
        row = rows.setdefault(kinds[score["kind"]][0], {})
        row[title] = estimate(title, score, emphasised=first)
    figures["kinds"] = draw_pairs(
        "kinds",
        "Macro-F1 by kind of sentence",
        rows,
        "macro-F1, with 95 % interval",
    )
    reliability = pd.DataFrame(files["plots/reliability.csv"])
    risk = pd.DataFrame(files["plots/risk_coverage.csv"])
    for protocol in protocols:
        figures[f"reliability-{protocol}"] = draw_reliability(
            f"reliability-{protocol}",
            f"Are the probabilities honest? {PROTOCOLS[protocol]}",
            reliability[reliability["protocol"] == protocol],
        )
    figures["risk"] = draw_risk(
        "risk",
        "Errors among the answers, by the share of sentences that is answered",
        {PROTOCOLS[protocol]: risk[risk["protocol"] == protocol] for protocol in protocols},
    )
    curve = pd.DataFrame(files["learning_curve.csv"])
    held_out = HELD_OUT[files["analysis.json"]["held_out"]]
    for unit in files["analysis.json"]["learning"]:
        figures[f"learning-{unit}"] = draw_curve(
            f"learning-{unit}",
            f"Macro-F1 on {held_out}, by the number of {UNITS[unit]}",
            curve[curve["unit"] == unit],
            UNITS[unit],
            f"macro-F1, {held_out}",
        )
    return figures


def build_environment() -> Environment:
    """Return the templates' environment: all that is no markup of their own is escaped."""
    return Environment(
        loader=PackageLoader("pipeline.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _json(path: Path) -> dict[str, Any]:
    return dict(json.loads(read_text(path)))


def read_rows(path: Path) -> list[dict[str, Any]]:
    """Return the rows of a table with numbers as numbers."""
    table = read_stage_csv(path)
    return records(
        table.assign(**{name: pd.to_numeric(table[name]) for name in table if name in NUMBERS})
    )


def read_files() -> dict[str, Any]:
    """Return what the numbers are looked up in, by the name of the file in `reports/`."""
    return {
        "agreement.json": _json(AGREEMENT),
        "analysis.json": _json(ANALYSIS),
        "baselines.json": _json(BASELINES),
        "calibration.json": _json(CALIBRATION),
        "metrics.json": _json(METRICS),
        "mistakes.csv": read_rows(MISTAKES),
        "doubted.csv": read_rows(DOUBTED),
        "learning_curve.csv": read_rows(LEARNING_CURVE),
        "plots/reliability.csv": read_rows(RELIABILITY),
        "plots/risk_coverage.csv": read_rows(RISK_COVERAGE),
    }


def build_context(params: Params, files: dict[str, Any]) -> dict[str, Any]:
    """Return what the templates of both pages share."""
    numbers = Numbers(files)
    metrics = {**files["baselines.json"], "pipeline": files["metrics.json"]}
    return {
        "labels": params.labels,
        "letters": letters(params.labels.all),
        "protocols": {name: PROTOCOLS[name] for name in PROTOCOLS if name in files["metrics.json"]},
        "plainly": PLAINLY,
        "titles": PROTOCOLS,
        # By which every sentence is judged once, the strictest first.
        "judged": [
            name
            for name in [*list(PROTOCOLS)[1:], ARTICLE]
            if name in {score["protocol"] for score in files["analysis.json"]["kinds"]}
        ],
        "systems": {name: title for name, title in SYSTEMS.items() if metrics.get(name)},
        "of_system": metrics,
        "files": files,
        # Written by hand for these data, as Markdown.
        "limits": Markup(read_text(LIMITS).strip()),  # noqa: S704
        "n": numbers.html,
        "text": numbers.text,
        "model": _json(MODEL_JSON),
        # What the encoder was made with is no part of projects that take it as it is.
        "params": params.model_dump(exclude={"finetune"}),
    }


def main() -> None:
    """Write `report.html`, `model_card.md` and `protocols.svg`."""
    params = read_params()
    files = read_files()
    context = build_context(params, files)
    labels: Labels = params.labels
    labelled = read_labelled()
    sentences = build_sentences(
        labelled, read_stage_csv(VOTES), read_stage_csv(PREDICTIONS), labels.all
    )
    articles = build_articles(read_articles(), read_stage_csv(PARAGRAPHS), labelled, sentences)
    kinds = name_kinds(params.analyse.contrast)
    judged = context["judged"]
    figures = draw_figures(files, list(context["protocols"]), judged, kinds)
    environment = build_environment()
    page = environment.get_template("report.html").render(
        **context,
        published=[article for article in articles if article.about["origin"] == PUBLISHED],
        others=[article for article in articles if article.about["origin"] != PUBLISHED],
        sentences=sentences,
        anchors={sentence.id: anchor(sentence.id) for a in articles for sentence in a.sentences},
        kinds=kinds,
        mistakes=sort_mistakes(files["mistakes.csv"], list(kinds), params.report.errors),
        hardest=hardest_kind(files["analysis.json"]["kinds"], judged[0]),
        held_out=HELD_OUT[files["analysis.json"]["held_out"]],
        units=UNITS,
        statuses=STATUSES,
        rules=RULES,
        figures={name: drawing.inline() for name, drawing in figures.items()},
        hashes={path.as_posix(): sha256(path) for path in (METRICS, ANALYSIS)},
    )
    card = environment.get_template("model_card.md").render(**context)
    write_text(PICTURE, figures["protocols"].svg())
    write_text(CARD, card)
    write_text(HTML, page)


if __name__ == "__main__":
    exit_with("report", main)
