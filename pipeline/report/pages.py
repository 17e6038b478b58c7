"""The pages themselves, the report and the model card: templates, and what they are filled with."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from pipeline.project.params import Labels
from pipeline.project.vocabulary import PROTOCOLS, PUBLISHED, STATUSES, SYSTEMS
from pipeline.report.content import (
    Article,
    Sentence,
    anchor,
    hardest_kind,
    judging_protocols,
    place_of,
    protocols_of,
    scores_by_system,
    sort_mistakes,
)
from pipeline.report.figures import Drawing
from pipeline.report.numbers import Numbers
from pipeline.report.wording import HELD_OUT, PLAINLY, RULES, SILENT, UNITS, letters


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


def build_context(
    files: Mapping[str, Any],
    labels: Labels,
    limits: str,
    model: Mapping[str, Any],
    params: Mapping[str, Any],
) -> dict[str, Any]:
    """Return what the templates of both pages share.

    Parameters
    ----------
    files
        What the files of `reports/` hold, by name.
    labels
        The codebook's.
    limits
        Written by hand for these data, as Markdown.
    model
        What `stance.json` holds.
    params
        The sections of `params.yaml` that the pages may show.
    """
    numbers = Numbers(files)
    scores = scores_by_system(files)
    return {
        "labels": labels,
        "letters": letters(labels.all),
        "protocols": {name: PROTOCOLS[name] for name in protocols_of(files)},
        "plainly": PLAINLY,
        "titles": PROTOCOLS,
        "judged": judging_protocols(files),
        "systems": {name: title for name, title in SYSTEMS.items() if scores.get(name)},
        "of_system": scores,
        "place": partial(place_of, files),
        "files": files,
        "limits": Markup(limits.strip()),  # noqa: S704
        "n": numbers.html,
        "text": numbers.text,
        "model": model,
        "params": params,
        "silent": SILENT,
    }


def render_card(context: Mapping[str, Any]) -> str:
    """Return the model card, Markdown; the context as `build_context` returns it."""
    return build_environment().get_template("model_card.md").render(context)


def render_report(
    context: Mapping[str, Any],
    sentences: Mapping[str, Sentence],
    articles: Sequence[Article],
    kinds: Mapping[str, tuple[str, str]],
    figures: Mapping[str, Drawing],
    hashes: Mapping[str, str],
) -> str:
    """Return the report, HTML that needs no other file.

    Parameters
    ----------
    context
        As `build_context` returns it.
    sentences, articles
        As `build_sentences` and `build_articles` return them.
    kinds
        As `name_kinds` returns them.
    figures
        As `draw_figures` returns them.
    hashes
        The SHA-256 of files that the report shows, by path.
    """
    analysis = context["files"]["analysis.json"]
    mistakes = context["files"]["mistakes.csv"]
    template = build_environment().get_template("report.html")
    return template.render(
        context,
        published=[article for article in articles if article.about["origin"] == PUBLISHED],
        others=[article for article in articles if article.about["origin"] != PUBLISHED],
        sentences=sentences,
        anchors={sentence.id: anchor(sentence.id) for a in articles for sentence in a.sentences},
        kinds=kinds,
        mistakes=sort_mistakes(mistakes, list(kinds), context["params"]["report"]["errors"]),
        hardest=hardest_kind(analysis["kinds"], context["judged"][0]),
        held_out=HELD_OUT[analysis["held_out"]],
        units=UNITS,
        statuses=STATUSES,
        rules=RULES,
        figures={name: drawing.inline() for name, drawing in figures.items()},
        hashes=hashes,
    )
