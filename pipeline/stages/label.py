"""Turn the annotators' votes into one stance per sentence, and say how far they agree."""

from pipeline.annotation.codebooks import count_codebooks
from pipeline.annotation.labels import check_referees, labels_from_votes, name_speakers
from pipeline.project.annotations import check_annotations, join_votes
from pipeline.project.frames import write_csv
from pipeline.project.params import read_params
from pipeline.project.tables import (
    AGREEMENT,
    CODEBOOK,
    LABELLED,
    SENTENCES,
    SPEAKER,
    VOTES,
    codebook_hash,
    read_annotations,
    read_annotators,
    read_stage_csv,
)
from stance.errors import exit_with
from stance.files import write_json

LABELLED_COLUMNS = [
    *["id", "document", "paragraph", "position", "text", "stance", "status", "annotators"],
    *["origin", "holder", "target", SPEAKER],
]
VOTE_COLUMNS = ["id", "annotator", "stance", "confidence", "rationale"]


def main() -> None:
    """Write `labelled.csv`, `votes.csv` and `agreement.json`."""
    params = read_params()
    annotators = read_annotators()
    check_referees(params.label.referees, annotators)
    sentences = read_stage_csv(SENTENCES)
    annotations = read_annotations()
    check_annotations(annotations, sentences, params.labels.all, annotators)
    votes = join_votes(sentences, annotations)
    labelled, agreement = labels_from_votes(sentences, votes, params.labels.all, params.label)
    agreement["codebooks"] = count_codebooks(votes, codebook_hash(CODEBOOK))
    labelled[SPEAKER] = name_speakers(labelled, annotations)
    write_csv(LABELLED, labelled[LABELLED_COLUMNS])
    write_csv(VOTES, votes[VOTE_COLUMNS])
    write_json(AGREEMENT, agreement)


if __name__ == "__main__":
    exit_with("label", main)
