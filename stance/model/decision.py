"""The fitted classifier's decision, several times as fast as scikit-learn's, and taken apart.

The classifier is linear, so a decision value is a sum over n-grams, the embedding and an intercept.
The n-grams of characters lie within words (`char_wb`), and most words are seen again and again:
their n-grams are looked up once. The tests hold the values against the estimator's own.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import normalize

WORDS = "words"
CHARACTERS = "characters"
UNKNOWN_LABEL = -30.0

Ids = NDArray[np.intp]

# Words whose n-grams are kept; longer words are rare and not kept.
_KEPT_WORDS = 50_000
_LONGEST_KEPT = 40


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

    def __init__(self, vectorizer: TfidfVectorizer) -> None:
        self._vocabulary: dict[str, int] = vectorizer.vocabulary_
        self._sizes = range(vectorizer.ngram_range[0], vectorizer.ngram_range[1] + 1)
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


class LinearDecision:
    """The decision values of a fitted `pipeline.classifier.estimator.build_estimator`.

    Parameters
    ----------
    estimator
        The fitted pipeline.
    labels
        The order of the columns.
    """

    def __init__(self, estimator: Pipeline, labels: Sequence[str]) -> None:
        features, classifier = estimator.named_steps.values()
        self._words: TfidfVectorizer = features.named_transformers_[WORDS]
        self._characters: TfidfVectorizer = features.named_transformers_[CHARACTERS]
        self._ids = _CharacterIds(self._characters)
        self._token = self._words.build_tokenizer()
        coefficients = np.vstack([one.coef_ for one in classifier.estimators_])
        intercepts = np.concatenate([one.intercept_ for one in classifier.estimators_])
        if len(coefficients) == 1:
            # One classifier serves two labels.
            coefficients = np.vstack([-coefficients, coefficients])
            intercepts = np.concatenate([-intercepts, intercepts])
        weights = np.zeros((len(labels), coefficients.shape[1]))
        self._intercept = np.full(len(labels), UNKNOWN_LABEL)
        order = [list(labels).index(label) for label in classifier.classes_]
        weights[order], self._intercept[order] = coefficients, intercepts
        first = len(self._words.vocabulary_)
        second = first + len(self._characters.vocabulary_)
        self._word_weights = np.ascontiguousarray(weights[:, :first].T)
        self._character_weights = np.ascontiguousarray(weights[:, first:second].T)
        self._embedding_weights = np.ascontiguousarray(weights[:, second:])

    @property
    def vocabulary(self) -> Collection[str]:
        """The words and phrases that the classifier knows, in lower case."""
        vocabulary: dict[str, int] = self._words.vocabulary_
        return vocabulary

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
        words, characters = self.tfidf(texts)
        values: NDArray[np.float64] = words @ self._word_weights
        values += characters @ self._character_weights
        # Not a matrix product: its last digits would depend on how many rows there are.
        for label, weights in enumerate(self._embedding_weights):
            values[:, label] += (embeddings * weights).sum(axis=1)
        values += self._intercept
        return values

    def tfidf(self, texts: Sequence[str]) -> tuple[csr_matrix, csr_matrix]:
        """Return the TF-IDF of words and of characters, as the estimator computes them."""
        vocabulary = self._words.vocabulary_
        analyze = self._words.build_analyzer()
        of_words = [
            np.array([vocabulary[gram] for gram in analyze(text) if gram in vocabulary], np.intp)
            for text in texts
        ]
        of_characters: list[Ids] = []
        counts = np.zeros(len(texts), dtype=np.intp)
        for row, text in enumerate(texts):
            found = [self._ids(word) for word in text.lower().split()]
            counts[row] = sum(map(len, found))
            of_characters += found
        return (
            _weigh(self._words, of_words, np.array([len(ids) for ids in of_words], np.intp)),
            _weigh(self._characters, of_characters, counts),
        )

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
        words, characters = self.tfidf([text])
        pieces = split_words(text)
        lowered = [text[start:end].lower() for start, end in pieces]
        of_words = np.zeros((len(pieces), len(self._intercept)))
        meanings = np.zeros_like(of_words)
        meanings[: len(without)] = (embedding - without) @ self._embedding_weights.T
        ids = [self._ids(word) for word in lowered]
        times = Counter(number for of_word in ids for number in of_word.tolist())
        value = dict(zip(characters.indices.tolist(), characters.data.tolist(), strict=True))
        for row, of_word in enumerate(ids):
            for number in of_word.tolist():
                of_words[row] += value[number] / times[number] * self._character_weights[number]
        phrases: list[tuple[int, int]] = []
        of_phrases: list[NDArray[np.float64]] = []
        places = list(self._places(lowered))
        times = Counter(number for number, _, _ in places)
        value = dict(zip(words.indices.tolist(), words.data.tolist(), strict=True))
        for number, first, last in places:
            share = value[number] / times[number] * self._word_weights[number]
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
        tokens = [(token, at) for at, word in enumerate(words) for token in self._token(word)]
        found = []
        smallest, largest = self._words.ngram_range
        for size in range(smallest, largest + 1):
            for start in range(len(tokens) - size + 1):
                some = tokens[start : start + size]
                number = self._words.vocabulary_.get(" ".join(token for token, _ in some))
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


def _weigh(vectorizer: TfidfVectorizer, ids: Sequence[Ids], counts: Ids) -> csr_matrix:
    """Return sublinear TF-IDF, rows of length one, from the n-grams' numbers row after row."""
    numbers = np.concatenate(ids) if ids else np.empty(0, dtype=np.intp)
    ends = np.concatenate([[0], counts.cumsum()])
    shape = (len(counts), len(vectorizer.vocabulary_))
    matrix = csr_matrix((np.ones(len(numbers)), numbers, ends), shape=shape)
    matrix.sum_duplicates()
    np.log(matrix.data, out=matrix.data)
    matrix.data += 1
    matrix.data *= vectorizer.idf_[matrix.indices]
    weighed: csr_matrix = normalize(matrix, copy=False)
    return weighed
