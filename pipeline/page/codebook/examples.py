"""What annotators have made of the codebook: examples of each label, and labels that they confuse.

Nobody sees here what they have still to judge, and nobody is told who has voted what.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import combinations_with_replacement

import pandas as pd

from pipeline.annotation.queue import second_sample
from pipeline.project.documents import Documents
from stance.statistics.agreement import disputed

# Sentences that are shown of each label, and of each two labels.
EXAMPLES, DISPUTES = 4, 2
# Pairs of labels that are shown.
_PAIRS = 6
# Characters of sentences that are quickly read, and say something.
_SHORTEST, _LONGEST = 30, 180

Sentence = tuple[str, str]


@dataclass(frozen=True)
class Confusion:
    """Two labels that annotators confuse.

    Attributes
    ----------
    labels
        The two.
    times
        How often one annotator has given the one and another the other, of the same sentence.
    of
        How often two have judged a sentence to which at least one of them gave one of the two.
    sentences
        Some on which they differ so, with the label that was decided on, "" if none was.
    """

    labels: tuple[str, str]
    times: int
    of: int
    sentences: list[tuple[Sentence, str]]


@dataclass(frozen=True)
class Votes:
    """What the votes say, whoever looks.

    Attributes
    ----------
    decided
        The label of each sentence that has one by two annotators at least who agree, or by a
        referee.
    refereed
        Those of which a referee has decided.
    confused
        For each two labels how often they were confused, and of how many, the most frequent first.
    disputes
        For each two labels the sentences on which annotators differ so.
    """

    decided: dict[Sentence, str]
    refereed: set[Sentence]
    confused: dict[tuple[str, str], tuple[int, int]]
    disputes: dict[tuple[str, str], list[Sentence]]


def weigh_votes(documents: Documents, labels: Sequence[str], referees: Collection[str]) -> Votes:
    """Return what the votes say of the labels.

    Parameters
    ----------
    documents
        With the votes.
    labels
        All labels.
    referees
        Annotators whose word decides; they are no part of a confusion.
    """
    votes = documents.votes.drop_duplicates(["document", "text", "annotator"], keep="last")
    of_referee = votes["annotator"].isin(referees)
    independent = votes[~of_referee]
    key = ["document", "text"]
    refereed = votes[of_referee].drop_duplicates(key, keep="last").set_index(key)["stance"]
    counts = independent.pivot_table(
        index=key, columns="stance", values="id", aggfunc="size", fill_value=0
    )
    # More than half of the votes, which two at least have given.
    most = counts.max(axis=1)
    agreed = counts.idxmax(axis=1)[(most >= 2) & (2 * most > counts.sum(axis=1))]
    decided = pd.concat([refereed, agreed[~agreed.index.isin(refereed.index)]])
    given = [*key, "annotator", "stance"]
    pairs = independent[given].merge(independent[given], on=key, suffixes=("", "_other"))
    pairs = pairs[pairs["annotator"] < pairs["annotator_other"]]
    place = {label: number for number, label in enumerate(labels)}
    met: dict[tuple[str, str], int] = dict.fromkeys(combinations_with_replacement(labels, 2), 0)
    disputes: dict[tuple[str, str], dict[Sentence, None]] = {}
    for document, text, one, other in pairs[[*key, "stance", "stance_other"]].itertuples(
        index=False
    ):
        two = (one, other) if place[one] <= place[other] else (other, one)
        met[two] += 1
        if one != other:
            disputes.setdefault(two, {})[document, text] = None
    confused = {
        two: (times, sum(count for some, count in met.items() if set(some) & set(two)))
        for two, times in met.items()
        if times and two[0] != two[1]
    }
    return Votes(
        {(document, text): label for (document, text), label in decided.items()},
        set(refereed.index),
        dict(sorted(confused.items(), key=lambda one: -one[1][0])),
        {two: list(some) for two, some in disputes.items()},
    )


def still_to_judge(
    documents: Documents,
    annotator: str,
    referees: Sequence[str],
    sample: int | None,
    seed: int,
) -> set[Sentence]:
    """Return the sentences that have votes and that an annotator has still to judge.

    Parameters
    ----------
    documents
        With the votes.
    annotator
        Who it is.
    referees
        Whose word decides.
    sample, seed
        Of second opinions, as for `second_sample`.
    """
    if annotator in referees:
        # They are asked for no second opinion: they decide where others differ.
        votes = documents.votes
        mine = votes["id"][votes["annotator"] == annotator]
        some = documents.of(set(disputed(votes, referees)) - set(mine))
    else:
        some = second_sample(documents, annotator, referees, sample, seed)
    return set(zip(some["document"], some["text"], strict=True))


def choose_examples(
    votes: Votes, labels: Sequence[str], hidden: Collection[Sentence]
) -> dict[str, list[Sentence]]:
    """Return some sentences of each label that are none of the hidden.

    Those that a referee had to decide come behind all others: they are no plain cases.
    """
    found: dict[str, list[Sentence]] = {label: [] for label in labels}
    for sentence, label in votes.decided.items():
        if sentence not in hidden:
            found[label].append(sentence)
    return {label: choose(some, EXAMPLES, votes.refereed) for label, some in found.items()}


def choose_confusions(votes: Votes, hidden: Collection[Sentence]) -> list[Confusion]:
    """Return the labels that are confused most, with sentences that are none of the hidden."""
    return [
        Confusion(
            two,
            *counts,
            [
                (sentence, votes.decided.get(sentence, ""))
                for sentence in choose(
                    (one for one in votes.disputes[two] if one not in hidden), DISPUTES
                )
            ],
        )
        for two, counts in list(votes.confused.items())[:_PAIRS]
    ]


def choose(
    sentences: Iterable[Sentence], most: int, behind: Collection[Sentence] = ()
) -> list[Sentence]:
    """Return short sentences of as many documents as can be, always the same.

    Parameters
    ----------
    sentences
        Documents and texts.
    most
        How many.
    behind
        Sentences that come behind all others.
    """
    turns: dict[str, int] = {}
    ranked: list[tuple[bool, int, str, Sentence]] = []
    for unfit, chance, sentence in sorted(
        (one in behind or not _SHORTEST <= len(one[1]) <= _LONGEST, _chance(one), one)
        for one in sentences
    ):
        turn = turns[sentence[0]] = turns.get(sentence[0], -1) + 1
        ranked.append((unfit, turn, chance, sentence))
    return [sentence for *_, sentence in sorted(ranked)[:most]]


def _chance(sentence: Sentence) -> str:
    return sha256("\0".join(sentence).encode("utf-8", "surrogatepass")).hexdigest()
