"""The report's figures, drawn by Matplotlib as small SVGs that fit a phone.

Text stays text: the figures are a tenth of the size, can be searched, and take the font of the
page. Colours are light ones in a file and the page's own where a figure is set into it, so that
they turn with it from light to dark. No figure tells anything by colour alone.
"""

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from markupsafe import Markup, escape
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

PAPER = "#ffffff"
INK = "#1d1f21"
MUTED = "#5a5f66"
LINE = "#d0d4d9"
ACCENT = "#1d5c9e"

# What the page calls them; the paper of a page is its own.
_VARIABLES = {
    PAPER: "none",
    INK: "var(--ink)",
    MUTED: "var(--muted)",
    LINE: "var(--line)",
    ACCENT: "var(--accent)",
}

WIDTH = 4.6
_STYLE: Any = {
    "svg.fonttype": "none",
    "text.parse_math": False,
    "font.size": 10,
    "text.color": INK,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "grid.color": LINE,
    "grid.linewidth": 0.6,
    "xtick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.color": MUTED,
    "ytick.labelcolor": INK,
    "figure.facecolor": PAPER,
    "axes.facecolor": "none",
    "legend.frameon": False,
}
_DASHES = ["-", "--", ":", "-."]
_MARKERS = ["o", "s", "^", "D"]


@dataclass(frozen=True)
class Estimate:
    """A score with its interval, under the name that stands beside it."""

    name: str
    point: float
    low: float
    high: float
    emphasised: bool = False


class Drawing:
    """A figure to draw on, and the SVG that comes of it.

    Parameters
    ----------
    name
        Tells its identifiers from those of other figures on a page.
    title, description
        What it shows, and what can be read off it, for those who do not see it.
    height
        In inches; the width is `width`.
    """

    def __init__(
        self, name: str, title: str, description: str, height: float, width: float = WIDTH
    ) -> None:
        self.name, self.title, self.description = name, title, description
        self._figure = Figure(figsize=(width, height), layout="constrained")
        self.axes: Axes = self._figure.subplots()

    def legend(self) -> None:
        """Set a legend above what is drawn, so that it takes nothing of the width."""
        self._figure.legend(loc="outside upper left", fontsize=9, borderaxespad=0)

    def svg(self) -> str:
        """Return the SVG as the text of a file; the same drawing gives the same text."""
        content = io.StringIO()
        nothing = dict.fromkeys(["Date", "Creator", "Format", "Type"])
        with rc_context({**_STYLE, "svg.hashsalt": self.name}):
            self._figure.savefig(content, format="svg", metadata=nothing)
        svg = content.getvalue()
        svg = svg[svg.index("<svg") :]
        # Names of groups would be there twice on a page, and nobody refers to them.
        svg = re.sub(r'<g id="[^"]*"', "<g", svg)
        svg = re.sub(r"font-family: [^;\"]*", "font-family: sans-serif", svg)
        # On a page it would be a rule for all of the page.
        svg = re.sub(r"<defs>\s*<style.*?</style>\s*</defs>\s*", "", svg, flags=re.DOTALL)
        svg = re.sub(r"\s*\n\s*", " ", svg)
        head = (
            'stroke-linejoin="round" role="img" '
            f'aria-labelledby="{self.name}-title {self.name}-desc">'
            f'<title id="{self.name}-title">{escape(self.title)}</title>'
            f'<desc id="{self.name}-desc">{escape(self.description)}</desc>'
        )
        return svg.replace(">", f" {head}", 1).strip() + "\n"

    def inline(self) -> Markup:
        """Return the SVG as a part of a page, in the page's colours."""
        svg = self.svg()
        for colour, variable in _VARIABLES.items():
            svg = svg.replace(colour, variable)
        svg = svg.replace("font-family: sans-serif; ", "")
        return Markup(svg)  # noqa: S704 - Matplotlib escapes the texts, and `svg` the rest


def _estimates(
    axes: Axes, rows: Sequence[tuple[float, Estimate]], *, marker: str = "o", hollow: bool = False
) -> None:
    """Draw points with intervals at heights."""
    for height, estimate in rows:
        colour = ACCENT if estimate.emphasised else MUTED
        axes.errorbar(
            [estimate.point],
            [height],
            xerr=[
                [max(0.0, estimate.point - estimate.low)],
                [max(0.0, estimate.high - estimate.point)],
            ],
            fmt=marker,
            color=colour,
            markersize=6 if estimate.emphasised else 5,
            markerfacecolor=PAPER if hollow else colour,
            linewidth=2 if estimate.emphasised else 1.2,
            capsize=2.5,
        )


def _scale(axes: Axes, label: str) -> None:
    axes.set_xlim(-0.02, 1.02)
    axes.set_xlabel(label)
    axes.grid(axis="x")


@rc_context(_STYLE)
def draw_estimates(
    name: str, title: str, groups: Mapping[str, Sequence[Estimate]], label: str
) -> Drawing:
    """Return a drawing of estimates with their intervals, group below group.

    Parameters
    ----------
    name, title
        As for `Drawing`.
    groups
        The estimates under each heading, from above.
    label
        What the scale, from 0 to 1, measures.
    """
    lines = sum(len(group) + 1.3 for group in groups.values())
    told = "; ".join(
        f"{heading}: "
        + ", ".join(
            f"{one.name} {one.point:.2f} ({one.low:.2f} to {one.high:.2f})" for one in group
        )
        for heading, group in groups.items()
    )
    drawing = Drawing(name, title, told, 0.21 * lines + 0.6)
    axes = drawing.axes
    height, ticks, names = 0.0, [], []
    for heading, group in groups.items():
        axes.text(
            -0.02, height + 0.1, heading, fontweight="bold", color=INK, transform=axes.transData
        )
        for estimate in group:
            height += 1
            ticks.append(height)
            names.append(estimate.name)
            _estimates(axes, [(height, estimate)])
        height += 1.3
    axes.set_yticks(ticks, names)
    for text, estimate in zip(
        axes.get_yticklabels(), (one for group in groups.values() for one in group), strict=True
    ):
        text.set_fontweight("bold" if estimate.emphasised else "normal")
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.set_ylim(height - 0.7, -0.6)
    _scale(axes, label)
    return drawing


@rc_context(_STYLE)
def draw_pairs(
    name: str,
    title: str,
    rows: Mapping[str, Mapping[str, Estimate]],
    label: str,
) -> Drawing:
    """Return a drawing of estimates under several conditions side by side, row by row.

    Parameters
    ----------
    name, title
        As for `Drawing`.
    rows
        For each row, from above, an estimate for each condition: up to four, told apart by their
        marks.
    label
        What the scale, from 0 to 1, measures.
    """
    conditions = list(dict.fromkeys(one for row in rows.values() for one in row))
    told = "; ".join(
        f"{row}: " + ", ".join(f"{one} {found.point:.2f}" for one, found in estimates.items())
        for row, estimates in rows.items()
    )
    drawing = Drawing(name, title, told, 0.4 * len(rows) + 1.1)
    axes = drawing.axes
    for number, condition in enumerate(conditions):
        shift = 0.26 * (number - (len(conditions) - 1) / 2)
        _estimates(
            axes,
            [
                (height + shift, estimates[condition])
                for height, estimates in enumerate(rows.values())
                if condition in estimates
            ],
            marker=_MARKERS[number],
            hollow=bool(number),
        )
        axes.plot(
            [],
            [],
            _MARKERS[number],
            color=ACCENT if number == 0 else MUTED,
            markerfacecolor=PAPER if number else ACCENT,
            label=condition,
        )
    axes.set_yticks(range(len(rows)), list(rows))
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    _scale(axes, label)
    drawing.legend()
    return drawing


@rc_context(_STYLE)
def draw_reliability(name: str, title: str, table: pd.DataFrame) -> Drawing:
    """Return a drawing of accuracy against confidence, with the diagonal of honest probabilities.

    Parameters
    ----------
    name, title
        As for `Drawing`.
    table
        `confidence` and `accuracy` of groups of predictions, and `calibration`: `before` or
        `after`.
    """
    before, after = (table[table["calibration"] == when] for when in ("before", "after"))
    pairs = zip(after["confidence"], after["accuracy"], strict=True)
    told = "Confidence and accuracy by group: " + ", ".join(f"{a:.2f} {b:.2f}" for a, b in pairs)
    drawing = Drawing(name, title, told, 2.7, 2.7)
    axes = drawing.axes
    axes.plot([0, 1], [0, 1], "--", color=MUTED, linewidth=1)
    axes.plot(
        before["confidence"],
        before["accuracy"],
        "o:",
        color=MUTED,
        markersize=4,
        markerfacecolor=PAPER,
    )
    axes.plot(after["confidence"], after["accuracy"], "o-", color=ACCENT, markersize=4.5)
    axes.set(xlim=(0, 1), ylim=(0, 1.03), xlabel="confidence", ylabel="share that is right")
    axes.grid()
    axes.set_aspect("equal")
    return drawing


@rc_context(_STYLE)
def draw_risk(name: str, title: str, curves: Mapping[str, pd.DataFrame]) -> Drawing:
    """Return a drawing of errors against coverage, a line for each of up to four curves.

    Parameters
    ----------
    name, title
        As for `Drawing`.
    curves
        `coverage` and `error` of each.
    """
    told = "; ".join(
        f"{one}: {table['error'].iloc[-1]:.2f} of all answers are wrong"
        for one, table in curves.items()
    )
    drawing = Drawing(name, title, told, 3.4)
    axes = drawing.axes
    for number, (one, table) in enumerate(curves.items()):
        axes.plot(
            table["coverage"],
            table["error"],
            _DASHES[number],
            color=[INK, ACCENT, MUTED, MUTED][number],
            linewidth=1.8,
            label=one,
        )
    axes.set(xlim=(0, 1), xlabel="share of sentences answered", ylabel="share of answers wrong")
    axes.set_ylim(0, None)
    axes.grid()
    drawing.legend()
    return drawing


@rc_context(_STYLE)
def draw_curve(name: str, title: str, table: pd.DataFrame, label: str, measured: str) -> Drawing:
    """Return a drawing of a learning curve, sizes on a logarithmic scale.

    Parameters
    ----------
    name, title
        As for `Drawing`.
    table
        `size`, `macro_f1`, `low` and `high`.
    label, measured
        What the sizes count, and on what macro-F1 is measured.
    """
    rows = table.itertuples(index=False)
    told = "Macro-F1 by size: " + ", ".join(
        f"{row.size:,} {row.macro_f1:.2f} ({row.low:.2f} to {row.high:.2f})" for row in rows
    )
    drawing = Drawing(name, title, told, 2.8, 3.6)
    axes = drawing.axes
    axes.fill_between(table["size"], table["low"], table["high"], color=LINE, linewidth=0)
    axes.plot(table["size"], table["macro_f1"], "o-", color=ACCENT, markersize=5)
    axes.set_xscale("log", base=2)
    axes.set_xticks(table["size"].tolist(), [f"{size:,}" for size in table["size"]])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set(xlabel=label, ylabel=measured)
    bottom, top = axes.get_ylim()
    axes.set_ylim(max(bottom, 0), min(top, 1.01))
    axes.grid()
    return drawing
