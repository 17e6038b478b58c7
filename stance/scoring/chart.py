"""The mix of stances as a picture: a panel per stance, or lines over time in a panel per group."""

import io
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from stance.errors import DataError
from stance.files import replacing
from stance.scoring.groups import Grouping
from stance.scoring.periods import place_in_time
from stance.terminal import visible

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_PANELS = 200
# Those of the report's labels, in the same order, and never colour alone.
COLOURS = ["#174d86", "#155c3a", "#8f2b14", "#53348f", "#665000", "#0f5661"]
_MARKERS = ["o", "s", "^", "D", "v", "P"]
_DASHES = ["-", "--", "-.", ":"]
_STYLE: Any = {
    "font.size": 8.5,
    "svg.hashsalt": "mix",
    # Text stays text: it can be searched, and is never mathematics.
    "svg.fonttype": "none",
    "text.parse_math": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "grid.color": "#d0d4d9",
    "grid.linewidth": 0.5,
    "axes.axisbelow": True,
}
_LONGEST_NAME = 36
_NO_NAME = "(none)"
# Inches.
_WIDTH, _ROW, _PANEL, _TOP, _BOTTOM = 8.0, 0.2, 1.25, 0.6, 0.6
_MOST_TICKS = 4
_INCHES_PER_LETTER = 0.07


class Chart(NamedTuple):
    """A picture as bytes, and whether its font lacks letters that names hold."""

    content: bytes
    lacks_letters: bool


def write_chart(path: Path, table: pd.DataFrame, grouping: Grouping, labels: Sequence[str]) -> None:
    """Draw the corrected shares with their intervals into a file.

    Parameters
    ----------
    path
        A file whose suffix is .svg, .png or .pdf.
    table, grouping, labels
        As for `draw_chart`.

    Raises
    ------
    DataError
        As for `draw_chart`.
    """
    form = path.suffix.lower().removeprefix(".")
    try:
        chart = draw_chart(table, grouping, labels, form)
    except DataError as error:
        what = str(error).removesuffix(".")
        raise DataError(f"{path}: {what}, or leave --chart out.") from None
    if form != "svg" and chart.lacks_letters:
        sys.stderr.write(
            f"stance score: {visible(str(path))}: names hold letters that the chart's font lacks; "
            "draw it as .svg, which takes the reader's fonts.\n"
        )
    with replacing(path) as file:
        file.write(chart.content)


def draw_chart(table: pd.DataFrame, grouping: Grouping, labels: Sequence[str], form: str) -> Chart:
    """Draw shares: corrected ones with their intervals, or raw ones if there are no others.

    Groups without statements are left out; so are rows without a date where lines go over time,
    and the picture says how many.

    Parameters
    ----------
    table, grouping, labels
        As `mix_table` returns and takes them.
    form
        `svg`, `png` or `pdf`.

    Raises
    ------
    DataError
        If there are more groups than a picture can show, or none.
    """
    from matplotlib import rc_context

    table = table[table["share"].notna()]
    undated = 0
    if grouping.period:
        without = table[grouping.period] == ""
        undated = int(table[without & (table["stance"] == labels[0])]["statements"].sum())
        table = table[~without]
    names = [_name(group) for group in table[list(grouping.by)].to_numpy().tolist()]
    table = table.assign(group=pd.Series(names, index=table.index, dtype="str"))
    groups = table.groupby(list(grouping.by), sort=True).ngroup() if grouping.by else 0
    table = table.assign(number=groups)
    count = int(table["number"].nunique())
    if not count:
        raise DataError("no group has a statement to draw; count other rows.")
    if count > MOST_PANELS:
        of = " and ".join(map(repr, grouping.by))
        raise DataError(
            f"{count} values of {of} do not fit into a chart of {MOST_PANELS}; count by a column "
            "with fewer values."
        )
    with rc_context(_STYLE), warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        if grouping.period:
            figure = _draw_lines(table, grouping, grouping.period, labels)
        else:
            figure = _draw_rows(table, labels)
        _write_below(figure, _note(table, grouping, undated))
        content = io.BytesIO()
        stamps = {"svg": {"Date": None, "Creator": None}, "pdf": {"CreationDate": None}}
        metadata = stamps.get(form, {"Software": None})
        figure.savefig(content, format=form, metadata=metadata, dpi=150)
    lacks_letters = any("missing from" in str(warning.message) for warning in warned)
    return Chart(content.getvalue(), lacks_letters)


def _name(parts: Sequence[str]) -> str:
    name = " · ".join(visible(part) or _NO_NAME for part in parts)
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"


def _grid(rows: int, columns: int, height: float, left: float) -> "tuple[Figure, list[Axes]]":
    """Return a figure of panels whose rows have a height in inches, and the panels."""
    from matplotlib.figure import Figure

    whole = _TOP + rows * height + _BOTTOM
    figure = Figure(figsize=(_WIDTH, whole))
    found = figure.subplots(
        rows,
        columns,
        sharex=True,
        sharey=True,
        squeeze=False,
        gridspec_kw={
            "left": left / _WIDTH,
            "right": 1 - 0.15 / _WIDTH,
            "top": 1 - _TOP / whole,
            "bottom": _BOTTOM / whole,
            "wspace": 0.18,
            "hspace": 0.0 if rows == 1 else 0.35,
        },
    )
    return figure, list(found.ravel())


def _is_corrected(table: pd.DataFrame) -> bool:
    return "corrected" in table


def _note(table: pd.DataFrame, grouping: Grouping, undated: int) -> str:
    note = "shares of the statements as the model answers, not corrected"
    if _is_corrected(table):
        drawn = "documents" if grouping.document else "each text by itself"
        note = (
            f"shares of the statements, corrected, with 95 % intervals that take {drawn} for drawn"
        )
    if undated:
        note += f"\n{undated:,} statements without a date are left out"
    return note


def _write_below(figure: "Figure", note: str) -> None:
    figure.text(0.5, 0.08 / figure.get_figheight(), note, ha="center", va="bottom")


def _percent(value: float, _: int) -> str:
    return f"{value:.0%}"


def _draw_rows(table: pd.DataFrame, labels: Sequence[str]) -> "Figure":
    """Draw a panel per stance, a row per group: a point, its interval, and a mark for the raw."""
    from matplotlib.ticker import FixedLocator, FuncFormatter

    names = table.drop_duplicates("number").sort_values("number")["group"].tolist()
    left = 0.35 + _INCHES_PER_LETTER * max(map(len, names))
    figure, panels = _grid(1, len(labels), max(1.0, _ROW * len(names)), left)
    for number, (label, axes) in enumerate(zip(labels, panels, strict=True)):
        some = table[table["stance"] == label]
        shown = "corrected" if _is_corrected(some) else "share"
        axes.errorbar(
            some[shown].to_numpy(),
            some["number"],
            xerr=_off(some),
            fmt=_MARKERS[number % len(_MARKERS)],
            color=COLOURS[number % len(COLOURS)],
            markersize=3.5,
            elinewidth=0.9,
            label="corrected" if _is_corrected(some) else "raw",
        )
        if _is_corrected(some):
            axes.plot(some["share"], some["number"], "|", color="black", markersize=6, label="raw")
        axes.set_title(label, color=COLOURS[number % len(COLOURS)], fontsize=9)
        axes.grid(visible=True)
    panels[0].set_yticks(range(len(names)), names)
    panels[0].set_ylim(len(names) - 0.5, -0.5)
    panels[0].set_xlim(-0.02, 1.02)
    panels[0].xaxis.set_major_locator(FixedLocator([0, 0.5, 1]))
    panels[0].xaxis.set_major_formatter(FuncFormatter(_percent))
    handles, titles = panels[0].get_legend_handles_labels()
    _set_legend(figure, handles, titles)
    return figure


def _draw_lines(
    table: pd.DataFrame, grouping: Grouping, period: str, labels: Sequence[str]
) -> "Figure":
    """Draw a panel per group with a line per stance over time, broken where nothing was said."""
    from matplotlib.ticker import FixedLocator, FuncFormatter

    table = table.assign(time=table[period].map(place_in_time))
    numbers = sorted(table["number"].unique().tolist())
    columns = min(3, len(numbers))
    rows = -(-len(numbers) // columns)
    figure, panels = _grid(rows, columns, _PANEL if rows > 1 else 2.5, 0.6)
    times = range(int(table["time"].min()), int(table["time"].max()) + 1)
    for place, axes in zip(numbers, panels, strict=False):
        of_group = table[table["number"] == place]
        if grouping.by:
            axes.set_title(of_group["group"].iloc[0], fontsize=8, loc="left", pad=3)
        for number, label in enumerate(labels):
            some = of_group[of_group["stance"] == label].set_index("time").reindex(times)
            colour = COLOURS[number % len(COLOURS)]
            if _is_corrected(some):
                low, high = some["corrected_low"], some["corrected_high"]
                axes.fill_between(times, low, high, color=colour, alpha=0.12, lw=0)
            axes.errorbar(
                times,
                some["corrected" if _is_corrected(some) else "share"],
                yerr=_off(some),
                fmt=_MARKERS[number % len(_MARKERS)] + _DASHES[number % len(_DASHES)],
                color=colour,
                markersize=3,
                linewidth=1.1,
                elinewidth=0.5,
                label=label,
            )
        axes.grid(visible=True)
    for axes in panels[len(numbers) :]:
        axes.set_visible(False)
    shown = dict(zip(table["time"], table[period], strict=True))
    step = -(-len(times) // _MOST_TICKS)
    ticks = [time for time in times if (time - times[0]) % step == 0 and time in shown]
    panels[0].set_xlim(times[0] - 0.5, times[-1] + 0.5)
    panels[0].set_ylim(-0.02, 1.02)
    panels[0].xaxis.set_major_locator(FixedLocator(ticks))
    panels[0].xaxis.set_major_formatter(FuncFormatter(lambda time, _: shown.get(round(time), "")))
    panels[0].yaxis.set_major_locator(FixedLocator([0, 0.5, 1]))
    panels[0].yaxis.set_major_formatter(FuncFormatter(_percent))
    for axes in panels[max(0, len(numbers) - columns) : len(numbers)]:
        axes.tick_params(labelbottom=True)
    handles, titles = panels[0].get_legend_handles_labels()
    _set_legend(figure, handles, titles)
    return figure


def _off(some: pd.DataFrame) -> list[Any] | None:
    """Return how far the ends of the intervals are off the shares, which may lie outside them."""
    if not _is_corrected(some):
        return None
    shares = some["corrected"]
    return [
        (shares - some["corrected_low"]).clip(lower=0),
        (some["corrected_high"] - shares).clip(lower=0),
    ]


def _set_legend(figure: "Figure", handles: list[Any], titles: list[str]) -> None:
    figure.legend(
        handles,
        titles,
        loc="upper center",
        ncols=len(titles),
        frameon=False,
        borderaxespad=0.2,
    )
