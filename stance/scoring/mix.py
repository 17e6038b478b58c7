"""The mix of stances per group: a table of shares with intervals, and a chart of it."""

import io
import math
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stance.errors import DataError
from stance.files import replacing
from stance.scoring.table import Tally
from stance.statistics.prevalence import prevalence
from stance.statistics.rounding import DIGITS

_COLOURS = ["#b3402a", "#2a6fb3", "#4d8f3a", "#8a6d1f", "#6b4c9a", "#6b6b6b"]
_MOST_IN_CHART = 40


def mix_table(
    tally: Tally, by: str, labels: list[str], confusion: NDArray[np.int64]
) -> pd.DataFrame:
    """Return how often each label occurs in each group, raw and corrected, with 95 % intervals.

    All statements of a group count, those that the model abstains from with their most probable
    label: to leave out what is hard would bend the mix. Texts that are no statements do not count.

    Parameters
    ----------
    tally
        What `score_table` has counted by the column.
    by
        The name of the column.
    labels
        All labels.
    confusion
        As for `prevalence`.

    Returns
    -------
    A row per group and label, groups in the order of their names: the group, `statements`,
    `abstained`, `not_statements`, `stance`, `share` and `corrected`, each of the two with `_low`
    and `_high`; shares are missing where a group has no statements.
    """
    rows = []
    for group in sorted(tally.groups):
        *counts, abstained, others = tally.groups[group]
        found = prevalence(np.array(counts), confusion) if sum(counts) else None
        for number, label in enumerate(labels):
            row = {
                by: group,
                "statements": sum(counts),
                "abstained": abstained,
                "not_statements": others,
                "stance": label,
            }
            if found:
                row |= {
                    "share": found.raw[number],
                    "share_low": found.raw_low[number],
                    "share_high": found.raw_high[number],
                    "corrected": found.corrected[number],
                    "corrected_low": found.corrected_low[number],
                    "corrected_high": found.corrected_high[number],
                }
            rows.append(row)
    fixed = [by, "statements", "abstained", "not_statements", "stance"]
    shares = [f"{name}{end}" for name in ("share", "corrected") for end in ("", "_low", "_high")]
    table = pd.DataFrame(rows, columns=[*fixed, *shares])
    table[shares] = table[shares].astype("float64").round(DIGITS) + 0.0
    return table


def render_mix(mix: pd.DataFrame) -> str:
    """Return the mix of stances as an aligned table, shares in percent with their intervals."""
    from tabulate import tabulate

    def percent(row: "pd.Series[float]", name: str) -> str:
        if math.isnan(row[name]):
            return ""
        low, high = row[f"{name}_low"], row[f"{name}_high"]
        return f"{row[name]:.0%} ({low:.0%} to {high:.0%})"

    names = [*mix.columns[:5], "share", "corrected"]
    rows = [
        [*row.iloc[:5], percent(row, "share"), percent(row, "corrected")]
        for _, row in mix.iterrows()
    ]
    headers = [name.replace("_", " ") for name in names]
    return tabulate(rows, headers, disable_numparse=True) + "\n"


def write_chart(path: Path, table: pd.DataFrame, by: str, labels: list[str]) -> None:
    """Draw the corrected shares with their intervals, and the raw ones as marks.

    Raises
    ------
    DataError
        If there are more groups than a picture can show.
    """
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    table = table[table["share"].notna()]
    groups = table[by].unique().tolist()
    if len(groups) > _MOST_IN_CHART:
        raise DataError(
            f"{path}: {len(groups)} values of {by!r} do not fit into a chart of "
            f"{_MOST_IN_CHART}; leave --chart out, or count by a column with fewer values."
        )
    with rc_context({"svg.hashsalt": "mix", "font.size": 9}):
        height = 1.2 + 0.16 * len(groups) * (len(labels) + 1)
        figure = Figure(figsize=(7.2, height), layout="constrained")
        axes = figure.subplots()
        for number, label in enumerate(labels):
            of_label = table[table["stance"] == label]
            place = [row + 0.8 * (number + 0.5) / len(labels) - 0.4 for row in range(len(groups))]
            shares = of_label["corrected"].to_numpy()
            below = (shares - of_label["corrected_low"]).clip(lower=0)
            above = (of_label["corrected_high"] - shares).clip(lower=0)
            axes.barh(
                place,
                shares,
                height=0.8 / len(labels),
                xerr=[below, above],
                color=_COLOURS[number % len(_COLOURS)],
                label=label,
                error_kw={"elinewidth": 0.8, "capsize": 1.5},
            )
            raw = "not corrected" if number == len(labels) - 1 else None
            axes.plot(of_label["share"], place, "|", color="black", markersize=7, label=raw)
        axes.set_yticks(range(len(groups)), groups)
        axes.invert_yaxis()
        axes.set_xlim(0, 1)
        axes.set_xlabel("share of the statements, corrected, with 95 % interval")
        axes.spines[["top", "right"]].set_visible(False)
        figure.legend(loc="outside lower center", ncols=3, frameon=False)
        content = io.BytesIO()
        form = path.suffix.lower().removeprefix(".")
        stamps = {"svg": {"Date": None, "Creator": None}, "pdf": {"CreationDate": None}}
        metadata = stamps.get(form, {"Software": None})
        figure.savefig(content, format=form, metadata=metadata, dpi=150)
    with replacing(path) as file:
        file.write(content.getvalue())
