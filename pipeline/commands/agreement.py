"""`stance agreement`: how far the annotators agree."""

import argparse
import json
import sys

from stance.commands.options import JSON, TABLE, add_documents
from stance.errors import DataError


def add_options(parser: argparse.ArgumentParser) -> None:
    """Describe the command and its options."""
    parser.description = (
        "Show Krippendorff's alpha with its interval by document and label, which "
        "labels the annotators confuse, and what is left for a referee."
    )
    add_documents(parser)
    parser.add_argument(
        "--format",
        choices=[TABLE, JSON],
        default=TABLE,
        help="how to write it (default: table)",
    )


def check(_parser: argparse.ArgumentParser, _options: argparse.Namespace) -> None:
    """Refuse nothing: all options go together."""


def run(options: argparse.Namespace) -> None:
    """Write the agreement on some documents, or on all, to standard output."""
    from pipeline.annotation.agreement import measure, render
    from pipeline.project.documents import read_documents
    from pipeline.project.params import read_params

    params = read_params()
    documents = read_documents(params, options.documents)
    if documents.votes.empty:
        raise DataError("there is no annotation; annotate some with `stance annotate`.")
    measured = measure(documents, params.labels.all, params.label.referees)
    if options.format == JSON:
        sys.stdout.write(json.dumps(measured, indent=2, ensure_ascii=False) + "\n")
    else:
        sys.stdout.write(render(measured, params.labels.all))
