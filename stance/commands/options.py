"""What the options of several commands have in common: their types, their choices, their words.

The modules of commands hold options and checks and little else; what they do is imported when they
do it, so that help and usage errors answer at once.
"""

import argparse
import csv
from pathlib import Path

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
