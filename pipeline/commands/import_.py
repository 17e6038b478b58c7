"""`stance import`: the votes in a file of another annotation tool."""

import argparse
from pathlib import Path

from pipeline.annotation.names import TOOLS
from stance.commands.options import add_kind, add_table, sheet_layout


def add_options(parser: argparse.ArgumentParser) -> None:
    """Describe the command and its options."""
    parser.description = (
        "Take in the votes of a file: all of them, or none where a row does not fit. The people of "
        "an export become annotators."
    )
    parser.add_argument(
        "--from", dest="form", required=True, choices=TOOLS, help="whose file it is"
    )
    parser.add_argument("file", metavar="FILE", help="the file that the tool has exported")
    parser.add_argument(
        "--annotator", metavar="NAME", help="whose votes those are that name nobody, or one person"
    )
    parser.add_argument(
        "--annotators",
        type=Path,
        metavar="FILE",
        help="who is who: a CSV file with the columns found and annotator, perhaps kind",
    )
    add_kind(parser)
    add_table(parser, "FILE", {"text": "sentence", "label": "stance", "id": "id"})
    parser.add_argument(
        "--labels",
        type=Path,
        metavar="FILE",
        help="labels that are called otherwise: a CSV file with the columns found and label",
    )
    parser.add_argument(
        "--statements",
        action="store_true",
        help="take sentences that no document has for single statements",
    )


def check(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    """Refuse what only spreadsheets have, and settle how a spreadsheet is read."""
    options.layout = sheet_layout(parser, options, options.form, options.file)


def run(options: argparse.Namespace) -> None:
    """Import the file, and say on standard error what it added."""
    from pipeline.annotation.tools.exchange import Shape, import_votes

    import_votes(
        options.form,
        options.file,
        options.annotator,
        options.kind,
        statements=options.statements,
        annotators=options.annotators,
        labels=options.labels,
        shape=Shape(
            options.text_column,
            options.label_column,
            options.id_column,
            dict(options.map),
            options.layout,
        ),
    )
