"""The saved model: a linear classifier over an encoder, with all that is needed to score raw text.

What scores is data: a description in JSON, arrays and texts, and the encoder's files. Nothing of it
is code, and no library that has trained it is needed.
"""

import logging
import os
import threading
from collections.abc import Callable, Iterable, Sequence
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from stance.errors import DataError
from stance.model.calibration import Calibration
from stance.model.columns import probability_column
from stance.model.decision import Linear, LinearDecision, split_words
from stance.model.description import ENCODER_FOLDER
from stance.model.encoder import MAX_TOKENS, Encoder, Hardware, load_encoder
from stance.model.examples import Examples
from stance.model.explanation import Explanation, explain_margin
from stance.model.names import FINETUNED, MODELS, NO_ENCODER
from stance.model.novelty import distances, novelty, of_length_one
from stance.model.reach import Reach
from stance.model.saved import SavedModel, read_saved, write_saved
from stance.model.statements import why_abstained
from stance.model.store import FolderStore, Store, find_store
from stance.statistics.rounding import DIGITS

if TYPE_CHECKING:
    import pandas as pd

# How many texts are scored at a time, and how many distinct ones are remembered.
CHUNK = 1_000
# An encoder reads no more of a text, word pieces being shorter than words.
EXPLAINED_WORDS = MAX_TOKENS
REMEMBERED = 65_536

_LOG = logging.getLogger("stance")
_LOG.addHandler(logging.NullHandler())


class StanceModel:
    """A trained classifier of statements.

    It may be used by several threads at once, pickled, copied, and taken along by processes that
    are forked or spawned.

    Parameters
    ----------
    linear
        The classifier, as arrays.
    about
        What `stance.json` holds besides calibration and hashes: labels, encoder, params, data.
    calibration
        What makes probabilities and abstentions of its decision values.
    examples
        The annotated sentences that explanations show, or what gives them when they are asked for.
    store
        Where the encoder's files are.
    quantiles
        Percentiles of how far the training material lies from these, as `distance_quantiles`
        returns them; None where there are no vectors.

    Attributes
    ----------
    hardware
        What the encoder runs on; to be set before it is first used.
    """

    def __init__(
        self,
        linear: Linear,
        about: dict[str, Any],
        calibration: Calibration,
        examples: Examples | Callable[[], Examples],
        store: Store | None = None,
        quantiles: NDArray[np.float64] | None = None,
    ) -> None:
        self.linear = linear
        self.about = about
        self.calibration = calibration
        self._store = FolderStore(MODELS) if store is None else store
        self.hardware = Hardware()
        self._examples = examples
        self._quantiles = quantiles
        self._decision = LinearDecision(linear)
        self._begin()

    def _begin(self) -> None:
        """Set up what belongs to this process alone."""
        self._process = os.getpid()
        self._lock = threading.RLock()
        self._encoder: Encoder | None = None
        self._reach = Reach(self._store, self.about["encoder"])
        self._scored: dict[bytes, NDArray[np.float64]] = {}
        self._known: NDArray[np.float64] | None = None

    def _here(self) -> None:
        # A forked process has none of its parent's threads: the encoder's, or who holds the lock.
        if self._process != os.getpid():
            self._begin()

    def __getstate__(self) -> dict[str, Any]:
        """Leave behind what belongs to this process alone."""
        state = dict(vars(self))
        for name in ("_process", "_lock", "_encoder", "_reach", "_scored", "_known"):
            del state[name]
        return {**state, "_examples": self.examples}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Take up what was saved."""
        vars(self).update(state)
        self._begin()

    def __repr__(self) -> str:
        labels = ", ".join(self.labels)
        encoder = self.about["encoder"]
        return f"<StanceModel of {labels}; encoder {encoder}; from {self._store.name}>"

    @property
    def labels(self) -> list[str]:
        """All labels, the stances first, the background class last."""
        return list(self.about["labels"])

    @property
    def columns(self) -> list[str]:
        """The columns that scoring adds."""
        ours = map(probability_column, self.labels)
        return ["stance", "confidence", "abstain", *ours, "reason"]

    @property
    def examples(self) -> Examples:
        """The annotated sentences that explanations show."""
        if callable(self._examples):
            self._examples = self._examples()
        return self._examples

    @property
    def store(self) -> Store:
        """Where the model's files are."""
        return self._store

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the embeddings of n texts, float32 of shape (n, dimensions).

        Raises
        ------
        DataError
            If the encoder is not there, not the one that the model was trained with, or gives
            something that is no number.
        """
        self._here()
        with self._lock:
            if self._encoder is None:
                self._encoder = self._open_encoder()
        vectors = self._encoder.encode(texts)
        if vectors.shape[1] != self.linear.embedding.shape[1]:
            raise DataError(
                f"{self._store.name}: the encoder gives {vectors.shape[1]} dimensions, and the "
                f"model has {self.linear.embedding.shape[1]}; train it again with `dvc repro`."
            )
        odd = np.flatnonzero(~np.isfinite(vectors).all(axis=1))
        if len(odd):
            raise DataError(
                f"{self._store.name}: the encoder gives no numbers for {texts[odd[0]][:60]!r}; get "
                "its files again with `git checkout`."
            )
        return vectors

    @property
    def encoder_is_elsewhere(self) -> bool:
        """Whether the encoder is a model of this machine's, no file of this one."""
        return self.about["encoder"] not in (FINETUNED, NO_ENCODER)

    def check_encoder(self) -> None:
        """Raise a `DataError` if the encoder is not the one that the model was trained with."""
        for name, digest in self.about["encoder_files"].items():
            if self._store.digest(f"{ENCODER_FOLDER}/{name}") != digest:
                raise DataError(
                    f"{self._store.name}: the encoder is not the one that the model was trained "
                    f"with (its file {name} differs); get it again with `git checkout`, or train "
                    "again with `dvc repro`."
                )

    def _open_encoder(self) -> Encoder:
        self.check_encoder()
        _LOG.debug("opening the encoder %s of %s", self.about["encoder"], self._store.name)
        hypotheses = self.about["params"]["encode"]["hypotheses"]
        return load_encoder(self.about["encoder"], hypotheses, self._store, self.hardware)

    def score(
        self,
        texts: "Iterable[str] | pd.Series[str]",
        progress: Callable[[int, int], None] | None = None,
    ) -> "pd.DataFrame":
        """Score statements.

        Parameters
        ----------
        texts
            n statements, or one: a string, a list, a Series, any iterable.
        progress
            Called after each thousand texts with how many are scored, and of how many.

        Returns
        -------
        DataFrame of n rows, with the index of a Series: `text`, `stance` (the most probable
        label), `confidence` (its probability), `abstain` (True where the model does not answer for
        it), a column `p_<label>` for each label, and `reason`: why it abstains, a word of
        `stance.model.reasons` or nothing. Probabilities have four decimals.

        Raises
        ------
        DataError
            If a text is not a string; names the first such one, from 1. If the encoder is not
            there or not the model's.
        """
        import pandas as pd

        checked = _checked(texts)
        chunks = []
        for start in range(0, max(1, len(checked)), CHUNK):
            chunks.append(self.score_columns(checked[start : start + CHUNK]))
            if progress is not None:
                progress(min(start + CHUNK, len(checked)), len(checked))
        scores = pd.DataFrame(
            {name: np.concatenate([chunk[name] for chunk in chunks]) for name in self.columns}
        )
        scores.insert(0, "text", pd.Series(checked, dtype="str"))
        scores = scores.astype({"stance": "str", "reason": "str"})
        if isinstance(texts, pd.Series):
            scores.index = texts.index
        return scores

    def score_columns(self, texts: Sequence[str]) -> dict[str, NDArray[Any]]:
        """Return the columns that scoring adds to some thousand texts at most, as arrays.

        Parameters
        ----------
        texts
            n statements, each scored by itself; equal ones are encoded once, also across calls as
            long as the first one is among the last that were scored.

        Returns
        -------
        For each of `columns` an array of shape (n,): str, float64 or bool.
        """
        probabilities = self._probabilities(texts).round(DIGITS)
        confidence = probabilities.max(axis=1)
        reasons = why_abstained(
            texts,
            self._reach.cut(texts),
            self.calibration.unsure(confidence),
            self._decision.vocabulary,
            english=self.about["english"],
        )
        stances = np.array(self.labels)[probabilities.argmax(axis=1)]
        columns = [stances, confidence, reasons != "", *probabilities.T, reasons]
        return dict(zip(self.columns, columns, strict=True))

    @property
    def knows_novelty(self) -> bool:
        """Whether the model can tell how far texts lie from what it has learned from."""
        return self._quantiles is not None and self.linear.embedding.shape[1] > 0

    def novelty(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return how unlike the training material some thousand texts at most are.

        Returns
        -------
        For each of n texts which share of the training material lies nearer to the annotated
        sentences, from 0 to 1, with two decimals; NaN where the model cannot tell.
        """
        return self._judged(texts, novel=True)[:, -1].round(2)

    def _novelty(self, vectors: NDArray[np.float32]) -> NDArray[np.float64]:
        if self._quantiles is None or not vectors.shape[1]:
            return np.full(len(vectors), np.nan)
        with self._lock:
            if self._known is None:
                self._known = of_length_one(self.examples.embeddings)
        return novelty(distances(of_length_one(vectors), self._known), self._quantiles)

    def _probabilities(self, texts: Sequence[str]) -> NDArray[np.float64]:
        return self._judged(texts, novel=False)[:, :-1]

    def _judged(self, texts: Sequence[str], *, novel: bool) -> NDArray[np.float64]:
        """Return the probabilities of n texts and behind them their novelty, (n, labels + 1).

        Novelty that is not asked for may be NaN: who scores a sentence need not read all examples.
        """
        novel = novel and self.knows_novelty
        self._here()
        keys = [blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16) for text in texts]
        digests = [key.digest() for key in keys]
        new = dict(zip(digests, texts, strict=True))
        with self._lock:
            found = {digest: self._scored[digest] for digest in new if digest in self._scored}
        if novel:
            found = {digest: row for digest, row in found.items() if not np.isnan(row[-1])}
        for digest in found:
            del new[digest]
        if new:
            distinct = list(new.values())
            vectors = self.encode(distinct)
            probabilities = self.calibration.probabilities(self._decision.values(distinct, vectors))
            unlike = self._novelty(vectors) if novel else np.full(len(vectors), np.nan)
            judged = np.column_stack([probabilities, unlike])
            computed = dict(zip(new, judged, strict=True))
            found |= computed
            with self._lock:
                self._scored |= {digest: row.copy() for digest, row in computed.items()}
                for digest in list(islice(self._scored, max(0, len(self._scored) - REMEMBERED))):
                    del self._scored[digest]
        return np.array([found[digest] for digest in digests]).reshape(-1, len(self.labels) + 1)

    def explain(
        self, texts: "Iterable[str] | pd.Series[str]", similar: int = 3
    ) -> list[Explanation]:
        """Say for each statement what moved the decision.

        Parameters
        ----------
        texts
            As for `score`.
        similar
            How many annotated sentences to show.

        Raises
        ------
        DataError
            If a text is not a string; names the first such one, from 1.
        """
        checked = _checked(texts)
        explanations: list[Explanation] = []
        for start in range(0, len(checked), CHUNK):
            some = checked[start : start + CHUNK]
            explanations += self._explain(some, similar)
        return explanations

    def _explain(self, texts: Sequence[str], similar: int) -> list[Explanation]:
        embeddings = self.encode(texts)
        cosines = self._cosines(texts, embeddings)
        nearest = np.argsort(-cosines, axis=1, kind="stable")[:, :similar]
        scores = self.score_columns(texts)
        without = self._without_words(texts)
        return [
            explain_margin(
                text,
                self._decision.contributions(text, embeddings[row], without[row]),
                self.labels,
                {
                    "confidence": float(scores["confidence"][row]),
                    "abstain": bool(scores["abstain"][row]),
                    "reason": str(scores["reason"][row]),
                    "similar": [
                        self.examples.similar(number, float(cosines[row, number]))
                        for number in nearest[row]
                    ],
                },
            )
            for row, text in enumerate(texts)
        ]

    def _without_words(self, texts: Sequence[str]) -> list[NDArray[np.float32]]:
        """Return the embeddings of each text without each of its first words."""
        shorter = [
            [text[:start] + text[end:] for start, end in split_words(text)[:EXPLAINED_WORDS]]
            for text in texts
        ]
        vectors = self.encode([one for some in shorter for one in some])
        return np.split(vectors, np.cumsum([len(some) for some in shorter])[:-1])

    def _cosines(
        self, texts: Sequence[str], embeddings: NDArray[np.float32]
    ) -> NDArray[np.float64]:
        """Return the similarity of each text with each example, of their n-grams if need be."""
        if embeddings.shape[1]:
            return np.asarray(
                _of_length_one(embeddings) @ _of_length_one(self.examples.embeddings).T
            )
        return self._decision.similarities(texts, self.examples.texts)

    def save(self, folder: Path = MODELS) -> None:
        """Write `stance.npz` and `stance.json` into a folder; same model, same bytes."""
        saved = SavedModel(
            self.linear, self.about, self.calibration, lambda: self.examples, self._quantiles
        )
        write_saved(saved, folder)

    @classmethod
    def load(cls, place: Path | str | None = None) -> Self:
        """Return a saved model; no code of it is run.

        Parameters
        ----------
        place
            A bundle, the folder of a model or a file of it. Without it the variable
            ``STANCE_MODEL`` names one; without that the folder ``models`` counts, of the working
            directory or the first one above it that has a model.

        Raises
        ------
        DataError
            If there is none, or it is damaged, changed, of another format, or its parts disagree.
        """
        return cls.from_store(find_store(place))

    @classmethod
    def from_store(cls, store: Store) -> Self:
        """Return the model whose files are in a store; errors as for `load`."""
        saved = read_saved(store)
        _LOG.debug("loaded the model of %s", store.name)
        return cls(
            saved.linear, saved.about, saved.calibration, saved.examples, store, saved.quantiles
        )


def _of_length_one(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    found: NDArray[np.float32] = (vectors / np.where(lengths == 0, 1, lengths)).astype(np.float32)
    return found


def _checked(texts: "Iterable[str] | pd.Series[str]") -> list[str]:
    """Return texts as a list.

    Raises
    ------
    DataError
        If one is not a string; names the first such one, from 1.
    """
    if isinstance(texts, str):
        return [texts]
    checked = list(texts)
    for number, text in enumerate(checked, start=1):
        if not isinstance(text, str):
            raise DataError(f"text {number} is {text!r}, not a string; leave it out.")
    return checked
