"""`stance export`: sentences and the votes on them as a file of another annotation tool."""

import argparse

from pipeline.annotation.names import CSV, ODS, TOOLS, XLSX
from stance.commands.options import add_documents, add_table, sheet_layout
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
    columns = {"text": "sentence", "label": "stance", "id": "id"}
    add_table(parser, "the file", columns, sheets=False)
    parser.add_argument(
        "--no-formulas",
        action="store_true",
        help="put an apostrophe before each cell of CSV that looks like a formula",
    )


def check(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    """Refuse what only spreadsheets have, and settle how a spreadsheet is written."""
    options.layout = sheet_layout(parser, options, options.to, options.output)
    if options.output == STREAM and options.layout.form in (XLSX, ODS):
        parser.error(f"--to {options.to} needs --output FILE")
    if options.no_formulas and options.layout.form != CSV:
        parser.error("--no-formulas is for CSV; in a sheet no text is a formula")


def run(options: argparse.Namespace) -> None:
    """Write some documents, or all, to a file or to standard output."""
    from pipeline.annotation.tools.exchange import Shape, export_votes

    output = None if options.output == STREAM else options.output
    shape = Shape(
        options.text_column,
        options.label_column,
        options.id_column,
        dict(options.map),
        options.layout,
    )
    export_votes(options.documents, options.to, output, shape, disarmed=options.no_formulas)
