"""Every table of the project: where it lies, which columns it has, how it is read and checked.

Tables that people write (articles, statements, annotations) are checked row by row, and errors
name the line; tables that stages write are trusted, since DVC knows their hashes.
"""

import hashlib
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.project.frames import read_csv
from pipeline.project.vocabulary import COMPOSED, ORIGINS, PUBLISHED
from stance.errors import DataError
from stance.files import fold, read_text
from stance.text.paragraphs import paragraph_table

DATA = Path("data")
ARTICLES = DATA / "articles"
ARTICLES_CSV = DATA / "articles.csv"
STATEMENTS_CSV = DATA / "statements.csv"
ANNOTATORS_CSV = DATA / "annotators.csv"
ANNOTATIONS = DATA / "annotations"
CODEBOOK = DATA / "codebook.md"
LIMITS = DATA / "limits.md"
PARAGRAPHS = DATA / "paragraphs.csv"
SENTENCES = DATA / "sentences.csv"
LABELLED = DATA / "labelled.csv"
VOTES = DATA / "votes.csv"
EMBEDDINGS = DATA / "embeddings.npy"
ENCODER_ANNOTATIONS = DATA / "encoder/annotations"
ENCODER_EVENTS = DATA / "encoder/events.csv"
REPORTS = Path("reports")
AGREEMENT = REPORTS / "agreement.json"
ENCODER_REPORT = REPORTS / "encoder.json"
METRICS = REPORTS / "metrics.json"
HEADLINES = REPORTS / "metrics"
BASELINES = REPORTS / "baselines.json"
CORPUS_BASELINES = REPORTS / "corpus_baselines.json"
PREDICTIONS = REPORTS / "predictions.csv"
CALIBRATION = REPORTS / "calibration.json"
PLOTS = REPORTS / "plots"
RELIABILITY = PLOTS / "reliability.csv"
RISK_COVERAGE = PLOTS / "risk_coverage.csv"
ANALYSIS = REPORTS / "analysis.json"
LEARNING_CURVE = REPORTS / "learning_curve.csv"
MISTAKES = REPORTS / "mistakes.csv"
DOUBTED = REPORTS / "doubted.csv"

STATEMENTS = "statements"
# The stages have it from here.

ARTICLE_COLUMNS = ["document", "origin", "title", "author", "publisher", "date", "holder", "target"]
STATEMENT_COLUMNS = ["sentence", "holder", "target"]
# Statements that come from an audit have, besides, which sample they are of, and the probability
# with which they were drawn.
ADOPTED, DRAWN = "audit", "drawn"
ANNOTATION_COLUMNS = ["sentence", "annotator", "stance", "confidence", "rationale"]
# A file of annotations may have them: who, in the text, the sentence lets speak; and under which
# codebook the vote was given, as `codebook_hash` has it (empty where nobody knows).
SPEAKER = "speaker"
UNDER = "codebook"
OPTIONAL_COLUMNS = [SPEAKER, UNDER]
ANNOTATOR_COLUMNS = ["annotator", "kind", "coded"]

INTEGERS = {"paragraph": int, "position": int, "line": int}


def read_articles(folder: Path = ARTICLES, table: Path = ARTICLES_CSV) -> pd.DataFrame:
    """Return `articles.csv`, one row per document, checked against the folder of texts.

    Raises
    ------
    DataError
        If an article has no row or a row no article, a document is named twice or like the
        statements, or an origin is neither `published` nor `composed`.
    """
    articles = read_csv(table, ARTICLE_COLUMNS)
    for line, row in articles.iterrows():
        if row["origin"] not in ORIGINS:
            raise DataError(
                f"{table}, line {line}: origin {row['origin']!r} must be {PUBLISHED} or {COMPOSED}."
            )
        if row["document"] == STATEMENTS:
            raise DataError(
                f"{table}, line {line}: {STATEMENTS!r} names the single statements; "
                "call the article something else."
            )
        if not (folder / f"{row['document']}.txt").is_file():
            raise DataError(
                f"{table}, line {line}: there is no {folder}/{row['document']}.txt; "
                "add the article or remove the row."
            )
    if twice := articles["document"][articles["document"].duplicated()].tolist():
        raise DataError(f"{table}: document {twice[0]!r} is there twice; remove one of the rows.")
    listed = set(articles["document"])
    for path in sorted(folder.glob("*.txt")):
        if path.stem not in listed:
            raise DataError(
                f"{path}: {table} has no row for {path.stem!r}; add one, or the article again."
            )
    return articles


def read_paragraphs(document: str, folder: Path = ARTICLES) -> pd.DataFrame:
    """Return an article's lines that are not blank: `line` (from 1) and `text`, white space folded.

    Raises
    ------
    DataError
        If the article is empty, not there, or not UTF-8.
    """
    path = folder / f"{document}.txt"
    paragraphs = paragraph_table(read_text(path))
    if paragraphs.empty:
        raise DataError(f"{path}: the article is empty; add its text or remove its row and file.")
    return paragraphs


def read_statements(path: Path = STATEMENTS_CSV) -> pd.DataFrame:
    """Return the single statements: sentence, holder, target; indexed by line.

    Raises
    ------
    DataError
        If a column is missing or a sentence is empty.
    """
    statements = read_csv(path, STATEMENT_COLUMNS)
    for line, sentence in statements["sentence"].items():
        if not fold(sentence):
            raise DataError(f"{path}, line {line}: the sentence is empty; fill or remove the row.")
    return statements


def read_annotations(folder: Path = ANNOTATIONS) -> pd.DataFrame:
    """Return the annotations of all documents, as written, sorted by document.

    Returns
    -------
    DataFrame with `document`, `file`, `line`, the annotation columns, `speaker` and `codebook`
    (str; empty where a file has no such column), and `key`, the sentence with its white space
    folded.
    """
    tables = [
        read_csv(path, ANNOTATION_COLUMNS)
        .reindex(columns=[*ANNOTATION_COLUMNS, *OPTIONAL_COLUMNS], fill_value="")
        .reset_index()
        .assign(document=path.stem, file=str(path))
        for path in sorted(folder.glob("*.csv"))
    ]
    if not tables:
        raise DataError(f"{folder}: there are no annotations; add <document>.csv for a document.")
    annotations = pd.concat(tables, ignore_index=True)
    return annotations.assign(key=annotations["sentence"].map(fold))


def codebook_hash(path: Path = CODEBOOK) -> str:
    """Return twelve hexadecimal digits of the codebook's SHA-256, "" if there is no codebook.

    White space is folded: lines that are broken elsewhere make no other codebook.
    """
    if not path.is_file():
        return ""
    return hashlib.sha256(fold(read_text(path)).encode()).hexdigest()[:12]


def split_speakers(cell: str) -> list[str]:
    """Return the single speakers of a cell; semicolons part them."""
    return [name for part in cell.split(";") if (name := part.strip())]


def read_annotators(path: Path = ANNOTATORS_CSV) -> list[str]:
    """Return the names of the annotators."""
    return read_csv(path, ANNOTATOR_COLUMNS)["annotator"].tolist()


def read_stage_csv(path: Path) -> pd.DataFrame:
    """Return a table that a stage wrote: text as str, positions as int64."""
    table = read_csv(path).reset_index(drop=True)
    return table.astype({name: kind for name, kind in INTEGERS.items() if name in table})


def read_labelled() -> pd.DataFrame:
    """Return the labelled sentences, in the order of the embeddings."""
    return read_stage_csv(LABELLED)


def read_embeddings(sentences: int) -> NDArray[np.float32]:
    """Return the embeddings, float32 of shape (sentences, dimensions); no columns without encoder.

    Raises
    ------
    DataError
        If there is not one row per sentence.
    """
    embeddings: NDArray[np.float32] = np.load(EMBEDDINGS, allow_pickle=False)
    if len(embeddings) != sentences:
        raise DataError(
            f"{EMBEDDINGS}: {len(embeddings)} rows for {sentences} sentences; run `dvc repro`."
        )
    return embeddings


def labelled_only(
    sentences: pd.DataFrame, embeddings: NDArray[np.float32]
) -> tuple[pd.DataFrame, NDArray[np.float32]]:
    """Return the sentences that have a label, numbered anew, and their embeddings."""
    known = (sentences["stance"] != "").to_numpy()
    return sentences[known].reset_index(drop=True), embeddings[known]
