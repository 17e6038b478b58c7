"""Fine-tune the encoder on a corpus of its own, and export it for CPUs without PyTorch.

The corpus in `data/encoder` shares no document and no target with the data that the classifier is
trained and evaluated on, so one encoder serves every protocol honestly. The stage is frozen in
`dvc.yaml` and its outputs are in Git: nobody needs PyTorch who does not want another encoder.
"""

import shutil

from pipeline.encoder.base import load_base
from pipeline.encoder.corpus import corpus_report, vote_shares
from pipeline.encoder.export import export
from pipeline.encoder.finetune import finetune
from pipeline.project.frames import read_csv
from pipeline.project.params import read_params
from pipeline.project.tables import (
    ENCODER_ANNOTATIONS,
    ENCODER_EVENTS,
    ENCODER_REPORT,
    read_annotations,
)
from stance.errors import DataError, exit_with
from stance.files import write_json
from stance.model.names import ENCODER
from stance.statistics.rounding import DIGITS


def main() -> None:
    """Write the encoder's `model.onnx` and `tokenizer.json`, and `reports/encoder.json`."""
    params = read_params()
    if params.finetune is None:
        raise DataError("params.yaml has no section `finetune`; take it from the project's own.")
    model, tokenizer = load_base(params.finetune)
    annotations = read_annotations(ENCODER_ANNOTATIONS).assign(vote=lambda table: table["stance"])
    events = read_csv(ENCODER_EVENTS, ["sentence", "annotator", "event"])
    events = events.assign(key=events["sentence"], vote=events["event"])
    shares = [
        vote_shares(annotations, params.labels.all),
        vote_shares(events, sorted(events["event"].unique())),
    ]
    texts = shares[0].index.to_series()
    finetune(model, tokenizer, texts.tolist(), shares, params.finetune)
    folder = ENCODER.with_name(".encoder.new")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    shuffled = texts.sample(frac=1, random_state=params.finetune.seed).tolist()
    cosine = export(model, tokenizer, shuffled, folder)
    shutil.rmtree(ENCODER, ignore_errors=True)
    folder.rename(ENCODER)
    report = corpus_report(annotations, events)
    write_json(ENCODER_REPORT, {**report, "cosine_to_float": round(cosine, DIGITS)})


if __name__ == "__main__":
    exit_with("finetune", main)
