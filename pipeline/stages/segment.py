"""Cut the articles into paragraphs and sentences; headings, author boxes and furniture stay out."""

import sys

from pipeline.project.frames import write_csv
from pipeline.project.params import read_params
from pipeline.project.segmentation import segment_documents
from pipeline.project.tables import (
    PARAGRAPHS,
    SENTENCES,
    read_annotations,
    read_articles,
    read_paragraphs,
    read_statements,
)
from stance.errors import exit_with
from stance.text.segmentation import count_kinds, left_out


def main() -> None:
    """Write `paragraphs.csv` and `sentences.csv`."""
    params = read_params().segment
    articles = read_articles()
    paragraphs, sentences = segment_documents(
        articles,
        {document: read_paragraphs(document) for document in articles["document"]},
        read_statements(),
        read_annotations(),
        params.max_heading_words,
    )
    counts = left_out(count_kinds(paragraphs)) or "nothing"
    sys.stderr.write(f"segment: left out of {len(articles)} articles: {counts}.\n")
    write_csv(PARAGRAPHS, paragraphs)
    write_csv(SENTENCES, sentences)


if __name__ == "__main__":
    exit_with("segment", main)
