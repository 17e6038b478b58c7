"""A sample as the file of an annotation tool, and its codes back."""

from pathlib import Path

import pandas as pd

from pipeline.annotation.names import SPREADSHEETS
from pipeline.annotation.tools import spreadsheet
from pipeline.annotation.tools.exchange import DUMP, PARSE
from pipeline.annotation.tools.votes import COLUMNS
from stance.audit.coded import Code
from stance.audit.draw import SENTENCE, Sample
from stance.audit.scored import AUDIT
from stance.errors import DataError
from stance.files import read_text
from stance.scoring.rows.formats import Layout
from stance.scoring.rows.labels import LabelNames


def sample_file(sample: Sample, form: str) -> bytes:
    """Return a sample as a sheet, or as the file of a tool, without context.

    Tools show the text alone.
    """
    table = pd.DataFrame(sample.rows, columns=sample.columns)
    if form in SPREADSHEETS:
        return spreadsheet.dump(table, Layout(form))
    table = table.rename(columns={AUDIT: "id"})
    table = table[["id", SENTENCE]].reindex(columns=COLUMNS, fill_value="")
    return DUMP[form](table, sample.record.labels).encode()


def read_tool(path: Path, form: str, labels: LabelNames) -> list[Code]:
    """Return the codes in a file that a tool has exported.

    Raises
    ------
    DataError
        If it cannot be read, or a row of it cannot be used.
    """
    votes, misfits = PARSE[form](read_text(path), str(path), labels)
    if misfits:
        more = f" ({len(misfits) - 1:,} further rows do not fit)" * (len(misfits) > 1)
        raise DataError(f"{misfits[0].message.removesuffix('.')}{more}.")
    return [
        Code(vote.where, vote.sentence, vote.stance, vote.annotator or vote.user) for vote in votes
    ]
