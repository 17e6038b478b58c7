"""Which figures the report has, and what each of them shows."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from pipeline.project.vocabulary import DEFAULT, PROTOCOLS, SYSTEMS
from pipeline.report.content import judging_protocols, protocols_of, scores_by_system
from pipeline.report.figures import (
    Drawing,
    Estimate,
    draw_curve,
    draw_estimates,
    draw_pairs,
    draw_reliability,
    draw_risk,
)
from pipeline.report.wording import HELD_OUT, IN_PICTURES, UNITS


def draw_figures(
    files: Mapping[str, Any], kinds: Mapping[str, tuple[str, str]]
) -> dict[str, Drawing]:
    """Return the figures of the report by name.

    Parameters
    ----------
    files
        What the files of `reports/` hold, by name.
    kinds
        As `name_kinds` returns them.
    """

    def estimate(name: str, found: Mapping[str, float], *, emphasised: bool = False) -> Estimate:
        return Estimate(
            name, found["macro_f1"], found["macro_f1_low"], found["macro_f1_high"], emphasised
        )

    scores = scores_by_system(files)
    protocols = protocols_of(files)
    strictest = judging_protocols(files)[0]
    figures = {
        "protocols": draw_estimates(
            "protocols",
            "Macro-F1 of the classifier, its parts and the annotators under each protocol",
            {
                PROTOCOLS[protocol]: [
                    estimate(
                        IN_PICTURES.get(system, title.partition(",")[0]),
                        scores[system][protocol],
                        emphasised=system == DEFAULT,
                    )
                    for system, title in SYSTEMS.items()
                    if protocol in scores.get(system, {})
                ]
                for protocol in protocols
            },
            "macro-F1, with 95 % interval",
        )
    }
    rows: dict[str, dict[str, Estimate]] = {}
    for score in files["analysis.json"]["kinds"]:
        title = PROTOCOLS[score["protocol"]]
        first = score["protocol"] == strictest
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
