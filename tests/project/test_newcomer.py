"""The hour of someone who comes with a table: to stances per party per month, and a chart."""

import io
from pathlib import Path

import pandas as pd

from tests.inside import Inside

TEXTS = [
    "They met in Doha for talks on peace.",
    "The group was banned as a terrorist organisation.",
    "The minister said that the army would never speak with them.",
]
PARTIES = ["Die Gr\u00fcnen", "B\u00fcrgerliste", "$5m to $10m"]


def test_from_a_table_to_shares_per_party_per_month(here: Path, inside: Inside) -> None:
    rows = [
        f'{n};{1 + n % 28:02}.{1 + n % 3:02}.2024;{PARTIES[n % 3]};Rede {n // 12};"{TEXTS[n % 2]}"'
        for n in range(60)
    ]
    # As a German Excel writes it, but for the semicolons between cells.
    table = "\r\n".join(["Nr;Datum;Partei;Rede;Satz", *rows, "60;;;;"]).replace(";", ",")
    (here / "sheet.csv").write_bytes(table.encode("cp1252"))
    sheet = ["score", "--input", "sheet.csv", "--encoding", "cp1252", "--text-column", "Satz"]
    # Every command keeps the columns that the rows came with.
    scored = inside.stance(*sheet, "--output", "scored.csv", "--abstained", "look.csv")
    assert "1 of 61 texts are empty and abstain; the first is sheet.csv, line 62." in scored.err
    found = pd.read_csv(here / "scored.csv", dtype="str", keep_default_na=False)
    assert found["Nr"].tolist() == [str(n) for n in range(61)]
    assert found["Datum"][0] == "01.01.2024"
    assert found["Partei"][1] == PARTIES[1]
    look = pd.read_csv(here / "look.csv", dtype="str", keep_default_na=False)
    assert look["reason"].ne("").all()
    by_month = ["--by", "Partei", "--period", "month", "--date-column", "Datum"]
    shown = inside.stance(*sheet, *by_month, "--document", "Rede", "--chart", "chart.svg")
    mix = pd.read_csv(io.StringIO(shown.out))
    assert list(mix)[:2] == ["Partei", "month"]
    statements = mix.groupby(["Partei", "month"])["statements"].first()
    months = ["2024-01", "2024-02", "2024-03"]
    expected = dict.fromkeys(zip(PARTIES, months, strict=True), 20)
    assert statements[statements > 0].to_dict() == expected
    chart = (here / "chart.svg").read_text("utf-8")
    for text in (*PARTIES, "2024-01", "2024-03"):
        assert f">{text}</text>" in chart
