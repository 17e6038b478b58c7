"""The `stance` program: one subcommand per module of `pipeline.commands`.

A command's module is imported when it is called, so that `--help` and a mistyped option answer at
once.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from pipeline.data.tables import MODEL
from pipeline.errors import exit_with


def _add_score(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
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

    def run(options: argparse.Namespace) -> None:
        from pipeline.commands.score import run

        run(options.texts, options.input, options.output, options.text_column, options.model)

    def check(options: argparse.Namespace) -> None:
        if bool(options.texts) == (options.input is not None):
            score.error("give either statements or --input FILE")

    score.set_defaults(run=run, check=check)


def _add_compare(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    compare = commands.add_parser(
        "compare",
        help="say whether one run is really better than another",
        description="Compare the predictions that two revisions committed: paired differences of "
        "macro-F1 with intervals and p-values, and the sentences that changed.",
    )
    compare.add_argument(
        "a", nargs="?", metavar="A", help="a revision, tag, experiment or `workspace` (HEAD)"
    )
    compare.add_argument("b", nargs="?", metavar="B", help="what is compared with it (workspace)")
    compare.add_argument(
        "--all",
        action="store_true",
        help="compare all experiments of the current commit with the best of them",
    )
    compare.add_argument(
        "--protocol",
        default="unseen_article",
        metavar="NAME",
        help="the protocol that --all orders by (default: unseen_article)",
    )
    compare.add_argument(
        "--format",
        choices=["table", "md", "json", "csv"],
        default="table",
        help="how to write the result (default: table)",
    )
    compare.add_argument(
        "--fail-if-worse",
        action="store_true",
        help="exit with code 1 if B is significantly worse under any protocol",
    )

    def run(options: argparse.Namespace) -> None:
        from pipeline.commands.compare import run, run_all

        if options.all:
            run_all(options.protocol, options.format)
        else:
            a, b = options.a or "HEAD", options.b or "workspace"
            run(a, b, options.format, fail_if_worse=options.fail_if_worse)

    def check(options: argparse.Namespace) -> None:
        if options.all and (options.a or options.fail_if_worse):
            compare.error("--all takes neither revisions nor --fail-if-worse")

    compare.set_defaults(run=run, check=check)


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the program with all its commands."""
    parser = argparse.ArgumentParser(
        prog="stance", description="The stance of a government toward an armed group, by sentence."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_score(commands)
    _add_compare(commands)
    return parser


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the program; exit code 0 done, 1 bad data or model, 2 bad usage."""
    parser = build_parser()
    options = parser.parse_args(arguments)
    options.check(options)
    exit_with(f"{parser.prog} {options.command}", lambda: options.run(options))
