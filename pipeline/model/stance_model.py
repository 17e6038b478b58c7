"""The saved model: an estimator with all that is needed to score raw text, and how it was made.

`stance.joblib` runs code when it is loaded, so its hash is checked against `stance.json` first.
That tells damage, not malice: load only models whose maker you trust.
"""

import hashlib
import io
import json
import platform
import warnings
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.exceptions import InconsistentVersionWarning
from sklearn.pipeline import Pipeline

from pipeline.data.files import read_text, replacing, write_json
from pipeline.data.tables import MODEL, probability_table
from pipeline.errors import DataError
from pipeline.model.encoder import Encoder, encoder_hashes, load_encoder
from pipeline.model.estimator import feature_frame

LIBRARIES = ["joblib", "numpy", "onnxruntime", "pandas", "scikit-learn", "scipy", "tokenizers"]


class StanceModel:
    """A trained classifier of statements.

    Parameters
    ----------
    estimator
        Fitted pipeline over `pipeline.model.estimator.feature_frame`.
    about
        What `stance.json` holds: labels, encoder, params, data hashes; after loading also
        versions and the SHA-256 of the file.
    """

    def __init__(self, estimator: Pipeline, about: dict[str, Any]) -> None:
        self.estimator = estimator
        self.about = about
        self._encoder: Encoder | None = None

    @property
    def labels(self) -> list[str]:
        """All labels, the stances first, the background class last."""
        return list(self.about["labels"])

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the embeddings of n texts, float32 of shape (n, dimensions)."""
        if self._encoder is None:
            name = self.about["encoder"]
            if encoder_hashes(name) != self.about["encoder_files"]:
                raise DataError(
                    "the encoder's files are not those that the model was trained with; get them "
                    "again with `git checkout models/encoder`, or train again with `dvc repro`."
                )
            self._encoder = load_encoder(name, self.about["params"]["encode"]["hypotheses"])
        return self._encoder.encode(texts)

    def score(self, texts: Sequence[str]) -> pd.DataFrame:
        """Score statements.

        Parameters
        ----------
        texts
            n statements, each with at least one letter or digit.

        Returns
        -------
        DataFrame of n rows: `text`, `stance` (the most probable label), `confidence` (its
        probability), `abstain` (True where the confidence is below `score.min_confidence`), and
        a column `p_<label>` for each label; probabilities have four decimals.

        Raises
        ------
        DataError
            If a text is empty or not a string; names the first such one, from 1.
        """
        if isinstance(texts, str):
            texts = [texts]
        texts = list(texts)
        for number, text in enumerate(texts, start=1):
            if not isinstance(text, str):
                raise DataError(f"text {number} is {text!r}, not a string; leave it out.")
            if not text.strip():
                raise DataError(f"text {number} is empty; leave it out.")
        if not texts:
            raise DataError("there is no text to score; give at least one.")
        frame = feature_frame(texts, self.encode(texts))
        order = [list(self.estimator.classes_).index(label) for label in self.labels]
        probabilities = self.estimator.predict_proba(frame)[:, order]
        confidence = probabilities.max(axis=1)
        scores = pd.DataFrame(
            {
                "text": texts,
                "stance": np.array(self.labels)[probabilities.argmax(axis=1)],
                "confidence": confidence.round(4),
                "abstain": confidence < self.about["params"]["score"]["min_confidence"],
            }
        )
        return pd.concat([scores, probability_table(probabilities, self.labels)], axis=1)

    def save(self, path: Path = MODEL) -> None:
        """Write `path` and the JSON beside it that holds its hash; same model, same bytes."""
        _forget_addresses(self.estimator)
        content = io.BytesIO()
        joblib.dump(self.estimator, content)
        with replacing(path) as file:
            file.write(content.getbuffer())
        digest = hashlib.sha256(content.getbuffer()).hexdigest()
        versions = {name: version(name) for name in LIBRARIES}
        versions["python"] = platform.python_version()
        write_json(
            path.with_suffix(".json"), {**self.about, "sha256": digest, "versions": versions}
        )

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
        about = _read_about(path.with_suffix(".json"))
        content = path.read_bytes()
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
            return cls(joblib.load(io.BytesIO(content)), about)


def _read_about(path: Path) -> dict[str, Any]:
    try:
        about = json.loads(read_text(path))
        if isinstance(about["versions"]["scikit-learn"], str) and isinstance(about["sha256"], str):
            return dict(about)
    except (json.JSONDecodeError, KeyError, TypeError):
        pass
    raise DataError(f"{path}: not the description of a model; train it again with `dvc repro`.")


def _forget_addresses(estimator: Pipeline) -> None:
    """Drop the memory addresses that vectorizers keep, which differ in every run."""
    for _, block, _ in estimator.named_steps["features"].transformers_:
        vars(block).pop("_stop_words_id", None)
