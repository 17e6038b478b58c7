"""Which texts to read by hand: strata and how many of each, so that reading tells most.

Texts are told apart by what a classifier says of them. A stratum is as fine as the sample allows,
and has at least two texts to read, so that its variance can be estimated; more are read where
errors are likelier, and enough where the classifier answers to judge its promise.

References
----------
Cochran (1977), Sampling Techniques, chapters 5 and 5A; Neyman (1934), On the two different aspects
of the representative method.
"""

import math
from collections.abc import Sequence
from heapq import heapify, heappop, heappush
from itertools import groupby
from typing import NamedTuple

# A stratum is split only into parts of which so many texts are read.
LEAST = 6
# No part is so sure to be right that its texts need not be read.
_LEAST_SPREAD = 0.25
# Of the sample, what is read of the texts that the classifier answers, where there are such texts.
_ANSWERED = 1 / 3


class Cell(NamedTuple):
    """Texts that are told apart no further.

    Attributes
    ----------
    place
        What they have in common, the coarsest first. Texts that differ in the first are never in
        one stratum, and neighbours in the order of the others are put together first.
    texts
        How many different ones there are.
    rows
        For how many rows they stand.
    errors
        The share of them that the classifier expects to have wrong.
    answered
        Whether the classifier answers them.
    whole
        Whether all of them are read, since each stands for so many rows.
    """

    place: tuple[int, ...]
    texts: int
    rows: int
    errors: float
    answered: bool
    whole: bool = False


class Stratum(NamedTuple):
    """Cells that are drawn from together, and how many of their texts are read."""

    cells: list[Cell]
    texts: int
    read: int


def plan_strata(cells: Sequence[Cell], size: int) -> list[Stratum]:
    """Return strata and how many texts to read of each.

    Parameters
    ----------
    cells
        All texts, in cells; no place is there twice.
    size
        How many texts to read; not more than there are, all of those that are read as wholes, and
        besides at least two for each first part of a place that has two.

    Returns
    -------
    The strata; their sizes add up to `size`, and each reads at least two texts, or all that it has.
    """
    weights = _weights(cells)
    some = sorted(cell for cell in cells if not cell.whole)
    strata = [Stratum([cell], cell.texts, cell.texts) for cell in sorted(cells) if cell.whole]
    groups = [list(of_group) for _, of_group in groupby(some, lambda cell: cell.place[0])]
    budgets = allocate(
        [sum(cell.texts for cell in group) for group in groups],
        # Between equal sizes, which serve each group, and those by weight, which serve the whole.
        [math.sqrt(sum(weights[cell] for cell in group)) for group in groups],
        size - sum(stratum.read for stratum in strata),
    )
    for group, budget in zip(groups, budgets, strict=True):
        parts = _split(group, weights, budget, 1)
        sizes = allocate(
            [sum(cell.texts for cell in part) for part in parts],
            [sum(weights[cell] for cell in part) for part in parts],
            budget,
        )
        strata += [
            Stratum(part, sum(cell.texts for cell in part), read)
            for part, read in zip(parts, sizes, strict=True)
        ]
    return strata


def _weights(cells: Sequence[Cell]) -> dict[Cell, float]:
    """Return what each cell counts in the allocation: its rows times how far they may differ."""

    def weight(cell: Cell) -> float:
        return cell.rows * max(_LEAST_SPREAD, math.sqrt(cell.errors * (1 - cell.errors)))

    found = {cell: weight(cell) for cell in cells}
    total = sum(found.values())
    answered = sum(found[cell] for cell in cells if cell.answered)
    if 0 < answered < _ANSWERED * total:
        factor = _ANSWERED / (1 - _ANSWERED) * (total - answered) / answered
        found = {cell: found[cell] * (factor if cell.answered else 1.0) for cell in cells}
    return found


def _split(
    cells: list[Cell], weights: dict[Cell, float], budget: float, level: int
) -> list[list[Cell]]:
    """Return the cells in parts of which at least `LEAST` texts each would be read."""
    if level == len(cells[0].place) or budget < 2 * LEAST:
        return [cells]
    total = sum(weights[cell] for cell in cells)
    ordered = sorted(cells, key=lambda cell: cell.place[level:])
    parts: list[list[Cell]] = [[]]
    room = 0.0
    for _, some in groupby(ordered, lambda cell: cell.place[level]):
        if room >= LEAST:
            parts.append([])
            room = 0.0
        children = list(some)
        parts[-1] += children
        texts = sum(cell.texts for cell in children)
        room += min(texts, budget * sum(weights[cell] for cell in children) / total)
    if room < LEAST and len(parts) > 1:
        last = parts.pop()
        parts[-1] += last
    found = []
    for part in parts:
        share = budget * sum(weights[cell] for cell in part) / total
        found += _split(part, weights, share, level + 1)
    return found


def allocate(texts: Sequence[int], weights: Sequence[float], size: int) -> list[int]:
    """Return how many texts of each part to read, by weight: two at least, and no more than it has.

    Parameters
    ----------
    texts
        How many texts each part has.
    weights
        What each part counts.
    size
        How many to read in all; at least two of each part that has two, at most all.

    Returns
    -------
    Numbers that add up to `size`.
    """
    found = [min(2, count) for count in texts]

    def urgency(number: int) -> tuple[float, int]:
        # Divisors of Sainte-Laguë: the numbers are as proportional as whole ones can be.
        return -weights[number] / (2 * found[number] + 1), number

    queue = [urgency(number) for number, count in enumerate(texts) if found[number] < count]
    heapify(queue)
    for _ in range(size - sum(found)):
        _, number = heappop(queue)
        found[number] += 1
        if found[number] < texts[number]:
            heappush(queue, urgency(number))
    return found
