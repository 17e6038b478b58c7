"""A coder's own spreadsheet comes in with all that it says, and goes out as it came."""

import datetime as dt
import io
from pathlib import Path
from typing import Any

import pandas as pd

from stance.scoring.rows.sheets import read_sheet, write_sheet
from tests.inside import Inside

NEW = ["They met in Doha.", "The group was banned in March."]
ROWS: list[list[Any]] = [
    ["Nr", "Datum", "Satz", "Haltung", "Partei", ""],
    [17, dt.date(2024, 3, 1), NEW[0], "Dialogue", "Grüne", ""],
    ["", "", "", "", "", ""],
    [18, dt.date(2024, 4, 2), NEW[1], "contra", "=SPD", ""],
]
NAMED = ["--text-column", "Satz", "--label-column", "Haltung", "--id-column", "Nr"]


def test_a_sheet_of_statements_comes_in_and_goes_out(here: Path, inside: Inside) -> None:
    file = io.BytesIO()
    write_sheet(file, iter(ROWS), "xlsx")
    (here / "coded.xlsx").write_bytes(file.getvalue())
    options = ["--annotator", "ada", "--kind", "person", "--statements", *NAMED]
    done = inside.stance("import", "--from", "xlsx", "coded.xlsx", *options, code=1)
    assert "coded.xlsx, row 4: unknown stance 'contra'" in done.err
    options += ["--map", "contra=hostile"]
    done = inside.stance("import", "--from", "xlsx", "coded.xlsx", *options)
    assert done.err.splitlines() == [
        "coded.xlsx: read without 1 empty row.",
        "'Dialogue' is taken for 'dialogue' (1 row).",
        (
            "2 votes added in 1 document, 0 there already, 0 sentences without a label, 2 new "
            "statements."
        ),
    ]
    statements = pd.read_csv(here / "data/statements.csv", dtype="str", keep_default_na=False)
    own = statements[["sentence", "id", "Datum", "Partei"]].tail(2).to_numpy().tolist()
    assert own == [
        [NEW[0], "17", "2024-03-01", "Grüne"],
        [NEW[1], "18", "2024-04-02", "=SPD"],
    ]
    out = ["--output", "out.csv", "--delimiter", ";", "--encoding", "cp1252", "--no-formulas"]
    inside.stance("export", "--to", "csv", "statements", *out, *NAMED, "--map", "contra=hostile")
    table = pd.read_csv(here / "out.csv", sep=";", encoding="cp1252", dtype="str").tail(2)
    found = table[["Nr", "Satz", "Haltung", "Datum", "Partei"]].to_numpy().tolist()
    assert found == [
        ["17", NEW[0], "dialogue", "2024-03-01", "Grüne"],
        ["18", NEW[1], "contra", "2024-04-02", "'=SPD"],
    ]
    inside.stance("export", "--to", "ods", "statements", "--output", "out.ods", *NAMED)
    rows = [row for _, row in read_sheet("out.ods", "ods", None)[0]]
    assert rows[-1][:5] == ["18", "statements", NEW[1], "ada", "hostile"]
    assert rows[-1][-2:] == ["2024-04-02", "=SPD"]
    # What comes back is there already.
    done = inside.stance("import", "--from", "ods", "out.ods", *NAMED, "--annotator", "ada")
    assert "0 votes added in 0 documents" in done.err
    for form in ("doccano", "prodigy", "label-studio"):
        assert '"Partei": "=SPD"' in inside.stance("export", "--to", form, "statements").out
    done = inside.stance("export", "--to", "prodigy", "--delimiter", ";", code=2)
    assert "--delimiter is for spreadsheets, not for prodigy" in done.err
