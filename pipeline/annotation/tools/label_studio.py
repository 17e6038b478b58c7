"""Label Studio's JSON: a task per sentence, with an annotation per vote.

The stance is a choice (or a path of a taxonomy, or a label of the text), the confidence a rating,
the rationale a text area. `completed_by` names Label Studio's own users; a vote that has come from
here has its annotator in the `meta` of the stance. Before version 1.0 annotations were called
completions.
"""

import json
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any
from xml.sax.saxutils import quoteattr

import pandas as pd

from pipeline.annotation.tools.votes import (
    DRAFT,
    EMPTY,
    PARTIAL,
    SKIPPED,
    MisfitError,
    Read,
    Vote,
    collect,
    json_object,
    load_json,
    meta_of,
    one_label,
    others_of,
    own_columns,
    sentence_of,
    shown,
    text_of,
)
from pipeline.project.tables import UNDER, codebook_hash
from stance.errors import DataError
from stance.scoring.rows.labels import LabelNames

STANCE, CONFIDENCE, RATIONALE = "stance", "confidence", "rationale"
RATING, TEXT_AREA = "rating", "textarea"
_OF_SENTENCE = ["id", "document", "holder", "target"]
# What no answer of Label Studio holds.
_OF_VOTE = ["annotator", "speaker", UNDER]
# Where a label may stand.
_KINDS = ["choices", "taxonomy", "labels"]
# What an annotation was called, and what a task was that nobody wanted to answer.
_ANNOTATIONS = ["annotations", "completions"]
_CANCELLED = ["was_cancelled", "skipped"]


def interface(labels: Sequence[str]) -> str:
    """Return the labelling interface that the tasks are made for, as Label Studio's XML."""
    choices = "".join(f"    <Choice value={quoteattr(label)}/>\n" for label in labels)
    return (
        "<View>\n"
        '  <Text name="text" value="$text"/>\n'
        f'  <Choices name="{STANCE}" toName="text" choice="single">\n{choices}  </Choices>\n'
        f'  <Rating name="{CONFIDENCE}" toName="text" maxRating="3"/>\n'
        f'  <TextArea name="{RATIONALE}" toName="text"/>\n'
        "</View>\n"
    )


def _result(name: str, kind: str, value: object, meta: Mapping[str, str]) -> dict[str, Any]:
    return {
        "from_name": name,
        "to_name": "text",
        "type": kind,
        "value": {"text" if kind == TEXT_AREA else kind: value},
        "meta": dict(meta),
    }


def _annotation(row: Mapping[Hashable, Any]) -> dict[str, Any]:
    meta = {name: row[name] for name in _OF_VOTE}
    result = [_result(STANCE, "choices", [row["stance"]], meta)]
    if row["confidence"]:
        result.append(_result(CONFIDENCE, RATING, int(row["confidence"]), meta))
    if row["rationale"]:
        result.append(_result(RATIONALE, TEXT_AREA, [row["rationale"]], meta))
    return {"result": result}


def dump(table: pd.DataFrame, labels: Sequence[str]) -> str:  # noqa: ARG001 - as all formats
    """Return the sentences and votes as a JSON array of tasks."""
    now = codebook_hash()
    # The text is shown from the field of that name.
    own = [name for name in own_columns(table) if name != "text"]
    tasks = [
        {
            "data": {
                "text": some["sentence"].iloc[0],
                **{name: some[name].iloc[0] for name in [*_OF_SENTENCE, *own]},
                # What is answered in Label Studio is answered under this one.
                UNDER: now,
            },
            "annotations": [_annotation(row) for row in some.to_dict("records") if row["stance"]],
        }
        for _, some in table.groupby("id", sort=False)
    ]
    return json.dumps(tasks, indent=2, ensure_ascii=False) + "\n"


def _answers(result: Sequence[Any], kinds: Sequence[str], name: str, where: str) -> list[Any]:
    """Return the values of the answers of some kinds: those of one question, `name` if several."""
    found = [one for one in result if isinstance(one, dict) and one.get("type") in kinds]
    questions = {str(one.get("from_name")) for one in found}
    if len(questions) > 1:
        found = [one for one in found if one.get("from_name") == name]
        if not found:
            raise DataError(
                f"{where}: answers to {len(questions)} questions of type {' or '.join(kinds)} "
                f"({', '.join(sorted(questions))}); name one of them {name}."
            )
    if not all(isinstance(one.get("value"), dict) for one in found):
        raise DataError(f"{where}: an answer without a value; export the tasks as JSON.")
    return found


def _names(answer: Mapping[str, Any], where: str) -> list[Any]:
    """Return the labels that one answer names."""
    kind = answer["type"]
    found = answer["value"].get(kind)
    if found is None:
        return []
    if not isinstance(found, list):
        raise DataError(
            f"{where}: {kind} is {shown(found)}, which is no list; export the tasks as JSON."
        )
    # An answer in a taxonomy is the path to it; its last step is the label.
    return [path[-1] if isinstance(path, list) and path else path for path in found]


def _vote(
    annotation: Any, labels: LabelNames, where: str, sentence: str, about: Mapping[str, str]
) -> Vote:
    fields = json_object(annotation, where)
    result = fields.get("result")
    if not isinstance(result, list):
        raise DataError(f"{where}: an annotation without a 'result'; export the tasks as JSON.")
    if any(fields.get(name) for name in _CANCELLED):
        return Vote(where, sentence, **about, without=SKIPPED)
    answers = _answers(result, _KINDS, STANCE, where)
    stance = one_label([name for one in answers for name in _names(one, where)], labels, where)
    kinds = [str(one.get("type")) if isinstance(one, dict) else shown(one) for one in result]
    others = [kind for kind in dict.fromkeys(kinds) if kind not in _KINDS]
    if not stance and others:
        if unread := [kind for kind in others if kind not in (RATING, TEXT_AREA)]:
            raise DataError(
                f"{where}: an answer of type {unread[0]} cannot be read; ask for a label with "
                f"{', '.join(_KINDS)}."
            )
        raise MisfitError(
            f"{where}: the answer has {' and '.join(others)} and no label; answer the rest or take "
            "it back.",
            PARTIAL,
        )
    ratings = _answers(result, [RATING], CONFIDENCE, where)
    reasons = _answers(result, [TEXT_AREA], RATIONALE, where)
    texts = [one["value"].get("text") for one in reasons]
    parts = [part for text in texts for part in (text if isinstance(text, list) else [text])]
    if len(ratings) > 1:
        raise DataError(f"{where}: {len(ratings)} ratings; a vote has one confidence.")
    rating = "".join(text_of(one["value"].get(RATING), RATING, where) for one in ratings)
    meta = answers[0].get("meta") if answers else None
    own = meta_of(meta, where, _OF_VOTE) if isinstance(meta, dict) else {}
    return Vote(
        where,
        sentence,
        stance,
        confidence=rating,
        rationale=" ".join(text_of(part, RATIONALE, where) for part in parts),
        user=_user(fields.get("completed_by"), where),
        **{**about, **own},
    )


def _user(found: Any, where: str) -> str:
    """Return who has completed an annotation: a number, or what an object says of a user."""
    if isinstance(found, dict):
        found = next((found[key] for key in ("email", "username", "id") if found.get(key)), None)
    return text_of(found, "completed_by", where)


def parse(text: str, name: str, labels: LabelNames) -> Read:
    """Return the votes in a JSON array of tasks, as Label Studio exports it.

    Raises
    ------
    DataError
        If the file is not JSON, or no array of tasks.
    """
    tasks = load_json(text, name, "export the tasks as JSON")
    if not isinstance(tasks, list):
        raise DataError(f"{name}: no array of tasks; export them as JSON.")

    def votes(where: str, row: Any) -> Iterable[Vote]:
        task = json_object(row, where)
        data = task.get("data")
        there = [key for key in _ANNOTATIONS if key in task]
        if not isinstance(data, dict) or not all(
            isinstance(task[key], list | None) for key in there
        ):
            raise DataError(f"{where}: no task with 'data'; export as JSON, not as JSON-MIN.")
        if not there:
            raise DataError(f"{where}: a task without 'annotations'; export the tasks as JSON.")
        sentence = sentence_of(data, where)
        about = meta_of(data, where, [*_OF_SENTENCE, UNDER])
        about["others"] = others_of({key: data[key] for key in data if key != "text"})
        annotations = [one for key in there for one in task[key] or []]
        if not annotations:
            yield Vote(where, sentence, **about, without=DRAFT if task.get("drafts") else EMPTY)
        for number, annotation in enumerate(annotations, start=1):
            place = f"{where}, annotation {number}" if len(annotations) > 1 else where
            yield _vote(annotation, labels, place, sentence, about)

    return collect([(f"{name}, task {n}", task) for n, task in enumerate(tasks, 1)], votes)
