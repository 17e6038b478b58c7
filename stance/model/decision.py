"""The classifier's decision out of arrays, and taken apart: no code of a library is in it.

The classifier is linear, so a decision value is a sum over n-grams, the embedding and an intercept.
The n-grams of characters lie within words (`char_wb`), and most words are seen again and again:
their n-grams are looked up once. The tests hold the values against the estimator's own.
"""

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stance.model.arrays import Arrays

WORDS = "words"
CHARACTERS = "characters"
KNOWN = "known"
UNKNOWN_LABEL = -30.0

Ids = NDArray[np.intp]

# Words whose n-grams are kept; longer words are rare and not kept.
_KEPT_WORDS = 50_000
_LONGEST_KEPT = 40
# What scikit-learn's vectorizers take for a word.
_TOKEN = re.compile(r"\b\w\w+\b")


@dataclass(frozen=True)
class Contributions:
    """What each part of one text adds to the decision value of each label.

    Attributes
    ----------
    words
        Start and end of each word of the text, as white space parts them.
    of_words
        What the n-grams of and within each word add, float64 of shape (words, labels).
    meanings
        What the embedding would add less without each word, float64 of shape (words, labels): not
        a part of the sum (occlusion, Zeiler and Fergus 2014).
    phrases
        First and last word (numbers) of each n-gram of several words that the classifier knows.
    of_phrases
        What each adds, float64 of shape (phrases, labels).
    embedding, intercept
        What the meaning of the whole sentence, and what every sentence, adds: shape (labels,).
    """

    words: list[tuple[int, int]]
    of_words: NDArray[np.float64]
    meanings: NDArray[np.float64]
    phrases: list[tuple[int, int]]
    of_phrases: NDArray[np.float64]
    embedding: NDArray[np.float64]
    intercept: NDArray[np.float64]

    @property
    def total(self) -> NDArray[np.float64]:
        """Return the decision values, shape (labels,)."""
        parts = self.of_words.sum(axis=0) + self.of_phrases.sum(axis=0)
        total: NDArray[np.float64] = parts + self.embedding + self.intercept
        return total


class _CharacterIds:
    """The numbers of the n-grams of characters within a word."""

    def __init__(self, vocabulary: Mapping[str, int], sizes: range) -> None:
        self._vocabulary = vocabulary
        self._sizes = sizes
        self._kept: dict[str, Ids] = {}

    def __call__(self, word: str) -> Ids:
        """Return the numbers of the n-grams of a lower-case word, with repetitions."""
        found = self._kept.get(word)
        if found is None:
            found = self._look_up(word)
            if len(word) <= _LONGEST_KEPT:
                if len(self._kept) >= _KEPT_WORDS:
                    self._kept.clear()
                self._kept[word] = found
        return found

    def _look_up(self, word: str) -> Ids:
        padded = f" {word} "
        grams: list[str] = []
        for size in self._sizes:
            grams += [padded[at : at + size] for at in range(max(1, len(padded) - size + 1))]
            if size >= len(padded):
                # A word that is shorter than the n-gram counts once.
                break
        ids = [self._vocabulary[gram] for gram in grams if gram in self._vocabulary]
        return np.array(ids, dtype=np.intp)


@dataclass(frozen=True)
class Weighed:
    """The TF-IDF of one text: the numbers of its n-grams, ascending, and the weight of each."""

    ids: Ids
    values: NDArray[np.float64]


@dataclass(frozen=True)
class Block:
    """The n-grams of words or of characters that a linear classifier knows.

    Attributes
    ----------
    terms
        t n-grams, in lower case.
    sizes
        The shortest and the longest n-gram.
    idf
        The inverse document frequency of each, float64 of shape (t,).
    weights
        What each adds to the decision value of each label, float64 of shape (t, labels).
    """

    terms: list[str]
    sizes: tuple[int, int]
    idf: NDArray[np.float64]
    weights: NDArray[np.float64]


@dataclass(frozen=True)
class Linear:
    """A linear classifier of texts and embeddings, as arrays.

    Attributes
    ----------
    words, characters
        Its n-grams: of words, and of the characters within a word.
    embedding
        What each dimension adds to each label, float64 of shape (labels, dimensions).
    intercept
        What every text gets, float64 of shape (labels,).
    known
        Words of the training sentences, in lower case: a text without them is no statement.
    """

    words: Block
    characters: Block
    embedding: NDArray[np.float64]
    intercept: NDArray[np.float64]
    known: list[str]

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return what `parse` reads, without the texts."""
        found: dict[str, NDArray[Any]] = {
            "embedding": self.embedding,
            "intercept": self.intercept,
        }
        for name, block in ((WORDS, self.words), (CHARACTERS, self.characters)):
            sizes = np.array(block.sizes, dtype=np.int64)
            found |= {f"{name}.sizes": sizes, f"{name}.idf": block.idf}
            found[f"{name}.weights"] = block.weights
        return found

    def texts(self) -> dict[str, list[str]]:
        """Return the texts that `parse` reads."""
        return {
            WORDS: self.words.terms,
            CHARACTERS: self.characters.terms,
            KNOWN: self.known,
        }

    @classmethod
    def parse(cls, arrays: Arrays, labels: int, dimensions: int) -> "Linear":
        """Return the classifier of a model's file.

        Parameters
        ----------
        arrays
            The file.
        labels, dimensions
            How many there are, as the description says.

        Raises
        ------
        DataError
            If an array is missing, or does not agree with the description.
        """
        blocks = []
        for name in (WORDS, CHARACTERS):
            terms = arrays.texts(name)
            first, last = arrays.array(f"{name}.sizes", np.int64, [2]).tolist()
            blocks.append(
                Block(
                    terms,
                    (first, last),
                    arrays.array(f"{name}.idf", np.float64, [len(terms)]),
                    arrays.array(f"{name}.weights", np.float64, [len(terms), labels]),
                )
            )
        words, characters = blocks
        return cls(
            words,
            characters,
            arrays.array("embedding", np.float64, [labels, dimensions]),
            arrays.array("intercept", np.float64, [labels]),
            arrays.texts(KNOWN),
        )


class LinearDecision:
    """The decision values of a linear classifier.

    Parameters
    ----------
    linear
        Its arrays.
    """

    def __init__(self, linear: Linear) -> None:
        self._words, self._characters = linear.words, linear.characters
        self._known = frozenset(linear.known)
        self._vocabulary = {term: number for number, term in enumerate(linear.words.terms)}
        of_characters = {term: number for number, term in enumerate(linear.characters.terms)}
        first, last = linear.characters.sizes
        self._ids = _CharacterIds(of_characters, range(first, last + 1))
        self._intercept = linear.intercept
        self._embedding_weights = np.ascontiguousarray(linear.embedding)

    @property
    def vocabulary(self) -> Collection[str]:
        """The words of the training sentences, in lower case."""
        return self._known

    def values(self, texts: Sequence[str], embeddings: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return decision values, each row from its own text and embedding alone.

        Parameters
        ----------
        texts
            n statements.
        embeddings
            float32 of shape (n, dimensions).

        Returns
        -------
        float64 of shape (n, labels).
        """
        values = np.zeros((len(texts), len(self._intercept)))
        for row, text in enumerate(texts):
            words, characters = self.tfidf(text)
            values[row] = words.values @ self._words.weights[words.ids]
            values[row] += characters.values @ self._characters.weights[characters.ids]
        # Not a matrix product: its last digits would depend on how many rows there are.
        for label, weights in enumerate(self._embedding_weights):
            values[:, label] += (embeddings * weights).sum(axis=1)
        values += self._intercept
        return values

    def tfidf(self, text: str) -> tuple["Weighed", "Weighed"]:
        """Return the TF-IDF of a text's n-grams of words and of characters."""
        known = [number for number, _, _ in self._places(text.lower().split())]
        of_words = [self._ids(word) for word in text.lower().split()]
        return (
            _weigh(self._words.idf, np.array(known, dtype=np.intp)),
            _weigh(self._characters.idf, np.concatenate([np.empty(0, np.intp), *of_words])),
        )

    def similarities(self, texts: Sequence[str], others: Sequence[str]) -> NDArray[np.float64]:
        """Return the mean of the cosines of words and of characters, shape (texts, others)."""
        known = [self.tfidf(text) for text in others]
        found = np.zeros((len(texts), len(others)))
        for row, text in enumerate(texts):
            for which, block in enumerate((self._words, self._characters)):
                dense = np.zeros(len(block.terms))
                mine = self.tfidf(text)[which]
                dense[mine.ids] = mine.values
                found[row] += [dense[one[which].ids] @ one[which].values for one in known]
        return found / 2

    def contributions(
        self, text: str, embedding: NDArray[np.float32], without: NDArray[np.float32]
    ) -> Contributions:
        """Return what each part of a text adds to its decision values.

        An n-gram that occurs several times is shared out among its places.

        Parameters
        ----------
        text
            A statement.
        embedding
            float32 of shape (dimensions,).
        without
            Embeddings of the text without each of its first words, float32 of shape
            (words, dimensions).
        """
        words, characters = self.tfidf(text)
        pieces = split_words(text)
        lowered = [text[start:end].lower() for start, end in pieces]
        of_words = np.zeros((len(pieces), len(self._intercept)))
        meanings = np.zeros_like(of_words)
        meanings[: len(without)] = (embedding - without) @ self._embedding_weights.T
        ids = [self._ids(word) for word in lowered]
        times = Counter(number for of_word in ids for number in of_word.tolist())
        value = dict(zip(characters.ids.tolist(), characters.values.tolist(), strict=True))
        for row, of_word in enumerate(ids):
            for number in of_word.tolist():
                of_words[row] += value[number] / times[number] * self._characters.weights[number]
        phrases: list[tuple[int, int]] = []
        of_phrases: list[NDArray[np.float64]] = []
        places = list(self._places(lowered))
        times = Counter(number for number, _, _ in places)
        value = dict(zip(words.ids.tolist(), words.values.tolist(), strict=True))
        for number, first, last in places:
            share = value[number] / times[number] * self._words.weights[number]
            if first == last:
                of_words[first] += share
            else:
                phrases.append((first, last))
                of_phrases.append(share)
        return Contributions(
            pieces,
            of_words,
            meanings,
            phrases,
            np.array(of_phrases).reshape(-1, len(self._intercept)),
            (self._embedding_weights * embedding).sum(axis=1),
            self._intercept.copy(),
        )

    def _places(self, words: Sequence[str]) -> list[tuple[int, int, int]]:
        """Return the known n-grams of words: their number, and the first and last word of each."""
        tokens = [(token, at) for at, word in enumerate(words) for token in _TOKEN.findall(word)]
        found = []
        smallest, largest = self._words.sizes
        for size in range(smallest, largest + 1):
            for start in range(len(tokens) - size + 1):
                some = tokens[start : start + size]
                number = self._vocabulary.get(" ".join(token for token, _ in some))
                if number is not None:
                    found.append((number, some[0][1], some[-1][1]))
        return found


def split_words(text: str) -> list[tuple[int, int]]:
    """Return start and end of each word of a text, as `str.split` cuts it."""
    pieces, at = [], 0
    for word in text.split():
        start = text.index(word, at)
        at = start + len(word)
        pieces.append((start, at))
    return pieces


def _weigh(idf: NDArray[np.float64], ids: Ids) -> Weighed:
    """Return sublinear TF-IDF of length one from the numbers of the n-grams, with repetitions."""
    numbers, counts = np.unique(ids, return_counts=True)
    values = (1 + np.log(counts)) * idf[numbers]
    length = np.sqrt((values * values).sum())
    return Weighed(numbers, values / length if length else values)
