"""`stance export`: sentences and the votes on them as a file of another annotation tool."""

import argparse

from pipeline.annotation.names import TOOLS
from stance.commands.options import add_documents
from stance.files import STREAM


def add_options(parser: argparse.ArgumentParser) -> None:
    """Describe the command and its options."""
    parser.description = (
        "Write documents as a file of another annotation tool, with the votes that there are."
    )
    parser.add_argument("--to", required=True, choices=TOOLS, help="whose file it is")
    add_documents(parser)
    parser.add_argument(
        "--output", default=STREAM, metavar="FILE", help="where to write; - for standard output"
    )


def check(_parser: argparse.ArgumentParser, _options: argparse.Namespace) -> None:
    """Refuse nothing: all options go together."""


def run(options: argparse.Namespace) -> None:
    """Write some documents, or all, to a file or to standard output."""
    from pipeline.annotation.tools.exchange import export_votes

    output = None if options.output == STREAM else options.output
    export_votes(options.documents, options.to, output)
