"""The hour of someone who comes with tables: to stances per party per month, and a chart."""

import datetime as dt
import io
from pathlib import Path

import pandas as pd

from stance.scoring.rows.sheets import read_sheet, write_sheet
from tests.inside import Inside

TEXTS = [
    "They met in Doha for talks on peace.",
    "The group was banned as a terrorist organisation.",
]
PARTIES = ["Die Gr\u00fcnen", "B\u00fcrgerliste", "$5m to $10m"]
MONTHS = ["2024-01", "2024-02", "2024-03"]
# What a person has coded already.
CODED = [
    *zip(TEXTS, ["Dialogue", "HOSTILE"], strict=True),
    ("The minister said that the army would never speak with them.", "hostile"),
    ("Envoys of both sides signed a plan for the release of prisoners.", "dialogue "),
    ("The consul telephoned the commander about two engineers.", "Contact-Only"),
    ("The harvest in the valley was better than in other years.", "none"),
]
TITLES = ["Nr", "Datum", "Partei", "Haltung", "Satz"]
NAMED = ["--text-column", "Satz", "--id-column", "Nr"]
BY_MONTH = ["--by", "Partei", "--period", "month", "--date-column", "Datum"]


def write_excel(path: Path) -> list[list[object]]:
    """Write what is coded with dates that are dates, and an empty row above and a column beside."""
    rows: list[list[object]] = [
        [n, dt.date(2024, 1 + n // 3, 5), PARTIES[n % 3], label, text]
        for n, (text, label) in enumerate(CODED)
    ]
    with path.open("wb") as file:
        write_sheet(file, iter([[""] * 6, [*TITLES, ""], *([*row, ""] for row in rows)]), "xlsx")
    return rows


def write_csv(path: Path) -> None:
    """Write sixty statements and one without text as a German Excel does."""
    rows = [
        f'{n};{1 + n % 28:02}.{1 + n % 3:02}.2024;{PARTIES[n % 3]};Rede {n // 12};"{TEXTS[n % 2]}";'
        for n in range(60)
    ]
    lines = ["Nr;Datum;Partei;Rede;Satz;", *rows, "60;;;;;", ";;;;;", ""]
    path.write_bytes("\r\n".join(lines).encode("cp1252"))


def statements(shares: str) -> dict[object, int]:
    """Return how many statements a table of shares has by party and month."""
    mix = pd.read_csv(io.StringIO(shares))
    assert list(mix)[:2] == ["Partei", "month"]
    counts = mix.groupby(["Partei", "month"])["statements"].first()
    return {group: int(count) for group, count in counts[counts > 0].items()}


def test_from_tables_to_shares_per_party_per_month(here: Path, inside: Inside) -> None:
    coded = write_excel(here / "coded.xlsx")
    write_csv(here / "speeches.csv")
    labelled = [*NAMED, "--label-column", "Haltung"]
    # One: what is coded becomes votes of the project.
    done = inside.stance(
        *("import", "--from", "xlsx", "coded.xlsx", "--annotator", "ada", "--kind", "person"),
        *("--statements", *labelled),
    )
    assert "coded.xlsx: read without 1 empty row.\n'Dialogue' is taken for 'dialogue'" in done.err
    assert "6 votes added in 1 document, 0 there already" in done.err
    kept = pd.read_csv(here / "data/statements.csv", dtype="str", keep_default_na=False).tail(6)
    assert kept["Datum"].tolist() == [str(row[1]) for row in coded]
    # Two: how far the model is of the same opinion, in a sheet like the one that came.
    done = inside.stance("score", "--input", "coded.xlsx", *labelled, "--output", "scored.xlsx")
    assert "'Contact-Only' is taken for 'contact-only' (1 row)." in done.err
    assert "of 6 rows with a label" in done.err
    (_, names), *rows = read_sheet("scored.xlsx", "xlsx", None)[0]
    assert names[:6] == [*TITLES, "stance"]
    assert [row[:5] for _, row in rows] == coded
    # Three: what nobody has coded, and what a colleague should look at, the least sure first.
    done = inside.stance(
        *("score", "--input", "speeches.csv", *NAMED, "--sort", "confidence"),
        *("--output", "scored.csv", "--bom", "--abstained", "look.xlsx"),
    )
    assert "speeches.csv: read in cp1252, with fields parted by semicolons, without" in done.err
    assert "1 of 61 texts are empty and abstain; the first is speeches.csv, line 62 (60)" in (
        done.err
    )
    found = pd.read_csv(here / "scored.csv", dtype="str", keep_default_na=False)
    assert sorted(map(int, found["Nr"])) == list(range(61))
    assert found["confidence"].astype(float).is_monotonic_increasing
    of_first = found.set_index("Nr").loc["0"]
    assert of_first["Datum"] == "01.01.2024"
    assert of_first["Partei"] == PARTIES[0]
    (_, names), *rows = read_sheet("look.xlsx", "xlsx", None)[0]
    look = [dict(zip(names, row, strict=True)) for _, row in rows]
    assert [row["Nr"] for row in look] == found["Nr"][found["abstain"] == "True"].tolist()
    assert all(row["reason"] for row in look)
    # Four and five: shares of either, with a chart.
    shown = inside.stance("score", "--input", "coded.xlsx", *NAMED, *BY_MONTH)
    expected = [(party, month) for month in MONTHS[:2] for party in PARTIES]
    assert statements(shown.out) == dict.fromkeys(expected, 1)
    shown = inside.stance(
        *("score", "--input", "speeches.csv", *NAMED, *BY_MONTH),
        *("--document", "Rede", "--chart", "chart.svg"),
    )
    expected = list(zip(PARTIES, MONTHS, strict=True))
    assert statements(shown.out) == dict.fromkeys(expected, 20)
    chart = (here / "chart.svg").read_text("utf-8")
    for text in (*PARTIES, MONTHS[0], MONTHS[-1]):
        assert f">{text}</text>" in chart
