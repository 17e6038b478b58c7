"""`stance add`: articles, cleaned, checked, registered, and shown as they were segmented."""

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.project.vocabulary import ORIGINS, PUBLISHED
from pipeline.prompts import ask, is_terminal
from stance.commands.options import add_encoding
from stance.errors import DataError
from stance.files import STREAM

if TYPE_CHECKING:
    from stance.text.article import Article

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
        "Add articles: clean their text, register them in data/articles.csv, and show "
        "how they are cut and what is left out. What no option says is asked for on a terminal."
    )
    parser.add_argument(
        "articles",
        nargs="+",
        metavar="ARTICLE",
        help="a file, a pattern such as 'saved/*', or a folder; - for stdin. Text, web pages, "
        "mails, Markdown, PDF, Word and RTF are told by their content",
    )
    add_encoding(parser, "text", None)
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
    """Refuse an article of whom nobody can be asked what is missing, and two of one name."""
    several = len(options.articles) > 1 or any(map(_is_several, options.articles))
    for name in ("document", "title"):
        if several and getattr(options, name):
            parser.error(f"--{name} is for a single article")
    for name in REQUIRED:
        if not (getattr(options, name) or is_terminal()):
            parser.error(f"give --{name}; there is no terminal to ask on")


def _is_several(place: str) -> bool:
    pattern = any(character in place for character in "*?[")
    return Path(place).is_dir() or (pattern and not Path(place).exists())


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
    """Register articles and write their outlines to standard output.

    All are read before the first is registered, so that one that cannot be read stops no half.
    """
    from stance.text.article import find_articles, open_article

    places = find_articles(options.articles)
    for place, article in [(place, open_article(place, options.encoding)) for place in places]:
        _add(place, article, options)


def _add(place: str, article: "Article", options: argparse.Namespace) -> None:
    from pipeline.project.articles import add_article, outline
    from pipeline.project.params import read_params
    from pipeline.project.tables import ARTICLES
    from stance.text.article import slug
    from stance.text.segmentation import BODY, count_kinds, left_out

    row = complete({name: getattr(options, name) for name in QUESTIONS}, article.about)
    document = options.document
    if document is None:
        document = slug(row["title"] or ("" if place == STREAM else Path(place).stem))
        if not document:
            raise DataError("the document needs a name; give one with --document.")
    words = read_params().segment.max_heading_words
    paragraphs, sentences = add_article(place, {"document": document, **row}, article.text, words)
    sys.stdout.write(outline(document, paragraphs, sentences))
    notes = [f"Read {place} as {article.read_as}.", *(f"- {note}" for note in article.notes)]
    if counts := left_out(count_kinds(paragraphs)):
        notes.append(f"Left out: {counts}.")
        aside = paragraphs[paragraphs["kind"] != BODY]
        notes += ("- " + aside["kind"] + ": " + aside["text"]).tolist()
    else:
        notes.append("Left out: nothing.")
    notes.append(
        f"Added {ARTICLES / document}.txt. Annotate it with `stance annotate {document} "
        "--annotator NAME`."
    )
    sys.stderr.write("\n".join(notes) + "\n")
