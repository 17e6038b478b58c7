"""Fine-tune the encoder on a corpus of its own, and export it for CPUs without PyTorch.

The composed corpus in `data/encoder` shares no document and no target with the data that the
classifier is trained and evaluated on. The real prose beside it is of sources that nothing is
measured on, but some of its sentences are about targets of the evaluation. The stage is frozen in
`dvc.yaml` and its outputs are in Git: nobody needs PyTorch, or the texts of real prose, who does
not want another encoder.
"""

import shutil

import pandas as pd

from pipeline.corpus.tables import read_real_events, read_real_votes, read_training_texts
from pipeline.encoder.base import float_vectors, keep_layers, load_base
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
    coding = ["key", "annotator", "vote"]
    annotations = read_annotations(ENCODER_ANNOTATIONS).assign(vote=lambda table: table["stance"])
    events = read_csv(ENCODER_EVENTS, ["sentence", "annotator", "event"])
    events = events.rename(columns={"sentence": "key", "event": "vote"})
    real = read_training_texts().rename(columns={"text": "key"})
    real_votes = real.merge(read_real_votes().rename(columns={"stance": "vote"}), on="id")[coding]
    real_events = real.merge(read_real_events().rename(columns={"event": "vote"}), on="id")[coding]
    of_stances = pd.concat([annotations[coding], real_votes])
    of_events = pd.concat([events[coding], real_events])
    shares = [
        vote_shares(of_stances, params.labels.all),
        vote_shares(of_events, sorted(of_events["vote"].unique())),
    ]
    texts = shares[0].index.to_series()
    general = float_vectors(
        model, tokenizer, texts.tolist(), bf16=params.finetune.precision == "bf16"
    )
    keep_layers(model, params.finetune.layers)
    finetune(model, tokenizer, texts.tolist(), shares, general, params.finetune)
    # Of that name, since what reads an encoder looks for it by its name.
    folder = ENCODER.parent / ".new" / ENCODER.name
    shutil.rmtree(folder.parent, ignore_errors=True)
    folder.mkdir(parents=True)
    shuffled = texts.sample(frac=1, random_state=params.finetune.seed).tolist()
    cosine = export(model, tokenizer, shuffled, folder)
    shutil.rmtree(ENCODER, ignore_errors=True)
    folder.rename(ENCODER)
    folder.parent.rmdir()
    report = corpus_report(annotations, events, real_votes, real_events)
    write_json(ENCODER_REPORT, {**report, "cosine_to_float": round(cosine, DIGITS)})


if __name__ == "__main__":
    exit_with("finetune", main)
