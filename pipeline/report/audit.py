"""The page of an audit: a page like the report's, which needs no other file."""

from collections.abc import Mapping
from typing import Any

from pipeline.report.figures import Estimate, draw_estimates
from pipeline.report.pages import build_environment
from stance.audit import telling


def render_audit(result: Mapping[str, Any]) -> str:
    """Return the page of what `stance.audit.judging.judge` has found, HTML."""
    drawing = draw_estimates(
        "shares",
        "Shares of the stances, from predictions and sample together and from the sample alone",
        {
            row["stance"]: [
                Estimate(name, found["value"], found["low"], found["high"], emphasised)
                for name, found, emphasised in (
                    ("together", row["share"], True),
                    ("sample alone", row["sample"], False),
                )
            ]
            for row in result["shares"]
            if row["group"] is None and row["share"]["value"] is not None
        },
        "share of the rows, with 95 % interval",
    )
    return (
        build_environment()
        .get_template("audit.html")
        .render(
            result=result,
            figure=drawing.inline(),
            verdict=telling.verdict(result),
            methods=telling.methods(result),
            percent=telling.percent,
            number=telling.number,
            points=telling.points,
        )
    )
