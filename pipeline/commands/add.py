"""`stance add`: an article, cleaned, checked, registered, and shown as it was segmented."""

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path

from pipeline.project.vocabulary import ORIGINS, PUBLISHED
from pipeline.prompts import ask, is_terminal
from stance.errors import DataError
from stance.files import STREAM

# What somebody at a terminal is asked, in this order; holder and target may not stay empty.
QUESTIONS = {
    "title": "title",
    "author": "author",
    "publisher": "publisher",
    "date": "date (of publication, such as 2017 or 2017-03-01)",
    "origin": "origin (published or composed)",
    "holder": "holder (whose stance: a government)",
    "target": "target (toward whom)",
}
REQUIRED = ("holder", "target")


def add_options(parser: argparse.ArgumentParser) -> None:
    """Describe the command and its options."""
    parser.description = (
        "Add an article: clean its text, register it in data/articles.csv, and show "
        "how it is cut. What no option says is asked for on a terminal."
    )
    parser.add_argument(
        "article", metavar="ARTICLE", help="a text, or a saved web page (.html); - for stdin"
    )
    parser.add_argument(
        "--document", metavar="NAME", help="its name here (default: from the title or the file)"
    )
    for name, about in {
        "title": "its title",
        "author": "who wrote it",
        "publisher": "who published it",
        "date": "when",
        "holder": "whose stance its sentences are about",
        "target": "toward whom",
    }.items():
        parser.add_argument(f"--{name}", metavar="TEXT", help=about)
    parser.add_argument(
        "--origin", choices=ORIGINS, help=f"where it comes from (default: {ORIGINS[0]})"
    )


def check(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    """Refuse an article of whom nobody can be asked what is missing."""
    for name in REQUIRED:
        if not (getattr(options, name) or is_terminal()):
            parser.error(f"give --{name}; there is no terminal to ask on")


def complete(given: Mapping[str, str | None], found: Mapping[str, str]) -> dict[str, str]:
    """Return the article's row without its document: as given, as found, or as answered.

    Raises
    ------
    DataError
        If holder or target are missing and there is no terminal to ask on, or nobody answers.
    """
    from stance.files import fold

    def fits(name: str, value: str) -> bool:
        if name == "origin":
            return value in ORIGINS
        return bool(fold(value)) or name not in REQUIRED

    row = {}
    for name, question in QUESTIONS.items():
        default = found.get(name, PUBLISHED if name == "origin" else "")
        value = given[name]
        if value is None and name not in REQUIRED and not is_terminal():
            value = default
        while value is None or not fits(name, value):
            value = ask(question, default, f"--{name}")
        row[name] = fold(value)
    return row


def run(options: argparse.Namespace) -> None:
    """Register an article and write its outline to standard output."""
    from pipeline.project.articles import add_article, outline, read_article
    from pipeline.project.params import read_params
    from pipeline.project.tables import ARTICLES
    from stance.text.article import slug

    max_heading_words = read_params().segment.max_heading_words
    source = options.article
    text, found = read_article(None if source == STREAM else source)
    row = complete({name: getattr(options, name) for name in QUESTIONS}, found)
    document = options.document
    if document is None:
        document = slug(row["title"] or ("" if source == STREAM else Path(source).stem))
        if not document:
            raise DataError("the document needs a name; give one with --document.")
    segmented = add_article(source, {"document": document, **row}, text, max_heading_words)
    sys.stdout.write(outline(document, *segmented))
    sys.stderr.write(
        f"Added {ARTICLES / document}.txt. Annotate it with `stance annotate {document} "
        "--annotator NAME`.\n"
    )
