"""The `stance` program: one subcommand per module of `pipeline.commands`.

A command's module is imported when it is called, so that `--help` and a mistyped option answer at
once.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from pipeline.data.rows import FORMATS, JSONL, SUFFIXES, Layout
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


def _names(cell: str) -> list[str]:
    names = [name.strip() for name in cell.split(",")]
    if "" in names or len(set(names)) < len(names):
        raise argparse.ArgumentTypeError(f"{cell!r} must name labels, each once, between commas")
    return names


def _encoding(name: str) -> str:
    try:
        # Looking a codec up is not enough: some turn bytes into bytes.
        bytes(4).decode(name)
    except (LookupError, UnicodeError):
        raise argparse.ArgumentTypeError(f"{name!r} is no encoding of text") from None
    return name


def _add_benchmark(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    benchmark = commands.add_parser(
        "benchmark",
        help="measure the configured classifier on another data set",
        description="Train the encoder, features and classifier of params.yaml on TRAIN and "
        "measure them on TEST, beside their parts alone and the most frequent label: F1 of each "
        "label, macro-F1 and accuracy, with 95 % bootstrap intervals. CSV is read with quotes; in "
        "tab-separated files quotes are characters like others.",
    )
    benchmark.add_argument("train", type=Path, metavar="TRAIN", help="labelled texts to train on")
    benchmark.add_argument("test", type=Path, metavar="TEST", help="labelled texts to predict")
    for option, held in (("--text-column", "text"), ("--label-column", "label")):
        benchmark.add_argument(
            option,
            default=held,
            metavar="NAME",
            help=f"the column that holds the {held}; with --no-header its number, from 1 "
            f"(default: {held})",
        )
    benchmark.add_argument(
        "--group-column",
        metavar="NAME",
        help="a column such as the target: macro-F1 is given for each of its values, too",
    )
    benchmark.add_argument(
        "--per-group",
        action="store_true",
        help="train a classifier for each value of --group-column, on its rows only",
    )
    benchmark.add_argument(
        "--average",
        type=_names,
        default=[],
        metavar="LABEL,LABEL",
        help="the labels whose F1 is averaged; errors on others count (default: all)",
    )
    benchmark.add_argument(
        "--format",
        choices=FORMATS,
        help="of both files (default: by suffix, "
        f"{', '.join(f'{suffix} is {form}' for suffix, form in SUFFIXES.items())})",
    )
    benchmark.add_argument(
        "--no-header", action="store_true", help="the first line is a row; columns are numbered"
    )
    benchmark.add_argument(
        "--encoding",
        type=_encoding,
        default="utf-8",
        metavar="NAME",
        help="of both files, such as cp1252 (default: utf-8)",
    )
    benchmark.add_argument(
        "--output", type=Path, metavar="FILE", help="where to write the figures as JSON"
    )

    def form(options: argparse.Namespace, path: Path) -> str:
        found: str | None = options.format or SUFFIXES.get(path.suffix.lower())
        if found is None:
            benchmark.error(f"{path}: no known suffix; name the format with --format")
        return found

    def run(options: argparse.Namespace) -> None:
        from pipeline.commands.benchmark import Columns, run

        files = options.train, options.test
        train, test = (
            Layout(form(options, path), options.encoding, not options.no_header) for path in files
        )
        columns = Columns(options.text_column, options.label_column, options.group_column)
        run(
            files,
            (train, test),
            columns,
            options.average,
            options.output,
            per_group=options.per_group,
        )

    def check(options: argparse.Namespace) -> None:
        forms = [form(options, path) for path in (options.train, options.test)]
        if options.no_header and JSONL in forms:
            benchmark.error("--no-header: JSON lines have no header; leave it out")
        if options.per_group and options.group_column is None:
            benchmark.error("--per-group needs --group-column NAME")

    benchmark.set_defaults(run=run, check=check)


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the program with all its commands."""
    parser = argparse.ArgumentParser(
        prog="stance", description="The stance of a government toward an armed group, by sentence."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_score(commands)
    _add_compare(commands)
    _add_benchmark(commands)
    return parser


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the program; exit code 0 done, 1 bad data or model, 2 bad usage."""
    parser = build_parser()
    options = parser.parse_args(arguments)
    options.check(options)
    exit_with(f"{parser.prog} {options.command}", lambda: options.run(options))
