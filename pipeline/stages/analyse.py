"""Ask where the classifier fails, which labels it doubts, and what more data would bring.

Nothing here changes a label or a model. Mistakes and doubts come from the predictions of
`evaluate`, for articles and targets never seen where the project has them, so that every sentence
is judged by models that knew neither it nor its kin.
"""

from pipeline.classifier.estimator import feature_frame
from pipeline.evaluation.doubts import doubt_table, summarise_doubts
from pipeline.evaluation.kinds import check_contrast, score_kinds
from pipeline.evaluation.learning_curve import (
    Design,
    curve_table,
    learning_curves,
    summarise_curves,
)
from pipeline.evaluation.mistakes import mistake_table
from pipeline.evaluation.phrases import strongest_phrases
from pipeline.evaluation.predictions import judged_predictions, with_confidence
from pipeline.evaluation.summary import (
    annotator_confusion,
    count_sentences,
    count_speakers,
    summarise_predictions,
)
from pipeline.evaluation.whole_fit import fit_whole
from pipeline.project.frames import write_csv
from pipeline.project.params import read_params
from pipeline.project.tables import (
    ANALYSIS,
    DOUBTED,
    LEARNING_CURVE,
    MISTAKES,
    PREDICTIONS,
    STATEMENTS,
    VOTES,
    labelled_only,
    read_embeddings,
    read_labelled,
    read_stage_csv,
)
from stance.errors import exit_with
from stance.files import write_json


def main() -> None:
    """Write `analysis.json`, `learning_curve.csv`, `mistakes.csv` and `doubted.csv`."""
    params = read_params()
    labels, contrast = params.labels, params.analyse.contrast
    check_contrast(contrast, labels.stances)
    sentences = read_labelled()
    sentences, embeddings = labelled_only(sentences, read_embeddings(len(sentences)))
    predictions = with_confidence(read_stage_csv(PREDICTIONS), labels.all)
    votes = read_stage_csv(VOTES)
    # What is looked into is text, and of real prose there is none here.
    held_out = judged_predictions(predictions).merge(sentences[["id", "status"]], on="id")
    frame = feature_frame(sentences["text"].tolist(), embeddings)
    whole = fit_whole(frame, sentences["stance"], params.train, labels.all)
    design = Design.of(params.analyse, params.evaluate)
    curves = learning_curves(frame, sentences, STATEMENTS, params.train, labels, design)
    doubts = doubt_table(held_out, labels.all)
    analysis = {
        **summarise_predictions(predictions, labels.all),
        **summarise_curves(curves, sentences["document"], STATEMENTS),
        "annotators": annotator_confusion(votes, params.label.referees, labels.all),
        "doubts": summarise_doubts(held_out, doubts, labels.all),
        "kinds": score_kinds(held_out, contrast, labels, params.evaluate),
        "phrases": strongest_phrases(
            whole.phrases, whole.phrase_vectors, whole.phrase_weights, sentences, labels.all
        ),
        "sentences": count_sentences(sentences),
        "speakers": count_speakers(sentences, labels.all),
    }
    write_csv(LEARNING_CURVE, curve_table(curves))
    write_csv(MISTAKES, mistake_table(held_out, sentences, whole.vectors, whole.blocks, contrast))
    write_csv(DOUBTED, doubts)
    write_json(ANALYSIS, analysis)


if __name__ == "__main__":
    exit_with("analyse", main)
