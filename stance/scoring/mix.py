"""The mix of stances per group: a table of shares with intervals."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stance.scoring.groups import Grouping, group_of
from stance.statistics.prevalence import prevalence
from stance.statistics.rounding import DIGITS
from stance.terminal import visible

# What intervals take for drawn: each text, or each document with all of its texts.
TEXTS, DOCUMENTS = "texts", "documents"
ASSUMED = {
    TEXTS: (
        "The intervals take every text for drawn by itself. Where a group has many texts of few "
        "documents, they are too narrow: name the column that tells documents with --document."
    ),
    DOCUMENTS: (
        "The intervals take documents for drawn, each with all of its texts; one document says "
        "nothing of others."
    ),
}


def mix_table(
    counted: Mapping[str, Sequence[int]],
    grouping: Grouping,
    labels: Sequence[str],
    confusion: NDArray[np.int64] | None,
) -> pd.DataFrame:
    """Return how often each label occurs in each group, raw and corrected, with 95 % intervals.

    All statements of a group count, those that the model abstains from with their most probable
    label: to leave out what is hard would bend the mix. Texts that are no statements do not count.

    Parameters
    ----------
    counted
        What `score_table` has counted, as `Tally.groups` holds it.
    grouping
        What it was counted by.
    labels
        All labels.
    confusion
        As for `prevalence`; None where the model's errors are not known, or not among these
        texts: then there are raw shares only, without intervals that would seem to hold them.

    Returns
    -------
    A row per group and label, groups in the order of their names: a column for each part of the
    group, `statements`, `abstained`, `not_statements`, `drawn` (what the intervals take for drawn:
    `texts` or `documents`), `stance`, `share` and `corrected`, each of the two with `_low` and
    `_high`; with documents also how many `documents` have statements. Shares are missing where a
    group has no statements.
    """
    groups: dict[tuple[str, ...], list[Sequence[int]]] = {}
    for key, counts in counted.items():
        groups.setdefault(group_of(key)[0], []).append(counts)
    rows = []
    for group in sorted(groups):
        of_documents = np.array(groups[group])
        *_, abstained, others = of_documents.sum(axis=0).tolist()
        labelled = of_documents[:, : len(labels)]
        labelled = labelled[labelled.sum(axis=1) > 0]
        of_group: dict[str, object] = {
            "statements": int(labelled.sum()),
            "documents": len(labelled),
            "abstained": abstained,
            "not_statements": others,
            "drawn": DOCUMENTS if grouping.document else TEXTS,
        }
        drawn = labelled if grouping.document else labelled.sum(axis=0)
        shares = labelled.sum(axis=0) / labelled.sum() if labelled.size else None
        known = (
            prevalence(drawn, confusion) if shares is not None and confusion is not None else None
        )
        for number, label in enumerate(labels):
            row = dict(zip(grouping.names, group, strict=True)) | of_group | {"stance": label}
            if shares is not None:
                row["share"] = shares[number]
            if known:
                row |= {
                    "share_low": known.raw_low[number],
                    "share_high": known.raw_high[number],
                    "corrected": known.corrected[number],
                    "corrected_low": known.corrected_low[number],
                    "corrected_high": known.corrected_high[number],
                }
            rows.append(row)
    columns = [f"{name}{end}" for name in ("share", "corrected") for end in ("", "_low", "_high")]
    columns = columns if confusion is not None else columns[:1]
    fixed = ["statements", "documents", "abstained", "not_statements", "drawn", "stance"]
    table = pd.DataFrame(rows, columns=[*grouping.names, *fixed, *columns])
    table[columns] = table[columns].astype("float64").round(DIGITS) + 0.0
    return table if grouping.document else table.drop(columns="documents")


def render_mix(mix: pd.DataFrame, grouping: Grouping) -> str:
    """Return the mix of stances as an aligned table, shares in percent with their intervals.

    Below it stands what the intervals take for granted.
    """
    from tabulate import tabulate

    def percent(row: "pd.Series[float]", name: str) -> str:
        if math.isnan(row[name]):
            return ""
        low, high = row[f"{name}_low"], row[f"{name}_high"]
        return f"{row[name]:.0%} ({low:.0%} to {high:.0%})"

    names = [*mix.columns[: mix.columns.get_loc("drawn")], "stance"]
    rows = [
        [
            *(visible(str(row[name])) for name in names),
            *(percent(row, name) for name in ("share", "corrected")),
        ]
        for _, row in mix.iterrows()
    ]
    headers = [visible(name).replace("_", " ") for name in [*names, "share", "corrected"]]
    assumed = ASSUMED[DOCUMENTS if grouping.document else TEXTS]
    return f"{tabulate(rows, headers, disable_numparse=True)}\n\n{assumed}\n"
