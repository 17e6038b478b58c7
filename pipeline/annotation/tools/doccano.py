"""doccano's JSON Lines for text classification: a line per vote.

doccano keeps fields other than `text` and `label` as the example's meta data and writes them out
again, some versions in `meta` and some beside the text; both are read.
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


def dump(table: pd.DataFrame, labels: Sequence[str]) -> str:  # noqa: ARG001 - as all formats
    """Return the votes as JSON Lines."""
    return dump_json_lines(
        {
            "text": row["sentence"],
            "label": [row["stance"]] if row["stance"] else [],
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
        stance = one_label(fields.get("label", fields.get("labels")), where)
        yield Vote(where, sentence_of(fields, where), stance, **meta_of(fields))

    return collect(json_rows(text, name), votes)
