"""`stance compare`: whether one run is really better than another."""

import argparse
import sys

from stance.commands.options import CSV, JSON, MARKDOWN, TABLE
from stance.errors import DataError


def add_options(parser: argparse.ArgumentParser) -> None:
    """Describe the command and its options."""
    parser.description = (
        "Compare the predictions that two revisions committed: paired differences of "
        "macro-F1 with intervals and p-values, and the sentences that changed."
    )
    parser.add_argument(
        "a", nargs="?", metavar="A", help="a revision, tag, experiment or `workspace` (HEAD)"
    )
    parser.add_argument("b", nargs="?", metavar="B", help="what is compared with it (workspace)")
    parser.add_argument(
        "--all",
        action="store_true",
        help="compare all experiments of the current commit with the best of them",
    )
    parser.add_argument(
        "--protocol",
        default="unseen_article",
        metavar="NAME",
        help="the protocol that --all orders by (default: unseen_article)",
    )
    parser.add_argument(
        "--format",
        choices=[TABLE, MARKDOWN, JSON, CSV],
        default=TABLE,
        help="how to write the result (default: table)",
    )
    parser.add_argument(
        "--fail-if-worse",
        action="store_true",
        help="exit with code 1 if B is significantly worse under any protocol",
    )


def check(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    """Refuse options that do not go together."""
    if options.all and (options.a or options.fail_if_worse):
        parser.error("--all takes neither revisions nor --fail-if-worse")


def run(options: argparse.Namespace) -> None:
    """Write the comparison; with ``--fail-if-worse`` a loss is an error."""
    if options.all:
        _run_all(options.protocol, options.format)
    else:
        a, b = options.a or "HEAD", options.b or "workspace"
        _run_two(a, b, options.format, fail_if_worse=options.fail_if_worse)


def _run_two(a: str, b: str, form: str, *, fail_if_worse: bool) -> None:
    from pipeline.evaluation.comparison import WORSE, compare_revisions
    from pipeline.evaluation.comparison_text import as_csv, as_json, render
    from pipeline.project.revisions import find_revision

    first, second = find_revision(a), find_revision(b)
    results = compare_revisions(first, second)
    if form == JSON:
        sys.stdout.write(as_json(first, second, results))
    elif form == CSV:
        sys.stdout.write(as_csv(results))
    else:
        sys.stdout.write(render(first, second, results, markdown=form == MARKDOWN))
    worse = [protocol for protocol, result in results.items() if result.verdict == WORSE]
    if fail_if_worse and worse:
        sys.stdout.flush()
        raise DataError(f"{second} is worse than {first} under {', '.join(worse)}.")


def _run_all(protocol: str, form: str) -> None:
    from pipeline.evaluation.comparison import compare_experiments
    from pipeline.evaluation.comparison_text import render_all
    from stance.files import to_csv

    table = compare_experiments(protocol)
    if form == JSON:
        sys.stdout.write(table.to_json(orient="records", indent=2, force_ascii=False) + "\n")
    elif form == CSV:
        sys.stdout.write(to_csv(table))
    else:
        sys.stdout.write(render_all(table, markdown=form == MARKDOWN))
