"""Registering an article: its text and its row in `articles.csv`, both or neither.

A run that is killed between the two renames leaves the text without its row, which the same
command then completes.
"""

import re
from collections.abc import Mapping

import pandas as pd

from pipeline.project.frames import read_csv
from pipeline.project.tables import ARTICLE_COLUMNS, ARTICLES, ARTICLES_CSV, STATEMENTS
from pipeline.project.writing import locked, write_together
from stance.errors import DataError
from stance.files import read_text, to_csv

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

    Parameters
    ----------
    row
        The columns of `articles.csv`.
    text
        The article, a line per paragraph.

    Raises
    ------
    DataError
        As `check_new_document` does: somebody else may have taken the name meanwhile.
    """
    with locked():
        check_new_document(row["document"], text)
        table = read_csv(ARTICLES_CSV, ARTICLE_COLUMNS)
        new = pd.DataFrame([row], columns=table.columns, dtype="str").fillna("")
        content = to_csv(pd.concat([table, new], ignore_index=True))
        path = ARTICLES / f"{row['document']}.txt"
        try:
            write_together({path: text, ARTICLES_CSV: content})
        except BaseException:
            path.unlink(missing_ok=True)
            raise
