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
from pipeline.corpus.prose import read_beside
from pipeline.corpus.tables import PLACES_CSV, REAL_VOTES_CSV
from pipeline.corpus.vectors import REAL_VECTORS
from pipeline.evaluation.calibration import fit_calibration
from pipeline.evaluation.own import calibrate_own, own_texts, weigh_own
from pipeline.evaluation.systems import with_beside
from pipeline.project.params import read_params
from pipeline.project.tables import (
    EMBEDDINGS,
    LABELLED,
    PREDICTIONS,
    STATEMENTS,
    STATEMENTS_CSV,
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
    encoder_files = encoder_hashes(params.encode.encoder, MODELS)
    beside = read_beside("train", encoder_files, wanted=params.train.real_prose)
    stances = sentences["stance"].to_numpy(dtype=np.str_)
    frame = feature_frame(sentences["text"].tolist(), embeddings)
    own = own_texts(sentences, read_statements())
    weighed = weigh_own(own, frame, stances, params.train, params.labels.all, beside)
    rows = own.repeated(np.arange(len(frame)), weighed.weight)
    vectors, stances = with_beside(embeddings[rows], stances[rows], beside)
    # Of real prose there is no text, and no classifier that has vectors asks for it.
    texts = [*sentences["text"].iloc[rows], *[""] * (len(vectors) - len(rows))]
    estimator = build_estimator(params.train, embeddings.shape[1])
    # In single precision the fitted pipeline and its arrays would differ in late digits.
    estimator.fit(feature_frame(texts, vectors.astype(np.float64)), stances)
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
    learned_from = [LABELLED, EMBEDDINGS, PREDICTIONS]
    if beside is not None:
        learned_from += [PLACES_CSV, REAL_VOTES_CSV, REAL_VECTORS]
    if len(own.rows):
        learned_from.append(STATEMENTS_CSV)
    about = {
        "labels": params.labels.all,
        "encoder": params.encode.encoder,
        "encoder_files": encoder_files,
        "english": are_english(examples.texts),
        "params": params.model_dump(include={"labels", "segment", "encode", "train", "score"}),
        "sentences": len(sentences),
        "real_sentences": len(vectors) - len(rows),
        "estimator": hashlib.sha256(content).hexdigest(),
        "versions": {name: version(name) for name in LIBRARIES},
        "data": {path.as_posix(): sha256(path) for path in learned_from},
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
    of_prose = None if beside is None else of_length_one(beside.vectors)
    quantiles = distance_quantiles(known_vectors, groups, of_prose) if embeddings.shape[1] else None
    StanceModel(linear, about, calibration, examples, quantiles=quantiles).save()
    if calibration.promised.threshold is None:
        sys.stderr.write(f"train: {ABSTAINS_FROM_ALL}\n")
    else:
        sys.stderr.write(f"train: {calibration.kept}\n")


if __name__ == "__main__":
    exit_with("train", main)
