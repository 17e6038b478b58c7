"""Why a statement got its stance, as data: terms with weights, and the most similar sentences."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, TypedDict

import numpy as np
from numpy.typing import NDArray

from stance.model.decision import Contributions

_DIGITS = 4


@dataclass(frozen=True)
class Term:
    """A word or a phrase of a text, and what it adds to the margin.

    Attributes
    ----------
    text
        As it stands in the statement.
    start, end
        Where it stands there, in characters.
    weight
        Above 0 for the chosen stance, below 0 for the next one.
    meaning
        For a word, how much less the meaning of the sentence would add without it; not a part of
        the margin's sum.
    """

    text: str
    start: int
    end: int
    weight: float
    meaning: float


@dataclass(frozen=True)
class Similar:
    """An annotated sentence, and the cosine of its embedding with the statement's."""

    text: str
    stance: str
    document: str
    similarity: float


@dataclass(frozen=True)
class Explanation:
    """What moved the decision for the chosen stance and against the next one.

    The weights of `words` and `phrases`, `embedding` and `intercept` add up to `margin`, which is
    the difference of the two decision values: the log-odds of the two labels times the temperature
    of the model.

    Attributes
    ----------
    text
        The statement.
    stance, confidence, abstain
        As the model scores it.
    reason
        Why it is abstained from, a word of `stance.model.reasons`; empty if it is not.
    against
        The second most probable label.
    margin
        How far the decision value of the stance is ahead of that label's.
    intercept, embedding
        What every text gets, and what the meaning of the whole sentence adds.
    words
        Every word that moves the decision, in the order of the text, with the n-grams of
        characters in it.
    phrases
        Every n-gram of several words that the classifier knows.
    similar
        The most similar annotated sentences, most similar first.
    """

    text: str
    stance: str
    confidence: float
    abstain: bool
    reason: str
    against: str
    margin: float
    intercept: float
    embedding: float
    words: list[Term]
    phrases: list[Term]
    similar: list[Similar]

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON can hold it, numbers to four decimals."""
        return dict(_rounded(asdict(self)))


class Verdict(TypedDict):
    """What an explanation takes from the model as it is."""

    confidence: float
    abstain: bool
    reason: str
    similar: list[Similar]


def explain_margin(
    text: str, parts: Contributions, labels: Sequence[str], verdict: Verdict
) -> Explanation:
    """Return the explanation of one statement from what its parts add to the decision values."""
    against, chosen = (int(label) for label in np.argsort(parts.total, kind="stable")[-2:])

    def ahead(values: NDArray[np.float64]) -> float:
        return float(values[chosen] - values[against])

    def terms(
        spans: Sequence[tuple[int, int]],
        values: NDArray[np.float64],
        meanings: NDArray[np.float64],
    ) -> list[Term]:
        return [
            Term(text[start:end], start, end, ahead(value), ahead(meaning))
            for (start, end), value, meaning in zip(spans, values, meanings, strict=True)
            if value.any() or meaning.any()
        ]

    spans = [(parts.words[first][0], parts.words[last][1]) for first, last in parts.phrases]
    return Explanation(
        text=text,
        stance=labels[chosen],
        against=labels[against],
        margin=ahead(parts.total),
        intercept=ahead(parts.intercept),
        embedding=ahead(parts.embedding),
        words=terms(parts.words, parts.of_words, parts.meanings),
        phrases=terms(spans, parts.of_phrases, np.zeros_like(parts.of_phrases)),
        **verdict,
    )


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _rounded(of_key) for key, of_key in value.items()}
    if isinstance(value, list):
        return [_rounded(item) for item in value]
    # Adding 0 makes 0 of -0.
    return round(value, _DIGITS) + 0.0 if isinstance(value, float) else value
