"""Cut a paragraph into sentences: nupunkt's cuts, and over them the rules of `rules`.

nupunkt is an engine after Punkt (Kiss and Strunk 2006). It gets the abbreviations of news instead
of its own model's, and decides wherever no rule does. `docs/articles.md` says by which measure it
was chosen.
"""

import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from typing import Any

from stance.files import fold
from stance.text.rules import (
    CLOSING,
    DATES,
    EITHER,
    INNER,
    STARTERS,
    TITLES,
    WINDOW,
    ends_sentence,
    opening,
)

# Characters that the library sees at once; it needs some hundred bytes for each.
_PIECE = 50_000
_STOP = re.compile(rf"(?<=[^\s.!?…])[.!?…]+[{CLOSING}]*\s+(?=\S)")


@cache
def _library() -> Any:
    from nupunkt import PunktParameters, PunktSentenceTokenizer

    known = PunktParameters(
        abbrev_types=set(TITLES | INNER | EITHER | DATES), sent_starters=set(STARTERS)
    )
    return PunktSentenceTokenizer(known, include_common_abbrevs=False)


def _library_starts(paragraph: str) -> Iterator[int]:
    """Yield where the library begins sentences; it sees a piece at a time, so that none is large.

    What it decides depends on the words on both sides alone; so the next piece begins with a
    sentence, and the last cut of a piece, which may lack what follows, is left to the next.
    """
    begin, size = 0, _PIECE
    while True:
        found = [start for start, _ in _library().span_tokenize(paragraph[begin : begin + size])]
        if begin + size >= len(paragraph):
            yield from (begin + start for start in found)
            return
        if len(found) < 3:
            size *= 2
            continue
        yield from (begin + start for start in found[:-1])
        begin, size = begin + found[-2], _PIECE


def split_sentences(paragraph: str) -> list[str]:
    """Return the sentences of a paragraph, which are all of it.

    Parameters
    ----------
    paragraph
        Text whose white space is folded.
    """
    first = opening(paragraph)
    starts = {0, *(start for start in _library_starts(paragraph) if start > first)}
    for stop in _STOP.finditer(paragraph):
        begin, end = stop.start(), stop.end()
        before = paragraph[max(0, begin - WINDOW) : end].rstrip()
        verdict = end > first and ends_sentence(before, paragraph[end : end + WINDOW])
        if verdict is True:
            starts.add(end)
        elif verdict is False:
            starts.discard(end)
    cuts = [*sorted(starts), len(paragraph)]
    return [piece for a, b in pairwise(cuts) if (piece := paragraph[a:b].strip())]


def holds_several(text: str) -> bool:
    """Tell whether a text is more than one sentence."""
    return _STOP.search(text) is not None and len(split_sentences(fold(text))) > 1
