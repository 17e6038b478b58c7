"""The documents as they lie now, with the votes on their sentences: what people work on.

Commands cut the text anew, since `data/sentences.csv` is from the last `dvc repro` and an article
may have come since; it is a matter of tenths of a second.
"""

from collections.abc import Collection
from dataclasses import dataclass

import pandas as pd

from pipeline.project.annotations import check_annotations, join_votes
from pipeline.project.params import Params
from pipeline.project.segmentation import segment_documents
from pipeline.project.tables import (
    ARTICLES_CSV,
    STATEMENTS,
    read_annotations,
    read_annotators,
    read_articles,
    read_paragraphs,
    read_statements,
)
from stance.errors import DataError


@dataclass(frozen=True)
class Documents:
    """Sentences of some documents and the votes on them.

    Attributes
    ----------
    sentences
        As `segment_documents` returns them.
    votes
        As `join_votes` returns them.
    """

    sentences: pd.DataFrame
    votes: pd.DataFrame

    def of(self, ids: Collection[str]) -> pd.DataFrame:
        """Return the sentences with these ids; one that is in its document twice comes once."""
        some = self.sentences[self.sentences["id"].isin(set(ids))]
        return some.drop_duplicates(["document", "text"]).reset_index(drop=True)


def read_documents(
    params: Params, names: Collection[str] = (), cuts: pd.DataFrame | None = None
) -> Documents:
    """Return the documents of these names, or all of them.

    Parameters
    ----------
    params
        How paragraphs are told apart, and which labels there are.
    names
        Documents; all if there is none.
    cuts
        Sentences that are to be cut as they stand, like annotated ones: `document` and `key`.

    Raises
    ------
    DataError
        If there is no document of a name, or a text, a table or an annotation cannot be used.
    """
    articles, annotations = read_articles(), read_annotations()
    statements = read_statements()
    known = [*articles["document"], STATEMENTS]
    for name in names:
        if name not in known:
            raise DataError(
                f"there is no document {name!r}; {ARTICLES_CSV} has "
                f"{', '.join(known[:-1]) or 'none'}, and {STATEMENTS!r} are the single statements."
            )
    if names:
        articles = articles[articles["document"].isin(names)]
        annotations = annotations[annotations["document"].isin(names)]
        statements = statements if STATEMENTS in names else statements.iloc[:0]
    _, sentences = segment_documents(
        articles,
        {document: read_paragraphs(document) for document in articles["document"]},
        statements,
        annotations if cuts is None else pd.concat([annotations, cuts]),
        params.segment.max_heading_words,
    )
    check_annotations(annotations, sentences, params.labels.all, read_annotators())
    return Documents(sentences, join_votes(sentences, annotations))
