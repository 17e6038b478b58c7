"""What a sample says of the whole while it is being coded, and whether that is enough.

The record alone says what the estimates need of the scored file, so that nothing is scored again.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.page.auditing.tables import Row
from stance.audit.coded import Coded, match_codes
from stance.audit.judging import judge
from stance.audit.record import Record
from stance.audit.scored import files_hash
from stance.errors import DataError

# How far the ends of an interval may lie from the estimate for it to be narrow enough.
ENOUGH = 0.05
# A coder sees figures of so many codes at a time: from those of each single one they could tell
# what the model answers to a text, and would no longer code blindly.
STEP = 10
# What `python -m benchmarks.stopping --draws 300` has found of those who stop as soon as they may.
STOPPING = {"shares": "98 %", "least": "94.6 %", "cells": 48, "peeked": "13 %", "fixed": "6 %"}


@dataclass(frozen=True)
class Reach:
    """How near the shares of the whole are known.

    Attributes
    ----------
    label
        Whose share is known the least.
    far
        How far the farther end of its interval lies from the estimate.
    more
        About how many more texts make that `ENOUGH`; 0 if it is.
    left
        How many texts of the sample are not coded.
    at_end
        About how far it will be when all of the sample is coded.
    """

    label: str
    far: float
    more: int
    left: int
    at_end: float


@dataclass(frozen=True)
class Reading:
    """What the codes say so far.

    Attributes
    ----------
    coded
        How many texts are coded.
    to_go
        How many strata have no code yet; before that is 0 there are no figures.
    result
        As `stance.audit.judging.judge` returns it; None before there are figures.
    reach
        How near the shares are known; None before there are figures.
    disputes
        The texts on which coders differ.
    """

    coded: int
    to_go: int
    result: dict[str, Any] | None = None
    reach: Reach | None = None
    disputes: Sequence["Dispute"] = ()


@dataclass(frozen=True)
class Dispute:
    """A text on which coders differ, with what each has said of it, and why."""

    name: str
    text: str
    votes: Mapping[str, tuple[str, str]]


def read_codes_so_far(record: Record, files: Mapping[str, Sequence[Row]]) -> Reading:
    """Return what codes say of the whole.

    Parameters
    ----------
    record
        How the sample was drawn.
    files
        The rows of each file that have a code, by the name of the file.

    Raises
    ------
    DataError
        If somebody has coded a text twice, differently.
    """
    some = {name: rows for name, rows in files.items() if rows}
    if not some:
        return Reading(0, len(record.strata))
    coded = match_codes([(name, [row.code for row in rows]) for name, rows in some.items()], record)
    met = {record.units[number].stratum for number in coded.units}
    to_go = len(record.strata) - len(met)
    disputes = find_disputes(record, coded, some)
    if to_go:
        return Reading(len(coded.units), to_go, disputes=disputes)
    result = judge(record, coded)
    return Reading(len(coded.units), 0, result, measure_reach(result), disputes)


def measure_reach(result: Mapping[str, Any]) -> Reach:
    """Return how near the shares of the whole are known; groups are not looked at."""
    shares = {row["stance"]: row["share"] for row in result["shares"] if row["group"] is None}
    label, far = max(
        (
            (label, max(share["value"] - share["low"], share["high"] - share["value"]))
            for label, share in shares.items()
        ),
        key=lambda one: one[1],
    )
    read, drawn = result["read"], result["drawn"]
    # Intervals shrink with the root of the number of texts.
    more = 0 if far <= ENOUGH else max(1, math.ceil(read * ((far / ENOUGH) ** 2 - 1)))
    return Reach(label, far, more, drawn - read, far * math.sqrt(read / drawn))


def find_disputes(
    record: Record, coded: Coded, files: Mapping[str, Sequence[Row]]
) -> list[Dispute]:
    """Return the texts on which coders differ, in the order of the sample."""
    why = {
        (row.number, row.code.annotator or Path(name).stem): row.rationale
        for name, rows in files.items()
        for row in rows
    }
    votes: dict[int, dict[str, tuple[str, str]]] = {}
    for number, who, stance in coded.votes[["id", "annotator", "stance"]].itertuples(index=False):
        votes.setdefault(number, {})[who] = stance, why.get((number, who), "")
    return [
        Dispute(record.units[number].name, coded.texts[number], of_text)
        for number, of_text in votes.items()
        if len({stance for stance, _ in of_text.values()}) > 1
    ]


def check_scored(record: Record, sample: Path) -> str:
    """Return what there is to say of the scored file that a sample was drawn from; "" for nothing.

    Parameters
    ----------
    record
        How the sample was drawn.
    sample
        Where it lies: the scored file may lie beside, or where it lay when the sample was drawn.
    """
    places = [Path(record.scored), sample.parent / Path(record.scored).name]
    place = next((place for place in places if place.exists()), None)
    if place is None:
        return (
            f"{record.scored} is not here, so it was not checked that it is still the file that "
            "the sample was drawn from."
        )
    try:
        same = files_hash(str(place)) == record.sha256
    except (DataError, OSError):
        same = False
    if same:
        return ""
    return (
        f"{place} is not the file that the sample was drawn from: it has changed since, or was "
        "scored by another model. The figures are about the file as it was; `stance audit read` "
        "refuses the one that lies there now."
    )
