"""Keep the coded sentences of a folder of texts as places, hashes, votes and vectors.

For whoever maintains `data/real`: ``python -m pipeline.corpus.deposit FOLDER``, where the folder
has `train.csv` and `measure.csv`, both with their texts, and `votes.csv`. Nobody else needs the
texts; who wants those that may be passed on finds them again with `stance hydrate`.
"""

import argparse
from pathlib import Path

import pandas as pd

from pipeline.corpus.cleaning import detokenise
from pipeline.corpus.datasheet import write_datasheet
from pipeline.corpus.tables import (
    MEASURE,
    PLACE_COLUMNS,
    PLACES_CSV,
    REAL_VOTES_CSV,
    TRAIN,
    VOTE_COLUMNS,
    read_sources,
    text_hash,
)
from pipeline.corpus.vectors import write_real_vectors
from pipeline.project.frames import read_csv, write_csv
from stance.errors import DataError, exit_with
from stance.model.encoder import encoder_hashes, load_encoder
from stance.model.names import FINETUNED, MODELS
from stance.model.store import FolderStore

RAW = "raw"
# What is counted here where a file does not say it.
_COUNTED = ["start", "length"]
_LEAST_CODERS = 2


def read_texts(path: Path, use: str, sources: pd.DataFrame, coded: set[str]) -> pd.DataFrame:
    """Return the places of a file's coded sentences, with `PLACE_COLUMNS`.

    Raises
    ------
    DataError
        If a source is not of that use, a text does not have its hash, or one that is parted into
        words is not found in what it was made from.
    """
    table = read_csv(path, ["text", *(name for name in PLACE_COLUMNS if name not in _COUNTED)])
    table = table[table["id"].isin(coded)].copy()
    known = set(sources.loc[sources["use"] == use, "source"])
    for line, row in table.iterrows():
        if row["source"] not in known:
            raise DataError(f"{path}, line {line}: {row['source']!r} is no source to {use}.")
        if text_hash(row["text"]) != row["sha256"]:
            raise DataError(f"{path}, line {line}: the text does not have the hash beside it.")
    starts = []
    for line, row in table.iterrows():
        start = row.get("start", "")
        if row.get(RAW):
            start = str(detokenise(row[RAW]).find(row["text"]))
        if start == "-1":
            raise DataError(f"{path}, line {line}: the text is not found in its column 'raw'.")
        starts.append(start)
    table["start"] = starts
    table["length"] = table["text"].str.len().astype("str")
    return table[PLACE_COLUMNS]


def deposit(folder: Path) -> None:
    """Write the tables, the vectors and the counts of `data/real` from a folder of texts.

    Raises
    ------
    DataError
        As `read_texts`; or if a vote is on a sentence that is not there, or a sentence is coded
        by one annotator only.
    """
    sources = read_sources()
    votes = read_csv(folder / "votes.csv", VOTE_COLUMNS)[VOTE_COLUMNS]
    coded = set(votes["id"])
    places = pd.concat(
        read_texts(folder / f"{use}.csv", use, sources, coded) for use in (TRAIN, MEASURE)
    )
    if absent := sorted(coded - set(places["id"])):
        raise DataError(f"{folder / 'votes.csv'}: {absent[0]!r} is in neither of the files.")
    annotators = votes.groupby("id")["annotator"].agg(sorted)
    for name, those in annotators[annotators.map(len) < _LEAST_CODERS].items():
        raise DataError(f"{folder / 'votes.csv'}: {name!r} is coded by {', '.join(those)} only.")
    write_csv(PLACES_CSV, places.sort_values("id"))
    write_csv(REAL_VOTES_CSV, votes.sort_values(["id", "annotator"]))
    texts = pd.concat(
        read_csv(folder / f"{use}.csv", ["id", "text"])[["id", "text"]] for use in (TRAIN, MEASURE)
    )
    texts = texts[texts["id"].isin(coded)].sort_values("id")
    encoder = load_encoder(FINETUNED, store=FolderStore(MODELS))
    vectors = encoder.encode(texts["text"].tolist())
    write_real_vectors(texts["id"].tolist(), vectors, encoder_hashes(FINETUNED, MODELS))
    write_datasheet()


def main() -> None:
    """Read the folder that the command line names."""
    parser = argparse.ArgumentParser(
        prog="python -m pipeline.corpus.deposit",
        description="Keep the coded sentences of a folder of texts as places, hashes and votes.",
    )
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="where the texts are")
    options = parser.parse_args()
    exit_with("deposit", lambda: deposit(options.folder))


if __name__ == "__main__":
    main()
