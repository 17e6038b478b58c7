"""Answer four questions about the classifier, beside the baselines and the annotators.

`unseen_source`: what happens on real prose of kinds that nothing here has learned from? `article`:
how well is the published article labelled, given the rest of it? `unseen_article`: what happens
with the next article? `unseen_target`: what happens with another armed group? A question that the
sentences cannot answer is left out, and standard error says why.
"""

import sys

import numpy as np

from pipeline.classifier.estimator import feature_frame
from pipeline.corpus.prose import read_beside, read_real_prose
from pipeline.corpus.tables import MEASURE, REAL
from pipeline.evaluation.calibration import calibrate
from pipeline.evaluation.folds import protocol_folds
from pipeline.evaluation.measures import headline, plot_tables, protocol_metrics
from pipeline.evaluation.own import own_texts, weigh_own, with_own_weight
from pipeline.evaluation.predictions import beside_annotators, predict_protocols
from pipeline.evaluation.unseen_source import first_of_all, predict_sources
from pipeline.project.frames import write_csv
from pipeline.project.params import read_params
from pipeline.project.tables import (
    BASELINES,
    CALIBRATION,
    HEADLINES,
    METRICS,
    PLOTS,
    PREDICTIONS,
    VOTES,
    labelled_only,
    read_embeddings,
    read_labelled,
    read_stage_csv,
    read_statements,
)
from pipeline.project.vocabulary import ANNOTATORS, DEFAULT, LEFT_OUT, UNSEEN_SOURCE
from stance.errors import DataError, exit_with
from stance.files import write_json
from stance.model.encoder import encoder_hashes
from stance.model.names import MODELS


def main() -> None:
    """Write the metrics, the baselines, the calibration, the predictions and the plots' tables."""
    params = read_params()
    labels = params.labels
    sentences = read_labelled()
    sentences, embeddings = labelled_only(sentences, read_embeddings(len(sentences)))
    protocols, left_out = protocol_folds(sentences, params.evaluate, labels.all)
    encoder_files = encoder_hashes(params.encode.encoder, MODELS)
    beside = read_beside("evaluate", encoder_files, wanted=params.train.real_prose)
    stances = sentences["stance"].to_numpy(dtype=np.str_)
    own = own_texts(sentences, read_statements())
    frame = feature_frame(sentences["text"].tolist(), embeddings)
    weight = weigh_own(own, frame, stances, params.train, labels.all, beside).weight
    protocols = with_own_weight(protocols, own, weight)
    predictions = predict_protocols(
        sentences, embeddings, protocols, params.train, labels.all, beside
    )
    votes = read_stage_csv(VOTES)
    predictions[ANNOTATORS] = beside_annotators(predictions[DEFAULT], votes, params.label.referees)
    try:
        real = read_real_prose(encoder_files, MEASURE)
        rows = own.repeated(np.arange(len(sentences)), weight)
        of_real = predict_sources(
            real, embeddings[rows], stances[rows], params.train, labels.all, beside
        )
        predictions = first_of_all(of_real, predictions)
    except DataError as error:
        # Another codebook has no real prose of its own here, and misses nothing.
        left_out |= {UNSEEN_SOURCE: str(error)} if REAL.is_dir() else {}
    default, calibration = calibrate(predictions[DEFAULT], labels.all)
    baselines = {
        system: protocol_metrics(table, sentences, labels, params.evaluate)
        for system, table in predictions.items()
    }
    metrics = baselines.pop(DEFAULT)
    if UNSEEN_SOURCE in metrics:
        metrics[UNSEEN_SOURCE]["differing"] = real.differing
    write_csv(PREDICTIONS, default)
    for name, table in plot_tables(default, metrics, labels).items():
        write_csv(PLOTS / f"{name}.csv", table)
    write_json(BASELINES, baselines)
    for protocol, of_protocol in metrics.items():
        write_json(HEADLINES / f"{protocol}.json", headline(of_protocol, labels.stances))
    write_json(CALIBRATION, calibration)
    write_json(METRICS, {**metrics, LEFT_OUT: left_out} if left_out else metrics)
    for protocol, reason in left_out.items():
        sys.stderr.write(f"evaluate: {protocol} is left out. {reason}\n")


if __name__ == "__main__":
    exit_with("evaluate", main)
