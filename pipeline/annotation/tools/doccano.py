"""doccano's JSON Lines for text classification: a line per vote.

doccano keeps fields other than `text` and `label` as the example's meta data and writes them out
again, some versions in `meta` and some beside the text; both are read. Labels stand in `label`,
`labels` or `cats`, or, as numbers of doccano's own, in `annotations`, each with its user.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from pipeline.annotation.tools.votes import (
    META,
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
    several,
    text_of,
)
from stance.errors import DataError
from stance.scoring.rows.labels import LabelNames

_LABELS = ["label", "labels", "cats"]
_ANNOTATIONS = "annotations"
_USERS = ["username", "user"]


def dump(table: pd.DataFrame, labels: Sequence[str]) -> str:  # noqa: ARG001 - as all formats
    """Return the votes as JSON Lines."""
    own = own_columns(table)
    return dump_json_lines(
        {
            "text": row["sentence"],
            "label": [row["stance"]] if row["stance"] else [],
            "meta": {name: row[name] for name in [*META, *own]},
        }
        for row in table.to_dict("records")
    )


def _user(fields: Mapping[str, Any], where: str) -> str:
    return next((text_of(fields[name], name, where) for name in _USERS if name in fields), "")


def _numbered(found: Any, labels: LabelNames, where: str) -> dict[str, str]:
    """Return the label of each user in `annotations`."""
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise DataError(f"{where}: 'annotations' is no list of objects; export the file again.")
    by_user: dict[str, str] = {}
    for one in found:
        name, user = one.get("label"), _user(one, where)
        if isinstance(name, int) and str(name) not in labels.names:
            # A label may be called 1 and have another number in doccano.
            raise DataError(
                f"{where}: the label is {name}, doccano's own number of it; say in a file for "
                "--labels which label each number is."
            )
        if not isinstance(name, int | str):
            raise DataError(f"{where}: an annotation without a 'label'; export the file again.")
        label = labels.of(str(name))
        if by_user.setdefault(user, label) != label:
            raise several([by_user[user], label], where)
    return by_user


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
        there = [field for field in (*_LABELS, _ANNOTATIONS) if field in fields]
        if not there:
            raise DataError(
                f"{where}: no label: neither {', '.join(map(repr, _LABELS))} nor {_ANNOTATIONS!r}; "
                f"the row has {', '.join(map(repr, fields))}."
            )
        stances = {one_label(fields[field], labels, where) for field in there if field in _LABELS}
        stances -= {""}
        if len(stances) > 1:
            raise several(sorted(stances), where)
        by_user = {_user(fields, where): "".join(stances)}
        if not stances and fields.get(_ANNOTATIONS):
            by_user = _numbered(fields[_ANNOTATIONS], labels, where)
        for user, stance in by_user.items():
            yield Vote(where, sentence, stance, **meta, user=user)

    return collect(json_rows(text, name), votes)
