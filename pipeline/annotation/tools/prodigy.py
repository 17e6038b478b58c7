"""Prodigy's JSON Lines of the choice interface: a line per vote.

Read are tasks with `accept` (an answer by choice) or with `label` (one label, accepted). What was
ignored in Prodigy has no label here.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from pipeline.annotation.tools.votes import (
    META,
    Vote,
    collect,
    dump_json_lines,
    json_object,
    json_rows,
    meta_of,
    one_label,
    sentence_of,
)
from stance.errors import DataError

ACCEPT, REJECT, IGNORE = "accept", "reject", "ignore"


def dump(table: pd.DataFrame, labels: Sequence[str]) -> str:
    """Return the votes as JSON Lines; a sentence without one is a task without an answer."""
    options = [{"id": label, "text": label} for label in labels]
    return dump_json_lines(
        {
            "text": row["sentence"],
            "options": options,
            **({ACCEPT: [row["stance"]], "answer": ACCEPT} if row["stance"] else {}),
            "meta": {name: row[name] for name in META},
        }
        for row in table.to_dict("records")
    )


def parse(text: str, name: str) -> tuple[list[Vote], list[str]]:
    """Return the votes in JSON Lines.

    Raises
    ------
    DataError
        If the file is a JSON array.
    """

    def votes(where: str, row: Any) -> Iterable[Vote]:
        fields = json_object(row, where)
        answer = fields.get("answer", ACCEPT)
        if answer == REJECT:
            raise DataError(
                f"{where}: the answer is a rejection, which says what the sentence is not; answer "
                "by choice in Prodigy."
            )
        chosen = fields.get(ACCEPT, fields.get("label")) if answer != IGNORE else None
        stance = one_label(chosen, where)
        yield Vote(where, sentence_of(fields, where), stance, **meta_of(fields))

    return collect(json_rows(text, name), votes)
