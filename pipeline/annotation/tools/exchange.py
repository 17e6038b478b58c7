"""Votes to the files of other annotation tools and back: all of them, or none.

A row that is in the project already is no error, so that a file that has grown can be imported
again, and one whose import was cut short, too.
"""

import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import pandas as pd

from pipeline.annotation.names import CSV, DOCCANO, LABEL_STUDIO, PRODIGY, SPREADSHEETS
from pipeline.annotation.tools import doccano, label_studio, prodigy, spreadsheet
from pipeline.annotation.tools.fitting import Fitted, fit_votes
from pipeline.annotation.tools.people import name_annotators, read_label_names, read_people
from pipeline.annotation.tools.votes import Misfit, Read, Vote, vote_table
from pipeline.project.documents import Documents, read_documents
from pipeline.project.foreign_tables import read_foreign_table
from pipeline.project.params import Params, read_params
from pipeline.project.tables import (
    ANNOTATORS_CSV,
    STATEMENTS_CSV,
    read_annotators,
    read_statements,
)
from pipeline.project.writing import locked, with_annotations, with_annotators, write_together
from pipeline.prompts import ask
from stance.errors import DataError
from stance.files import fold, read_text, replacing, to_csv
from stance.scoring.rows.formats import Layout
from stance.scoring.rows.labels import LabelNames

DUMP = {DOCCANO: doccano.dump, LABEL_STUDIO: label_studio.dump, PRODIGY: prodigy.dump}
PARSE = {DOCCANO: doccano.parse, LABEL_STUDIO: label_studio.parse, PRODIGY: prodigy.parse}
# Misfits, or places, named one by one.
SHOWN = 20


@dataclass(frozen=True)
class Shape:
    """What a file calls columns and labels, and how a spreadsheet holds its rows.

    Attributes
    ----------
    text, label, identity
        The columns of the sentence, its label and its id, in a spreadsheet.
    labels
        The label for each name in the file.
    layout
        None for CSV as it is usual.
    """

    text: str = "sentence"
    label: str = "stance"
    identity: str = "id"
    labels: Mapping[str, str] = field(default_factory=dict)
    layout: Layout | None = None

    @property
    def columns(self) -> dict[str, str]:
        """The name in the file for each of the project's columns."""
        return {"sentence": self.text, "stance": self.label, "id": self.identity}


def export_votes(
    names: Sequence[str],
    form: str,
    output: str | None,
    shape: Shape | None = None,
    *,
    disarmed: bool = False,
) -> None:
    """Write some documents, or all, as a file of a tool.

    Parameters
    ----------
    names
        The documents; none for all.
    form
        One of `pipeline.annotation.names.TOOLS`.
    output
        The file; None for standard output.
    shape
        What columns and labels are to be called, and how a spreadsheet is to be written; without
        an encoding as UTF-8 with a byte-order mark.
    disarmed
        As in `Style`, of a spreadsheet.

    Raises
    ------
    DataError
        If there is no such document, one cannot be read, or the file cannot hold it.
    """
    params, shape = read_params(), shape or Shape()
    theirs = {label: found for found, label in shape.labels.items()}
    _check_labels(shape, params.labels.all)
    labels = [theirs.get(label, label) for label in params.labels.all]
    table = vote_table(read_documents(params, names))
    table["stance"] = table["stance"].replace(theirs)
    if form in SPREADSHEETS:
        table = table.rename(columns=shape.columns)
        content = spreadsheet.dump(table, shape.layout or Layout(form), disarmed=disarmed)
    else:
        content = DUMP[form](table, labels).encode()
    if output is None:
        sys.stdout.write(content.decode((shape.layout and shape.layout.encoding) or "utf-8"))
    else:
        with replacing(Path(output)) as file:
            file.write(content)
    if form == LABEL_STUDIO:
        sys.stderr.write(f"The labelling interface for it:\n{label_studio.interface(labels)}")


def _check_labels(shape: Shape, labels: Sequence[str]) -> None:
    for found, label in shape.labels.items():
        if label not in labels:
            raise DataError(
                f"--map {found}={label}: {label!r} is no label; it must be one of "
                f"{', '.join(labels)}."
            )


def _documents(params: Params, votes: Sequence[Vote]) -> Documents:
    """Return all documents, cut as the votes have it unless that breaks a sentence with a vote."""
    cuts = pd.DataFrame(
        [(vote.document, fold(vote.sentence)) for vote in votes if vote.stance],
        columns=["document", "key"],
    )
    try:
        return read_documents(params, cuts=cuts)
    except DataError:
        return read_documents(params)


def refuse_misfits(misfits: Sequence[Misfit], file: str) -> None:
    """Show what does not fit, if anything, and raise a `DataError` that counts it."""
    if not misfits:
        return
    sys.stderr.writelines(f"{misfit.message}\n" for misfit in misfits[:SHOWN])
    more = f", {len(misfits) - SHOWN} more than are shown" if len(misfits) > SHOWN else ""
    do = "does" if len(misfits) == 1 else "do"
    kinds = Counter(misfit.kind for misfit in misfits if misfit.kind)
    of_kinds = ", ".join(f"{count} with {kind}" for kind, count in kinds.items())
    raise DataError(
        f"{file}: {_number(len(misfits), 'row')} {do} not fit{f' ({of_kinds})' * bool(kinds)}"
        f"{more}; nothing was imported."
    )


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _report(fitted: Fitted, file: str) -> str:
    """Return what was added, and for each reason which sentences have no label."""
    added = _number(sum(map(len, fitted.rows.values())), "vote")
    unlabelled = sum(map(len, fitted.unlabelled.values()))
    parts = [
        f"{added} added in {_number(len(fitted.rows), 'document')}",
        f"{fitted.known} there already",
        f"{_number(unlabelled, 'sentence')} without a label",
    ]
    if fitted.statements:
        parts.append(_number(len(fitted.statements), "new statement"))
    lines = [f"{', '.join(parts)}."]
    for reason, places in fitted.unlabelled.items():
        shown = "; ".join(place.removeprefix(f"{file}, ") for place in places[:SHOWN])
        lines.append(f"{len(places)} {reason}: {shown}{' …' * (len(places) > SHOWN)}")
    return "".join(f"{line}\n" for line in lines)


def write_fitted(fitted: Fitted, kinds: Mapping[str, str]) -> None:
    """Write all that is new; annotators and statements first, since votes need both."""
    texts: dict[Path, str] = {}
    if kinds:
        texts[ANNOTATORS_CSV] = with_annotators(kinds)
    if fitted.statements:
        table = pd.concat([read_statements(), pd.DataFrame(fitted.statements)], ignore_index=True)
        texts[STATEMENTS_CSV] = to_csv(table.fillna(""))
    texts |= dict(with_annotations(document, rows) for document, rows in fitted.rows.items())
    write_together(texts)


def who_they_are(
    names: Iterable[str], kind: str | None, kinds: Mapping[str, str] = MappingProxyType({})
) -> dict[str, str]:
    """Return what new annotators are, as it was said, or as somebody answers."""
    return {
        name: kinds.get(name)
        or kind
        or ask(f"{name} is new: what are they (person, language model)", option="--kind")
        for name in names
    }


def import_votes(
    form: str,
    file: str,
    annotator: str | None,
    kind: str | None,
    *,
    statements: bool = False,
    annotators: Path | None = None,
    labels: Path | None = None,
    shape: Shape | None = None,
) -> None:
    """Import a file, and say on standard error what it added.

    Parameters
    ----------
    form, file
        Whose file it is, and where it lies.
    annotator, annotators
        As for `read_people`.
    kind
        What new annotators are; None to ask.
    statements
        Whether sentences that no document has become single statements.
    labels
        As for `read_label_names`.
    shape
        What columns and labels are called in the file, and how a spreadsheet holds its rows.
    """
    params, shape = read_params(), shape or Shape()
    known = params.labels.all
    _check_labels(shape, known)
    people = read_people(annotators, annotator)
    of_labels = LabelNames(known, {**read_label_names(labels, known), **shape.labels})
    read, notes = _read(form, file, shape, of_labels)
    misfits = read[1]
    if not any(read):
        raise DataError(f"{file}: there is nothing in it to import.")
    votes = name_annotators(read[0], people, file)
    # Whoever stands in the project's own field has to be in the project.
    comers = list(dict.fromkeys(v.annotator for v in votes if v.annotator))
    named = {vote.annotator for vote in read[0] if vote.annotator}
    comers = [name for name in comers if name not in named or name == annotator]
    kinds: dict[str, str] = {}
    while True:
        # Nobody is asked anything while others wait.
        with locked():
            there = read_annotators()
            documents = _documents(params, votes)
            fitted = fit_votes(votes, documents, known, {*there, *comers}, statements=statements)
            refuse_misfits([*misfits, *fitted.misfits], file)
            new = [name for name in comers if name not in there]
            if set(new) <= set(kinds):
                write_fitted(fitted, {name: kinds[name] for name in new})
                break
        kinds = who_they_are(new, kind, people.kinds)
    sys.stderr.writelines(f"{note}.\n" for note in [*notes, *of_labels.notes()])
    sys.stderr.write(_report(fitted, file))


def _read(form: str, file: str, shape: Shape, labels: LabelNames) -> tuple[Read, list[str]]:
    """Return the votes of a file, and what there is to say about how it was read."""
    if form in SPREADSHEETS:
        layout = shape.layout or Layout(form)
        columns = {shape.text: "--text-column", shape.label: "--label-column"}
        table, notes = read_foreign_table(Path(file), columns, layout)
        place = "line" if layout.form == CSV else "row"
        return spreadsheet.parse(table, file, labels, shape.columns, place), notes
    return PARSE[form](read_text(Path(file)), file, labels), []
