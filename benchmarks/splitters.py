"""Compare splitters of sentences: which is the one to build on.

``python -m benchmarks.splitters [FILE ...]`` measures nupunkt, sentencex, pysbd and syntok, as far
as they are installed, and the project's own cut, and writes Markdown: the share of the annotated
sentences of `data/` that are found exactly, and, where there are tables of sentences that others
have cut (columns `source` and `text`), how many of the cuts between six that are glued together
again are found, and how many cuts are false. The tables are not part of the project.
"""

import csv
import re
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

from benchmarks.articles import articles
from pipeline.project.tables import read_annotations
from stance.files import fold
from stance.text.segmentation import BODY, classify_paragraphs
from stance.text.sentences import split_sentences

SOURCES = ("news_commentary", "ptc", "reuters_1996", "cnc")
GLUED = 6
TERMINATED = re.compile(r"[.!?…][\"'”’»)\]]*$")
Starts = Callable[[str], list[int]]


def _places(paragraph: str, sentences: list[str]) -> list[int]:
    """Return where sentences begin in the paragraph that they are cut from."""
    starts, at = [], 0
    for sentence in filter(str.strip, sentences):
        starts.append(paragraph.index(sentence.strip(), at))
        at = starts[-1] + len(sentence.strip())
    return starts


def nupunkt() -> Starts:
    """Return nupunkt with its own model."""
    import nupunkt as library

    return lambda text: [start for start, _ in library.sentence_spans(text)]


def sentencex() -> Starts:
    """Return sentencex for English."""
    import sentencex as library

    return lambda text: _places(text, library.segment("en", text))


def pysbd() -> Starts:
    """Return pysbd for English."""
    import pysbd as library

    segmenter = library.Segmenter(language="en", clean=False, char_span=True)
    return lambda text: [span.start for span in segmenter.segment(text)]


def syntok() -> Starts:
    """Return syntok, without its cuts at semicolons."""
    from syntok import segmenter
    from syntok.tokenizer import Tokenizer

    def starts(text: str) -> list[int]:
        tokens: Any = Tokenizer(replace_not_contraction=False).split(text)
        found = [sentence[0].offset for sentence in segmenter.split(iter(tokens)) if sentence]
        return [start for start in found if not text[:start].rstrip().endswith(";")]

    return starts


def ours() -> Starts:
    """Return the project's own."""
    return lambda text: _places(text, split_sentences(text))


def found_exactly(starts: Starts) -> str:
    """Return how many of the annotated sentences a splitter finds."""
    annotated = read_annotations().groupby("document")["key"].unique()
    found = total = 0
    for document, paragraphs in articles().items():
        kinds = classify_paragraphs(paragraphs, 12)
        cut = set()
        for text in (text for text, kind in zip(paragraphs, kinds, strict=True) if kind == BODY):
            places = [*sorted({0, *starts(text)}), len(text)]
            cut |= {text[a:b].strip() for a, b in pairwise(places)}
        keys = annotated[document]
        found += sum(key in cut for key in keys)
        total += len(keys)
    return f"{found / total:.4f}"


def glued(files: list[str]) -> dict[str, list[list[str]]]:
    """Return the sentences of each source that end as sentences do, six by six."""
    texts: dict[str, dict[str, None]] = {source: {} for source in SOURCES}
    for name in files:
        with Path(name).open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                if row["source"] in texts and TERMINATED.search(fold(row["text"])):
                    texts[row["source"]][fold(row["text"])] = None
    found = {source: list(some) for source, some in texts.items()}
    return {
        source: [some[start : start + GLUED] for start in range(0, len(some), GLUED)]
        for source, some in found.items()
    }


def found_again(starts: Starts, groups: list[list[str]]) -> str:
    """Return the share of cuts that are found, and the number of false ones."""
    hits = wanted = false = 0
    for group in groups:
        text = " ".join(group)
        cuts = set(_places(text, group)[1:])
        got = set(starts(text)) - {0}
        hits += len(cuts & got)
        wanted += len(cuts)
        false += len(got - cuts)
    return f"{hits / max(1, wanted):.4f}, {false} false of {wanted}"


def main() -> None:
    """Write the table."""
    groups = glued(sys.argv[1:])
    shown = [source for source in SOURCES if groups[source]]
    print(f"| | `data/` |{''.join(f' {source} |' for source in shown)}")
    print(f"|{' --- |' * (len(shown) + 2)}")
    for make in (nupunkt, sentencex, pysbd, syntok, ours):
        try:
            starts = make()
        except ImportError:
            continue
        cells = [found_exactly(starts), *(found_again(starts, groups[source]) for source in shown)]
        print(f"| {make.__name__} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
