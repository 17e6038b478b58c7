"""Registering an article: its text and its row in `articles.csv`, both or neither."""

import re
from collections.abc import Mapping

import pandas as pd

from pipeline.project.frames import read_csv
from pipeline.project.tables import ARTICLE_COLUMNS, ARTICLES, ARTICLES_CSV, STATEMENTS
from stance.errors import DataError
from stance.files import read_text, replacing, to_csv

_DOCUMENT = re.compile("[a-z0-9]+(?:-[a-z0-9]+)*")


def check_new_document(document: str, text: str) -> None:
    """Hold a document's name to the rules: a slug that is not taken.

    A text without a row that is the very same is what a run left that was killed between the two
    files; it is no obstacle.

    Raises
    ------
    DataError
        If it is no slug, or there is such a document.
    """
    if not _DOCUMENT.fullmatch(document):
        raise DataError(
            f"the document {document!r}: a name is lower-case letters, digits and single hyphens, "
            "such as talks-in-doha; give one with --document."
        )
    if document == STATEMENTS:
        raise DataError(
            f"{STATEMENTS!r} names the single statements; give another name with --document."
        )
    path = ARTICLES / f"{document}.txt"
    registered = document in set(read_csv(ARTICLES_CSV, ARTICLE_COLUMNS)["document"])
    if registered or (path.exists() and read_text(path) != text):
        raise DataError(
            f"there is a document {document!r} ({ARTICLES_CSV if registered else path}); give "
            "another name with --document, or remove that one first."
        )


def register_article(row: Mapping[str, str], text: str) -> None:
    """Write `articles/<document>.txt` and the row.

    Both files are written before either takes its name, one right after the other.

    Parameters
    ----------
    row
        The columns of `articles.csv`; the document's name has been checked.
    text
        The article, a line per paragraph.
    """
    table = read_csv(ARTICLES_CSV, ARTICLE_COLUMNS)
    new = pd.DataFrame([row], columns=table.columns, dtype="str").fillna("")
    content = to_csv(pd.concat([table, new], ignore_index=True))
    path = ARTICLES / f"{row['document']}.txt"
    try:
        with replacing(ARTICLES_CSV) as of_table, replacing(path) as of_article:
            of_table.write(content.encode("utf-8"))
            of_table.flush()
            of_article.write(text.encode("utf-8"))
    except BaseException:
        path.unlink(missing_ok=True)
        raise
