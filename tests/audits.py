"""Samples of audits to code: one that was drawn from a scored file, and one made by hand."""

import csv
import html
import io
import re
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pytest

from stance.audit.record import SUFFIX, Group, Record, Unit
from stance.audit.texts import text_key
from stance.scoring.rows.records import csv_lines
from tests.opened import Link
from tests.projects import run
from tests.sharing import once

WAYS = {
    "dialogue": "they met envoys of the group in {} for talks on peace",
    "hostile": "the group was banned in {} as a terrorist organisation",
    "none": "the harvest in the hills round {} was a good one",
    "contact-only": "from {} a line is open to the group to free hostages",
}
TOWNS = ["Moscow", "Doha", "Ankara", "Paris", "Kabul", "Tehran", "Cairo", "Bogota", "Rome", "Oslo"]
DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]
LABELS = ["contact-only", "dialogue", "hostile", "none"]
SIZE = 60


def truth(text: str) -> str:
    """Return the label of a text of `draw`."""
    return next(label for label, way in WAYS.items() if way.split(" {}")[0] in text)


def draw(folder: Path, model: Path) -> None:
    """Score texts in a folder, and draw `sample.csv` of them."""
    rows = [
        {"outlet": f"{town} Post", "text": f"On {day} {way.format(town)}."}
        for way in WAYS.values()
        for town in TOWNS
        for day in DAYS
    ]
    pd.DataFrame(rows).to_csv(folder / "in.csv", index=False)
    of_model = ["--model", str(model)]
    run(*("stance", "score", "--input", "in.csv", "--output", "mine.csv"), *of_model, folder=folder)
    drawn = ["--size", str(SIZE), "--context", "outlet"]
    run("stance", "audit", "draw", "mine.csv", *drawn, *of_model, folder=folder)


def draw_once(small: Path, factory: pytest.TempPathFactory) -> Path:
    """Return a folder as `draw` leaves it, scored by the small project's model; for reading."""
    return once("drawn", factory, lambda folder: draw(folder, small))


def write_sample(folder: Path, texts: Sequence[str], labels: Sequence[str], context: str) -> Path:
    """Write a sample of two strata by hand, with its record; return where it lies."""
    units = [
        Unit(f"by-hand-{n}", text_key(text).hex(), n % 2, n % 2, 0, [0.9, 0.1], {"": 1})
        for n, text in enumerate(texts)
    ]
    half = [len(texts[n::2]) for n in range(2)]
    record = Record(
        *("by-hand", "gone.csv", "0" * 64, "0" * 64, 0, list(labels), labels[-1], 0.05, 0.5, ""),
        strata=[{"texts": 10 * n, "rows": 10 * n, "drawn": n} for n in half],
        groups={"": Group([[10 * half[0], 0], [10 * half[1], 0], [0, 0], [0, 0]], [0.9, 0.1])},
        thresholds={str(one): 10 * half[0] for one in range(4_000, 10_000, 500)},
        empty=0,
        learned=0,
        units=units,
    )
    record.write(folder / f"sample{SUFFIX}")
    heads = ["audit", "context_before", "sentence", "stance", "annotator"]
    rows = [[unit.name, context, text, "", ""] for unit, text in zip(units, texts, strict=True)]
    path = folder / "sample.csv"
    path.write_text(csv_lines([heads, *rows]), "utf-8")
    return path


def rows_of(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV file."""
    return list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"), newline="")))


def codes_of(path: Path) -> dict[str, str]:
    """Return the codes in a file, by text; none where there is no file."""
    rows = rows_of(path) if path.exists() else []
    return {row["sentence"]: row["stance"] for row in rows if row["stance"]}


def shown(page: str) -> tuple[str, str]:
    """Return the name and the text that a view offers to be coded; both "" if none is left."""
    if "Which label is it?" not in page:
        return "", ""
    text = re.search(r'id="text">(.*?)</p>', page, re.DOTALL)
    name = re.search(r'name="text" value="([^"]*)"', page)
    assert text
    assert name
    return name[1], html.unescape(text[1])


def code(link: Link, most: int, wrong: int = 0) -> list[str]:
    """Code the next texts, one of `wrong` wrongly, and return them."""
    texts: list[str] = []
    while len(texts) < most:
        name, text = shown(link.get("code").text)
        if not name:
            break
        stance = truth(text)
        if wrong and not len(texts) % wrong:
            stance = LABELS[(LABELS.index(stance) + 1) % len(LABELS)]
        assert link.post("code/save", text=name, stance=stance, rationale="").leads_to == "code"
        texts.append(text)
    return texts
