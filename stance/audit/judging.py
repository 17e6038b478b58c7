"""How right the model is on a corpus, and how its stances are shared out: from a coded sample.

Every figure is about all rows that could be drawn, not about the texts that were read.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from stance.audit.coded import Coded
from stance.audit.draw import THRESHOLDS
from stance.audit.record import Group, Record
from stance.audit.scored import SCALE
from stance.audit.texts import ANSWERED, NO_STATEMENT, UNSURE
from stance.errors import DataError
from stance.statistics.agreement import alpha_interval, krippendorff_alpha
from stance.statistics.bootstrap import LEVEL
from stance.statistics.rounding import DIGITS
from stance.statistics.survey import Design, Estimate, difference

HOLDS, FAILS, CANNOT_TELL, NOTHING = "holds", "fails", "cannot tell", "nothing is answered"
# Confidence is held against accuracy between these.
_BINS = (0.0, 0.5, 0.7, 0.9, 1.0001)
_RESAMPLES = 2_000
# More than anybody reads.
_TOO_MANY = 20_000

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Read:
    """The texts that were read, side by side with what the model says of them.

    Attributes
    ----------
    design
        How they were drawn.
    actual
        What share of the votes each label has, shape (n, labels).
    predicted
        The number of the most probable label of each, shape (n,).
    probabilities
        Of each label, shape (n, labels).
    kind
        What the model does with each, shape (n,).
    times
        For how many rows of each group they stand: shape (n,) by name.
    """

    design: Design
    actual: Numbers
    predicted: NDArray[np.intp]
    probabilities: Numbers
    kind: NDArray[np.intp]
    times: dict[str, Numbers]

    @property
    def rows(self) -> Numbers:
        """For how many rows each text stands."""
        rows: Numbers = np.sum(list(self.times.values()), axis=0)
        return rows

    @property
    def right(self) -> Numbers:
        """How right the model is about each, from 0 to 1."""
        right: Numbers = self.actual[np.arange(len(self.actual)), self.predicted]
        return right


def read_sample(record: Record, coded: Coded) -> Read:
    """Return what was read of a sample.

    Raises
    ------
    DataError
        If nothing was coded of a stratum, so that a part of the whole would be missing.
    """
    units = [record.units[number] for number in coded.units]
    stratum = np.array([unit.stratum for unit in units], dtype=np.intp)
    missing = sorted(set(range(len(record.strata))) - set(stratum.tolist()))
    if missing:
        names = [
            next(unit.name for unit in record.units if unit.stratum == number) for number in missing
        ]
        raise DataError(
            f"of {len(missing)} of the {len(record.strata)} strata that the sample was drawn from "
            f"no text is coded, so that a part of the file would be missing; code one of each at "
            f"least: {', '.join(names)}."
        )
    population = np.array([stratum["texts"] for stratum in record.strata], dtype=np.int64)
    return Read(
        Design(stratum, population),
        coded.shares,
        np.array([unit.stance for unit in units], dtype=np.intp),
        np.array([unit.probabilities for unit in units]),
        np.array([unit.kind for unit in units], dtype=np.intp),
        {
            name: np.array([unit.times.get(name, 0) for unit in units], dtype=np.float64)
            for name in record.groups
        },
    )


def judge(record: Record, coded: Coded) -> dict[str, Any]:
    """Return all figures of an audit, as `stance audit read` writes them as JSON.

    Raises
    ------
    DataError
        As for `read_sample`.
    """
    read = read_sample(record, coded)
    shares, differences = _shares(record, read)
    rows = sum(sum(map(sum, group.rows)) for group in record.groups.values())
    return {
        "audit": record.audit,
        "scored": record.scored,
        "model": record.model,
        "labels": record.labels,
        "background": record.background,
        "by": record.by,
        "rows": rows,
        "texts": sum(stratum["texts"] for stratum in record.strata),
        "left_out": {"empty": record.empty, "learned": record.learned},
        "drawn": len(record.units),
        "read": len(coded.units),
        "uncoded": len(coded.uncoded),
        "seed": record.seed,
        "strata": record.strata,
        "coders": _coders(coded),
        "quality": _quality(record, read),
        "promise": _promise(record, read),
        "reliability": _reliability(read),
        "thresholds": _thresholds(record, read),
        "shares": shares,
        "differences": differences,
    }


def _coders(coded: Coded) -> dict[str, Any]:
    names = sorted(set(coded.votes["annotator"]))
    alpha = krippendorff_alpha(coded.votes)
    low, high = alpha_interval(coded.votes, coded.votes["id"], _RESAMPLES, 0)
    several = int((coded.votes.groupby("id").size() > 1).sum())
    numbers = dict(zip(("alpha", "low", "high"), (alpha, low, high), strict=True))
    return {
        "names": names,
        "texts_of_several": several,
        "disputed": coded.disputed,
        **{key: None if math.isnan(one) else round(one, DIGITS) for key, one in numbers.items()},
    }


def told(estimate: Estimate) -> dict[str, Any]:
    """Return an estimate as JSON has it; null where nothing was read that could tell."""
    numbers = {"value": estimate.value, "low": estimate.low, "high": estimate.high}
    return {
        **{key: None if math.isnan(one) else round(one, DIGITS) for key, one in numbers.items()},
        "texts": estimate.texts,
    }


def _quality(record: Record, read: Read) -> dict[str, Any]:
    rows, design = read.rows, read.design
    stances = {}
    f1s = []
    sizes = np.zeros(len(rows))
    hits = np.zeros(len(rows))
    for number, label in enumerate(record.labels):
        says = (read.predicted == number).astype(np.float64)
        is_ = read.actual[:, number]
        both = says + is_
        f1 = design.share(
            np.divide(2 * says * is_, both, out=np.zeros_like(both), where=both > 0), rows * both
        )
        stances[label] = {
            "precision": told(design.share(is_, rows * says)),
            "recall": told(design.share(says, rows * is_)),
            "f1": told(f1),
        }
        if label != record.background:
            f1s.append(f1)
            sizes += rows * both
            hits += rows * 2 * says * is_
    values = [0.0 if math.isnan(f1.value) else f1.value for f1 in f1s]
    total = float((design.weights * sizes).sum())
    macro = design.estimate(
        float(np.mean(values)),
        np.mean([f1.z for f1 in f1s], axis=0),
        np.divide(hits, sizes, out=np.zeros_like(sizes), where=sizes > 0),
        sizes / total if total else sizes,
    )
    return {
        "accuracy": told(design.share(read.right, rows)),
        "macro_f1": told(macro),
        "labels": stances,
    }


def _promise(record: Record, read: Read) -> dict[str, Any]:
    rows = np.array([group.rows for group in record.groups.values()]).sum(axis=(0, 2))
    answered = rows[ANSWERED] / rows.sum()
    wrong = read.design.share(1 - read.right, read.rows * (read.kind == ANSWERED))
    verdict, more = _verdict(wrong, record.max_error)
    return {
        "max_error": record.max_error,
        "answered": round(float(answered), DIGITS),
        "not_statements": int(rows[NO_STATEMENT]),
        "error": told(wrong),
        "verdict": verdict,
        "more": more,
    }


def _verdict(wrong: Estimate, promised: float) -> tuple[str, int | None]:
    """Return whether errors are what was promised, and how many more texts would tell, if any do.

    The number follows from the score test of the share found against what was promised.
    """
    if math.isnan(wrong.value):
        return NOTHING, None
    if wrong.high <= promised:
        return HOLDS, None
    if wrong.low > promised:
        return FAILS, None
    gap = wrong.value - promised
    if not gap:
        return CANNOT_TELL, None
    quantile = float(norm.ppf((1 + LEVEL) / 2))
    needed = quantile**2 * promised * (1 - promised) / gap**2
    more = math.ceil(wrong.texts * max(0.0, needed / wrong.alike - 1))
    return CANNOT_TELL, more if more <= _TOO_MANY else None


def _reliability(read: Read) -> list[dict[str, Any]]:
    confidence = read.probabilities.max(axis=1)
    found = []
    for low, high in pairwise(_BINS):
        rows = read.rows * ((confidence >= low) & (confidence < high))
        right = read.design.share(read.right, rows)
        if right.texts:
            weights = read.design.weights * rows
            mean = float((weights * confidence).sum() / weights.sum())
            bounds = {"from": low, "to": min(high, 1.0), "confidence": round(mean, DIGITS)}
            found.append({**bounds, "right": told(right)})
    return found


def _thresholds(record: Record, read: Read) -> list[dict[str, Any]]:
    total = sum(sum(map(sum, group.rows)) for group in record.groups.values())
    confidence = read.probabilities.max(axis=1)
    found = []
    for threshold in THRESHOLDS:
        answered = record.thresholds[str(threshold)] / total
        here = np.isin(read.kind, [ANSWERED, UNSURE]) & (confidence >= threshold / SCALE)
        wrong = read.design.share(1 - read.right, read.rows * here)
        if wrong.texts:
            known = {"threshold": threshold / SCALE, "answered": round(answered, DIGITS)}
            found.append({**known, "error": told(wrong)})
    return found


def _shares(record: Record, read: Read) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the shares of the labels in the whole (group null) and in each group, and differences.

    A group that none of the texts read belongs to has shares that are null.
    """
    numbers = range(len(record.labels))
    kinds: dict[str | None, tuple[Numbers, Sequence[Group]]] = {
        None: (read.rows, list(record.groups.values()))
    }
    if record.by:
        kinds |= {name: (read.times[name], [group]) for name, group in record.groups.items()}
    found: dict[str | None, list[Estimate]] = {}
    rows = []
    for name, (times, groups) in kinds.items():
        counts = np.array([group.rows for group in groups]).sum(axis=1)
        predicted = np.average([group.shares for group in groups], axis=0, weights=counts.sum(1))
        raw = counts.sum(axis=0) / counts.sum()
        found[name] = [
            read.design.share(read.actual[:, k], times, read.probabilities[:, k], predicted[k])
            for k in numbers
        ]
        alone = [read.design.share(read.actual[:, k], times) for k in numbers]
        rows += [
            {
                "group": name,
                "rows": int(counts.sum()),
                "stance": label,
                "raw": round(float(raw[k]), DIGITS),
                "share": told(found[name][k]),
                "sample": told(alone[k]),
                "as_good_as": _as_good_as(found[name]),
            }
            for k, label in enumerate(record.labels)
        ]
    named = [name for name in found if name is not None and found[name][0].texts]
    return rows, [
        _difference(read.design, first, second, found, k, label)
        for first, second in combinations(named, 2)
        for k, label in enumerate(record.labels)
    ]


def _as_good_as(shares: Sequence[Estimate]) -> int | None:
    """Return how many texts drawn evenly would tell the shares as well; None if all were read."""
    variance = sum(share.variance for share in shares)
    if not variance > 0:
        return None
    return round(sum(share.value * (1 - share.value) for share in shares) / variance)


def _difference(
    design: Design,
    first: str,
    second: str,
    found: dict[str | None, list[Estimate]],
    number: int,
    label: str,
) -> dict[str, Any]:
    value, low, high = difference(design, found[first][number], found[second][number])
    numbers = {"difference": value, "low": low, "high": high}
    rounded = {key: round(one, DIGITS) + 0.0 for key, one in numbers.items()}
    return {"group": first, "minus": second, "stance": label, **rounded}
