"""Fit the classifier on every labelled sentence and save it with what it was made of."""

from pipeline.data.files import sha256
from pipeline.data.params import read_params
from pipeline.data.tables import EMBEDDINGS, LABELLED, read_embeddings, read_labelled
from pipeline.errors import DataError, exit_with
from pipeline.model.encoder import encoder_hashes
from pipeline.model.estimator import build_estimator, feature_frame
from pipeline.model.stance_model import StanceModel


def main() -> None:
    """Write `stance.joblib` and `stance.json`."""
    params = read_params()
    sentences = read_labelled()
    frame = feature_frame(sentences["text"].tolist(), read_embeddings(len(sentences)))
    known = sentences["stance"] != ""
    for label in params.labels.all:
        if label not in set(sentences["stance"]):
            raise DataError(f"{LABELLED}: no sentence is labelled {label!r}; annotate some.")
    estimator = build_estimator(params.train, frame.shape[1] - 1)
    estimator.fit(frame[known], sentences["stance"][known])
    about = {
        "labels": params.labels.all,
        "encoder": params.encode.encoder,
        "encoder_files": encoder_hashes(params.encode.encoder),
        "params": params.model_dump(include={"labels", "encode", "train", "score"}),
        "sentences": int(known.sum()),
        "data": {path.as_posix(): sha256(path) for path in (LABELLED, EMBEDDINGS)},
    }
    StanceModel(estimator, about).save()


if __name__ == "__main__":
    exit_with("train", main)
