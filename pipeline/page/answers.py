"""What the model says of texts, in the words and pieces that several views show."""

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.page.models import SharedModel
from stance.errors import DataError
from stance.model.columns import probability_column
from stance.model.explanation import Explanation, Similar, Term
from stance.model.reasons import CUT, EMPTY, NO_STATEMENT, NOT_ENGLISH, UNSURE
from stance.model.stance_model import StanceModel

# Why the model abstains, as the end of a sentence.
WHY = {
    EMPTY: "there is nothing in it",
    NO_STATEMENT: "one or two words, numbers or marks are no statement",
    NOT_ENGLISH: "it does not look like English, and the model has learned from English",
    CUT: "it is longer than what the model reads, so that its end had no say",
    UNSURE: "it is less sure than it has to be for an answer",
}
# Characters; of longer texts every word would have to be left out once.
MOST_EXPLAINED = 5_000
_SIMILAR = 5
# As `stance score --explain` does it: weights that stand out, and how many are listed.
_STRONG = 0.2
_TERMS = 6
_SHOWN = 0.005


@dataclass(frozen=True)
class Scale:
    """What answers are told with.

    Attributes
    ----------
    labels, background
        As of the model or the scored file.
    threshold
        The confidence from which on the model answers; None if it answers nothing.
    """

    labels: list[str]
    background: str | None
    threshold: float | None = None


@dataclass(frozen=True)
class Answer:
    """What the model says of a text.

    Attributes
    ----------
    text, stance, confidence
        What was scored, the most probable label and its probability.
    reason
        A word of `stance.model.reasons`; "" if the model answers.
    probabilities
        Of each label, in their order.
    """

    text: str
    stance: str
    confidence: float
    reason: str
    probabilities: list[float]

    @property
    def why(self) -> str:
        """Why the model abstains, as the end of a sentence; "" if it answers."""
        return WHY.get(self.reason, self.reason)


@dataclass(frozen=True)
class Piece:
    """A part of an explained text: `sign` is 1 for the stance, -1 against it, 0 for neither."""

    text: str
    sign: int = 0


@dataclass(frozen=True)
class Reasons:
    """An explanation as a page shows it.

    Attributes
    ----------
    stance, against
        The chosen label and the next one.
    pieces
        The text, in the parts that moved the decision and those between.
    speak_for, speak_against
        The strongest words and phrases with what they add to the margin.
    parts, margin
        What adds up to the margin, by name, and the margin.
    similar
        The most similar annotated sentences.
    """

    stance: str
    against: str
    pieces: list[Piece]
    speak_for: list[tuple[str, float]]
    speak_against: list[tuple[str, float]]
    parts: list[tuple[str, float]]
    margin: float
    similar: list[Similar]


def scale_of(model: StanceModel) -> Scale:
    """Return what the answers of a model are told with."""
    background = model.about["params"]["labels"]["background"]
    return Scale(model.labels, background, model.calibration.promised.threshold)


def answer(model: StanceModel, texts: Sequence[str]) -> list[Answer]:
    """Return what a model says of n texts."""
    scores = model.score(texts)
    probabilities = scores[[probability_column(label) for label in model.labels]]
    columns = zip(
        scores["text"],
        scores["stance"],
        scores["confidence"].tolist(),
        scores["reason"],
        probabilities.to_numpy().tolist(),
        strict=True,
    )
    return [Answer(*row) for row in columns]


def explain(model: StanceModel, text: str) -> Reasons:
    """Return why a model has answered as it has.

    Raises
    ------
    DataError
        If the text is too long to be explained.
    """
    if len(text) > MOST_EXPLAINED:
        raise DataError(
            f"the text has {len(text):,} characters, and up to {MOST_EXPLAINED:,} can be explained."
        )
    return _reasons(model.explain([text], similar=_SIMILAR)[0])


def explain_alone(shared: SharedModel, text: str) -> tuple[Reasons | None, str]:
    """Return the explanation of a text, or why there is none."""
    try:
        with shared.use() as model:
            return explain(model, text), ""
    except DataError as error:
        return None, str(error)


def _reasons(found: Explanation) -> Reasons:
    terms = [*found.words, *found.phrases]
    # Without n-grams words have no weights of their own: what the meaning would lose speaks.
    weighed = any(term.weight for term in terms)

    def weight(term: Term) -> float:
        return term.weight if weighed else term.meaning

    terms.sort(key=lambda term: -abs(weight(term)))
    # What would be shown as 0.00 says nothing.
    signed = [(term.text, value) for term in terms if abs(value := weight(term)) >= _SHOWN]
    parts = [
        ("the meaning of the whole", found.embedding),
        ("what every text gets", found.intercept),
    ]
    if weighed:
        parts.insert(0, ("words and phrases", sum(map(weight, terms))))
    return Reasons(
        found.stance,
        found.against,
        _pieces(found),
        [(text, value) for text, value in signed if value > 0][:_TERMS],
        [(text, value) for text, value in signed if value < 0][:_TERMS],
        [part for part in parts if part[1]],
        found.margin,
        found.similar,
    )


def _pieces(found: Explanation) -> list[Piece]:
    pieces, at = [], 0
    for word in found.words:
        value = word.weight + word.meaning
        if abs(value) >= _STRONG:
            pieces += [Piece(found.text[at : word.start]), Piece(word.text, 1 if value > 0 else -1)]
            at = word.end
    return [piece for piece in [*pieces, Piece(found.text[at:])] if piece.text]
