"""Adding an article: read, cut into sentences, its text and row registered, both or neither.

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
from stance.text.paragraphs import paragraph_table
from stance.text.segmentation import BODY, segment_article

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


def add_article(
    source: str, row: Mapping[str, str], text: str, max_heading_words: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Register an article that has sentences and a name of its own.

    Parameters
    ----------
    source
        What to call it in errors.
    row
        The columns of `articles.csv`.
    text
        The article, a line per paragraph.
    max_heading_words
        As for `segment_article`.

    Returns
    -------
    Its paragraphs and its sentences, as `segment_article` returns them.

    Raises
    ------
    DataError
        If its name is none or taken, or it has no sentence.
    """
    check_new_document(row["document"], text)
    paragraphs, sentences = segment_article(
        paragraph_table(text), max_heading_words, row["author"], []
    )
    if sentences.empty:
        raise DataError(
            f"{source}: no sentence was found, only headings and furniture; write the text as "
            "lines that end in a full stop."
        )
    register_article(row, text)
    return paragraphs, sentences


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
