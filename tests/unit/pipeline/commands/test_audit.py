"""An audit says of a scored file what is true of it, and refuses what would make it untrue."""

import csv
import io
import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from stance.scoring.rows.sheets import read_sheet, write_sheet
from tests.inside import Inside

HOLDERS = [
    "Moscow",
    "Doha",
    "Ankara",
    "Paris",
    "Kabul",
    "Tehran",
    "Cairo",
    "Bogota",
    "Rome",
    "Oslo",
]
WAYS = [
    "They met envoys of the group in {} for talks on peace.",
    "The group was banned in {} as a terrorist organisation.",
    "The harvest in the hills round {} was a good one.",
    "From {} a line is open to the group to free hostages.",
]
LABELS = ["contact-only", "dialogue", "hostile", "none"]
DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]


def truth(text: str) -> str:
    """Return the code of a text: what it is about, but for one in six."""
    if sha256(text.encode()).digest()[0] < 40:
        return "none"
    keys = {"talks": "dialogue", "banned": "hostile", "hostages": "contact-only"}
    return next((label for word, label in keys.items() if word in text), "none")


def statements() -> list[dict[str, str]]:
    return [
        {
            "year": str(2020 + number % 2),
            "text": f"On {day} {way[0].lower()}{way[1:].format(holder)}",
        }
        for number, (way, holder, day) in enumerate(
            (way, holder, day) for way in WAYS for holder in HOLDERS for day in DAYS
        )
    ]


@pytest.fixture
def scored(here: Path, inside: Inside) -> Path:
    """Return a scored file, in the current directory, of the small project's model."""
    rows = statements()
    rows += [{"year": "2020", "text": "The same was said of the harvest in all papers."}] * 90
    rows += [{"year": "2021", "text": ""}]
    pd.DataFrame(rows).to_csv("in.csv", index=False)
    inside.stance("score", "--input", "in.csv", "--output", "scored.csv")
    return here / "scored.csv"


def rows_of(path: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(Path(path).read_text("utf-8-sig"), newline="")))


def code(sample: str, coded: str, who: str = "", label: Any = truth) -> list[dict[str, str]]:
    """Write a sample with codes."""
    rows = [{**row, "stance": label(row["sentence"]), "annotator": who} for row in rows_of(sample)]
    pd.DataFrame(rows).to_csv(coded, index=False)
    return rows


def read(inside: Inside, *arguments: str) -> dict[str, Any]:
    found = inside.stance("audit", "read", "scored.csv", *arguments, "--format", "json").out
    return dict(json.loads(found))


@pytest.mark.usefixtures("scored")
def test_a_sample_is_blind_of_known_probability_and_the_same_from_a_seed(inside: Inside) -> None:
    inside.stance("audit", "draw", "scored.csv", "--size", "60", "--context", "year")
    first = Path("sample.csv").read_bytes()
    rows = rows_of("sample.csv")
    assert list(rows[0]) == ["audit", "context_year", "sentence", "stance", "annotator"]
    assert len({row["sentence"] for row in rows}) == 60
    assert {row["stance"] for row in rows} == {""}
    record = json.loads(Path("sample.audit.json").read_text("utf-8"))
    assert sum(stratum["texts"] for stratum in record["strata"]) == 241
    assert sum(stratum["rows"] for stratum in record["strata"]) == 330
    assert all(stratum["drawn"] >= 2 for stratum in record["strata"] if stratum["texts"] >= 2)
    assert record["empty"] == 1
    # What stands there ninety times is read, and counts ninety times.
    assert max(sum(unit["times"].values()) for unit in record["units"]) == 90
    names = ["--size", "60", "--context", "year", "--output"]
    inside.stance("audit", "draw", "scored.csv", *names, "again.csv")
    assert Path("again.csv").read_bytes() == first
    inside.stance("audit", "draw", "scored.csv", "--seed", "1", *names, "other.csv")
    assert Path("other.csv").read_bytes() != first


def test_rows_in_another_order_and_format_give_the_same_texts(scored: Path, inside: Inside) -> None:
    table = pd.read_csv(scored, keep_default_na=False, dtype="str")
    table.iloc[::-1].to_json("scored.jsonl", orient="records", lines=True)
    table.astype({"abstain": "str"}).to_parquet("scored.parquet")
    table.iloc[:100].to_csv("part-1.csv", index=False)
    Path("parts").mkdir()
    table.iloc[:100].to_csv("parts/a.csv", index=False)
    table.iloc[100:].to_csv("parts/b.csv", index=False)
    found = []
    for number, place in enumerate(["scored.csv", "scored.jsonl", "scored.parquet", "parts"]):
        inside.stance("audit", "draw", place, "--size", "40", "--output", f"{number}.csv")
        found.append([row["sentence"] for row in rows_of(f"{number}.csv")])
    assert found[0] == found[1] == found[2] == found[3]


@pytest.mark.usefixtures("scored")
def test_everything_read_is_the_truth_without_doubt(inside: Inside) -> None:
    inside.stance("audit", "draw", "scored.csv", "--size", "241", "--by", "year")
    code("sample.csv", "coded.csv")
    result = read(inside, "coded.csv")
    table = pd.read_csv("scored.csv", keep_default_na=False)
    table = table[table["text"] != ""]
    actual = table["text"].map(truth)
    for row in result["shares"]:
        of_group = actual if row["group"] is None else actual[table["year"] == int(row["group"])]
        share = float((of_group == row["stance"]).mean())
        assert row["share"]["low"] == row["share"]["high"] == pytest.approx(share, abs=1e-4)
        raw = table if row["group"] is None else table[table["year"] == int(row["group"])]
        assert row["raw"] == pytest.approx(float((raw["stance"] == row["stance"]).mean()), abs=1e-4)
    assert result["quality"]["accuracy"]["value"] == pytest.approx(
        float((table["stance"] == actual).mean()), abs=1e-4
    )
    answered = ~table["abstain"]
    wrong = float((table["stance"] != actual)[answered].mean())
    assert result["promise"]["error"]["value"] == pytest.approx(wrong, abs=1e-4)
    assert result["promise"]["verdict"] == ("holds" if wrong <= 0.3 else "fails")
    for label, found in result["quality"]["labels"].items():
        says = table["stance"] == label
        if says.any():
            assert found["precision"]["value"] == pytest.approx(
                float((actual == label)[says].mean()), abs=1e-4
            )
        recall = float(says[actual == label].mean())
        assert found["recall"]["value"] == pytest.approx(recall, abs=1e-4)
    minus = [row for row in result["differences"] if row["stance"] == "none"]
    of_year = {
        year: float((actual[table["year"] == year] == "none").mean()) for year in (2020, 2021)
    }
    assert minus[0]["difference"] == pytest.approx(of_year[2020] - of_year[2021], abs=2e-4)


@pytest.mark.usefixtures("scored")
def test_intervals_are_about_the_rows_and_every_form_tells_them(inside: Inside) -> None:
    inside.stance("audit", "draw", "scored.csv", "--size", "80", "--by", "year")
    code("sample.csv", "coded.csv", "ann")
    result = read(inside, "coded.csv")
    table = pd.read_csv("scored.csv", keep_default_na=False)
    actual = table.loc[table["text"] != "", "text"].map(truth)
    whole = {row["stance"]: row["share"] for row in result["shares"] if row["group"] is None}
    for label, share in whole.items():
        assert 0 < share["high"] - share["low"] < 0.35
        assert share["low"] <= float((actual == label).mean()) <= share["high"]
    text = inside.stance("audit", "read", "scored.csv", "coded.csv").out
    page = inside.stance("audit", "read", "scored.csv", "coded.csv", "--format", "html").out
    rows = inside.stance("audit", "read", "scored.csv", "coded.csv", "--format", "csv").rows()
    assert len(rows) == 12
    low, high = (f"{100 * whole['none'][end]:.0f}" for end in ("low", "high"))
    for shown in (text, page):
        assert f"({low} to {high})" in shown
        assert "design-based" in shown


@pytest.mark.usefixtures("scored")
def test_two_coders_are_held_against_each_other_and_both_count(inside: Inside) -> None:
    inside.stance("audit", "draw", "scored.csv", "--size", "40")
    code("sample.csv", "ann.csv")
    rows = rows_of("ann.csv")
    rows[0]["stance"] = "hostile" if rows[0]["stance"] != "hostile" else "none"
    pd.DataFrame(rows).drop(columns="annotator").to_csv("bob.csv", index=False, sep=";")
    coders = read(inside, "ann.csv", "bob.csv")["coders"]
    assert coders["names"] == ["ann", "bob"]
    assert (coders["texts_of_several"], coders["disputed"]) == (40, 1)
    assert 0.8 < coders["alpha"] < 1


@pytest.mark.usefixtures("scored")
@pytest.mark.parametrize("tool", ["doccano", "label-studio", "prodigy"])
def test_other_tools_can_code_a_sample(inside: Inside, tool: str) -> None:
    inside.stance("audit", "draw", "scored.csv", "--size", "40", "--to", tool, "--output", "s.json")
    found = Path("s.json").read_text("utf-8")
    assert "p_hostile" not in found
    assert "harvest" in found


@pytest.mark.usefixtures("scored")
def test_codes_of_a_tool_are_read(inside: Inside) -> None:
    inside.stance(
        "audit", "draw", "scored.csv", "--size", "40", "--to", "doccano", "--output", "s.jsonl"
    )
    lines = [json.loads(line) for line in Path("s.jsonl").read_text("utf-8").splitlines()]
    coded = [{"text": one["text"], "label": [truth(one["text"])]} for one in lines]
    Path("coded.jsonl").write_text("".join(json.dumps(one) + "\n" for one in coded), "utf-8")
    assert read(inside, "coded.jsonl", "--from", "doccano")["read"] == 40


@pytest.mark.usefixtures("scored")
def test_rows_without_a_code_are_counted_and_a_stratum_without_any_is_refused(
    inside: Inside,
) -> None:
    inside.stance("audit", "draw", "scored.csv", "--size", "40")
    rows = code("sample.csv", "coded.csv")
    for row in rows[:3]:
        row["stance"] = ""
    pd.DataFrame(rows).to_csv("coded.csv", index=False)
    done = inside.stance("audit", "read", "scored.csv", "coded.csv")
    assert "3 of 40 texts of the sample have no code" in done.err
    pd.DataFrame(rows[-1:]).to_csv("coded.csv", index=False)
    done = inside.stance("audit", "read", "scored.csv", "coded.csv", code=1)
    assert "no text is coded" in done.err


@pytest.mark.parametrize("form", ["xlsx", "ods"])
def test_sheets_are_audited_and_coded(scored: Path, inside: Inside, form: str) -> None:
    inside.stance("score", "--input", "in.csv", "--output", f"scored.{form}")
    inside.stance("audit", "draw", f"scored.{form}", "--size", "40", "--output", f"sample.{form}")
    inside.stance("audit", "draw", scored.name, "--size", "40", "--output", "plain.csv")
    heads, *rows = [row for _, row in read_sheet(f"sample.{form}", form, None)[0]]
    text, stance = heads.index("sentence"), heads.index("stance")
    assert [row[text] for row in rows] == [row["sentence"] for row in rows_of("plain.csv")]
    coded = [[*row[:stance], truth(row[text]).upper(), ""] for row in rows]
    with Path(f"coded.{form}").open("wb") as file:
        write_sheet(file, iter([heads, *coded]), form)
    done = inside.stance(
        "audit", "read", f"scored.{form}", f"coded.{form}", "--record", "sample.audit.json"
    )
    assert "'HOSTILE' is taken for 'hostile'" in done.err
    assert "40 of 241" in done.out


def test_what_was_scored_without_markup_is_audited(inside: Inside, scored: Path) -> None:
    texts = [f"<p>{row['text']}</p>" for row in statements()]
    pd.DataFrame({"text": texts}).to_csv("marked.csv", index=False)
    inside.stance("score", "--input", "marked.csv", "--strip-markup", "--output", str(scored))
    inside.stance("audit", "draw", "scored.csv", "--size", "40")


def change(row: dict[str, str], **cells: str) -> list[dict[str, str]]:
    return [{**row, **cells}]


@pytest.mark.usefixtures("scored")
@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (lambda row: change(row, stance="supportive"), "no label of the codebook"),
        (lambda row: change(row, sentence="Nobody has drawn this."), "is not in the sample"),
        (
            lambda row: [*change(row, stance="none"), *change(row, stance="hostile")],
            "of the same text",
        ),
        (lambda row: change(row, stance=""), "no text has a code yet"),
    ],
)
def test_codes_that_cannot_count_are_named(inside: Inside, rows: Any, message: str) -> None:
    inside.stance("audit", "draw", "scored.csv", "--size", "40")
    table = pd.DataFrame(rows(rows_of("sample.csv")[0]))
    table.to_csv("coded.csv", index=False)
    done = inside.stance("audit", "read", "scored.csv", "coded.csv", code=1)
    assert message in done.err
    assert "coded.csv" in done.err
    assert done.err.count("\n") == 1


def test_a_file_that_has_changed_or_is_of_another_model_is_refused(
    scored: Path, inside: Inside
) -> None:
    inside.stance("audit", "draw", "scored.csv", "--size", "40")
    code("sample.csv", "coded.csv")
    text = scored.read_text("utf-8")
    scored.write_text(text + text.splitlines()[1] + "\n", "utf-8")
    done = inside.stance("audit", "read", "scored.csv", "coded.csv", code=1)
    assert "it is not the file that the sample was drawn from" in done.err
    table = pd.read_csv(io.StringIO(text), keep_default_na=False)
    table["p_none"], table["p_hostile"] = table["p_hostile"], table["p_none"].copy()
    table.to_csv("scored.csv", index=False)
    done = inside.stance("audit", "draw", "scored.csv", "--output", "new.csv", code=1)
    assert "the model did not score this file" in done.err


@pytest.mark.usefixtures("scored")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--size", "400"], "241 different texts can be drawn, fewer than the 400"),
        (["--by", "month"], "no column 'month' for --by"),
        (["--context", "stance"], "is the model's answer"),
        (["--prefix", "x_"], "no column 'x_stance'"),
        (["--by", "text", "--size", "50"], "ask for 241 or more"),
    ],
)
def test_a_draw_that_cannot_be_is_refused(
    inside: Inside, arguments: list[str], message: str
) -> None:
    assert message in inside.stance("audit", "draw", "scored.csv", *arguments, code=1).err
    assert not Path("sample.csv").exists()


@pytest.mark.usefixtures("scored")
def test_a_coded_sample_is_neither_overwritten_nor_audited(inside: Inside) -> None:
    inside.stance("audit", "draw", "scored.csv", "--size", "40")
    assert "there already" in inside.stance("audit", "draw", "scored.csv", code=1).err
    inside.stance(
        *("score", "--input", "sample.csv", "--text-column", "sentence", "--prefix", "m_"),
        *("--output", "sample-scored.csv"),
    )
    draw = ["sample-scored.csv", "--text-column", "sentence", "--prefix", "m_", "--output", "b.csv"]
    assert (
        "audit the file that it was drawn from" in inside.stance("audit", "draw", *draw, code=1).err
    )


def test_what_the_model_has_learned_from_is_no_test(scored: Path, inside: Inside) -> None:
    learned = pd.read_csv("data/statements.csv")["sentence"].head(5).tolist()
    pd.DataFrame({"text": [*learned, *(row["text"] for row in statements())]}).to_csv(
        "in.csv", index=False
    )
    inside.stance("score", "--input", "in.csv", "--output", str(scored))
    done = inside.stance("audit", "draw", "scored.csv", "--size", "40")
    assert "5 rows that the model has learned from" in done.err
    assert not {row["sentence"] for row in rows_of("sample.csv")} & set(learned)


@pytest.mark.usefixtures("scored")
def test_an_adopted_sample_is_the_projects_and_not_drawn_again(inside: Inside) -> None:
    inside.stance("audit", "draw", "scored.csv", "--size", "60")
    rows = code("sample.csv", "coded.csv", "ann")
    adopt = ["audit", "adopt", "scored.csv", "coded.csv", "--kind", "person"]
    assert "no longer a fair test" in inside.stance(*adopt).err
    record = json.loads(Path("sample.audit.json").read_text("utf-8"))
    table = pd.read_csv("data/statements.csv", dtype="str", keep_default_na=False)
    own = table[table["audit"] == record["audit"]].set_index("sentence")
    assert set(own.index) == {row["sentence"] for row in rows}
    for row, unit in zip(rows, record["units"], strict=True):
        stratum = record["strata"][unit["stratum"]]
        drawn = float(own.loc[row["sentence"], "drawn"])
        assert drawn == pytest.approx(stratum["drawn"] / stratum["texts"], abs=1e-8)
    votes = pd.read_csv("data/annotations/statements.csv", keep_default_na=False)
    of_ann = votes[votes["annotator"] == "ann"].set_index("sentence")["stance"]
    assert of_ann.to_dict() == {row["sentence"]: row["stance"] for row in rows}
    assert "ann,person" in Path("data/annotators.csv").read_text("utf-8")
    assert "adopted already" in inside.stance(*adopt, code=1).err
    for stage in ("segment", "label", "encode", "train"):
        inside.stage(stage)
    inside.stance("score", "--input", "in.csv", "--output", "scored.csv")
    done = inside.stance("audit", "draw", "scored.csv", "--size", "60", "--output", "next.csv")
    assert "that the model has learned from" in done.err
    assert not {row["sentence"] for row in rows_of("next.csv")} & set(own.index)
    # The old sample does not judge the new model.
    done = inside.stance(
        "audit", "read", "scored.csv", "coded.csv", "--record", "sample.audit.json", code=1
    )
    assert "it is not the file that the sample was drawn from" in done.err
