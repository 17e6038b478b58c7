"""What the encoder learns: the votes on a corpus of its own, each sentence's as shares.

Where annotators disagree, a share says so, and the encoder learns just that.
"""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from stance.errors import DataError
from stance.statistics.agreement import krippendorff_alpha
from stance.statistics.rounding import DIGITS

# What the corpus has besides articles.
SINGLES = ["statements", "contrasts", "newswire", "extracts"]


def vote_shares(annotations: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Return the share of votes that each sentence has for each name.

    Parameters
    ----------
    annotations
        A row per vote: `key` (the sentence) and `vote`.
    names
        All names that may be voted for.

    Returns
    -------
    DataFrame indexed by sentence, in the order of their first votes, with a float column per name;
    rows add up to 1.

    Raises
    ------
    DataError
        If a vote is for none of the names.
    """
    for vote in annotations["vote"][~annotations["vote"].isin(names)]:
        raise DataError(
            f"the encoder's corpus has {vote!r}, which is none of {', '.join(names)}; mend it."
        )
    counts = pd.crosstab(annotations["key"], annotations["vote"])
    counts = counts.reindex(index=annotations["key"].unique(), columns=list(names), fill_value=0)
    return counts.div(counts.sum(axis=1), axis=0)


def corpus_report(
    annotations: pd.DataFrame,
    events: pd.DataFrame,
    real_votes: pd.DataFrame,
    real_events: pd.DataFrame,
) -> dict[str, Any]:
    """Return how large the corpus is and how far its annotators agree (Krippendorff's alpha).

    Parameters
    ----------
    annotations, events
        The votes of either coding on composed sentences, a row each: `key` (the sentence),
        `annotator` and `vote`; those on stances also have `document`.
    real_votes, real_events
        The same on real prose.
    """

    def measure(some: pd.DataFrame) -> dict[str, Any]:
        votes = some.rename(columns={"key": "id"}).assign(stance=some["vote"])
        return {
            "sentences": int(some["key"].nunique()),
            "alpha": round(krippendorff_alpha(votes[["id", "stance"]]), DIGITS),
        }

    return {
        "stance": {
            **{name: measure(annotations[annotations["document"] == name]) for name in SINGLES},
            "real": measure(real_votes),
            "articles": {
                "documents": int(annotations["document"].nunique()) - len(SINGLES),
                **measure(annotations[~annotations["document"].isin(SINGLES)]),
            },
        },
        # One annotator has coded the events of real prose and of the extracts.
        "event": {
            **measure(events[events["key"].duplicated(keep=False)]),
            "once": int((~events["key"].duplicated(keep=False)).sum() + len(real_events)),
        },
    }
