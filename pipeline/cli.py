"""The `stance` program: one subcommand per module of `pipeline.commands`.

A command's module is imported when it is called, so that `--help` and a mistyped option answer at
once.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from pipeline.data.tables import MODEL
from pipeline.errors import exit_with


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the program with all its commands."""
    parser = argparse.ArgumentParser(
        prog="stance", description="The stance of a government toward an armed group, by sentence."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    score = commands.add_parser(
        "score",
        help="score statements with the saved model",
        description="Score statements: the most probable stance, its probability, and whether "
        "the model abstains. Writes CSV, or a table on a terminal.",
    )
    score.add_argument("texts", nargs="*", metavar="TEXT", help="a statement")
    score.add_argument(
        "--input", metavar="FILE", help="a CSV file of statements, UTF-8; - for standard input"
    )
    score.add_argument(
        "--output", default="-", metavar="FILE", help="where to write CSV; - for standard output"
    )
    score.add_argument(
        "--text-column",
        default="text",
        metavar="NAME",
        help="the column of --input that holds the statement (default: text)",
    )
    score.add_argument(
        "--model", type=Path, default=MODEL, metavar="FILE", help=f"the model (default: {MODEL})"
    )
    return parser


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the program; exit code 0 done, 1 bad data or model, 2 bad usage."""
    parser = build_parser()
    options = parser.parse_args(arguments)
    if bool(options.texts) == (options.input is not None):
        parser.error("give either statements or --input FILE")

    def run() -> None:
        from pipeline.commands import score

        score.run(options.texts, options.input, options.output, options.text_column, options.model)

    exit_with(f"{parser.prog} {options.command}", run)
