"""Say whether one run is really better than another, from the predictions that both committed.

Nothing is checked out and nothing is trained: `predictions.csv` of each revision holds every
held-out sentence with its text, its stance and what was predicted.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd
from tabulate import tabulate

from pipeline.project.code import ALWAYS_CHANGED, CODE_STAGE, outdated_stages
from pipeline.project.frames import parse_csv
from pipeline.project.params import PARAMS, Labels, load_yaml, parse_params
from pipeline.project.revisions import WORKSPACE, Revision, find_experiments, find_revision, read_at
from pipeline.project.tables import PREDICTIONS
from stance.errors import DataError
from stance.files import to_csv
from stance.statistics.comparison import PairedDifference, holm, paired_difference
from stance.statistics.metrics import DIGITS, grouped_confusion, macro_f1, macro_f1_interval

TABLE, MARKDOWN, JSON, CSV = "table", "md", "json", "csv"
FORMATS = [TABLE, MARKDOWN, JSON, CSV]

# What makes predictions: `evaluate`, and the stages whose outputs it reads.
PREDICTING = ["segment", "label", "encode", "evaluate"]
SIGNIFICANT = 0.05
BETTER, WORSE, NO_EVIDENCE, SAME = "better", "worse", "no evidence either way", "same predictions"
# Sentences shown per protocol; JSON has all of them.
SHOWN = 10
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


def comparison_rows(results: Mapping[str, Result]) -> list[dict[str, Any]]:
    """Return a flat row per protocol, numbers rounded; NaN becomes None."""
    rows = []
    for protocol, result in results.items():
        numbers = {
            name: None if value != value else round(value, DIGITS)  # noqa: PLR0124 - NaN
            for name, value in asdict(result.difference).items()
        }
        rows.append(
            {
                "protocol": protocol,
                **numbers,
                "p_holm": round(result.p_holm, DIGITS),
                "left_out_a": result.left_out_a,
                "left_out_b": result.left_out_b,
                "annotated_anew": result.annotated_anew,
                "verdict": result.verdict,
            }
        )
    return rows


def _p(value: float) -> str:
    return "<.001" if value < 0.001 else f"{value:.3f}"


def _shown(rows: Sequence[dict[str, Any]]) -> list[list[str]]:
    """Return the comparison as cells, a line per figure and a column per protocol."""
    lines: dict[str, Callable[[dict[str, Any]], str]] = {
        "verdict on B": lambda row: row["verdict"],
        "macro-F1 of A": lambda row: f"{row['macro_f1_a']:.3f}",
        "macro-F1 of B": lambda row: f"{row['macro_f1_b']:.3f}",
        "difference": lambda row: f"{row['difference']:+.3f}",
        "95 % interval": lambda row: "{low:+.3f} to {high:+.3f}".format(**row),
        "p, permutation": lambda row: _p(row["p"]),
        "p, corrected (Holm)": lambda row: _p(row["p_holm"]),
        "p of accuracy (McNemar)": lambda row: _p(row["p_accuracy"]),
        "smallest it could show": lambda row: (
            "–" if row["smallest"] is None else f"{row['smallest']:.3f}"
        ),
        "fixed, broken": lambda row: f"{row['fixed']}, {row['broken']}",
        "sentences in groups": lambda row: f"{row['sentences']} in {row['groups']}",
        "only in A, only in B": lambda row: f"{row['left_out_a']}, {row['left_out_b']}",
        "annotated anew": lambda row: str(row["annotated_anew"]),
    }
    return [[title, *map(cell, rows)] for title, cell in lines.items()]


EXPLANATION = (
    "Whole groups (sentences of the article, articles, targets) are swapped 10,000 times and "
    "resampled.\nWhat it could show: a difference that such data make significant in four cases of "
    "five.\nSentences that only one of the two has are left out; where the annotation has changed, "
    "B's holds."
)


def render(
    a: Revision, b: Revision, results: Mapping[str, Result], *, markdown: bool = False
) -> str:
    """Return the comparison as text for a terminal, or as Markdown."""
    rows = comparison_rows(results)
    parts = [
        f"A = {a}, B = {b}",
        tabulate(
            _shown(rows),
            headers=["", *results],
            tablefmt="github" if markdown else "simple",
            disable_numparse=True,
        ),
    ]
    parts.append(EXPLANATION)
    for protocol, result in results.items():
        parts += _render_changed(protocol, result.changed, markdown=markdown)
    return "\n\n".join(parts) + "\n"


def _render_changed(protocol: str, changed: pd.DataFrame, *, markdown: bool) -> list[str]:
    parts = []
    for kind, title in (
        ("fixed", "fixed"),
        ("broken", "broken"),
        ("other", "wrong in both, otherwise"),
    ):
        some = changed[changed["change"] == kind]
        if some.empty:
            continue
        head = f"{protocol}, {title}: {len(some)}"
        lines = [
            f"{row.before} → {row.after} (annotated {row.stance})  {row.id}  {row.text}"
            for row in some.head(SHOWN).itertuples()
        ]
        if len(some) > SHOWN:
            lines.append(f"… and {len(some) - SHOWN} more; --format json has them all")
        if markdown:
            items = "\n".join(f"- {_plain(line)}" for line in lines)
            parts.append(f"<details><summary>{head}</summary>\n\n{items}\n\n</details>")
        else:
            parts.append("\n".join([head, *(f"  {line}" for line in lines)]))
    return parts


def _plain(text: str) -> str:
    """Return text that Markdown and HTML show as it is."""
    for character in "\\`*_[]<>|#":
        text = text.replace(character, f"\\{character}")
    return text


def as_json(a: Revision, b: Revision, results: Mapping[str, Result]) -> str:
    """Return the comparison as JSON, with every sentence that changed."""
    protocols = {}
    for row in comparison_rows(results):
        protocol = row.pop("protocol")
        protocols[protocol] = {**row, "changed": results[protocol].changed.to_dict("records")}
    content = {
        "a": {"name": a.name, "commit": a.commit},
        "b": {"name": b.name, "commit": b.commit},
        "protocols": protocols,
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


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


def render_all(table: pd.DataFrame, form: str) -> str:
    """Return the table of many runs in one of the formats."""
    if form == JSON:
        return table.to_json(orient="records", indent=2, force_ascii=False) + "\n"
    if form == CSV:
        return to_csv(table)
    fixed = ["run", "macro_f1", "low", "high", "difference", "p_holm", "verdict"]
    shown = pd.DataFrame(
        {
            "run": table["run"],
            "macro-F1 (95 %)": [
                f"{row.macro_f1:.3f} ({row.low:.3f} to {row.high:.3f})"
                for row in table.itertuples()
            ],
            "to the best": table["difference"].map("{:+.3f}".format),
            "p (Holm)": table["p_holm"].map(_p),
            "verdict": table["verdict"],
        }
    ).join(table.drop(columns=fixed))
    return (
        tabulate(
            shown.to_dict("records"),
            headers="keys",
            tablefmt="github" if form == MARKDOWN else "simple",
            disable_numparse=True,
        )
        + "\n"
    )


def refuse_stale_workspace() -> None:
    """Hold the workspace to its predictions: what it holds now must be what made them.

    Raises
    ------
    DataError
        If `dvc status` finds a changed input of `evaluate`, or cannot tell; or if the package is
        installed elsewhere and has other code than it ran by.
    """
    command = [sys.executable, "-m", "dvc", "status", "--json", "evaluate", "--with-deps"]
    done = subprocess.run(command, capture_output=True, check=False)  # noqa: S603 - our own DVC
    if done.returncode:
        raise DataError(f"`dvc status` says: {done.stderr.decode(errors='replace').strip()}")
    changes = json.loads(done.stdout)
    stale = set(changes)
    if changes.get(CODE_STAGE) == ALWAYS_CHANGED:
        # That says nothing; what the stage would note does.
        stale -= {CODE_STAGE}
        stale |= {*outdated_stages()} & {*PREDICTING}
    if stale:
        raise DataError(
            f"the workspace has changed since its predictions were made ({', '.join(sorted(stale))}); "
            "run `dvc repro`, then compare."
        )


def run(a: str, b: str, form: str, *, fail_if_worse: bool) -> None:
    """Compare two revisions and write the result; `fail_if_worse` makes a loss an error."""
    first, second = find_revision(a), find_revision(b)
    before, after = read_predictions(first), read_predictions(second)
    if WORKSPACE in (first.name, second.name):
        refuse_stale_workspace()
    results = compare(before, after, read_labels(second))
    if form == JSON:
        sys.stdout.write(as_json(first, second, results))
    elif form == CSV:
        sys.stdout.write(to_csv(pd.DataFrame(comparison_rows(results))))
    else:
        sys.stdout.write(render(first, second, results, markdown=form == MARKDOWN))
    worse = [protocol for protocol, result in results.items() if result.verdict == WORSE]
    if fail_if_worse and worse:
        sys.stdout.flush()
        raise DataError(f"{second} is worse than {first} under {', '.join(worse)}.")


def run_all(protocol: str, form: str) -> None:
    """Compare the experiments of the current commit, and the commit itself, with the best."""
    head = find_revision("HEAD")
    if head.commit is None:
        raise AssertionError("HEAD is always a commit")
    experiments = find_experiments(head.commit)
    if not experiments:
        raise DataError(
            f"there is no experiment on {head}; run one with `dvc exp run -S train.C=3`."
        )
    table = compare_all([head, *experiments], protocol, read_labels(head))
    sys.stdout.write(render_all(table, form))
