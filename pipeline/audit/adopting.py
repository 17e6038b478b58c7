"""A coded sample becomes the project's own: it is trained on, and no longer a fair test."""

import sys

from pipeline.annotation.tools.exchange import refuse_misfits, who_they_are, write_fitted
from pipeline.annotation.tools.fitting import fit_votes
from pipeline.annotation.tools.votes import Vote
from pipeline.project.documents import read_documents
from pipeline.project.params import PARAMS, read_params
from pipeline.project.tables import (
    ADOPTED,
    DRAWN,
    STATEMENTS,
    STATEMENTS_CSV,
    read_annotators,
    read_statements,
)
from pipeline.project.writing import check_annotator, locked
from stance.audit.coded import Coded
from stance.audit.record import Record
from stance.errors import DataError
from stance.files import fold
from stance.statistics.rounding import DIGITS


def adopt(record: Record, coded: Coded, kind: str | None) -> None:
    """Take the coded texts of a sample into the project, and say what that means.

    Texts become single statements, which keep the sample and the probability with which they were
    drawn; codes become votes of their coders.

    Parameters
    ----------
    record, coded
        How the sample was drawn, and how its texts are coded.
    kind
        What coders are who are new to the project; somebody is asked where it is None.

    Raises
    ------
    DataError
        If the project has other labels, the sample is adopted already, or a vote does not fit.
    """
    params = read_params()
    if params.labels.all != record.labels:
        raise DataError(
            f"{PARAMS}: the project's labels are {', '.join(params.labels.all)}, and the sample is "
            f"coded with {', '.join(record.labels)}; adopt it in the project that the model is of."
        )
    names = sorted(set(coded.votes["annotator"]))
    for name in names:
        check_annotator(name)
    votes = [
        Vote(
            f"sample {record.audit}, {record.units[number].name}",
            coded.texts[number],
            stance,
            annotator=who,
        )
        for number, who, stance in coded.votes.itertuples(index=False)
    ]
    drawn = {fold(text): record.probabilities[number] for number, text in coded.texts.items()}
    new = [name for name in names if name not in read_annotators()]
    kinds = who_they_are(new, kind)
    with locked():
        statements = read_statements()
        if ADOPTED in statements and (statements[ADOPTED] == record.audit).any():
            raise DataError(
                f"{STATEMENTS_CSV}: the sample {record.audit} is adopted already; draw another one "
                "from what the new model has scored."
            )
        annotators = {*read_annotators(), *kinds}
        documents = read_documents(params)
        there = set(documents.sentences["text"])
        # A sentence of the project stays what it is; only its votes are added.
        fitted = fit_votes(votes, documents, record.labels, annotators, statements=True)
        refuse_misfits(fitted.misfits, f"sample {record.audit}")
        for row in fitted.statements:
            probability = round(drawn[row["sentence"]], 2 * DIGITS)
            row |= {ADOPTED: record.audit, DRAWN: str(probability)}
        write_fitted(fitted, kinds)
    before = sum(text in there for text in drawn)
    known = f", {before:,} of them the project's before" * bool(before)
    sys.stderr.write(
        f"Adopted {len(drawn):,} texts of the sample {record.audit}{known}, with "
        f"{sum(map(len, fitted.rows.values())):,} votes of {', '.join(names)}, as {STATEMENTS}.\n"
        "`dvc repro` trains with them; then `stance compare` says what it brought. The sample is "
        "no longer a fair test: score your texts again, and draw the next one from that; it leaves "
        "out what the model has learned from.\n"
    )
