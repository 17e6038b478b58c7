"""The sentences of articles as rows to score, one article after the other."""

import hashlib
from collections import Counter
from collections.abc import Iterator

from stance.errors import DataError
from stance.files import STREAM
from stance.scoring.rows.records import Chunk, TextChunk
from stance.scoring.rows.sources import CHUNK_ROWS
from stance.text.article import Article, find_articles, open_article
from stance.text.paragraphs import paragraph_table
from stance.text.segmentation import BODY, count_kinds, segment_article


class ArticleSource:
    """The sentences of articles: `paragraph`, `position` and `text`, and `article` if several.

    Parameters
    ----------
    places
        Files, patterns and folders; ``-`` for standard input.
    encoding
        Of plain text; None to tell it by the bytes.
    max_heading_words
        As for `segment_article`.

    Attributes
    ----------
    read_as
        What each article was taken for, and what was done to it, where that is not plain.
    left_out
        How many lines and words of each kind are no body, over the articles so far.
    """

    def __init__(self, places: list[str], encoding: str | None, max_heading_words: int) -> None:
        self._places = find_articles(places)
        self._several = len(self._places) > 1
        self._encoding = encoding
        self._max_heading_words = max_heading_words
        self._hash = hashlib.sha256()
        self._read = 0
        self.name = self._name(self._places[0]) if not self._several else " ".join(places)
        self.names = ["article"] * self._several + ["paragraph", "position", "text"]
        self.read_as: list[str] = []
        self.notes: list[str] = []
        self.left_out: Counter[tuple[str, str]] = Counter()

    @staticmethod
    def _name(place: str) -> str:
        return "standard input" if place == STREAM else place

    def chunks(self) -> Iterator[Chunk]:
        """Yield the sentences of one article after the other.

        Raises
        ------
        DataError
            If an article cannot be read or has no sentence.
        """
        for place in self._places:
            rows = self._rows(place)
            self._read += 1
            for start in range(0, len(rows), CHUNK_ROWS):
                some = rows[start : start + CHUNK_ROWS]
                self._hash.update(repr(some).encode())
                yield TextChunk(self.names, some, [int(row[-2]) for row in some], "text")

    def _rows(self, place: str) -> list[list[str]]:
        article = open_article(place, self._encoding)
        self._note(place, article)
        paragraphs, sentences = segment_article(
            paragraph_table(article.text), self._max_heading_words, "", []
        )
        if sentences.empty:
            raise DataError(
                f"{self._name(place)}: no sentence, only headings and furniture; write the text as "
                "lines that end in a full stop."
            )
        self.left_out.update(count_kinds(paragraphs[paragraphs["kind"] != BODY]))
        cells = sentences[["paragraph", "position", "text"]].to_numpy().tolist()
        name = [self._name(place)] * self._several
        return [[*name, *map(str, row)] for row in cells]

    def _note(self, place: str, article: Article) -> None:
        if article.read_as != "text in utf-8" or article.notes:
            notes = "; ".join([article.read_as, *article.notes])
            self.read_as.append(f"{self._name(place)}: {notes}")

    def digest(self) -> str:
        """Return a hash of the sentences so far."""
        return self._hash.hexdigest()

    def share(self) -> float | None:
        """Return how much of the articles is read."""
        return self._read / len(self._places)

    def close(self) -> None:
        """Do nothing: there is nothing open."""
