"""Cut the articles into paragraphs and sentences; headings, author boxes and furniture stay out.

The rules that tell text from furniture look at form and place only, so that the next article can
use them. The sentences come from syntok, cut out of the original text by its offsets (its token
values are rewritten). Where an annotator has cut a sentence differently, the annotator is right.
"""

import re
from collections.abc import Collection
from itertools import pairwise

import pandas as pd
from syntok import segmenter
from syntok.tokenizer import Tokenizer

from stance.files import fold

BODY = "body"
HEADING = "heading"
AUTHOR = "author"
FURNITURE = "furniture"


ENDS_SENTENCE = re.compile(r"[.!?…][\"'”’»)\]]*$")
_FURNITURE = re.compile(
    r"""^(?:
        (?:read|see|show|learn|load)\s+(?:more|also)\b.{0,80}
      | more\s*[>»…→]*
      | (?:this\s+)?(?:article|text|piece|interview|story|post|essay)?\s*
        (?:was|is|has\s+been|were)?\s*(?:first|originally|previously)\s+(?:published|appeared)\b.*
      | (?:related|recommended|share|tags?|topics?|filed\s+under|photo|image|picture|source)\s*:.*
      | share\s+(?:this|on|via)\b.{0,60}
      | (?:follow|like|join)\s+us\b.*
      | (?:subscribe|sign\s+up)\b.{0,120}
      | advertisement | comments? | print | e-?mail | facebook | twitter | whatsapp | telegram
      | (?:©|\(c\)|copyright)\s.* | .*\ball\s+rights\s+reserved\.?
      | \d+\s+(?:min(?:ute)?s?\s+read|comments?|shares?)
      | \W+
    )$""",
    re.IGNORECASE | re.VERBOSE,
)
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
        if _FURNITURE.match(text):
            kinds.append(FURNITURE)
        elif name and (by_line or fold(author) == text or _is_biography(following, name)):
            surname = name
            kinds.append(AUTHOR)
        elif surname and kinds[-1] == AUTHOR and _is_biography(text, surname):
            kinds.append(AUTHOR)
        elif len(text.split()) <= max_heading_words and not ENDS_SENTENCE.search(text):
            kinds.append(HEADING)
        else:
            kinds.append(BODY)
    return kinds


def split_sentences(paragraph: str) -> list[str]:
    """Return the sentences of a paragraph whose white space is folded; together they are all of it.

    A semicolon ends no sentence; syntok cuts at some.
    """
    tokens = Tokenizer(replace_not_contraction=False).split(paragraph)
    starts = [sentence[0].offset for sentence in segmenter.split(iter(tokens)) if sentence]
    starts = [0, *(at for at in starts[1:] if not paragraph[:at].rstrip().endswith(";"))]
    ends = [*starts[1:], len(paragraph)]
    return [paragraph[start:end].strip() for start, end in zip(starts, ends, strict=True)]


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
