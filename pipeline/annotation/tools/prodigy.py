"""Prodigy's JSON Lines: a line per vote.

Read are tasks with `accept` (an answer by choice, whose ids may be numbers of `options`), with
`label` (one label, accepted) or with `cats`. Prodigy names who has answered in `_annotator_id`,
older versions in `_session_id`. What was ignored has no label here.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from pipeline.annotation.tools.votes import (
    EMPTY,
    META,
    SKIPPED,
    Read,
    Vote,
    collect,
    dump_json_lines,
    json_object,
    json_rows,
    meta_of,
    one_label,
    own_columns,
    sentence_of,
    text_of,
)
from stance.errors import DataError
from stance.scoring.rows.labels import LabelNames

ACCEPT, REJECT, IGNORE = "accept", "reject", "ignore"
_ANSWERS = [ACCEPT, "label", "cats"]
_OPTIONS = "options"
_USERS = ["_annotator_id", "_session_id"]


def dump(table: pd.DataFrame, labels: Sequence[str]) -> str:
    """Return the votes as JSON Lines; a sentence without one is a task without an answer."""
    options = [{"id": label, "text": label} for label in labels]
    own = own_columns(table)
    return dump_json_lines(
        {
            "text": row["sentence"],
            _OPTIONS: options,
            **({ACCEPT: [row["stance"]], "answer": ACCEPT} if row["stance"] else {}),
            "meta": {name: row[name] for name in [*META, *own]},
        }
        for row in table.to_dict("records")
    )


def _chosen(fields: Mapping[str, Any], labels: LabelNames) -> Any:
    """Return the answer, ids of options as the labels that they stand for."""
    chosen = next((fields[name] for name in _ANSWERS if fields.get(name) is not None), None)
    options = fields.get(_OPTIONS)
    if not isinstance(chosen, list) or not isinstance(options, list):
        return chosen
    texts = {
        (type(option["id"]), option["id"]): option["text"]
        for option in options
        if isinstance(option, dict)
        and isinstance(option.get("id"), str | int)
        and isinstance(option.get("text"), str)
    }

    def name(one: Any) -> Any:
        if not isinstance(one, str | int):
            return one
        shown = texts.get((type(one), one))
        if isinstance(one, str) and (one in labels or shown is None or shown not in labels):
            return one
        # A number says nothing by itself: what was shown is what was chosen.
        return str(one) if shown is None else shown

    return [name(one) for one in chosen]


def parse(text: str, name: str, labels: LabelNames) -> Read:
    """Return the votes in JSON Lines.

    Raises
    ------
    DataError
        If the file is a JSON array.
    """

    def votes(where: str, row: Any) -> Iterable[Vote]:
        fields = json_object(row, where)
        sentence, meta = sentence_of(fields, where), meta_of(fields, where)
        answer = fields.get("answer", ACCEPT)
        if answer not in (ACCEPT, REJECT, IGNORE):
            raise DataError(
                f"{where}: the answer {text_of(answer, 'answer', where)!r} is none of {ACCEPT}, "
                f"{REJECT} and {IGNORE}; export the file again."
            )
        if answer == REJECT:
            raise DataError(
                f"{where}: the answer is a rejection, which says what the sentence is not; answer "
                "by choice in Prodigy."
            )
        answered = any(field in fields for field in _ANSWERS)
        if answer != IGNORE and not answered and ("answer" in fields or _OPTIONS not in fields):
            raise DataError(
                f"{where}: no answer: none of {', '.join(map(repr, _ANSWERS))}; the row has "
                f"{', '.join(map(repr, fields))}."
            )
        stance = "" if answer == IGNORE else one_label(_chosen(fields, labels), labels, where)
        user = next((text_of(fields[key], key, where) for key in _USERS if fields.get(key)), "")
        if user:
            # Who has answered here is not who has before.
            meta.pop("annotator", None)
        without = SKIPPED if answer == IGNORE else EMPTY
        yield Vote(where, sentence, stance, **meta, user=user, without=without)

    return collect(json_rows(text, name), votes)
