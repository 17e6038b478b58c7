"""The saved model: an estimator with all that is needed to score raw text, and how it was made.

`stance.joblib` runs code when it is loaded, so its hash is checked against `stance.json` first.
That tells damage, not malice: load only models whose maker you trust.
"""

import hashlib
import io
import json
import warnings
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.exceptions import InconsistentVersionWarning
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import normalize

from stance.errors import DataError
from stance.files import read_text, replacing, write_json
from stance.model.calibration import Calibration
from stance.model.columns import probability_column
from stance.model.decision import LinearDecision, split_words
from stance.model.encoder import MAX_TOKENS, Encoder, encoder_hashes, load_encoder
from stance.model.examples import Examples
from stance.model.explanation import Explanation, explain_margin
from stance.model.names import ENCODER, MODEL
from stance.model.statements import are_statements
from stance.statistics.metrics import DIGITS

# How many texts are scored at a time, and how many distinct ones are remembered.
CHUNK = 1_000
# An encoder reads no more of a text, word pieces being shorter than words.
EXPLAINED_WORDS = MAX_TOKENS
REMEMBERED = 65_536

LIBRARIES = ["joblib", "numpy", "onnxruntime", "pandas", "scikit-learn", "scipy", "tokenizers"]


class StanceModel:
    """A trained classifier of statements.

    Parameters
    ----------
    estimator
        Fitted pipeline over `pipeline.classifier.estimator.feature_frame`.
    about
        What `stance.json` holds besides the calibration: labels, encoder, params, data hashes;
        after loading also versions and the SHA-256 of the file.
    calibration
        What makes probabilities and abstentions of its decision values.
    examples
        The annotated sentences that explanations show.
    folder
        Where the encoder's files are: beside the model's.
    """

    def __init__(
        self,
        estimator: Pipeline,
        about: dict[str, Any],
        calibration: Calibration,
        examples: Examples,
        folder: Path = ENCODER,
    ) -> None:
        self.estimator = estimator
        self.about = about
        self.calibration = calibration
        self.examples = examples
        self._folder = folder
        self._decision = LinearDecision(estimator, self.labels)
        self._encoder: Encoder | None = None
        self._scored: dict[bytes, NDArray[np.float64]] = {}

    @property
    def labels(self) -> list[str]:
        """All labels, the stances first, the background class last."""
        return list(self.about["labels"])

    @property
    def columns(self) -> list[str]:
        """The columns that scoring adds."""
        return ["stance", "confidence", "abstain", *map(probability_column, self.labels)]

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the embeddings of n texts, float32 of shape (n, dimensions)."""
        if self._encoder is None:
            name = self.about["encoder"]
            if encoder_hashes(name, self._folder) != self.about["encoder_files"]:
                raise DataError(
                    f"{self._folder}: the encoder is not the one that the model was trained with; "
                    "get it again with `git checkout`, or train again with `dvc repro`."
                )
            hypotheses = self.about["params"]["encode"]["hypotheses"]
            self._encoder = load_encoder(name, hypotheses, self._folder)
        return self._encoder.encode(texts)

    def score(self, texts: "Iterable[str] | pd.Series[str]") -> pd.DataFrame:
        """Score statements.

        Parameters
        ----------
        texts
            n statements, or one: a string, a list, a Series, any iterable.

        Returns
        -------
        DataFrame of n rows, with the index of a Series: `text`, `stance` (the most probable
        label), `confidence` (its probability), `abstain` (True where the confidence is below the
        model's threshold or the text is no statement in its language), and a column `p_<label>`
        for each label; probabilities have four decimals.

        Raises
        ------
        DataError
            If a text is not a string; names the first such one, from 1.
        """
        checked = _checked(texts)
        chunks = [
            self.score_columns(checked[start : start + CHUNK])[0]
            for start in range(0, max(1, len(checked)), CHUNK)
        ]
        scores = pd.DataFrame(
            {name: np.concatenate([chunk[name] for chunk in chunks]) for name in self.columns}
        )
        scores.insert(0, "text", pd.Series(checked, dtype="str"))
        scores["stance"] = scores["stance"].astype("str")
        if isinstance(texts, pd.Series):
            scores.index = texts.index
        return scores

    def score_columns(
        self, texts: Sequence[str]
    ) -> tuple[dict[str, NDArray[Any]], NDArray[np.bool_]]:
        """Return the columns that scoring adds to some thousand texts at most, as arrays.

        Parameters
        ----------
        texts
            n statements, each scored by itself; equal ones are encoded once, also across calls as
            long as the first one is among the last that were scored.

        Returns
        -------
        For each of `columns` an array of shape (n,): str, float64 or bool; and whether each text
        can be a statement in the model's language.
        """
        probabilities = self._probabilities(texts).round(DIGITS)
        confidence = probabilities.max(axis=1)
        statements = are_statements(texts, self._decision.vocabulary, english=self.about["english"])
        abstain = self.calibration.unsure(confidence) | ~statements
        stances = np.array(self.labels)[probabilities.argmax(axis=1)]
        columns = [stances, confidence, abstain, *probabilities.T]
        return dict(zip(self.columns, columns, strict=True)), statements

    def _probabilities(self, texts: Sequence[str]) -> NDArray[np.float64]:
        keys = [blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16) for text in texts]
        digests = [key.digest() for key in keys]
        new = dict(zip(digests, texts, strict=True))
        found = {digest: self._scored[digest] for digest in new if digest in self._scored}
        for digest in found:
            del new[digest]
        if new:
            distinct = list(new.values())
            decisions = self._decision.values(distinct, self.encode(distinct))
            found |= zip(new, self.calibration.probabilities(decisions), strict=True)
            self._scored |= {digest: found[digest].copy() for digest in new}
            for digest in list(islice(self._scored, max(0, len(self._scored) - REMEMBERED))):
                del self._scored[digest]
        return np.array([found[digest] for digest in digests]).reshape(-1, len(self.labels))

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
        scores, statements = self.score_columns(texts)
        without = self._without_words(texts)
        return [
            explain_margin(
                text,
                self._decision.contributions(text, embeddings[row], without[row]),
                self.labels,
                {
                    "confidence": float(scores["confidence"][row]),
                    "abstain": bool(scores["abstain"][row]),
                    "statement": bool(statements[row]),
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
            return np.asarray(normalize(embeddings) @ normalize(self.examples.embeddings).T)
        pairs = zip(
            self._decision.tfidf(texts), self._decision.tfidf(self.examples.texts), strict=True
        )
        return np.asarray(sum((ours @ theirs.T) for ours, theirs in pairs).toarray() / 2)

    def save(self, path: Path = MODEL) -> None:
        """Write `path` and the JSON beside it that holds its hash; same model, same bytes."""
        _forget_addresses(self.estimator)
        content = io.BytesIO()
        parts = {
            "estimator": self.estimator,
            "examples": self.examples,
            "confusion": self.calibration.confusion,
        }
        joblib.dump(parts, content)
        with replacing(path) as file:
            file.write(content.getbuffer())
        digest = hashlib.sha256(content.getbuffer()).hexdigest()
        about = {
            **self.about,
            "calibration": self.calibration.describe(),
            "sha256": digest,
            "versions": {name: version(name) for name in LIBRARIES},
        }
        write_json(path.with_suffix(".json"), about)

    @classmethod
    def load(cls, path: Path | str = MODEL) -> "StanceModel":
        """Return a saved model, checked before anything of it is unpickled.

        Raises
        ------
        DataError
            If there is none, its JSON is missing or damaged, the file is not the one that the JSON
            describes, or it is from another version of scikit-learn.
        """
        path = Path(path)
        if not path.is_file():
            raise DataError(f"{path}: there is no model; train one with `dvc repro`.")
        return cls.from_bytes(path.read_bytes(), read_text(path.with_suffix(".json")), path)

    @classmethod
    def from_bytes(cls, content: bytes, description: str, path: Path) -> "StanceModel":
        """Return a saved model from the content of its two files; errors as for `load`."""
        about = _parse_about(description, path.with_suffix(".json"))
        if hashlib.sha256(content).hexdigest() != about["sha256"]:
            raise DataError(
                f"{path}: the file is not the one that {path.with_suffix('.json').name} describes; "
                "train it again with `dvc repro --force train`, or copy both files again."
            )
        trained, here = about["versions"]["scikit-learn"], version("scikit-learn")
        if trained != here:
            raise DataError(
                f"{path}: trained with scikit-learn {trained}, and this is {here}; train it again "
                f"with `dvc repro --force train`, or install scikit-learn=={trained}."
            )
        with warnings.catch_warnings():
            warnings.simplefilter("error", InconsistentVersionWarning)
            parts = joblib.load(io.BytesIO(content))
        calibration = Calibration.parse(about["calibration"], parts["confusion"])
        folder = path.parent / ENCODER.name
        return cls(parts["estimator"], about, calibration, parts["examples"], folder)


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


def _parse_about(text: str, path: Path) -> dict[str, Any]:
    try:
        about = json.loads(text)
        Calibration.parse(about["calibration"], np.empty(0, dtype=np.int64))
        if isinstance(about["versions"]["scikit-learn"], str) and isinstance(about["sha256"], str):
            return dict(about)
    except (json.JSONDecodeError, KeyError, TypeError, ValueError):
        pass
    raise DataError(f"{path}: not the description of a model; train it again with `dvc repro`.")


def _forget_addresses(estimator: Pipeline) -> None:
    """Drop the memory addresses that vectorizers keep, which differ in every run."""
    for _, block, _ in estimator.named_steps["features"].transformers_:
        vars(block).pop("_stop_words_id", None)
