"""Under which codebooks the votes were given: one that has changed asks another question."""

from typing import Any

import pandas as pd

from pipeline.project.tables import UNDER


def count_codebooks(votes: pd.DataFrame, now: str) -> dict[str, Any]:
    """Return how many votes were given under which codebook.

    Parameters
    ----------
    votes
        `id`, `document`, `text`, `annotator` and `codebook` (a hash, or "" where nobody knows).
    now
        The hash of the codebook as it lies.

    Returns
    -------
    `now`; how many votes are `of_now`, of a `changed` codebook and of an `unknown` one; for each of
    the `others` (by hash) the number of votes of each annotator; and on how many sentences votes
    are `mixed`, which is of several known codebooks.
    """
    votes = votes.drop_duplicates(["document", "text", "annotator"])
    known = votes[votes[UNDER] != ""]
    others: dict[str, dict[str, int]] = {}
    for row in known[known[UNDER] != now].to_dict("records"):
        of_codebook = others.setdefault(row[UNDER], {})
        of_codebook[row["annotator"]] = of_codebook.get(row["annotator"], 0) + 1
    several = known.drop_duplicates(["document", "text", UNDER])
    return {
        "now": now,
        "of_now": int((known[UNDER] == now).sum()),
        "changed": int((known[UNDER] != now).sum()),
        "unknown": len(votes) - len(known),
        "others": others,
        "mixed": int(several.loc[several.duplicated(["document", "text"]), "id"].nunique()),
    }


def say_codebooks(counted: dict[str, Any]) -> str:
    """Return what `count_codebooks` has found as sentences; nothing if no codebook has changed."""
    if not counted["others"]:
        return ""
    total = counted["changed"]
    of_each = "; ".join(
        f"{name}: {', '.join(f'{who} {count}' for who, count in by_annotator.items())}"
        for name, by_annotator in counted["others"].items()
    )
    said = (
        f"The codebook has changed: {total} {'vote was' if total == 1 else 'votes were'} given "
        f"under another one than data/codebook.md as it is now ({of_each})."
    )
    if counted["mixed"]:
        of = "sentence has" if counted["mixed"] == 1 else "sentences have"
        said += f" {counted['mixed']} {of} votes of several codebooks."
    if counted["unknown"]:
        of = "vote does" if counted["unknown"] == 1 else "votes do"
        said += f" {counted['unknown']} {of} not say theirs."
    return said
