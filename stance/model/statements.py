"""Which texts are statements in English at all: what the classifier knows nothing about abstains.

A cheap rule instead of a language identifier: it takes a microsecond or two per word and no
dependency, and errs on real sentences in under one of a hundred. On which texts it was tried shows
`tests/not_statements.py`.
"""

import re
from collections.abc import Container, Sequence

import numpy as np
from numpy.typing import NDArray

from stance.model.reasons import CUT, EMPTY, NO_STATEMENT, NOT_ENGLISH, UNSURE

MIN_WORDS = 3
# Of the characters that are no white space.
MIN_LETTERS = 0.6
# Of the words, where every function word is one that other languages have, too.
MIN_KNOWN = 0.5
# Of the sentences that a model is trained on: below it, they are not in English.
_MOST = 0.9

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_ENGLISH_WORDS = """
    about after against all although any because before between both but can cannot could did does
    during each every few from have he his how if into it its itself may might more must neither
    never nor not nothing off once only other our out several should since some still such than
    the their them themselves there therefore these they this those though through toward towards
    unless until up upon were what when where whether which while who whom whose why with within
    without would your
"""
# Function words of English that German, Dutch, Danish, Polish, Romanian and others write alike.
_SHARED_WORDS = """
    are as at be been by for had has her in is most of on over own shall she that then to under was
    we will yet you
"""
_ENGLISH, _SHARED = frozenset(_ENGLISH_WORDS.split()), frozenset(_SHARED_WORDS.split())


def why_no_statement(text: str, known: Container[str], *, english: bool = True) -> str:
    """Return why a text can be no statement in English: a word of `reasons`, empty if it can be.

    It is one if it has at least three words, most of its characters are letters, and it holds a
    function word of English (a list of names holds none). Function words that other languages
    write alike count only if half of the words are known.

    Parameters
    ----------
    text
        Any text.
    known
        Words in lower case that the classifier knows.
    english
        Whether the classifier's language is English; else words and letters alone decide.
    """
    if not text.strip():
        return EMPTY
    words = [word.lower() for word in _WORD.findall(text)]
    letters = sum(map(len, words))
    if len(words) < MIN_WORDS or letters < MIN_LETTERS * len("".join(text.split())):
        return NO_STATEMENT
    if not english or not _ENGLISH.isdisjoint(words):
        return ""
    of_known = sum(word in known for word in words)
    shared = not _SHARED.isdisjoint(words) and of_known >= MIN_KNOWN * len(words)
    return "" if shared else NOT_ENGLISH


def is_statement(text: str, known: Container[str], *, english: bool = True) -> bool:
    """Tell whether a text can be a statement; parameters as for `why_no_statement`."""
    return not why_no_statement(text, known, english=english)


def why_abstained(
    texts: Sequence[str],
    cut: NDArray[np.bool_],
    unsure: NDArray[np.bool_],
    known: Container[str],
    *,
    english: bool = True,
) -> NDArray[np.str_]:
    """Return why each of n texts is abstained from, str of shape (n,), empty where it is not.

    Parameters
    ----------
    texts, known, english
        As for `why_no_statement`.
    cut
        Which of them the encoder does not read to their end, shape (n,).
    unsure
        For which of them the confidence is too low, shape (n,).
    """
    return np.array(
        [
            why_no_statement(text, known, english=english)
            or (CUT if of_cut else UNSURE if of_unsure else "")
            for text, of_cut, of_unsure in zip(texts, cut, unsure, strict=True)
        ],
        dtype=np.str_,
    )


def are_statements(
    texts: Sequence[str], known: Container[str], *, english: bool = True
) -> NDArray[np.bool_]:
    """Return for each text whether it can be a statement; parameters as for `why_no_statement`."""
    return np.array([is_statement(text, known, english=english) for text in texts], dtype=np.bool_)


def are_english(texts: Sequence[str]) -> bool:
    """Tell whether the sentences that a model is trained on are in English, most of them."""
    return bool(are_statements(texts, frozenset()).mean() >= _MOST)
