"""The project's documents, cut into paragraphs and sentences as annotators have cut them."""

from collections.abc import Mapping

import pandas as pd

from pipeline.project.tables import ARTICLES_CSV, STATEMENTS
from pipeline.project.vocabulary import COMPOSED
from stance.errors import DataError
from stance.files import fold
from stance.text.segmentation import segment_article

PARAGRAPH_COLUMNS = ["document", "paragraph", "line", "kind", "text"]


SENTENCE_COLUMNS = [
    "id",
    "document",
    "paragraph",
    "position",
    "text",
    "origin",
    "holder",
    "target",
]


def segment_documents(
    articles: pd.DataFrame,
    paragraphs: Mapping[str, pd.DataFrame],
    statements: pd.DataFrame,
    annotations: pd.DataFrame,
    max_heading_words: int,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Cut all documents.

    Parameters
    ----------
    articles
        Rows of `articles.csv`.
    paragraphs
        For each of these documents `line` and `text`, as `read_paragraphs` returns them.
    statements
        The single statements: `sentence`, `holder`, `target`.
    annotations
        The annotated sentences: `document` and `key`.
    max_heading_words
        As for `classify_paragraphs`.

    Returns
    -------
    The articles' paragraphs (`document`, `paragraph`, `line`, `kind`, `text`) and all sentences
    (`id`, `document`, `paragraph`, `position`, `text`, `origin`, `holder`, `target`), articles
    first. A statement is a paragraph of its own.

    Raises
    ------
    DataError
        If an article has no sentence.
    """
    annotated = annotations.groupby("document")["key"].unique()
    told_apart = [pd.DataFrame(columns=PARAGRAPH_COLUMNS)] * articles.empty
    number = range(1, len(statements) + 1)
    of_statements = statements[["holder", "target"]].assign(
        text=statements["sentence"].map(fold),
        document=STATEMENTS,
        origin=COMPOSED,
        paragraph=number,
        position=number,
    )
    cut = []
    for article in articles.to_dict("records"):
        document = article["document"]
        of_article, sentences = segment_article(
            paragraphs[document],
            max_heading_words,
            article["author"],
            list(annotated.get(document, [])),
        )
        if sentences.empty:
            raise DataError(
                f"{ARTICLES_CSV}: {document!r} has no sentence, only headings and furniture; "
                "write its text as lines that end in a full stop."
            )
        about = {name: article[name] for name in ("document", "origin", "holder", "target")}
        told_apart.append(of_article.assign(document=document))
        cut.append(sentences.assign(**about))
    table = pd.concat([*cut, of_statements], ignore_index=True)
    numbers = table["position"].map("{:03d}".format).astype("str")
    table["id"] = table["document"] + ":" + numbers
    return pd.concat(told_apart, ignore_index=True)[PARAGRAPH_COLUMNS], table[SENTENCE_COLUMNS]
