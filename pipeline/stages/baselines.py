"""Measure what the encoder's corpus is worth without the classifier, and without its labels.

TF-IDF that has read the corpus, too, and nearest neighbours in it stand beside the classifier, so
that a reader sees how much of a figure comes from a user's own annotations. That takes minutes, so
the stage is frozen in `dvc.yaml` and its output is in Git; `report` shows it where it still holds.
"""

import sys

import numpy as np

from pipeline.corpus.bound import bound_to
from pipeline.corpus.prose import read_beside, read_real_prose
from pipeline.corpus.tables import MEASURE
from pipeline.encoder.corpus import vote_shares
from pipeline.evaluation.corpus_baselines import (
    decided,
    neighbour_votes,
    tfidf_with_corpus,
    under_protocols,
)
from pipeline.evaluation.folds import protocol_folds
from pipeline.evaluation.measures import protocol_metrics
from pipeline.evaluation.predictions import prediction_table
from pipeline.evaluation.unseen_source import first_of_all, source_table
from pipeline.project.params import PARAMS, read_params
from pipeline.project.tables import (
    CORPUS_BASELINES,
    ENCODER_ANNOTATIONS,
    labelled_only,
    read_annotations,
    read_embeddings,
    read_labelled,
)
from pipeline.project.vocabulary import NEIGHBOURS, TFIDF_CORPUS, UNSEEN_SOURCE
from stance.errors import DataError, exit_with
from stance.files import write_json
from stance.model.encoder import encoder_hashes, load_encoder
from stance.model.names import MODELS, NO_ENCODER
from stance.model.store import FolderStore


def main() -> None:
    """Write `reports/corpus_baselines.json`."""
    params = read_params()
    labels, encode = params.labels, params.encode
    if encode.encoder == NO_ENCODER:
        raise DataError(f"{PARAMS}: encode.encoder is none, and nothing has neighbours; name one.")
    files = encoder_hashes(encode.encoder, MODELS)
    annotations = read_annotations(ENCODER_ANNOTATIONS).assign(vote=lambda table: table["stance"])
    shares = vote_shares(annotations, labels.all)
    sentences = read_labelled()
    sentences, embeddings = labelled_only(sentences, read_embeddings(len(sentences)))
    protocols, _ = protocol_folds(sentences, params.evaluate, labels.all)
    encoder = load_encoder(encode.encoder, encode.hypotheses, FolderStore(MODELS))
    asked = encoder.encode(shares.index.tolist()), shares.to_numpy()
    if (learned := read_beside("baselines", files, wanted=params.train.real_prose)) is not None:
        of_labels = learned.sentences["stance"].to_numpy()[:, None] == np.array(labels.all)
        asked = (
            np.vstack([asked[0], learned.vectors]),
            np.vstack([asked[1], of_labels.astype(float)]),
        )
    of_neighbours = under_protocols(neighbour_votes(embeddings, *asked), protocols)
    of_tfidf = tfidf_with_corpus(sentences, decided(shares), protocols, params.train, labels.all)
    found = {TFIDF_CORPUS: of_tfidf, NEIGHBOURS: of_neighbours}
    tables = {name: prediction_table(sentences, one, labels.all) for name, one in found.items()}
    try:
        real = read_real_prose(files, MEASURE)
        values = neighbour_votes(real.vectors, *asked)
        tables = first_of_all({NEIGHBOURS: source_table(real, values, labels.all)}, tables)
    except DataError as error:
        sys.stderr.write(f"baselines: {UNSEEN_SOURCE} is left out. {error}\n")
    systems = {
        name: protocol_metrics(table, sentences, labels, params.evaluate)
        for name, table in tables.items()
    }
    write_json(CORPUS_BASELINES, {"bound_to": bound_to(encode.encoder, files), "systems": systems})


if __name__ == "__main__":
    exit_with("baselines", main)
