"""Answer three questions about the classifier, beside the baselines and the annotators.

`article`: how well is the published article labelled, given the rest of it? `unseen_article`: what
happens with the next article? `unseen_target`: what happens with another armed group? A question
that the sentences cannot answer is left out, and standard error says why.
"""

import sys

from pipeline.evaluation.calibration import calibrate
from pipeline.evaluation.folds import protocol_folds
from pipeline.evaluation.measures import headline, plot_tables, protocol_metrics
from pipeline.evaluation.predictions import beside_annotators, predict_protocols
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
)
from pipeline.project.vocabulary import ANNOTATORS, DEFAULT, LEFT_OUT
from stance.errors import exit_with
from stance.files import write_json


def main() -> None:
    """Write the metrics, the baselines, the calibration, the predictions and the plots' tables."""
    params = read_params()
    labels = params.labels
    sentences = read_labelled()
    sentences, embeddings = labelled_only(sentences, read_embeddings(len(sentences)))
    protocols, left_out = protocol_folds(sentences, params.evaluate)
    predictions = predict_protocols(sentences, embeddings, protocols, params.train, labels.all)
    default, calibration = calibrate(predictions[DEFAULT], labels.all)
    votes = read_stage_csv(VOTES)
    predictions[ANNOTATORS] = beside_annotators(default, votes, params.label.referees)
    baselines = {
        system: protocol_metrics(table, sentences, labels, params.evaluate)
        for system, table in predictions.items()
    }
    metrics = baselines.pop(DEFAULT)
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
