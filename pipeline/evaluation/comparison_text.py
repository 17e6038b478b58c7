"""Comparisons of runs for the eye (a table, Markdown) and for programs (rows, JSON)."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import pandas as pd
from tabulate import tabulate

from pipeline.evaluation.comparison import Result
from pipeline.project.revisions import Revision
from stance.files import to_csv
from stance.statistics.rounding import DIGITS

# Sentences shown per protocol; JSON has all of them.
SHOWN = 10


def comparison_rows(results: Mapping[str, Result]) -> list[dict[str, Any]]:
    """Return a flat row per protocol, numbers rounded; NaN becomes None."""
    rows = []
    for protocol, result in results.items():
        numbers = {
            name: None if value != value else round(value, DIGITS)  # noqa: PLR0124 - NaN
            for name, value in asdict(result.difference).items()
        }
        rows.append(
            {
                "protocol": protocol,
                **numbers,
                "p_holm": round(result.p_holm, DIGITS),
                "left_out_a": result.left_out_a,
                "left_out_b": result.left_out_b,
                "annotated_anew": result.annotated_anew,
                "verdict": result.verdict,
            }
        )
    return rows


def _p(value: float) -> str:
    return "<.001" if value < 0.001 else f"{value:.3f}"


def _shown(rows: Sequence[dict[str, Any]]) -> list[list[str]]:
    """Return the comparison as cells, a line per figure and a column per protocol."""
    lines: dict[str, Callable[[dict[str, Any]], str]] = {
        "verdict on B": lambda row: row["verdict"],
        "macro-F1 of A": lambda row: f"{row['macro_f1_a']:.3f}",
        "macro-F1 of B": lambda row: f"{row['macro_f1_b']:.3f}",
        "difference": lambda row: f"{row['difference']:+.3f}",
        "95 % interval": lambda row: "{low:+.3f} to {high:+.3f}".format(**row),
        "p, permutation": lambda row: _p(row["p"]),
        "p, corrected (Holm)": lambda row: _p(row["p_holm"]),
        "p of accuracy (McNemar)": lambda row: _p(row["p_accuracy"]),
        "smallest it could show": lambda row: (
            "–" if row["smallest"] is None else f"{row['smallest']:.3f}"
        ),
        "fixed, broken": lambda row: f"{row['fixed']}, {row['broken']}",
        "sentences in groups": lambda row: f"{row['sentences']} in {row['groups']}",
        "only in A, only in B": lambda row: f"{row['left_out_a']}, {row['left_out_b']}",
        "annotated anew": lambda row: str(row["annotated_anew"]),
    }
    return [[title, *map(cell, rows)] for title, cell in lines.items()]


EXPLANATION = (
    "Whole groups (sentences of the article, articles, targets) are swapped 10,000 times and "
    "resampled.\nWhat it could show: a difference that such data make significant in four cases of "
    "five.\nSentences that only one of the two has are left out; where the annotation has changed, "
    "B's holds."
)


def render(
    a: Revision, b: Revision, results: Mapping[str, Result], *, markdown: bool = False
) -> str:
    """Return the comparison as text for a terminal, or as Markdown."""
    rows = comparison_rows(results)
    parts = [
        f"A = {a}, B = {b}",
        tabulate(
            _shown(rows),
            headers=["", *results],
            tablefmt="github" if markdown else "simple",
            disable_numparse=True,
        ),
    ]
    parts.append(EXPLANATION)
    for protocol, result in results.items():
        parts += _render_changed(protocol, result.changed, markdown=markdown)
    return "\n\n".join(parts) + "\n"


def _render_changed(protocol: str, changed: pd.DataFrame, *, markdown: bool) -> list[str]:
    parts = []
    for kind, title in (
        ("fixed", "fixed"),
        ("broken", "broken"),
        ("other", "wrong in both, otherwise"),
    ):
        some = changed[changed["change"] == kind]
        if some.empty:
            continue
        head = f"{protocol}, {title}: {len(some)}"
        lines = [
            f"{row.before} → {row.after} (annotated {row.stance})  {row.id}  {row.text}"
            for row in some.head(SHOWN).itertuples()
        ]
        if len(some) > SHOWN:
            lines.append(f"… and {len(some) - SHOWN} more; --format json has them all")
        if markdown:
            items = "\n".join(f"- {_plain(line)}" for line in lines)
            parts.append(f"<details><summary>{head}</summary>\n\n{items}\n\n</details>")
        else:
            parts.append("\n".join([head, *(f"  {line}" for line in lines)]))
    return parts


def _plain(text: str) -> str:
    """Return text that Markdown and HTML show as it is."""
    for character in "\\`*_[]<>|#":
        text = text.replace(character, f"\\{character}")
    return text


def as_csv(results: Mapping[str, Result]) -> str:
    """Return the figures of the comparison as CSV, a row per protocol."""
    return to_csv(pd.DataFrame(comparison_rows(results)))


def as_json(a: Revision, b: Revision, results: Mapping[str, Result]) -> str:
    """Return the comparison as JSON, with every sentence that changed."""
    protocols = {}
    for row in comparison_rows(results):
        protocol = row.pop("protocol")
        protocols[protocol] = {**row, "changed": results[protocol].changed.to_dict("records")}
    content = {
        "a": {"name": a.name, "commit": a.commit},
        "b": {"name": b.name, "commit": b.commit},
        "protocols": protocols,
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def render_all(table: pd.DataFrame, *, markdown: bool = False) -> str:
    """Return the table of many runs as text for a terminal, or as Markdown."""
    fixed = ["run", "macro_f1", "low", "high", "difference", "p_holm", "verdict"]
    shown = pd.DataFrame(
        {
            "run": table["run"],
            "macro-F1 (95 %)": [
                f"{row.macro_f1:.3f} ({row.low:.3f} to {row.high:.3f})"
                for row in table.itertuples()
            ],
            "to the best": table["difference"].map("{:+.3f}".format),
            "p (Holm)": table["p_holm"].map(_p),
            "verdict": table["verdict"],
        }
    ).join(table.drop(columns=fixed))
    return (
        tabulate(
            shown.to_dict("records"),
            headers="keys",
            tablefmt="github" if markdown else "simple",
            disable_numparse=True,
        )
        + "\n"
    )
