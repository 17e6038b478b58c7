"""A sample as the file of an annotation tool, and its codes back."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from pipeline.annotation.tools.exchange import DUMP, PARSE
from pipeline.annotation.tools.votes import COLUMNS, Labels
from stance.audit.coded import Code
from stance.audit.draw import SENTENCE, Sample
from stance.audit.scored import AUDIT
from stance.errors import DataError
from stance.files import read_text


def sample_file(sample: Sample, form: str) -> str:
    """Return a sample as the file of a tool, without context: the tools show the text alone."""
    table = pd.DataFrame(sample.rows, columns=sample.columns).rename(columns={AUDIT: "id"})
    table = table[["id", SENTENCE]].reindex(columns=COLUMNS, fill_value="")
    return DUMP[form](table, sample.record.labels)


def read_tool(path: Path, form: str, labels: Sequence[str]) -> list[Code]:
    """Return the codes in a file that a tool has exported.

    Raises
    ------
    DataError
        If it cannot be read, or a row of it cannot be used.
    """
    votes, misfits = PARSE[form](read_text(path), str(path), Labels(labels))
    if misfits:
        more = f" ({len(misfits) - 1:,} further rows do not fit)" * (len(misfits) > 1)
        raise DataError(f"{misfits[0].message.removesuffix('.')}{more}.")
    return [
        Code(vote.where, vote.sentence, vote.stance, vote.annotator or vote.user) for vote in votes
    ]
