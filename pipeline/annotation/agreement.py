"""How far the annotators agree, where they do not, and what a referee has to decide."""

from collections.abc import Sequence
from textwrap import wrap
from typing import Any

import pandas as pd
from tabulate import tabulate

from pipeline.annotation.codebooks import count_codebooks, say_codebooks
from pipeline.project.documents import Documents
from pipeline.project.tables import STATEMENTS, codebook_hash
from stance.statistics.agreement import alpha_interval, confusions, disputed, krippendorff_alpha

ALL = "all"
RESAMPLES = 2_000
DIGITS = 4

EXPLANATION = (
    "Krippendorff's alpha of the independent annotators on sentences with two votes or more: 1 is "
    "agreement,\n0 is chance. Its 95 % interval resamples sentences; for all documents and for the "
    "labels whole articles\nand single statements."
)


def _alpha(votes: pd.DataFrame, groups: pd.Series) -> dict[str, float | int | None]:
    """Return alpha and its interval, rounded; None where undefined."""
    low, high = alpha_interval(votes, groups, RESAMPLES, seed=0)
    numbers = {"alpha": krippendorff_alpha(votes), "low": low, "high": high}
    counts = votes.groupby("id").size()
    return {
        "sentences": int((counts >= 2).sum()),
        **{
            name: None if pd.isna(number) else round(number, DIGITS)
            for name, number in numbers.items()
        },
    }


def measure(documents: Documents, labels: Sequence[str], referees: Sequence[str]) -> dict[str, Any]:
    """Return all that is shown.

    Returns
    -------
    `alpha`: for all documents, each document and each label the number of sentences with two
    votes, alpha and its interval. `annotators`: for each two with sentences in common how many,
    the share on which they agree, and their confusion. `disputed`: the sentences on which
    independent annotators differ and no referee has decided, with their votes. `reason`: why alpha
    of all is undefined, None if it is not. `codebooks`: as `count_codebooks` returns them.
    """
    votes = documents.votes
    independent = votes[~votes["annotator"].isin(referees)]
    whole = independent["document"].where(independent["document"] != STATEMENTS, independent["id"])
    rows = [{"of": ALL, **_alpha(independent, whole)}]
    for document, some in independent.groupby("document", sort=False):
        rows.append({"of": str(document), **_alpha(some, some["id"])})
    for label in labels:
        this = independent.assign(stance=independent["stance"] == label)
        rows.append({"of": f"{label}, or another", **_alpha(this, whole)})
    pairs = [
        {
            "annotators": list(names),
            "sentences": int(counts.to_numpy().sum()),
            "alike": round(float(counts.to_numpy().trace() / counts.to_numpy().sum()), DIGITS),
            "confusion": counts.to_dict("index"),
        }
        for names, counts in confusions(independent, labels).items()
    ]
    ids = set(disputed(votes, referees))
    open_votes = {
        str(id_): dict(zip(some["annotator"], some["stance"], strict=True))
        for id_, some in independent[independent["id"].isin(ids)].groupby("id")
    }
    sentences = documents.sentences.drop_duplicates(["document", "text"])
    open_sentences = [
        {"id": id_, "text": text, "votes": open_votes[id_]}
        for id_, text in zip(sentences["id"], sentences["text"], strict=True)
        if id_ in ids
    ]
    return {
        "alpha": rows,
        "annotators": pairs,
        "disputed": open_sentences,
        "reason": _reason(votes, independent) if rows[0]["alpha"] is None else None,
        "codebooks": count_codebooks(votes, codebook_hash()),
    }


def _reason(votes: pd.DataFrame, independent: pd.DataFrame) -> str:
    """Return why there is no alpha, and what would mend it."""
    twice = independent[independent["id"].duplicated(keep=False)]
    if len(twice):
        return (
            f"All {len(twice)} votes on sentences that have been annotated twice are "
            f"{twice['stance'].iloc[0]}: agreement beyond chance cannot be measured with one label."
        )
    nobody = "No sentence has been annotated twice"
    if votes["id"].duplicated().any():
        nobody += " by independent annotators (a referee, who has seen the votes, is none)"
    return (
        f"{nobody}, so there is no agreement to measure; `stance annotate --second NAME --sample "
        "50` lets another one work blind."
    )


def render(measured: dict[str, Any], labels: Sequence[str]) -> str:
    """Return the agreement as text for a terminal."""

    def number(value: float | None) -> str:
        return "–" if value is None else f"{value:.3f}"

    alphas = [
        [
            row["of"],
            row["sentences"],
            number(row["alpha"]),
            f"{number(row['low'])} to {number(row['high'])}",
        ]
        for row in measured["alpha"]
    ]
    headers = ["", "sentences", "alpha", "95 % interval"]
    parts = [measured["reason"]]
    if measured["alpha"][0]["sentences"]:
        table = tabulate(alphas, headers=headers, disable_numparse=True)
        parts = [EXPLANATION, table, *filter(None, parts)]
    for pair in measured["annotators"]:
        first, second = pair["annotators"]
        cells = [
            [label, *(pair["confusion"][label][other] for other in labels)] for label in labels
        ]
        head = (
            f"{first} (rows) and {second} (columns): {pair['sentences']} sentences, "
            f"{pair['alike']:.1%} alike"
        )
        parts.append(f"{head}\n\n{tabulate(cells, headers=['', *labels])}")
    if measured["disputed"]:
        lines = [f"Disputed: {len(measured['disputed'])}; `stance annotate --referee NAME` decides"]
        for sentence in measured["disputed"]:
            votes = ", ".join(f"{name} {stance}" for name, stance in sentence["votes"].items())
            lines.append(f"  {sentence['id']}  {votes}  {sentence['text']}")
        parts.append("\n".join(lines))
    else:
        parts.append("Nothing is disputed.")
    if changed := say_codebooks(measured["codebooks"]):
        parts.append("\n".join(wrap(changed, 100)))
    return "\n\n".join(parts) + "\n"
