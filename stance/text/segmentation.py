"""Tell an article's paragraphs apart and cut its body into sentences.

The rules that tell text from headings, author boxes and furniture look at form and place only, so
that the next article can use them. What they leave out is counted by `left_out`, and whoever shows
an article shows it: a sentence may be taken for a heading, but not unseen. Where an annotator has
cut a sentence differently, the annotator is right.
"""

import re
from collections import Counter
from collections.abc import Collection
from itertools import pairwise

import pandas as pd

from stance.files import fold
from stance.text.furniture import is_furniture
from stance.text.rules import CLOSING, DATELINE
from stance.text.sentences import split_sentences

BODY = "body"
HEADING = "heading"
AUTHOR = "author"
FURNITURE = "furniture"

_ENDS_TEXT = re.compile(rf"[.!?…,;][{CLOSING}]*$")
# What introduces a quotation or a list is text, if it is long enough for a clause.
_INTRODUCES = re.compile(r"(?:\S+\s+){4,}\S+:$")
_NAME = re.compile(
    r"^(?:by\s+)?(?P<name>[^\W\d_][\w.’'-]*(?:\s+[^\W\d_][\w.’'-]*){1,3})$", re.IGNORECASE
)
_MAX_BIOGRAPHY_WORDS = 60


def _person(text: str) -> str | None:
    """Return the surname if `text` is nothing but a capitalised name of two to four words."""
    match = _NAME.match(text)
    if match is None:
        return None
    words = match["name"].split()
    return words[-1] if all(word[0].isupper() for word in words) else None


def _is_biography(text: str, surname: str) -> bool:
    """Tell whether `text` opens by saying who the person of that surname is."""
    if len(text.split()) > _MAX_BIOGRAPHY_WORDS:
        return False
    verb = r"(?:is|was|has\s+been|works|teaches|writes)\b"
    return re.match(rf"(?:[\w.’'-]+\s+){{0,4}}{re.escape(surname)},?\s+{verb}", text) is not None


def _is_heading(text: str) -> bool:
    """Tell whether a short line is no text: it does not end, and begins as headings do."""
    first = next((character for character in text if character.isalpha()), "")
    if _ENDS_TEXT.search(text) or _INTRODUCES.match(text) or first.islower():
        return False
    return not DATELINE.match(text) and len(split_sentences(text)) == 1


def classify_paragraphs(texts: list[str], max_heading_words: int, author: str = "") -> list[str]:
    """Tell body, headings, author boxes and furniture of one article apart.

    Parameters
    ----------
    texts
        The article's lines that are not blank, white space folded.
    max_heading_words
        A line with more words is text, even without a full stop.
    author
        The author's name, if known: a line with nothing else is the author box's first.

    Returns
    -------
    For each line `body`, `heading`, `author` or `furniture`.
    """
    kinds: list[str] = []
    surname: str | None = None
    for number, text in enumerate(texts):
        following = texts[number + 1] if number + 1 < len(texts) else ""
        name = _person(text)
        by_line = text.lower().startswith("by ") and name is not None
        if is_furniture(text):
            kinds.append(FURNITURE)
        elif name and (by_line or fold(author) == text or _is_biography(following, name)):
            surname = name
            kinds.append(AUTHOR)
        elif surname and kinds[-1] == AUTHOR and _is_biography(text, surname):
            kinds.append(AUTHOR)
        elif len(text.split()) <= max_heading_words and _is_heading(text):
            kinds.append(HEADING)
        else:
            kinds.append(BODY)
    return kinds


def recut(sentences: list[str], annotated: Collection[str]) -> list[str]:
    """Return the sentences of a paragraph, cut where annotators have cut them.

    Parameters
    ----------
    sentences
        The sentences of one paragraph as segmented.
    annotated
        Annotated sentences that segmentation has not found; those that are in the paragraph get
        the cuts that they need.
    """
    paragraph = " ".join(sentences)
    starts: set[int] = set()
    position = 0
    for sentence in sentences:
        starts.add(position)
        position += len(sentence) + 1
    for text in sorted(annotated):
        match = re.search(rf"(?<!\S){re.escape(text)}(?!\S)", paragraph)
        if match is None:
            continue
        begin, end = match.start(), match.end() + 1
        starts = {start for start in starts if not begin < start < end} | {begin, end}
    cuts = [*sorted(start for start in starts if start < len(paragraph)), len(paragraph)]
    return [paragraph[a:b].strip() for a, b in pairwise(cuts)]


def segment_article(
    paragraphs: pd.DataFrame, max_heading_words: int, author: str, annotated: Collection[str]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Cut one article.

    Parameters
    ----------
    paragraphs
        `line` and `text` of the article's lines that are not blank.
    max_heading_words, author
        As for `classify_paragraphs`.
    annotated
        The annotated sentences of the article, white space folded.

    Returns
    -------
    The paragraphs with `paragraph` (from 1) and `kind`, and the sentences of the body with
    `paragraph`, `position` (from 1) and `text`.
    """
    kinds = classify_paragraphs(paragraphs["text"].tolist(), max_heading_words, author)
    paragraphs = paragraphs.assign(paragraph=range(1, len(paragraphs) + 1), kind=kinds)
    body = paragraphs[paragraphs["kind"] == BODY]
    split = [split_sentences(text) for text in body["text"]]
    missed = set(annotated).difference(*split)
    sentences = [
        (paragraph, text)
        for paragraph, of_paragraph in zip(body["paragraph"], split, strict=True)
        for text in recut(of_paragraph, missed)
    ]
    table = pd.DataFrame(sentences, columns=["paragraph", "text"])
    return paragraphs, table.assign(position=range(1, len(table) + 1))


def count_kinds(paragraphs: pd.DataFrame) -> Counter[tuple[str, str]]:
    """Return how many `paragraphs` of each kind there are, and how many `words` they have.

    Parameters
    ----------
    paragraphs
        `kind` and `text`, as `segment_article` returns them.
    """
    counts: Counter[tuple[str, str]] = Counter()
    for kind, text in zip(paragraphs["kind"], paragraphs["text"], strict=True):
        counts[kind, "paragraphs"] += 1
        counts[kind, "words"] += len(text.split())
    return counts


def left_out(counts: Counter[tuple[str, str]]) -> str:
    """Return how much is no body, such as "4 headings (15 words), 1 line of furniture (2 words)".

    Parameters
    ----------
    counts
        As `count_kinds` returns them.

    Returns
    -------
    Empty if all is body.
    """
    names = {
        HEADING: ("heading", "headings"),
        AUTHOR: ("line on the author", "lines on the author"),
        FURNITURE: ("line of furniture", "lines of furniture"),
    }

    def number(count: int, one: str, many: str) -> str:
        return f"{count:,} {one if count == 1 else many}"

    return ", ".join(
        f"{number(counts[kind, 'paragraphs'], one, many)} "
        f"({number(counts[kind, 'words'], 'word', 'words')})"
        for kind, (one, many) in names.items()
        if counts[kind, "paragraphs"]
    )
