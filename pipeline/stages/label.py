"""Turn the annotators' votes into one stance per sentence, and say how far they agree.

A referee decides where there is one; else a majority of the votes does; what neither decides is
reported as unresolved and not trained on. Sentences that nobody annotated are listed, too.
"""

import math
from collections.abc import Collection

import pandas as pd

from pipeline.data.annotations import check_annotations, join_votes
from pipeline.data.files import write_csv, write_json
from pipeline.data.params import read_params
from pipeline.data.tables import (
    AGREEMENT,
    ANNOTATORS_CSV,
    LABELLED,
    SENTENCES,
    VOTES,
    read_annotations,
    read_annotators,
    read_stage_csv,
)
from pipeline.errors import DataError, exit_with
from pipeline.statistics.agreement import krippendorff_alpha

AGREED = "agreed"
MAJORITY = "majority"
REFEREED = "refereed"
UNRESOLVED = "unresolved"
UNANNOTATED = "unannotated"


def resolve(votes: pd.DataFrame, referees: Collection[str]) -> tuple[str, str]:
    """Return the stance of one sentence and how it came about.

    Parameters
    ----------
    votes
        The votes on the sentence: `annotator` and `stance`.
    referees
        Annotators whose word decides; if several have voted, the last row's does.

    Returns
    -------
    The stance (empty if unresolved or unannotated) and the status.
    """
    if votes.empty:
        return "", UNANNOTATED
    refereed = votes["stance"][votes["annotator"].isin(referees)]
    if len(refereed):
        return refereed.iloc[-1], REFEREED
    counts = votes["stance"].value_counts()
    if len(counts) == 1:
        return counts.index[0], AGREED
    if counts.iloc[0] * 2 > len(votes):
        return counts.index[0], MAJORITY
    return "", UNRESOLVED


def label_sentences(
    sentences: pd.DataFrame, votes: pd.DataFrame, referees: Collection[str]
) -> pd.DataFrame:
    """Return the sentences with `stance`, `status` and `annotators` (names with spaces between)."""
    by_id = dict(list(votes.groupby("id", sort=False)))
    none = votes.iloc[:0]
    decided = [resolve(by_id.get(id_, none), referees) for id_ in sentences["id"]]
    names = [" ".join(by_id.get(id_, none)["annotator"]) for id_ in sentences["id"]]
    return sentences.assign(
        stance=[stance for stance, _ in decided],
        status=[status for _, status in decided],
        annotators=names,
    )


def agreement(
    votes: pd.DataFrame, labelled: pd.DataFrame, labels: Collection[str]
) -> dict[str, object]:
    """Return Krippendorff's alpha for all votes, per document and per label, and what is open.

    Parameters
    ----------
    votes
        Votes of the independent annotators, without referees: `id`, `document`, `stance`.
    labelled
        The labelled sentences.
    labels
        For each, alpha of "this label or another one".
    """

    def alpha(some: pd.DataFrame) -> float | None:
        value = krippendorff_alpha(some)
        return None if math.isnan(value) else round(value, 4)

    statuses = labelled["status"].value_counts()
    return {
        "alpha": alpha(votes),
        "documents": {str(name): alpha(some) for name, some in votes.groupby("document")},
        "labels": {name: alpha(votes.assign(stance=votes["stance"] == name)) for name in labels},
        "sentences": {
            status: int(statuses.get(status, 0))
            for status in (AGREED, MAJORITY, REFEREED, UNRESOLVED, UNANNOTATED)
        },
        UNRESOLVED: labelled["id"][labelled["status"] == UNRESOLVED].tolist(),
        UNANNOTATED: labelled["id"][labelled["status"] == UNANNOTATED].tolist(),
    }


def main() -> None:
    """Write `labelled.csv`, `votes.csv` and `agreement.json`."""
    params = read_params()
    annotators = read_annotators()
    for referee in params.label.referees:
        if referee not in annotators:
            raise DataError(
                f"params.yaml: label.referees names {referee!r}, who is not in {ANNOTATORS_CSV}."
            )
    sentences = read_stage_csv(SENTENCES)
    annotations = read_annotations()
    check_annotations(annotations, sentences, params.labels.all, annotators)
    votes = join_votes(sentences, annotations)
    labelled = label_sentences(sentences, votes, params.label.referees)
    independent = votes[~votes["annotator"].isin(params.label.referees)]
    columns = ["id", "document", "paragraph", "position", "text", "stance", "status"]
    write_csv(LABELLED, labelled[[*columns, "annotators", "origin", "holder", "target"]])
    write_csv(VOTES, votes[["id", "annotator", "stance", "confidence", "rationale"]])
    write_json(AGREEMENT, agreement(independent, labelled, params.labels.all))


if __name__ == "__main__":
    exit_with("label", main)
