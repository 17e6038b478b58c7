"""Add an article to the project: cleaned, checked, registered, and shown as it was segmented."""

import sys
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from pipeline.project.articles import check_new_document, register_article
from pipeline.project.params import read_params
from pipeline.project.tables import ARTICLES, ORIGINS, PUBLISHED
from pipeline.prompts import ask, is_terminal
from stance.errors import DataError
from stance.files import STREAM, fold
from stance.text.article import clean, slug
from stance.text.page import read_page
from stance.text.paragraphs import paragraph_table
from stance.text.segmentation import BODY, segment_article

PAGES = (".html", ".htm", ".xhtml")

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


def read_article(source: str) -> tuple[str, dict[str, str]]:
    """Return the cleaned text of a file, or of standard input, and what a web page says of itself.

    Raises
    ------
    DataError
        If it cannot be read, is not UTF-8, is empty, or is a page in which no article is found.
    """
    name = "standard input" if source == STREAM else source
    if source == STREAM:
        content = sys.stdin.buffer.read()
    elif Path(source).is_file():
        content = Path(source).read_bytes()
    else:
        raise DataError(f"{source}: no such file.")
    if not source.lower().endswith(PAGES):
        return clean(content, name), {}
    text, *about = read_page(content, name)
    keys = ("title", "author", "publisher", "date")
    return clean(text.encode(), name), dict(zip(keys, map(fold, about), strict=True))


def complete(given: Mapping[str, str | None], found: Mapping[str, str]) -> dict[str, str]:
    """Return the article's row without its document: as given, as found, or as answered.

    Raises
    ------
    DataError
        If holder or target are missing and there is no terminal to ask on, or nobody answers.
    """
    row = {}
    for name, question in QUESTIONS.items():
        default = found.get(name, PUBLISHED if name == "origin" else "")
        value = given[name]
        if value is None and name not in REQUIRED and not is_terminal():
            value = default
        while value is None or not _fits(name, value):
            value = ask(question, default, f"--{name}")
        row[name] = fold(value)
    return row


def _fits(name: str, value: str) -> bool:
    if name == "origin":
        return value in ORIGINS
    return bool(fold(value)) or name not in REQUIRED


def outline(document: str, paragraphs: pd.DataFrame, sentences: pd.DataFrame) -> str:
    """Return an article's paragraphs with their kinds, and the sentences of the body, as lines."""
    of_paragraph = sentences.groupby("paragraph")["text"].agg(list)
    width = paragraphs["kind"].str.len().max()
    lines = [f"{document}: {len(paragraphs)} paragraphs, {len(sentences)} sentences"]
    for paragraph in paragraphs.to_dict("records"):
        number, kind = paragraph["paragraph"], paragraph["kind"]
        texts = of_paragraph[number] if kind == BODY else [paragraph["text"]]
        lines.append(f"{number:>4}  {kind:<{width}}  {texts[0]}")
        lines += [f"{'':>4}  {'':<{width}}  {text}" for text in texts[1:]]
    return "\n".join(lines) + "\n"


def run(source: str, document: str | None, given: Mapping[str, str | None]) -> None:
    """Register an article and write its outline to standard output."""
    params = read_params().segment
    text, found = read_article(source)
    row = complete(given, found)
    if document is None:
        document = slug(row["title"] or ("" if source == STREAM else Path(source).stem))
        if not document:
            raise DataError("the document needs a name; give one with --document.")
    check_new_document(document, text)
    paragraphs, sentences = segment_article(
        paragraph_table(text), params.max_heading_words, row["author"], []
    )
    if sentences.empty:
        raise DataError(
            f"{source}: no sentence was found, only headings and furniture; write the text as "
            "lines that end in a full stop."
        )
    register_article({"document": document, **row}, text)
    sys.stdout.write(outline(document, paragraphs, sentences))
    sys.stderr.write(
        f"Added {ARTICLES / document}.txt. Annotate it with `stance annotate {document} "
        "--annotator NAME`.\n"
    )
