"""An audit in words: for the terminal, for a section on methods, and as a table of shares."""

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from stance.audit.judging import FAILS, HOLDS, NOTHING

_WIDTH = 100
_EVENLY = "as good as {:,} texts drawn evenly and read by hand"


def percent(found: Mapping[str, Any]) -> str:
    """Return a share with its interval in percent, such as ``14 % (9 to 20)``, or a dash."""
    if found["value"] is None:
        return "–"
    value, low, high = (100 * found[key] for key in ("value", "low", "high"))
    digits = 0 if high - low > 2 else 1
    return f"{value:.{digits}f} % ({low:.{digits}f} to {high:.{digits}f})"


def number(found: Mapping[str, Any]) -> str:
    """Return a figure with its interval, such as ``0.71 (0.63 to 0.78)``, or a dash."""
    if found["value"] is None:
        return "–"
    return "{:.2f} ({:.2f} to {:.2f})".format(*(found[key] for key in ("value", "low", "high")))


def verdict(result: Mapping[str, Any]) -> str:
    """Return in a sentence whether the model's promise holds on these texts."""
    promise = result["promise"]
    promised = f"{100 * promise['max_error']:g} %"
    error = percent(promise["error"])
    answers = f"The model answers {100 * promise['answered']:.0f} % of the rows"
    if promise["verdict"] == NOTHING:
        return "The model answers none of the texts that were read: there is no promise to judge."
    if promise["verdict"] == HOLDS:
        return (
            f"The promise holds: {error} of the answers are wrong where at most {promised} were "
            f"promised. {answers}."
        )
    if promise["verdict"] == FAILS:
        return (
            f"The promise fails: {error} of the answers are wrong where {promised} were promised. "
            f"{answers}."
        )
    more = (
        f"about {promise['more']:,} more of the texts that it answers would tell"
        if promise["more"]
        else "the two are too near to each other for any sample to tell soon"
    )
    return (
        f"It cannot be told whether the promise holds: {error} of the answers are wrong where at "
        f"most {promised} were promised; {more}. {answers}."
    )


def methods(result: Mapping[str, Any]) -> str:
    """Return a paragraph for a section on methods, with the figures in it."""
    coders = result["coders"]
    who = len(coders["names"])
    whole = [row for row in result["shares"] if row["group"] is None]
    shares = "; ".join(f"{row['stance']} {percent(row['share'])}" for row in whole)
    agreement = ""
    if coders["texts_of_several"]:
        alpha = coders["alpha"]
        told = (
            "could not be computed"
            if alpha is None
            else f"was {alpha:.2f} ({coders['low']:.2f} to {coders['high']:.2f})"
        )
        agreement = (
            f" On the {coders['texts_of_several']:,} texts that several coded, Krippendorff's "
            f"alpha {told}; where they differ, each vote counts in equal parts."
        )
    left = [
        f"{result['left_out']['empty']:,} rows without text" * bool(result["left_out"]["empty"]),
        f"{result['left_out']['learned']:,} rows whose texts the classifier was trained on"
        * bool(result["left_out"]["learned"]),
    ]
    without = "; left out were " * any(left) + " and ".join(filter(None, left))
    evenly = whole[0]["as_good_as"]
    return (
        f"To judge the automatic coding, {result['drawn']:,} of {result['texts']:,} different "
        f"texts ({result['rows']:,} rows{without}) were drawn at random from "
        f"{len(result['strata'])} strata by predicted stance, confidence and number of "
        f"rows, with known probabilities (seed {result['seed']}), and {result['read']:,} of them "
        f"were coded by {who} {'coder' if who == 1 else 'coders'} who did not see the predictions."
        f"{agreement} Accuracy on the whole is {percent(result['quality']['accuracy'])}, macro-F1 "
        f"over the stances {number(result['quality']['macro_f1'])}; "
        f"{percent(result['promise']['error'])} of the answers given are wrong. The shares of the "
        f"stances are stratified difference estimates (design-based; prediction-powered inference "
        f"with power tuning): {shares}"
        f"{f' ({_EVENLY.format(evenly)})' if evenly else ''}. Intervals are 95 % Wilson intervals "
        "with the effective sample size and hold whatever the classifier gets wrong."
    )


def share_rows(result: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the shares as the rows of a flat table: a row per group and label."""
    return [
        {
            "group": "" if row["group"] is None else row["group"],
            "whole": row["group"] is None,
            "rows": row["rows"],
            "stance": row["stance"],
            "raw": row["raw"],
            **{
                f"{name}{end}": row[name][key]
                for name in ("share", "sample")
                for key, end in (("value", ""), ("low", "_low"), ("high", "_high"))
            },
            "texts": row["share"]["texts"],
            "as_good_as": row["as_good_as"],
        }
        for row in result["shares"]
    ]


def render(result: Mapping[str, Any]) -> str:
    """Return all of an audit for a terminal."""
    coders = result["coders"]
    quality = result["quality"]
    read = (
        f"{result['read']:,} of {result['drawn']:,} texts of the sample {result['audit']} are "
        f"coded by {', '.join(coders['names'])}"
    )
    parts = [
        "\n".join(
            [
                *_wrapped(verdict(result)),
                "",
                *_wrapped(
                    f"{read}; figures are about {result['rows']:,} rows, with 95 % intervals."
                    + f" {coders['disputed']:,} texts are disputed: their votes count in parts."
                    * bool(coders["disputed"])
                ),
            ]
        ),
        _table(
            ["", "precision", "recall", "F1"],
            [
                [label, *(number(found[key]) for key in ("precision", "recall", "f1"))]
                for label, found in quality["labels"].items()
            ],
        )
        + f"\naccuracy {percent(quality['accuracy'])}, macro-F1 {number(quality['macro_f1'])}",
        _shares(result),
    ]
    if result["differences"]:
        parts.append(
            _table(
                ["difference", "stance", "percentage points"],
                [
                    [f"{row['group']} − {row['minus']}", row["stance"], points(row)]
                    for row in result["differences"]
                ],
            )
        )
    parts += [
        _table(
            ["confidence", "on average", "right"],
            [
                [
                    f"{row['from']:.2f} to {row['to']:.2f}",
                    f"{row['confidence']:.2f}",
                    percent(row["right"]),
                ]
                for row in result["reliability"]
            ],
        ),
        _table(
            ["threshold", "answered", "wrong"],
            [
                [f"{row['threshold']:.2f}", f"{100 * row['answered']:.0f} %", percent(row["error"])]
                for row in result["thresholds"]
            ],
        ),
        "\n".join(_wrapped(methods(result))),
    ]
    return "\n\n".join(parts) + "\n"


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH)


def points(row: Mapping[str, Any]) -> str:
    """Return a difference of shares with its interval in percentage points."""
    value, low, high = (100 * row[key] for key in ("difference", "low", "high"))
    return f"{value:+.0f} ({low:+.0f} to {high:+.0f})"


def _shares(result: Mapping[str, Any]) -> str:
    by = result["by"]
    rows = []
    for row in result["shares"]:
        group = "all" if row["group"] is None else row["group"]
        first = row["stance"] == result["labels"][0]
        rows.append(
            [
                *([group if first else ""] if by else []),
                row["stance"],
                f"{100 * row['raw']:.0f} %",
                percent(row["share"]),
                percent(row["sample"]),
                f"{row['as_good_as']:,}" if first and row["as_good_as"] else "",
            ]
        )
    return _table(
        [
            *([by] if by else []),
            "stance",
            "raw",
            "share",
            "of the sample alone",
            "as good as reading",
        ],
        rows,
    )


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    from tabulate import tabulate

    return tabulate(rows, heads, disable_numparse=True)
