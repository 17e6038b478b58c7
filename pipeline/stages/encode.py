"""Encode every sentence once, so that neither training nor cross-validation encodes again."""

import io

import numpy as np

from pipeline.project.params import read_params
from pipeline.project.tables import EMBEDDINGS, SENTENCES, read_stage_csv
from stance.errors import exit_with
from stance.files import replacing
from stance.model.encoder import load_encoder
from stance.model.names import MODELS
from stance.model.store import FolderStore


def main() -> None:
    """Write `embeddings.npy`: float32, a row per sentence, in the order of `sentences.csv`."""
    params = read_params().encode
    encoder = load_encoder(params.encoder, params.hypotheses, FolderStore(MODELS))
    embeddings = encoder.encode(read_stage_csv(SENTENCES)["text"].tolist())
    content = io.BytesIO()
    np.save(content, embeddings, allow_pickle=False)
    with replacing(EMBEDDINGS) as file:
        file.write(content.getbuffer())


if __name__ == "__main__":
    exit_with("encode", main)
