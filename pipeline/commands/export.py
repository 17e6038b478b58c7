"""Write sentences and the votes on them as a file of another annotation tool."""

import sys
from collections.abc import Sequence
from pathlib import Path

from pipeline.annotation.tools import doccano, label_studio, prodigy, spreadsheet
from pipeline.annotation.tools.votes import vote_table
from pipeline.project.documents import read_documents
from pipeline.project.params import read_params
from stance.files import STREAM, write_text

DUMP = {
    "csv": spreadsheet.dump,
    "doccano": doccano.dump,
    "label-studio": label_studio.dump,
    "prodigy": prodigy.dump,
}


def run(names: Sequence[str], form: str, output: str) -> None:
    """Write some documents, or all, to a file or to standard output."""
    params = read_params()
    labels = params.labels.all
    content = DUMP[form](vote_table(read_documents(params, names)), labels)
    if output == STREAM:
        sys.stdout.write(content)
    else:
        write_text(Path(output), content)
    if form == "label-studio":
        sys.stderr.write(f"The labelling interface for it:\n{label_studio.interface(labels)}")
