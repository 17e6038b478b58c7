"""The tables of real prose: places, hashes and votes, from which no sentence can be read.

Other people's texts stay in other people's repositories. What stands here tells where a sentence
is, whether a text is that sentence, and what the coders called it.
"""

import hashlib
from pathlib import Path

import pandas as pd

from pipeline.project.frames import read_csv
from pipeline.project.tables import DATA
from stance.errors import DataError
from stance.files import fold

REAL = DATA / "real"
SOURCES_CSV = REAL / "sources.csv"
PLACES_CSV = REAL / "sentences.csv"
REAL_VOTES_CSV = REAL / "votes.csv"
REAL_EVENTS_CSV = REAL / "events.csv"
# Not in the repository: what `stance hydrate` finds.
TEXTS_CSV = REAL / "texts.csv"
DATASHEET = REAL / "README.md"

# What a source may be used for: anybody may learn from it, or it only measures.
TRAIN = "train"
MEASURE = "measure"
LIKELY = "likely"

SOURCE_COLUMNS = ["source", "use", "what", "repository", "commit", "rights"]
PLACE_COLUMNS = [
    "id",
    "source",
    "file",
    "document",
    "position",
    "start",
    "length",
    "mentions_group",
    "drawn",
    "year",
    "sha256",
]
VOTE_COLUMNS = ["id", "annotator", "stance"]
EVENT_COLUMNS = ["id", "annotator", "event"]


def text_hash(text: str) -> str:
    """Return what stands for a sentence: the SHA-256 of its folded text in UTF-8."""
    return hashlib.sha256(fold(text).encode("utf-8", "surrogatepass")).hexdigest()


def read_sources(path: Path = SOURCES_CSV) -> pd.DataFrame:
    """Return a row per source, with `SOURCE_COLUMNS`.

    Raises
    ------
    DataError
        If the file is missing or damaged, a source is named twice, or its use is not known.
    """
    sources = read_csv(path, SOURCE_COLUMNS)
    for line, row in sources[sources["source"].duplicated()].iterrows():
        raise DataError(f"{path}, line {line}: source {row['source']!r} is there twice.")
    for line, row in sources[~sources["use"].isin([TRAIN, MEASURE])].iterrows():
        raise DataError(
            f"{path}, line {line}: use {row['use']!r} is neither {TRAIN!r} nor {MEASURE!r}."
        )
    return sources


def read_places(path: Path = PLACES_CSV) -> pd.DataFrame:
    """Return a row per coded sentence, with `PLACE_COLUMNS`; start and length are numbers.

    Returns
    -------
    DataFrame; `start` and `length` are Int64, in characters, `start` missing where the source is
    not looked up again; `mentions_group` is bool; all other columns are str.

    Raises
    ------
    DataError
        If the file is missing or damaged.
    """
    places = read_csv(path, PLACE_COLUMNS)
    try:
        for column in ("start", "length"):
            places[column] = pd.to_numeric(places[column]).astype("Int64")
    except ValueError:
        raise DataError(f"{path}: start or length is no number; get the file again.") from None
    places["mentions_group"] = places["mentions_group"] == "true"
    return places


def read_coded_places() -> pd.DataFrame:
    """Return all coded sentences, as `read_places` does, with their `use`, in the order of ids.

    Raises
    ------
    DataError
        If there is no such table, or it is damaged.
    """
    places = read_places().merge(read_sources()[["source", "use"]], on="source")
    return places.sort_values("id").reset_index(drop=True)


def read_training_texts(path: Path = TEXTS_CSV) -> pd.DataFrame:
    """Return `id` and `text` of the real sentences that are learned from.

    Raises
    ------
    DataError
        If the texts are not there, one is not the sentence that the tables mean, or one is absent.
    """
    places = read_coded_places()
    places = places[places["use"] == TRAIN].set_index("id")
    if not path.is_file():
        raise DataError(
            f"{path}: the texts of the real sentences are not there; clone their repositories "
            f"(data/real/sources.csv) and run `stance hydrate CLONES --output {path}`."
        )
    texts = read_csv(path, ["id", "text"])
    texts = texts[texts["id"].isin(places.index)]
    for line, row in texts.iterrows():
        if text_hash(row["text"]) != places.loc[row["id"], "sha256"]:
            raise DataError(f"{path}, line {line}: another text than {PLACES_CSV} means; hydrate.")
    if absent := sorted(set(places.index) - set(texts["id"])):
        raise DataError(
            f"{path}: {len(absent):,} of {len(places):,} sentences are missing, {absent[0]} among "
            "them; hydrate again with clones of all repositories."
        )
    return texts.sort_values("id")[["id", "text"]].reset_index(drop=True)


def read_real_events(path: Path = REAL_EVENTS_CSV) -> pd.DataFrame:
    """Return a row per sentence whose event was coded, with `EVENT_COLUMNS`, all str.

    Raises
    ------
    DataError
        If the file is missing or damaged.
    """
    return read_csv(path, EVENT_COLUMNS)


def read_real_votes(path: Path = REAL_VOTES_CSV) -> pd.DataFrame:
    """Return a row per sentence and annotator, with `VOTE_COLUMNS`, all str.

    Raises
    ------
    DataError
        If the file is missing or damaged.
    """
    return read_csv(path, VOTE_COLUMNS)
