"""Labels from votes: one stance per sentence, how it came about, and how far the annotators agree.

A referee decides where there is one; else a majority of the votes does, or the model of Dawid and
Skene; what is then undecided is reported as unresolved and not trained on. Sentences that nobody
annotated are listed, too.
"""

import math
from collections.abc import Collection, Mapping
from typing import Any

import pandas as pd

from pipeline.project.params import PARAMS, Label
from pipeline.project.tables import ANNOTATORS_CSV, SPEAKER
from pipeline.project.vocabulary import (
    AGREED,
    DAWID_SKENE,
    MAJORITY,
    REFEREED,
    STATUSES,
    UNANNOTATED,
    UNRESOLVED,
)
from stance.errors import DataError
from stance.files import fold
from stance.statistics.aggregation import dawid_skene, most_probable
from stance.statistics.agreement import krippendorff_alpha


def check_referees(referees: Collection[str], annotators: Collection[str]) -> None:
    """Raise a `DataError` if a referee is no annotator."""
    for referee in referees:
        if referee not in annotators:
            raise DataError(
                f"{PARAMS}: label.referees names {referee!r}, who is not in {ANNOTATORS_CSV}."
            )


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


def labels_from_votes(
    sentences: pd.DataFrame, votes: pd.DataFrame, labels: Collection[str], params: Label
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Return the sentences with their labels, and what `agreement.json` says of the votes.

    Parameters
    ----------
    sentences
        `id` and `document`.
    votes
        `id`, `document`, `annotator` and `stance`.
    labels
        All labels.
    params
        Who decides, and how where nobody does.

    Returns
    -------
    As `label_sentences` returns them, and as `agreement` does, with `aggregation`: which rule was
    `used`, and how far the rules differ.
    """
    independent = votes[~votes["annotator"].isin(params.referees)]
    estimated = most_probable(dawid_skene(independent, list(labels)))
    used = estimated if params.aggregate == DAWID_SKENE else None
    labelled = label_sentences(sentences, votes, params.referees, used)
    compared = compare_aggregations(votes, params.referees, estimated)
    aggregation = {"used": params.aggregate, **compared}
    return labelled, {**agreement(independent, labelled, labels), "aggregation": aggregation}


def label_sentences(
    sentences: pd.DataFrame,
    votes: pd.DataFrame,
    referees: Collection[str],
    estimated: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Return the sentences with `stance`, `status` and `annotators` (names with spaces between).

    Parameters
    ----------
    sentences
        At least `id`.
    votes
        `id`, `annotator` and `stance`.
    referees
        As for `resolve`.
    estimated
        For each id with votes the stance by Dawid and Skene, which goes before the majority's.
    """
    by_id = dict(list(votes.groupby("id", sort=False)))
    none = votes.iloc[:0]
    decided = [resolve(by_id.get(id_, none), referees) for id_ in sentences["id"]]
    if estimated is not None:
        decided = [
            _estimate(found, estimated.get(id_, ""))
            for id_, found in zip(sentences["id"], decided, strict=True)
        ]
    names = [" ".join(by_id.get(id_, none)["annotator"]) for id_ in sentences["id"]]
    return sentences.assign(
        stance=[stance for stance, _ in decided],
        status=[status for _, status in decided],
        annotators=names,
    )


def _estimate(resolved: tuple[str, str], estimated: str) -> tuple[str, str]:
    """Return stance and status with the estimate in the place of the majority."""
    if resolved[1] in (REFEREED, UNANNOTATED) or resolved == (estimated, AGREED):
        return resolved
    return (estimated, DAWID_SKENE) if estimated else ("", UNRESOLVED)


def compare_aggregations(
    votes: pd.DataFrame, referees: Collection[str], estimated: Mapping[str, str]
) -> dict[str, object]:
    """Return where the majority of the independent votes and Dawid and Skene differ.

    Parameters
    ----------
    votes
        All votes: `id`, `annotator` and `stance`.
    referees
        Their votes count on neither side, but say which side was right.
    estimated
        As for `label_sentences`.

    Returns
    -------
    `sentences` with independent votes, how many `differ`, how many of the `refereed` ones come out
    `as_the_referee` has it by either, and the `differing` ones; "" stands for no decision.
    """
    of_referee = votes["annotator"].isin(referees)
    decided = {
        str(id_): resolve(some, referees)[0] for id_, some in votes[of_referee].groupby("id")
    }
    majority = {
        str(id_): resolve(some, [])[0] for id_, some in votes[~of_referee].groupby("id", sort=False)
    }
    refereed = [id_ for id_ in majority if id_ in decided]
    return {
        "sentences": len(majority),
        "differ": sum(majority[id_] != estimated[id_] for id_ in majority),
        "refereed": len(refereed),
        "as_the_referee": {
            name: sum(found[id_] == decided[id_] for id_ in refereed)
            for name, found in ((MAJORITY, majority), (DAWID_SKENE, estimated))
        },
        "differing": [
            {
                "id": id_,
                MAJORITY: stance,
                DAWID_SKENE: estimated[id_],
                "referee": decided.get(id_, ""),
            }
            for id_, stance in majority.items()
            if stance != estimated[id_]
        ],
    }


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
    shown = [status for status in STATUSES if status != DAWID_SKENE or status in statuses]
    return {
        "alpha": alpha(votes),
        "documents": {str(name): alpha(some) for name, some in votes.groupby("document")},
        "labels": {name: alpha(votes.assign(stance=votes["stance"] == name)) for name in labels},
        "sentences": {status: int(statuses.get(status, 0)) for status in shown},
        UNRESOLVED: labelled["id"][labelled["status"] == UNRESOLVED].tolist(),
        UNANNOTATED: labelled["id"][labelled["status"] == UNANNOTATED].tolist(),
    }


def find_speakers(annotations: pd.DataFrame) -> dict[tuple[str, str], str]:
    """Return who speaks in a sentence, for those whose annotations say so.

    Parameters
    ----------
    annotations
        As `read_annotations` returns them.

    Returns
    -------
    The speaker by document and folded sentence.

    Raises
    ------
    DataError
        If two annotations of a sentence name different speakers; names both lines.
    """
    speakers: dict[tuple[str, str], str] = {}
    lines: dict[tuple[str, str], int] = {}
    for row in annotations[annotations[SPEAKER] != ""].to_dict("records"):
        sentence, speaker = (row["document"], row["key"]), fold(row[SPEAKER])
        if speakers.setdefault(sentence, speaker) != speaker:
            raise DataError(
                f"{row['file']}, line {row['line']}: the speaker is {speaker!r}, and "
                f"{speakers[sentence]!r} in line {lines[sentence]}; give the sentence one of them."
            )
        lines.setdefault(sentence, row["line"])
    return speakers


def name_speakers(sentences: pd.DataFrame, annotations: pd.DataFrame) -> pd.Series:
    """Return who speaks in each sentence, "" where no annotation says so; as `find_speakers`."""
    speakers = find_speakers(annotations)
    keys = zip(sentences["document"], sentences["text"], strict=True)
    return pd.Series([speakers.get(key, "") for key in keys], sentences.index, dtype="str")
