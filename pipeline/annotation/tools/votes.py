"""A vote as it travels: with where it stands in its file, so that errors can say so."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import pandas as pd

from pipeline.project.documents import Documents
from pipeline.project.tables import (
    STATEMENT_COLUMNS,
    STATEMENTS,
    UNDER,
    codebook_hash,
    read_statements,
)
from stance.errors import DataError
from stance.scoring.rows.labels import LabelNames

# What goes along with a sentence, its label and its text.
OF_VOTE = ["annotator", "confidence", "rationale", "speaker", UNDER]
META = ["id", "document", "holder", "target", *OF_VOTE]
COLUMNS = ["id", "document", "sentence", "annotator", "stance", "confidence", "rationale"]
COLUMNS += ["holder", "target", "speaker", UNDER]
# What goes before the names of columns that single statements came with, while others are beside.
_OWN = "own "

# Why a sentence in a file has no label.
SKIPPED = "skipped"
DRAFT = "a draft that was not submitted"
EMPTY = "not answered"
# Why an answer does not fit.
SEVERAL = "several labels"
PARTIAL = "part of an answer without a label"
OTHER = ""


@dataclass(frozen=True)
class Vote:
    """A sentence in a file, with a label or without; what the file does not say is empty.

    Attributes
    ----------
    where
        The file and the place in it.
    user
        Who the tool says has answered, by the name or number that it gives people; `annotator` is
        one of the project's own names, which travel along.
    codebook
        None where the file does not say: then it is the project's as it lies.
    others
        What else the file says of the sentence, as `others_of` has it; it stays with a single
        statement.
    without
        Why there is no label, if there is none.
    """

    where: str
    sentence: str
    stance: str = ""
    document: str = ""
    annotator: str = ""
    confidence: str = ""
    rationale: str = ""
    holder: str = ""
    target: str = ""
    speaker: str = ""
    codebook: str | None = None
    user: str = ""
    others: str = ""
    without: str = EMPTY


class Misfit(NamedTuple):
    """A sentence on a row that cannot be used, and of which kind it is."""

    kind: str
    message: str


class MisfitError(DataError):
    """A row cannot be used; `kind` says what is wrong with its answer."""

    def __init__(self, message: str, kind: str = OTHER) -> None:
        super().__init__(message)
        self.kind = kind


Read = tuple[list[Vote], list[Misfit]]


def vote_table(documents: Documents) -> pd.DataFrame:
    """Return the sentences and the votes on them: `COLUMNS`, a row per vote.

    A sentence without a vote has a row, too, with no annotator and no stance, and the codebook
    under which it is now given away. The columns that single statements came with stand behind,
    and their ids in the place of the project's.
    """
    votes = documents.votes[["id", "stance", *OF_VOTE]]
    table = documents.sentences.merge(votes, on="id", how="left").fillna("")
    table.loc[table["stance"] == "", UNDER] = codebook_hash()
    statements = read_statements()
    own = [str(name) for name in statements if name not in STATEMENT_COLUMNS]
    # Their names are anybody's.
    others = statements[own].add_prefix(_OWN)
    others = others.assign(document=STATEMENTS, position=range(1, len(others) + 1))
    table = table.merge(others, on=["document", "position"], how="left").fillna("")
    if "id" in own:
        table["id"] = table[f"{_OWN}id"].where(table[f"{_OWN}id"] != "", table["id"])
    own = [name for name in own if name != "id"]
    table = table.rename(columns={"text": "sentence"})[
        [*COLUMNS, *(f"{_OWN}{name}" for name in own)]
    ]
    return table.set_axis([*COLUMNS, *own], axis="columns")


def own_columns(table: pd.DataFrame) -> list[str]:
    """Return the columns of a table of votes that single statements came with."""
    return list(table.columns[len(COLUMNS) :])


def collect(rows: Iterable[tuple[str, Any]], parse: Callable[[str, Any], Iterable[Vote]]) -> Read:
    """Return the votes of all rows that can be read, and a misfit for each that cannot.

    Parameters
    ----------
    rows
        Where a row stands, and what stands there.
    parse
        Returns the votes of a row, or raises a `DataError`.
    """
    votes: list[Vote] = []
    misfits: list[Misfit] = []
    for where, row in rows:
        try:
            votes += parse(where, row)
        except DataError as error:
            misfits.append(Misfit(getattr(error, "kind", OTHER), str(error)))
    return votes, misfits


def load_json(text: str, where: str, mend: str, *, line: bool = False) -> Any:
    """Return what JSON text holds.

    Parameters
    ----------
    text
        The JSON.
    where
        What to call it in errors.
    mend
        What would make it JSON, for the error.
    line
        Whether it is a line of a file, which `where` names.

    Raises
    ------
    DataError
        If it is not JSON, or has more digits in a number or more brackets within brackets than
        Python takes.
    """
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        place = "" if line else f", line {error.lineno}"
        raise DataError(
            f"{where}{place}, column {error.colno}: not valid JSON ({error.msg}); {mend}."
        ) from None
    except (ValueError, RecursionError):
        raise DataError(
            f"{where}: a number is too long or values are nested too deep; {mend}."
        ) from None


def json_rows(text: str, name: str) -> list[tuple[str, str]]:
    """Return the lines of JSON Lines that hold something, and where they stand.

    Raises
    ------
    DataError
        If the first line that says anything opens an array: that is JSON, not JSON Lines.
    """
    if text.lstrip().startswith("["):
        raise DataError(f"{name}: this is one JSON array; export it as JSON Lines (JSONL).")
    lines = enumerate(text.split("\n"), start=1)
    return [(f"{name}, line {number}", line) for number, line in lines if line.strip()]


def json_object(row: Any, where: str) -> dict[str, Any]:
    """Return a row that is a JSON object, or a line of JSON that holds one.

    Raises
    ------
    DataError
        If it is none, or holds half a surrogate pair, which is no character.
    """
    if isinstance(row, str):
        row = load_json(row, where, "export the file again", line=True)
    if not isinstance(row, dict):
        raise DataError(f"{where}: not a JSON object; export the file again.")
    try:
        json.dumps(row, ensure_ascii=False).encode()
    except RecursionError:
        raise DataError(f"{where}: values are nested too deep; export the file again.") from None
    except UnicodeEncodeError:
        raise DataError(
            f"{where}: a text holds half a surrogate pair, which is no character; remove it."
        ) from None
    return row


def sentence_of(fields: Mapping[str, Any], where: str) -> str:
    """Return the field `text`.

    Raises
    ------
    DataError
        If there is none, or it is no text.
    """
    text = fields.get("text")
    if not isinstance(text, str) or not text.strip():
        raise DataError(f"{where}: no 'text'; give each sentence in a field of that name.")
    return text


def text_of(value: Any, name: str, where: str) -> str:
    """Return a value that is a text, a number or nothing as text.

    Raises
    ------
    DataError
        If it is a list or an object.
    """
    if isinstance(value, list | dict):
        raise DataError(f"{where}: {name!r} is {shown(value)}, which is no text; write it as one.")
    return "" if value is None else str(value)


def meta_of(
    fields: Mapping[str, Any], where: str, names: Sequence[str] = tuple(META)
) -> dict[str, str]:
    """Return what goes along with a sentence, as text, from its `meta` or from its own fields."""
    meta = fields.get("meta")
    meta = meta if isinstance(meta, dict) else {}
    found = {**fields, **meta}
    there = {
        name: text_of(found[name], name, where) for name in names if name != "id" and name in found
    }
    return {**there, "others": others_of(meta)} if meta else there


def others_of(fields: Mapping[str, Any]) -> str:
    """Return what is no column of the project's as a JSON object of texts, "" if there is nothing.

    Parameters
    ----------
    fields
        What stands beside a sentence; lists and objects, and what is empty, are left out.
    """
    own = {
        str(name): str(value)
        for name, value in fields.items()
        if isinstance(value, str | int | float) and str(value).strip() and name not in COLUMNS
    }
    return json.dumps(own, ensure_ascii=False) if own else ""


def one_label(found: Any, labels: LabelNames, where: str) -> str:
    """Return the label of an answer that names one, "" of an empty one.

    Parameters
    ----------
    found
        A name, a list of names, or an object that says of each name whether it holds (`cats`).
    labels
        How the file calls the labels.
    where
        What to call the place in errors.

    Raises
    ------
    DataError
        If there are several, or something else than names.
    """
    if isinstance(found, dict):
        if odd := [name for name, value in found.items() if value not in (0, 1)]:
            raise DataError(
                f"{where}: {odd[0]!r} is {shown(found[odd[0]])}, which is neither 0 nor 1; a "
                "probability is no answer."
            )
        found = [name for name, value in found.items() if value]
    if found is None:
        return ""
    names = [found] if isinstance(found, str) else found
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise DataError(
            f"{where}: labels {shown(found)} are no list of names; export the file again."
        )
    distinct = list(dict.fromkeys(labels.of(name) for name in names))
    if len(distinct) > 1:
        raise several(distinct, where)
    return distinct[0] if distinct else ""


def several(labels: Sequence[str], where: str) -> MisfitError:
    """Return the error of an answer with several labels."""
    return MisfitError(
        f"{where}: {len(labels)} labels ({', '.join(labels)}); a sentence has one: choose it.",
        SEVERAL,
    )


def shown(value: Any) -> str:
    """Return a value as an error shows it: not longer than a line."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:59]}…"


def dump_json_lines(rows: Iterable[Mapping[str, Any]]) -> str:
    """Return rows as JSON Lines."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
