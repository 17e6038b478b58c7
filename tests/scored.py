"""Scored files as `stance score` writes them, of rows that a test makes up."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from stance.model.columns import probability_column

LABELS = ["contact-only", "dialogue", "hostile", "none"]
SCORES = ["stance", "confidence", "abstain", *map(probability_column, LABELS), "reason"]
WORDS = "envoy talks Doha citizens group banned captives ministry Kabul border aid Zürich"

Row = dict[str, str]


def scores(stance: str = "none", sure: float = 0.7, reason: str = "") -> Row:
    """Return what the model may have said of a text."""
    other = f"{(1 - sure) / 3:.4f}"
    shares = {
        probability_column(label): f"{sure:.4f}" if label == stance else other for label in LABELS
    }
    return {
        "stance": stance,
        "confidence": f"{sure:.4f}",
        "abstain": str(bool(reason)),
        **shares,
        "reason": reason,
    }


def row(text: str, own: Mapping[str, str] | None = None, said: Row | None = None) -> Row:
    """Return a row of a text with cells of its own, and what the model has said of it."""
    return {"text": text, **(own or {}), **(said or scores())}


def some_rows(count: int, seed: int = 0) -> list[Row]:
    """Return rows of an outlet and a day each, with novelty and targets."""
    draw = np.random.default_rng(seed)
    words = WORDS.split()
    found = []
    for number in range(count):
        day = f"{draw.integers(2010, 2024)}-{draw.integers(1, 13):02}-{draw.integers(1, 29):02}"
        own = {
            "id": f"s{number}",
            "outlet": str(draw.choice(["Daily", "Weekly", "The Post", ""])),
            "day": str(draw.choice([day, day, day, ""])),
        }
        said = scores(
            str(draw.choice(LABELS)),
            round(float(draw.uniform(0.26, 1)), 2),
            str(draw.choice(["", "", "", "unsure", "not-english"])),
        )
        targets = str(draw.choice(["", "Hamas", "Houthis", "Hamas; Houthis"]))
        found.append(
            {
                "text": " ".join(draw.choice(words, draw.integers(1, 9))),
                **own,
                **said,
                "novelty": f"{draw.random():.2f}",
                "about": str(bool(targets)),
                "targets": targets,
                "several_targets": str(";" in targets),
            }
        )
    return found


def write_scored(path: Path, rows: Sequence[Row]) -> Path:
    """Write rows as CSV, with the bytes that `stance score` would write."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return path
