"""Fit the classifier on every labelled sentence, calibrate it, and save it with what it is made of.

Calibration needs sentences that a classifier has not seen, and this one has seen all of them: the
temperature and the threshold come from the out-of-fold predictions of `evaluate`.
"""

import hashlib
import sys
from importlib.metadata import version

import numpy as np

from pipeline.classifier.estimator import build_estimator, feature_frame
from pipeline.classifier.export import known_words, linear_arrays, to_joblib
from pipeline.evaluation.calibration import fit_calibration
from pipeline.evaluation.own import calibrate_own, own_texts, weigh_own
from pipeline.project.params import read_params
from pipeline.project.tables import (
    EMBEDDINGS,
    LABELLED,
    PREDICTIONS,
    STATEMENTS,
    labelled_only,
    read_embeddings,
    read_labelled,
    read_stage_csv,
    read_statements,
)
from stance.errors import DataError, exit_with
from stance.files import replacing, sha256
from stance.model.calibration import ABSTAINS_FROM_ALL
from stance.model.encoder import encoder_hashes
from stance.model.examples import Examples
from stance.model.names import ESTIMATOR, MODELS
from stance.model.novelty import distance_quantiles, of_length_one
from stance.model.stance_model import StanceModel
from stance.model.statements import are_english

LIBRARIES = ["joblib", "numpy", "onnxruntime", "pandas", "scikit-learn", "scipy", "tokenizers"]


def main() -> None:
    """Write `stance.joblib` for scikit-learn, and `stance.json` and `stance.npz`, which score."""
    params = read_params()
    sentences = read_labelled()
    sentences, embeddings = labelled_only(sentences, read_embeddings(len(sentences)))
    there = set(sentences["stance"])
    if missing := [repr(label) for label in params.labels.all if label not in there]:
        raise DataError(
            f"{LABELLED}: no sentence is labelled {' or '.join(missing)}; annotate some."
        )
    frame = feature_frame(sentences["text"].tolist(), embeddings)
    own = own_texts(sentences, read_statements())
    stances = sentences["stance"].to_numpy(dtype=np.str_)
    weighed = weigh_own(own, frame, stances, params.train, params.labels.all)
    rows = own.repeated(np.arange(len(frame)), weighed.weight)
    estimator = build_estimator(params.train, embeddings.shape[1])
    estimator.fit(frame.iloc[rows], sentences["stance"].iloc[rows])
    predictions = read_stage_csv(PREDICTIONS)
    calibration = fit_calibration(predictions, params.labels.all, params.score.max_error)
    calibration = calibrate_own(weighed, calibration)
    examples = Examples.of(
        sentences["text"].tolist(),
        sentences["stance"].tolist(),
        sentences["document"].tolist(),
        embeddings,
    )
    content = to_joblib(estimator)
    about = {
        "labels": params.labels.all,
        "encoder": params.encode.encoder,
        "encoder_files": encoder_hashes(params.encode.encoder, MODELS),
        "english": are_english(examples.texts),
        "params": params.model_dump(include={"labels", "segment", "encode", "train", "score"}),
        "sentences": len(sentences),
        "estimator": hashlib.sha256(content).hexdigest(),
        "versions": {name: version(name) for name in LIBRARIES},
        "data": {path.as_posix(): sha256(path) for path in (LABELLED, EMBEDDINGS, PREDICTIONS)},
    }
    if len(own.rows):
        about["own"] = {
            "sentences": len(own.rows),
            "weight": weighed.weight,
            "log_loss": {str(weight): loss for weight, loss in weighed.losses.items()},
        }
        sys.stderr.write(
            f"train: {len(own.rows)} adopted texts count {weighed.weight} times each; temperature "
            f"and threshold are those of {calibration.protocol}.\n"
        )
    with replacing(ESTIMATOR) as file:
        file.write(content)
    known = known_words(examples.texts, params.train.min_df)
    linear = linear_arrays(estimator, params.labels.all, known)
    alone = sentences["document"] == STATEMENTS
    groups = sentences["document"].where(~alone, sentences["id"]).to_numpy(dtype=np.str_)
    known_vectors = of_length_one(examples.embeddings)
    quantiles = distance_quantiles(known_vectors, groups) if embeddings.shape[1] else None
    StanceModel(linear, about, calibration, examples, quantiles=quantiles).save()
    if calibration.promised.threshold is None:
        sys.stderr.write(f"train: {ABSTAINS_FROM_ALL}\n")


if __name__ == "__main__":
    exit_with("train", main)
