"""What the options of several commands have in common: their types, their choices, their words.

The modules of commands hold options and checks and little else; what they do is imported when they
do it, so that help and usage errors answer at once.
"""

import argparse
import csv
from collections.abc import Mapping
from pathlib import Path

from stance.scoring.rows.formats import CSV as CSV_FORM
from stance.scoring.rows.formats import SHEETS, Layout

# How results are written.
TABLE, MARKDOWN, JSON, CSV = "table", "md", "json", "csv"


def count(text: str) -> int:
    """Return a number from 1."""
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1")
    return int(text)


def encoding(name: str) -> str:
    """Return the name of an encoding of text."""
    try:
        # Looking a codec up is not enough: some turn bytes into bytes.
        bytes(4).decode(name)
    except (LookupError, UnicodeError):
        raise argparse.ArgumentTypeError(f"{name!r} is no encoding of text") from None
    return name


def delimiter(text: str) -> str:
    """Return the character that parts fields."""
    text = {"tab": "\t", "\\t": "\t"}.get(text, text)
    if len(text) != 1 or text in '"\r\n':
        raise argparse.ArgumentTypeError(f"{text!r} is no single character, nor the word tab")
    return text


def pair(text: str) -> tuple[str, str]:
    """Return what a file calls a label, and the label."""
    found, sign, label = text.rpartition("=")
    if not sign or not found.strip() or not label.strip():
        raise argparse.ArgumentTypeError(f"{text!r} is no FOUND=LABEL, such as Favor=favor")
    return found.strip(), label.strip()


def parts(cell: str) -> list[str]:
    """Return what stands between the commas of a cell; whoever takes it checks it."""
    return [part.strip() for part in cell.split(",")]


def names(cell: str) -> list[str]:
    """Return the labels of a cell, each there once."""
    found = parts(cell)
    if "" in found or len(set(found)) < len(found):
        raise argparse.ArgumentTypeError(f"{cell!r} must name labels, each once, between commas")
    return found


def columns(cell: str) -> list[str]:
    """Return the names between the commas of a cell; quotes hold a name with commas together."""
    found = next(csv.reader([cell], skipinitialspace=True), [])
    if not found or not all(name.strip() for name in found):
        raise argparse.ArgumentTypeError(f"{cell!r} must name columns, between commas")
    return found


def add_table(
    parser: argparse.ArgumentParser,
    of: str,
    columns: Mapping[str, str | None],
    *,
    encoding: str | None = None,
    sheets: bool = True,
) -> None:
    """Add what says how a table of other people is to be read: the same options everywhere.

    Parameters
    ----------
    parser
        Of the command.
    of
        What is read, or written.
    columns
        The default of the column with the `text`, the `label` and the `id`.
    encoding
        Its default; None if it is told by the bytes.
    sheets
        Whether it may be one sheet of several.
    """
    add_encoding(parser, of, encoding)
    parser.add_argument(
        "--delimiter",
        type=delimiter,
        metavar="CHARACTER",
        help=f"what parts the fields of {of}, if it is CSV: a character, or tab (default: told by "
        "the header, comma where something is written)",
    )
    if sheets:
        parser.add_argument(
            "--sheet", metavar="NAME", help=f"of {of}, if it is a spreadsheet (default: the first)"
        )
    held = {"text": "the statement", "label": "the label that people gave", "id": "what a row is"}
    for name, default in columns.items():
        parser.add_argument(
            f"--{name}-column",
            default=default,
            metavar="NAME",
            help=f"the column of {of} with {held[name]} (default: {default or 'none'})",
        )
    parser.add_argument(
        "--map",
        type=pair,
        action="append",
        default=[],
        metavar="FOUND=LABEL",
        help="what a label is called there; other capitals and blanks need no such word; may be "
        "given several times",
    )


def sheet_layout(
    parser: argparse.ArgumentParser, options: argparse.Namespace, form: str, file: str
) -> Layout:
    """Return how a spreadsheet is read or written: as its suffix says, else as `form`.

    Leaves with a usage error where other files are given options of spreadsheets.
    """
    sheet = getattr(options, "sheet", None)
    if form not in (CSV_FORM, *SHEETS):
        for name in ("delimiter", "encoding", "text_column", "label_column", "id_column", "sheet"):
            if getattr(options, name, None) != parser.get_default(name):
                parser.error(f"--{name.replace('_', '-')} is for spreadsheets, not for {form}")
    elif (suffix := Path(file).suffix.lower().removeprefix(".")) in SHEETS:
        form = suffix
    if form in SHEETS and (options.delimiter or options.encoding):
        parser.error(f"--delimiter and --encoding are for CSV, not for .{form}")
    if sheet is not None and form not in SHEETS:
        parser.error("--sheet is for .xlsx and .ods")
    return Layout(form, options.encoding, separator=options.delimiter, sheet=sheet)


def add_encoding(parser: argparse.ArgumentParser, of: str, default: str | None = "utf-8") -> None:
    """Add ``--encoding`` of what is read; without a default it is told by the bytes."""
    parser.add_argument(
        "--encoding",
        type=encoding,
        default=default,
        metavar="NAME",
        help=f"of {of}, such as cp1252 (default: {default or 'told by its bytes'})",
    )


def add_documents(parser: argparse.ArgumentParser) -> None:
    """Add the documents that something is done with."""
    parser.add_argument(
        "documents", nargs="*", metavar="DOCUMENT", help="some documents (default: all)"
    )


def add_kind(parser: argparse.ArgumentParser) -> None:
    """Add ``--kind`` of an annotator who is not in the project yet."""
    parser.add_argument("--kind", metavar="TEXT", help="what a new annotator is, such as person")


def add_model(parser: argparse.ArgumentParser) -> None:
    """Add the option that names the model."""
    parser.add_argument(
        "--model",
        type=Path,
        metavar="FILE",
        help="a bundle, or a model's folder (default: the variable STANCE_MODEL, else the first "
        "folder `models` with a model, from here upward)",
    )
