"""Label Studio's JSON: a task per sentence, with an annotation per vote.

The stance is a choice, the confidence a rating, the rationale a text area. `completed_by` names
Label Studio's own users, so the annotator stands in the `meta` of the choice.
"""

import json
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any
from xml.sax.saxutils import quoteattr

import pandas as pd

from pipeline.annotation.tools.votes import Vote, collect, json_object, one_label, sentence_of
from stance.errors import DataError

STANCE, CONFIDENCE, RATIONALE = "stance", "confidence", "rationale"
_OF_SENTENCE = ["id", "document", "holder", "target"]


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


def _result(name: str, kind: str, value: object, annotator: str) -> dict[str, Any]:
    return {
        "from_name": name,
        "to_name": "text",
        "type": kind,
        "value": {"text" if kind == "textarea" else kind: value},
        "meta": {"annotator": annotator},
    }


def _annotation(row: Mapping[Hashable, Any]) -> dict[str, Any]:
    annotator = row["annotator"]
    result = [_result(STANCE, "choices", [row["stance"]], annotator)]
    if row["confidence"]:
        result.append(_result(CONFIDENCE, "rating", int(row["confidence"]), annotator))
    if row["rationale"]:
        result.append(_result(RATIONALE, "textarea", [row["rationale"]], annotator))
    return {"result": result}


def dump(table: pd.DataFrame, labels: Sequence[str]) -> str:  # noqa: ARG001 - as all formats
    """Return the sentences and votes as a JSON array of tasks."""
    tasks = [
        {
            "data": {
                "text": some["sentence"].iloc[0],
                **{name: some[name].iloc[0] for name in _OF_SENTENCE},
            },
            "annotations": [_annotation(row) for row in some.to_dict("records") if row["stance"]],
        }
        for _, some in table.groupby("id", sort=False)
    ]
    return json.dumps(tasks, indent=2, ensure_ascii=False) + "\n"


def _of_type(result: Sequence[Any], kind: str, name: str, where: str) -> dict[str, Any] | None:
    """Return the answer of a kind: the one of that name, where there are several."""
    found = [answer for answer in result if isinstance(answer, dict) and answer.get("type") == kind]
    if len(found) > 1:
        found = [answer for answer in found if answer.get("from_name") == name]
    if len(found) > 1 or (found and not isinstance(found[0].get("value"), dict)):
        raise DataError(f"{where}: more than one answer of type {kind!r}; name one of them {name}.")
    return found[0] if found else None


def _vote(annotation: Any, where: str, sentence: str, about: dict[str, str]) -> Vote:
    fields = json_object(annotation, where)
    result = fields.get("result")
    if not isinstance(result, list):
        raise DataError(f"{where}: an annotation without a 'result'; export the tasks as JSON.")
    stance = _of_type(result, "choices", STANCE, where)
    if stance is None or fields.get("was_cancelled"):
        return Vote(where, sentence, **about)
    rating = _of_type(result, "rating", CONFIDENCE, where)
    why = _of_type(result, "textarea", RATIONALE, where)
    text = why["value"].get("text", "") if why else ""
    meta = stance.get("meta")
    return Vote(
        where,
        sentence,
        one_label(stance["value"].get("choices"), where),
        annotator=str(meta.get("annotator", "")) if isinstance(meta, dict) else "",
        confidence=str(rating["value"].get("rating", "")) if rating else "",
        rationale=" ".join(map(str, text)) if isinstance(text, list) else str(text),
        **about,
    )


def parse(text: str, name: str) -> tuple[list[Vote], list[str]]:
    """Return the votes in a JSON array of tasks, as Label Studio exports it.

    Raises
    ------
    DataError
        If the file is not JSON, or no array of tasks.
    """
    try:
        tasks = json.loads(text)
    except json.JSONDecodeError as error:
        raise DataError(
            f"{name}, line {error.lineno}, column {error.colno}: not valid JSON ({error.msg}); "
            "export the tasks as JSON."
        ) from None
    if not isinstance(tasks, list):
        raise DataError(f"{name}: no array of tasks; export them as JSON.")

    def votes(where: str, row: Any) -> Iterable[Vote]:
        task = json_object(row, where)
        data = task.get("data")
        if not isinstance(data, dict) or not isinstance(task.get("annotations", []), list):
            raise DataError(f"{where}: no task with 'data'; export as JSON, not as JSON-MIN.")
        sentence = sentence_of(data, where)
        about = {key: str(data.get(key) or "") for key in _OF_SENTENCE if key != "id"}
        annotations = task.get("annotations") or []
        if not annotations:
            yield Vote(where, sentence, **about)
        for annotation in annotations:
            yield _vote(annotation, where, sentence, about)

    return collect([(f"{name}, task {n}", task) for n, task in enumerate(tasks, 1)], votes)
