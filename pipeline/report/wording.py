"""The words that the pages have for what the files of `reports/` name in short.

Protocols, systems and statuses have theirs in the vocabulary; these are the report's own.
"""

from collections.abc import Sequence

from pipeline.project.vocabulary import (
    ANNOTATORS,
    ARTICLE,
    DAWID_SKENE,
    MAJORITY,
    NEIGHBOURS,
    STATEMENT,
    TFIDF_CORPUS,
    UNSEEN_ARTICLE,
    UNSEEN_SOURCE,
    UNSEEN_TARGET,
)
from stance.statistics.difficulty import (
    CONDITIONAL,
    CONTRAST,
    LONG,
    LONG_WORDS,
    NEGATION,
    PLAIN,
    REPORTED,
    SHORT,
    SHORT_WORDS,
)

# How the first lines begin.
PLAINLY = {
    UNSEEN_SOURCE: "On real prose of sources that nothing here has learned from",
    ARTICLE: "In the published article, whose other sentences it knows",
    UNSEEN_ARTICLE: "On a new article",
    UNSEEN_TARGET: "On a target that it has never read of",
    STATEMENT: "On a single statement, whose like it knows",
}
# Systems whose titles leave no room in a picture.
IN_PICTURES = {
    ANNOTATORS: "annotators",
    TFIDF_CORPUS: "TF-IDF and corpus",
    NEIGHBOURS: "neighbours there",
}
RULES = {MAJORITY: "majority vote", DAWID_SKENE: "the model of Dawid and Skene"}
HELD_OUT = {"articles": "articles never seen", "statements": "statements held out"}
# A model that answers less than this is as good as silent.
SILENT = 0.2
UNITS = {"sentences": "annotated sentences", "documents": "annotated articles"}


def letters(labels: Sequence[str]) -> dict[str, str]:
    """Return for each label as few of its first letters as tell it from the others."""
    marks = {}
    for label in labels:
        others = [other.upper() for other in labels if other != label]
        lengths = range(1, len(label) + 1)
        short = (label[:size].upper() for size in lengths)
        marks[label] = next(
            (mark for mark in short if not any(other.startswith(mark) for other in others)),
            label.upper(),
        )
    return marks


def name_kinds(contrast: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Return for each kind of sentence its title and the rule that finds it."""
    return {
        NEGATION: ("Negation", "with no, not, never, without or the like"),
        CONDITIONAL: ("Conditionals", "with if, unless, provided, as long as or the like"),
        REPORTED: ("Reported claims", "with a verb or noun of saying, or quotation marks"),
        LONG: ("Long sentences", f"of more than {LONG_WORDS} words"),
        SHORT: ("Short sentences", f"of fewer than {SHORT_WORDS} words"),
        CONTRAST: (
            " against ".join(contrast),
            "annotated with one of these; macro-F1 is over them alone",
        ),
        PLAIN: ("Plain sentences", "that meet none of the rules for words and length"),
    }
