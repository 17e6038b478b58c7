"""What other annotation tools export, in the shapes that their documentation describes.

Made from a table of votes (`sentence`, `annotator`, `stance`), so that a test can say what has to
come back. No real export was at hand.
"""

import json
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

Rows = Sequence[dict[Hashable, Any]]


@dataclass(frozen=True)
class Export:
    """A file of a tool, and what `stance import` is told about it.

    Attributes
    ----------
    form
        The tool.
    content
        The file.
    people, labels
        Rows of the files for `--annotators` and `--labels`, by what is found.
    annotator
        Whose votes those are that name nobody.
    """

    form: str
    content: str
    people: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    annotator: str | None = None


def _numbers(names: "pd.Series[str]") -> dict[str, int]:
    return {name: number for number, name in enumerate(names.unique(), start=11)}


def _lines(rows: Sequence[dict[str, Any]]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def _by_sentence(votes: pd.DataFrame) -> list[tuple[str, Rows]]:
    groups = votes.groupby("sentence", sort=False)
    return [(str(sentence), some.to_dict("records")) for sentence, some in groups]


def _result(kind: str, value: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": "kd8Wq1",
        "type": kind,
        "value": value,
        "origin": "manual",
        "to_name": "text",
        "from_name": "sentiment",
    }


def _studio(
    votes: pd.DataFrame,
    user: Callable[[str], Any],
    kind: str,
    value: Callable[[str, str], dict[str, Any]],
    key: str = "annotations",
) -> str:
    tasks = [
        {
            "id": number,
            "data": {"text": sentence},
            key: [
                {
                    "id": 100 * number + n,
                    "completed_by": user(row["annotator"]),
                    "result": [_result(kind, value(sentence, row["stance"]))],
                    "was_cancelled": False,
                    "ground_truth": False,
                    "lead_time": 3.2,
                }
                for n, row in enumerate(rows)
            ],
            "drafts": [],
            "predictions": [],
            "meta": {},
            "project": 1,
        }
        for number, (sentence, rows) in enumerate(_by_sentence(votes), start=1)
    ]
    return json.dumps(tasks)


def _email(name: str) -> str:
    return f"{name}@example.org"


def studio_choices(votes: pd.DataFrame) -> Export:
    ids = _numbers(votes["annotator"])
    content = _studio(votes, ids.__getitem__, "choices", lambda _, label: {"choices": [label]})
    return Export("label-studio", content, {str(n): name for name, n in ids.items()})


def studio_users(votes: pd.DataFrame) -> Export:
    def user(name: str) -> dict[str, Any]:
        return {"id": 1, "email": _email(name), "first_name": "", "last_name": ""}

    content = _studio(votes, user, "choices", lambda _, label: {"choices": [label]})
    return Export("label-studio", content, {_email(n): n for n in votes["annotator"].unique()})


def studio_completions(votes: pd.DataFrame) -> Export:
    content = _studio(votes, str, "choices", lambda _, label: {"choices": [label]}, "completions")
    return Export("label-studio", content)


def studio_taxonomy(votes: pd.DataFrame) -> Export:
    content = _studio(votes, str, "taxonomy", lambda _, label: {"taxonomy": [["Stance", label]]})
    return Export("label-studio", content)


def studio_labels(votes: pd.DataFrame) -> Export:
    def value(sentence: str, label: str) -> dict[str, Any]:
        return {"start": 0, "end": len(sentence), "text": sentence, "labels": [label]}

    return Export("label-studio", _studio(votes, str, "labels", value))


def _doccano(name: str) -> Callable[[pd.DataFrame], Export]:
    def export(votes: pd.DataFrame) -> Export:
        rows = [
            {
                "id": number,
                "text": row["sentence"],
                name: [row["stance"]],
                "username": row["annotator"],
                "Comments": [],
            }
            for number, row in enumerate(votes.to_dict("records"), start=1)
        ]
        return Export("doccano", _lines(rows))

    return export


def doccano_meta(votes: pd.DataFrame) -> Export:
    rows = [
        {
            "id": number,
            "text": row["sentence"],
            "meta": {"source": "a folder"},
            "annotation_approver": None,
            "labels": [row["stance"]],
        }
        for number, row in enumerate(votes.to_dict("records"), start=1)
    ]
    return Export("doccano", _lines(rows))


def doccano_cats(votes: pd.DataFrame) -> Export:
    rows = [
        {
            "id": number,
            "text": row["sentence"],
            "cats": {label: float(label == row["stance"]) for label in votes["stance"].unique()},
            "username": row["annotator"],
        }
        for number, row in enumerate(votes.to_dict("records"), start=1)
    ]
    return Export("doccano", _lines(rows))


def doccano_numbers(votes: pd.DataFrame) -> Export:
    ids, labels = _numbers(votes["annotator"]), _numbers(votes["stance"])
    rows = [
        {
            "id": number,
            "text": sentence,
            "annotations": [
                {"id": n, "label": labels[row["stance"]], "user": ids[row["annotator"]]}
                for n, row in enumerate(some)
            ],
            "meta": {},
        }
        for number, (sentence, some) in enumerate(_by_sentence(votes), start=1)
    ]
    people = {str(n): name for name, n in ids.items()}
    return Export("doccano", _lines(rows), people, {str(n): name for name, n in labels.items()})


def _prodigy(
    votes: pd.DataFrame, user: str, answer: Callable[[str], dict[str, Any]], prefix: str = ""
) -> Export:
    rows = [
        {
            "text": row["sentence"],
            "_input_hash": -7,
            "_task_hash": 8,
            **answer(row["stance"]),
            "answer": "accept",
            "_timestamp": 1600000000,
            user: f"{prefix}{row['annotator']}",
        }
        for row in votes.to_dict("records")
    ]
    names: list[str] = votes["annotator"].unique().tolist() if prefix else []
    return Export("prodigy", _lines(rows), {f"{prefix}{name}": name for name in names})


def prodigy_choice(votes: pd.DataFrame) -> Export:
    options = [{"id": label, "text": label.title()} for label in votes["stance"].unique()]

    def answer(label: str) -> dict[str, Any]:
        return {"options": options, "accept": [label], "_view_id": "choice"}

    return _prodigy(votes, "_annotator_id", answer, "stances-")


def prodigy_numbers(votes: pd.DataFrame) -> Export:
    ids = {label: number for number, label in enumerate(votes["stance"].unique())}
    options = [{"id": number, "text": label} for label, number in ids.items()]

    def answer(label: str) -> dict[str, Any]:
        return {"options": options, "accept": [ids[label]], "_view_id": "choice"}

    return _prodigy(votes, "_session_id", answer, "stances-")


def prodigy_label(votes: pd.DataFrame) -> Export:
    return _prodigy(votes, "_annotator_id", lambda label: {"label": label})


def prodigy_cats(votes: pd.DataFrame) -> Export:
    labels = votes["stance"].unique()
    return _prodigy(
        votes, "_annotator_id", lambda label: {"cats": {one: one == label for one in labels}}
    )


def _spreadsheet(separator: str) -> Callable[[pd.DataFrame], Export]:
    def export(votes: pd.DataFrame) -> Export:
        table = votes[["sentence", "stance", "annotator"]]
        return Export("csv", table.to_csv(index=False, sep=separator, lineterminator="\r\n"))

    return export


# By the words of the table in docs/importing.md: the tool and the shape of its export.
SHAPES: dict[tuple[str, str], Callable[[pd.DataFrame], Export]] = {
    ("Label Studio", "choices, users by number"): studio_choices,
    ("Label Studio", "choices, users by e-mail address"): studio_users,
    ("Label Studio", "completions, before 1.0"): studio_completions,
    ("Label Studio", "taxonomy"): studio_taxonomy,
    ("Label Studio", "labels of the text"): studio_labels,
    ("doccano", "label"): _doccano("label"),
    ("doccano", "labels, a file per person"): doccano_meta,
    ("doccano", "cats, a list"): _doccano("cats"),
    ("doccano", "cats, an object"): doccano_cats,
    ("doccano", "numbered annotations"): doccano_numbers,
    ("Prodigy", "choice"): prodigy_choice,
    ("Prodigy", "choice, options by number"): prodigy_numbers,
    ("Prodigy", "one label, accepted"): prodigy_label,
    ("Prodigy", "cats"): prodigy_cats,
    ("spreadsheet", "commas"): _spreadsheet(","),
    ("spreadsheet", "semicolons"): _spreadsheet(";"),
    ("spreadsheet", "tabs"): _spreadsheet("\t"),
}
# Files of one person each: the shape names nobody.
PER_PERSON = {("doccano", "labels, a file per person")}


def table_of(markdown: str) -> set[tuple[str, str]]:
    """Return the first two cells of the rows of the first table with two columns or more."""
    rows = [line.strip("| ").split(" | ") for line in markdown.splitlines() if line[:1] == "|"]
    return {(row[0], row[1]) for row in rows[2:]}
