"""What the pages show: articles and their sentences with all that is known of them, and mistakes.

Nothing is computed here that a page would print as a number; rows are only joined, sorted and
picked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from pipeline.project.tables import SPEAKER, split_speakers
from pipeline.project.vocabulary import DEFAULT, PROTOCOLS, STRICTEST
from stance.model.columns import probability_column
from stance.statistics.difficulty import CONTRAST

# The columns of `reports/` that hold numbers, whatever the labels are called.
NUMERIC_COLUMNS = {
    "accuracy",
    "confidence",
    "coverage",
    "error",
    "high",
    "low",
    "macro_f1",
    "p_stance",
    "p_suggested",
    "sentences",
    "size",
    "threshold",
}
# The file that not every project has.
CORPUS_BASELINES = "corpus_baselines.json"
# A kind of sentence on fewer of them is no finding.
MIN_OF_KIND = 50


@dataclass(frozen=True)
class Prediction:
    """What one protocol made of a sentence."""

    protocol: str
    predicted: str
    probabilities: tuple[float, ...]


@dataclass(frozen=True)
class Sentence:
    """A sentence of an article with all that is known of it.

    Attributes
    ----------
    id, text, stance, status
        As `labelled.csv` has them; the stance is empty where there is none.
    speakers
        Who takes the position, in the words of the text; empty where the author does.
    votes
        `annotator`, `stance`, `confidence` and `rationale` of each.
    predictions
        The one that the text is marked by first; none where there is no stance.
    """

    id: str
    text: str
    stance: str
    status: str
    speakers: tuple[str, ...]
    votes: tuple[Mapping[str, str], ...]
    predictions: tuple[Prediction, ...]

    @property
    def anchor(self) -> str:
        """Return the name of its place on the page."""
        return anchor(self.id)

    @property
    def predicted(self) -> str:
        """Return the label that models which never saw the sentence gave it; empty if none did."""
        return self.predictions[0].predicted if self.predictions else ""


@dataclass(frozen=True)
class Article:
    """An article: its row in `articles.csv`, and its lines in order."""

    about: Mapping[str, str]
    lines: tuple[tuple[str, str, tuple[Sentence, ...]], ...]

    @property
    def sentences(self) -> list[Sentence]:
        """Return the sentences of all lines."""
        return [sentence for _, _, of_line in self.lines for sentence in of_line]


def table_rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a table."""
    return [{str(key): value for key, value in row.items()} for row in table.to_dict("records")]


def number_rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a table of `reports/`, all strings, with numbers as numbers."""
    numeric = [name for name in table if name in NUMERIC_COLUMNS]
    return table_rows(table.assign(**{name: pd.to_numeric(table[name]) for name in numeric}))


def anchor(id_: str) -> str:
    """Return the name that a sentence's place has on the page."""
    return "s-" + id_.replace(":", "-")


def build_sentences(
    labelled: pd.DataFrame, votes: pd.DataFrame, predictions: pd.DataFrame, labels: Sequence[str]
) -> dict[str, Sentence]:
    """Return the sentences by id.

    Parameters
    ----------
    labelled, votes, predictions
        As the stages wrote them, all strings.
    labels
        In the order of the probabilities.
    """
    columns = [probability_column(label) for label in labels]
    predicted: dict[str, list[Prediction]] = {}
    for row in table_rows(predictions):
        values = tuple(float(row[column]) for column in columns)
        found = Prediction(row["protocol"], row["predicted"], values)
        predicted.setdefault(row["id"], []).append(found)
    cast: dict[str, list[dict[str, Any]]] = {}
    for vote in table_rows(votes):
        cast.setdefault(vote["id"], []).append(vote)
    return {
        row["id"]: Sentence(
            id=row["id"],
            text=row["text"],
            stance=row["stance"],
            status=row["status"],
            speakers=tuple(split_speakers(row[SPEAKER])),
            votes=tuple(cast.get(row["id"], [])),
            predictions=tuple(predicted.get(row["id"], [])),
        )
        for row in table_rows(labelled)
    }


def build_articles(
    articles: pd.DataFrame,
    paragraphs: pd.DataFrame,
    labelled: pd.DataFrame,
    sentences: Mapping[str, Sentence],
) -> list[Article]:
    """Return each article with its lines: `kind`, `text`, and the sentences of a line of text."""
    of_paragraph: dict[tuple[str, int], list[Sentence]] = {}
    for row in table_rows(labelled):
        of_paragraph.setdefault((row["document"], row["paragraph"]), []).append(
            sentences[row["id"]]
        )
    lines: dict[str, list[tuple[str, str, tuple[Sentence, ...]]]] = {}
    for row in table_rows(paragraphs):
        of_line = of_paragraph.get((row["document"], row["paragraph"]), [])
        lines.setdefault(row["document"], []).append((row["kind"], row["text"], tuple(of_line)))
    return [Article(about, tuple(lines[about["document"]])) for about in table_rows(articles)]


def if_bound(corpus_baselines: Mapping[str, Any], present: Mapping[str, Any]) -> dict[str, Any]:
    """Return what `corpus_baselines.json` holds, without systems where they are of other files.

    Parameters
    ----------
    corpus_baselines
        `bound_to` and `systems`.
    present
        What systems measured now would be bound to.
    """
    holds = corpus_baselines["bound_to"] == present
    return {**corpus_baselines, "systems": corpus_baselines["systems"] if holds else {}}


def _corpus_systems(files: Mapping[str, Any]) -> dict[str, Any]:
    return dict(files.get(CORPUS_BASELINES, {}).get("systems", {}))


def scores_by_system(files: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the files of metrics and of baselines hold, by system and protocol."""
    return {**files["baselines.json"], **_corpus_systems(files), DEFAULT: files["metrics.json"]}


def place_of(files: Mapping[str, Any], system: str, protocol: str) -> list[str]:
    """Return where the scores of a system stand: the file, and the keys down to them."""
    if system == DEFAULT:
        return ["metrics.json", protocol]
    if system in _corpus_systems(files):
        return [CORPUS_BASELINES, "systems", system, protocol]
    return ["baselines.json", system, protocol]


def protocols_of(files: Mapping[str, Any]) -> list[str]:
    """Return the protocols that the project has, in the order of the vocabulary."""
    return [protocol for protocol in PROTOCOLS if protocol in files["metrics.json"]]


def judging_protocols(files: Mapping[str, Any]) -> list[str]:
    """Return the protocols by which every sentence is judged once, the strictest first."""
    judging = {score["protocol"] for score in files["analysis.json"]["kinds"]}
    return [protocol for protocol in STRICTEST if protocol in judging]


def sort_mistakes(
    mistakes: Sequence[Mapping[str, Any]], kinds: Sequence[str], count: int
) -> dict[str, list[int]]:
    """Return for each kind the rows of its most confident mistakes, none of them twice.

    A mistake of several kinds is shown under the first of them that has room.
    """
    shown: set[int] = set()
    found: dict[str, list[int]] = {}
    for kind in kinds:
        rows = [
            row
            for row, mistake in enumerate(mistakes)
            if row not in shown and kind in mistake["kinds"].split()
        ][:count]
        shown.update(rows)
        found[kind] = rows
    return found


def hardest_kind(scores: Sequence[Mapping[str, Any]], protocol: str) -> int | None:
    """Return the row of the kind with the lowest macro-F1 under a protocol, if there is one.

    The contrast is left out, whose macro-F1 is over other labels.
    """
    rows = [
        row
        for row, score in enumerate(scores)
        if score["protocol"] == protocol
        and score["kind"] != CONTRAST
        and score["sentences"] >= MIN_OF_KIND
    ]
    return min(rows, key=lambda row: scores[row]["macro_f1"]) if rows else None
