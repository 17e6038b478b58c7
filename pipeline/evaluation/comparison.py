"""Say whether one run is really better than another, from the predictions that both committed.

Nothing is checked out and nothing is trained: `predictions.csv` of each revision holds every
held-out sentence with its text, its stance and what was predicted.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from pipeline.project.frames import parse_csv
from pipeline.project.params import PARAMS, Labels, load_yaml, parse_params
from pipeline.project.revisions import (
    WORKSPACE,
    Revision,
    find_experiments,
    find_revision,
    read_at,
    refuse_stale_workspace,
)
from pipeline.project.tables import PREDICTIONS
from stance.errors import DataError
from stance.statistics.comparison import PairedDifference, holm, paired_difference
from stance.statistics.metrics import grouped_confusion, macro_f1, macro_f1_interval
from stance.statistics.rounding import DIGITS

SIGNIFICANT = 0.05
BETTER, WORSE, NO_EVIDENCE, SAME = "better", "worse", "no evidence either way", "same predictions"
RESAMPLES = 2_000

COLUMNS = ["id", "protocol", "group", "stance", "predicted", "text"]
_KEY = ["protocol", "document", "text", "occurrence"]


@dataclass(frozen=True)
class Result:
    """The comparison of one protocol.

    Attributes
    ----------
    difference
        The paired tests.
    p_holm
        The p-value of macro-F1, corrected for the number of comparisons.
    verdict
        `better`, `worse`, `no evidence either way` or `same predictions`.
    left_out_a, left_out_b
        Sentences that only one of the two has.
    annotated_anew
        Sentences that are annotated otherwise in the two; B's annotation holds for both.
    changed
        `id`, `stance`, `before`, `after`, `text`, `change` (`fixed`, `broken`, `other`), in this
        order.
    """

    difference: PairedDifference
    p_holm: float
    verdict: str
    left_out_a: int
    left_out_b: int
    annotated_anew: int
    changed: pd.DataFrame


def read_predictions(revision: Revision) -> pd.DataFrame:
    """Return what a revision predicted, with the document and the occurrence of each sentence.

    Raises
    ------
    DataError
        If the revision has no predictions, or none with their texts.
    """
    name = f"{PREDICTIONS.as_posix()} at {revision}"
    predictions = parse_csv(read_at(revision, PREDICTIONS), name, COLUMNS)
    predictions = predictions[COLUMNS].reset_index(drop=True)
    predictions["document"] = predictions["id"].str.rpartition(":")[0]
    # The same sentence may stand in a document twice.
    repeated = predictions.groupby(["protocol", "document", "text"], sort=False)
    return predictions.assign(occurrence=repeated.cumcount())


def read_labels(revision: Revision) -> Labels:
    """Return the labels that a revision's params name."""
    name = f"{PARAMS.as_posix()} at {revision}"
    return parse_params(read_at(revision, PARAMS), name).labels


def match(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Return the sentences that both have, by protocol, document and text.

    Returns
    -------
    The columns of `after`, with `predicted_before` and `stance_before`.
    """
    of_before = before[[*_KEY, "stance", "predicted"]]
    return after.merge(of_before, on=_KEY, suffixes=("", "_before"))


def changed_sentences(matched: pd.DataFrame) -> pd.DataFrame:
    """Return the sentences predicted otherwise: fixed first, broken next, then wrong both times."""
    changed = matched[matched["predicted"] != matched["predicted_before"]]
    kind = pd.Series("other", index=changed.index, dtype="str")
    kind = kind.mask(changed["predicted"] == changed["stance"], "fixed")
    kind = kind.mask(changed["predicted_before"] == changed["stance"], "broken")
    changed = changed.assign(change=kind, before=changed["predicted_before"])
    changed = changed.rename(columns={"predicted": "after"})
    order = changed["change"].map({"fixed": 0, "broken": 1, "other": 2})
    changed = changed.assign(order=order).sort_values(["order", "id"])
    return changed[["change", "id", "stance", "before", "after", "text"]].reset_index(drop=True)


def compare(before: pd.DataFrame, after: pd.DataFrame, labels: Labels) -> dict[str, Result]:
    """Compare two tables of predictions under every protocol that both have.

    Parameters
    ----------
    before, after
        As `read_predictions` returns them.
    labels
        The labels of both.

    Raises
    ------
    DataError
        If no protocol has a sentence that is in both, or a label is unknown.
    """
    matched = match(before, after)
    if matched.empty:
        raise DataError(
            "the two have no sentence in common, so nothing can be compared; choose revisions of "
            "the same data."
        )
    for column in ("stance", "predicted", "predicted_before"):
        for label in sorted(set(matched[column]) - set(labels.all)):
            raise DataError(
                f"one of the two predicts or annotates {label!r}, which is no label of the other; "
                "choose revisions of the same codebook."
            )
    protocols = matched["protocol"].unique()
    differences = {
        protocol: paired_difference(
            some["stance"].tolist(),
            some["predicted_before"].tolist(),
            some["predicted"].tolist(),
            some["group"],
            labels.stances,
            labels.background,
        )
        for protocol, some in matched.groupby("protocol", sort=False)
    }
    corrected = holm([differences[protocol].p for protocol in protocols])
    results = {}
    for protocol, p_holm in zip(protocols, corrected, strict=True):
        some = matched[matched["protocol"] == protocol]
        results[str(protocol)] = Result(
            difference=differences[protocol],
            p_holm=p_holm,
            verdict=_verdict(differences[protocol].difference, p_holm, _same(some)),
            left_out_a=int((before["protocol"] == protocol).sum()) - len(some),
            left_out_b=int((after["protocol"] == protocol).sum()) - len(some),
            annotated_anew=int((some["stance"] != some["stance_before"]).sum()),
            changed=changed_sentences(some),
        )
    return results


def _same(matched: pd.DataFrame) -> bool:
    return bool((matched["predicted"] == matched["predicted_before"]).all())


def _verdict(difference: float, p: float, same: bool) -> str:  # noqa: FBT001 - one of three facts
    if same:
        return SAME
    if p < SIGNIFICANT and difference:
        return BETTER if difference > 0 else WORSE
    return NO_EVIDENCE


def compare_revisions(a: Revision, b: Revision) -> dict[str, Result]:
    """Compare what two revisions predicted, under the labels of the second.

    Raises
    ------
    DataError
        If one has no predictions, the workspace has changed since it made them, or the two cannot
        be compared.
    """
    before, after = read_predictions(a), read_predictions(b)
    if WORKSPACE in (a.name, b.name):
        refuse_stale_workspace()
    return compare(before, after, read_labels(b))


def _flat(params: Any, prefix: str = "") -> dict[str, str]:
    if not isinstance(params, Mapping):
        return {prefix: json.dumps(params, ensure_ascii=False)}
    return {
        name: value
        for key, inner in params.items()
        for name, value in _flat(inner, f"{prefix}.{key}" if prefix else str(key)).items()
    }


def compare_all(runs: Sequence[Revision], protocol: str, labels: Labels) -> pd.DataFrame:
    """Compare several runs with the best of them under one protocol.

    Parameters
    ----------
    runs
        The runs; each must have predictions.
    protocol
        The protocol by which they are ordered.
    labels
        The labels of all.

    Returns
    -------
    A row per run, best first: `run`, `macro_f1`, its interval `low` and `high`, `difference` to
    the best with `p_holm`, `verdict` (`best`, `worse` or `not distinguishable from the best`), and
    a column for each param that differs between runs.

    Raises
    ------
    DataError
        If a run has no predictions under the protocol.
    """
    tables, rows, params = {}, [], {}
    for run in runs:
        predictions = read_predictions(run)
        some = predictions[predictions["protocol"] == protocol]
        if some.empty:
            found = ", ".join(predictions["protocol"].unique())
            raise DataError(f"{run} has no protocol {protocol!r}; it has {found}.")
        confusion = grouped_confusion(
            some["stance"].tolist(), some["predicted"].tolist(), some["group"], labels.all
        )
        low, high = macro_f1_interval(confusion, len(labels.stances), RESAMPLES, seed=0)
        point = float(macro_f1(confusion.sum(axis=0), len(labels.stances)))
        tables[run.name] = some
        params[run.name] = _flat(load_yaml(read_at(run, PARAMS), f"{PARAMS} at {run}"))
        rows.append({"run": run.name, "macro_f1": point, "low": low, "high": high})
    table = pd.DataFrame(rows).sort_values("macro_f1", ascending=False, kind="stable")
    best = table["run"].iloc[0]
    others = table["run"].tolist()[1:]
    results = {name: compare(tables[best], tables[name], labels)[protocol] for name in others}
    corrected = holm([result.difference.p for result in results.values()])
    p_holm = dict(zip(others, corrected, strict=True))
    table["difference"] = [0.0, *(result.difference.difference for result in results.values())]
    table["p_holm"] = [1.0, *corrected]
    table["verdict"] = [
        "best",
        *(
            WORSE
            if p_holm[name] < SIGNIFICANT and result.difference.difference < 0
            else "not distinguishable from the best"
            for name, result in results.items()
        ),
    ]
    flat = pd.DataFrame.from_dict(params, orient="index").fillna("–")
    differing = flat.loc[:, (flat != flat.iloc[0]).any()]
    return table.merge(differing, left_on="run", right_index=True, how="left").round(DIGITS)


def compare_experiments(protocol: str) -> pd.DataFrame:
    """Compare the experiments of the current commit, and the commit itself, with the best.

    Returns
    -------
    As `compare_all` does.

    Raises
    ------
    DataError
        If there are no experiments, or one has no predictions under the protocol.
    """
    head = find_revision("HEAD")
    if head.commit is None:
        raise AssertionError("HEAD is always a commit")
    experiments = find_experiments(head.commit)
    if not experiments:
        raise DataError(
            f"there is no experiment on {head}; run one with `dvc exp run -S train.C=3`."
        )
    return compare_all([head, *experiments], protocol, read_labels(head))
