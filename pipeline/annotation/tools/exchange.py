"""Votes to the files of other annotation tools and back: all of them, or none.

A row that is in the project already is no error, so that a file that has grown can be imported
again, and one whose import was cut short, too.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from pipeline.annotation.names import CSV, DOCCANO, LABEL_STUDIO, PRODIGY
from pipeline.annotation.tools import doccano, label_studio, prodigy, spreadsheet
from pipeline.annotation.tools.fitting import Fitted, fit_votes
from pipeline.annotation.tools.votes import Vote, vote_table
from pipeline.project.annotations import add_annotator, append_annotations
from pipeline.project.documents import Documents, read_documents
from pipeline.project.frames import write_csv
from pipeline.project.params import Params, read_params
from pipeline.project.tables import STATEMENTS_CSV, read_annotators, read_statements
from pipeline.prompts import ask
from stance.errors import DataError
from stance.files import fold, read_text, write_text

DUMP = {
    CSV: spreadsheet.dump,
    DOCCANO: doccano.dump,
    LABEL_STUDIO: label_studio.dump,
    PRODIGY: prodigy.dump,
}
PARSE = {
    CSV: spreadsheet.parse,
    DOCCANO: doccano.parse,
    LABEL_STUDIO: label_studio.parse,
    PRODIGY: prodigy.parse,
}
# Misfits named one by one.
SHOWN = 20


def export_votes(names: Sequence[str], form: str, output: str | None) -> None:
    """Write some documents, or all, as a file of a tool.

    Parameters
    ----------
    names
        The documents; none for all.
    form
        One of `pipeline.annotation.names.TOOLS`.
    output
        The file; None for standard output.

    Raises
    ------
    DataError
        If there is no such document, or one cannot be read.
    """
    params = read_params()
    labels = params.labels.all
    content = DUMP[form](vote_table(read_documents(params, names)), labels)
    if output is None:
        sys.stdout.write(content)
    else:
        write_text(Path(output), content)
    if form == LABEL_STUDIO:
        sys.stderr.write(f"The labelling interface for it:\n{label_studio.interface(labels)}")


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


def _refuse(misfits: Sequence[str], file: str) -> None:
    if not misfits:
        return
    sys.stderr.writelines(f"{misfit}\n" for misfit in misfits[:SHOWN])
    more = f", {len(misfits) - SHOWN} more than are shown" if len(misfits) > SHOWN else ""
    do = "does" if len(misfits) == 1 else "do"
    raise DataError(
        f"{file}: {_number(len(misfits), 'row')} {do} not fit{more}; nothing was imported."
    )


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _report(fitted: Fitted) -> str:
    added = _number(sum(map(len, fitted.rows.values())), "vote")
    parts = [
        f"{added} added in {_number(len(fitted.rows), 'document')}",
        f"{fitted.known} there already",
        f"{_number(fitted.unlabelled, 'sentence')} without a label",
    ]
    if fitted.statements:
        parts.append(_number(len(fitted.statements), "new statement"))
    return f"{', '.join(parts)}.\n"


def import_votes(
    form: str, file: str, annotator: str, kind: str | None, *, statements: bool
) -> None:
    """Import a file, and say on standard error what it added.

    Parameters
    ----------
    form
        One of `pipeline.annotation.names.TOOLS`.
    file
        What the tool has exported.
    annotator, kind
        Whose votes those are that name nobody, and what they are if they are new; None to ask.
    statements
        Whether sentences that no document has become single statements.

    Raises
    ------
    DataError
        If the file cannot be read, is empty, or a row does not fit; then nothing is imported.
    """
    params = read_params()
    votes, misfits = PARSE[form](read_text(Path(file)), file)
    if not votes and not misfits:
        raise DataError(f"{file}: there is nothing in it to import.")
    documents = _documents(params, votes)
    annotators = read_annotators()
    fitted = fit_votes(
        votes, documents, params.labels.all, annotators, annotator, statements=statements
    )
    _refuse([*misfits, *fitted.misfits], file)
    if annotator not in annotators:
        if kind is None:
            question = f"{annotator} is new: what are they (person, language model)"
            kind = ask(question, option="--kind")
        add_annotator(annotator, kind)
    if fitted.statements:
        table = pd.concat([read_statements(), pd.DataFrame(fitted.statements)], ignore_index=True)
        write_csv(STATEMENTS_CSV, table.fillna(""))
    for document, rows in fitted.rows.items():
        append_annotations(document, rows)
    sys.stderr.write(_report(fitted))
