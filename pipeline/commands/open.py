"""`stance open`: a local page in a browser, to read, check and annotate in."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from pipeline.annotation.names import BY_DOCUMENT, ORDERS
from stance.commands.options import add_kind, add_model, count

LOCAL = "127.0.0.1"
# Sentences on which a second opinion is asked for.
SECOND = 100


def add_options(parser: argparse.ArgumentParser) -> None:
    """Describe the command and its options."""
    parser.description = (
        "Serve a page on this machine, and open it: to read a scored file, to annotate the "
        "documents of a project, or to code the sample of an audit. The page ends with Ctrl-C."
    )
    parser.add_argument(
        "place",
        nargs="?",
        type=Path,
        metavar="FILE|PROJECT",
        help="what `stance score` has written, a sample of `stance audit draw`, or the folder of "
        "a project (default: the project here)",
    )
    parser.add_argument(
        "--annotator",
        dest="annotators",
        action="append",
        default=[],
        metavar="NAME",
        help="who annotates; may be given several times, and each gets a link of their own "
        "(default: nobody, the page only reads)",
    )
    add_kind(parser)
    parser.add_argument(
        "--order",
        choices=ORDERS,
        default=BY_DOCUMENT,
        help="in which order sentences are offered, as of `stance annotate`",
    )
    parser.add_argument(
        "--suggest", action="store_true", help="show the model's suggestion before a choice"
    )
    parser.add_argument(
        "--sample",
        type=count,
        default=SECOND,
        metavar="N",
        help="second opinions on N sentences drawn at random; the others may be examples of the "
        f"codebook (default: {SECOND})",
    )
    parser.add_argument(
        "--seed", type=int, default=0, metavar="N", help="which sample (default: 0)"
    )
    parser.add_argument(
        "--edit-codebook", action="store_true", help="let annotators change data/codebook.md"
    )
    parser.add_argument(
        "--text-column",
        default="text",
        metavar="NAME",
        help="of a scored file, as of `stance score` (default: text)",
    )
    parser.add_argument(
        "--prefix", default="", metavar="TEXT", help="of a scored file, as of `stance score`"
    )
    parser.add_argument(
        "--host",
        default=LOCAL,
        metavar="ADDRESS",
        help=f"serve other machines, too, without encryption (default: {LOCAL})",
    )
    parser.add_argument(
        "--no-browser", action="store_true", help="print the link only, and open nothing"
    )
    add_model(parser)


def check(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    """Refuse options that do not go together."""
    names = options.annotators
    if len(set(names)) < len(names):
        parser.error("--annotator names somebody twice")
    for name in names:
        if name != "".join(name.split()) or "," in name or not name:
            parser.error(f"--annotator {name!r}: a name has no white space and no commas")
    of_annotators = ["kind", "suggest", "sample", "edit_codebook"]
    if not names and (given := _given(parser, options, of_annotators)):
        parser.error(f"{given} goes with --annotator")
    if options.kind and len(names) > 1:
        parser.error("--kind goes with one --annotator; open the page for the new ones first")
    of_projects = [*of_annotators, "order", "seed"]
    of_files = ["text_column", "prefix"]
    if options.place is None or options.place.is_dir():
        if given := _given(parser, options, of_files):
            parser.error(f"{given} goes with a scored file")
    elif given := _given(parser, options, of_projects):
        parser.error(f"{given} goes with a project, and {options.place} is a file")


def _given(
    parser: argparse.ArgumentParser, options: argparse.Namespace, names: Sequence[str]
) -> str | None:
    """Return the first option with another value than its default."""
    for name in names:
        if getattr(options, name) != parser.get_default(name):
            return f"--{name.replace('_', '-')}"
    return None


def run(options: argparse.Namespace) -> None:
    """Serve the page until Ctrl-C."""
    from pipeline.page.opening import open_page

    open_page(options)
