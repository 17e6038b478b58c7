"""Shares on the page: the same as of `stance score --by`, following the filters, and honest."""

import io
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pandas as pd
import pytest

from pipeline.page.reading.counting import MOST_GROUPS
from stance.model.reasons import NO_STATEMENTS
from tests.opened import Link, opened
from tests.projects import run
from tests.reading import PARTIES, STATEMENTS, asked, main, read, read_rows, write_rows

TEXT = ("--text-column", "sentence")
SOUTH = {"in:party": PARTIES[1], "by": "source"}


@pytest.fixture(scope="module")
def link(scored: Path, small: Path) -> Iterator[Link]:
    """Return the address of a page of scored statements."""
    with opened(scored, STATEMENTS, *TEXT, "--model", str(small)) as page:
        yield page.link


def table(link: Link, **query: str) -> pd.DataFrame:
    """Return the table of shares that is downloaded."""
    content = link.get(asked("shares.csv", query)).text
    return pd.read_csv(io.StringIO(content), dtype="str", keep_default_na=False)


@pytest.mark.parametrize(
    ("query", "options"),
    [
        ({"by": "party"}, ("--by", "party")),
        ({"by": "party", "by_too": "source"}, ("--by", "party,source")),
        ({"by": "party", "document": "source"}, ("--by", "party", "--document", "source")),
        ({"period": "quarter"}, ("--period", "quarter", "--date-column", "day")),
        (
            {"by": "party", "period": "month", "document": "source"},
            ("--by", "party", "--period", "month", "--date-column", "day", "--document", "source"),
        ),
    ],
)
def test_shares_are_those_of_the_command_line(
    query: dict[str, str], options: tuple[str, ...], link: Link, scored: Path, small: Path
) -> None:
    found = link.get(asked("shares.csv", query))
    assert found.headers["content-type"] == "text/csv; charset=utf-8"
    assert found.headers["content-disposition"] == 'attachment; filename="shares.csv"'
    done = run(
        *("stance", "score", "--model", str(small), "--input", "unscored.csv", *TEXT, *options),
        folder=scored,
    )
    assert found.text == done.stdout


def test_the_table_on_the_page_has_the_numbers_of_the_file(link: Link) -> None:
    rows = table(link, by="party")
    page = read(link.get("shares", by="party").text)
    cells = [one.text for one in page.find("td")]
    heads = [one.text for one in page.find("th") if one.attributes["scope"] == "row"]
    assert heads == ["(none)", PARTIES[1], PARTIES[0]]
    shown = [" ".join(cell.split()) for cell in cells]
    for number, row in enumerate(rows.to_dict("records")):
        group, label = divmod(number, 4)
        low, high = (f"{100 * float(row[f'corrected{end}']):.0f} %" for end in ("_low", "_high"))
        assert shown[group * 6 + 2 + label] == (
            f"{100 * float(row['corrected']):.0f} % {low} to {high} "
            f"({100 * float(row['share']):.0f} %)"
        )
    assert "The intervals take every text for drawn by itself" in main(page)


def test_shares_follow_the_filters(link: Link, scored: Path) -> None:
    rows = [row for row in read_rows(scored / STATEMENTS) if row["party"] == PARTIES[1]]
    found = table(link, **SOUTH)
    assert found.drop_duplicates("source")["statements"].astype(int).sum() == len(rows)
    assert "corrected" in found
    page = read(link.get(asked("shares", SOUTH)).text)
    assert f"{len(rows)} statements: what the filters leave (party is {PARTIES[1]})." in main(page)
    hidden = [one.attributes for one in page.find("input") if one.attributes["type"] == "hidden"]
    assert [(one["name"], one["value"]) for one in hidden] == [("in:party", PARTIES[1])]
    (chart,) = page.find("img")
    place = chart.attributes["src"].split("/", 2)[2]
    assert place.startswith("shares.svg?by=source&in%3Aparty=")
    svg = link.get(place).text
    assert all(f">s{number}<" in svg for number in range(7))


@pytest.mark.parametrize(
    "filters",
    [
        {"stance:hostile": "on"},
        {"reason": "answers"},
        {"confidence_from": "0.7"},
    ],
)
def test_what_is_chosen_by_the_models_answers_is_not_corrected(
    filters: dict[str, str], link: Link
) -> None:
    found = table(link, **filters, by="party")
    assert list(found)[-2:] == ["stance", "share"]
    page = read(link.get(asked("shares", {**filters, "by": "party"})).text)
    assert (
        "These are raw shares, not corrected and without intervals: the filters select rows by "
        "what the model itself has said" in main(page)
    )
    assert (
        page.find("img")[0]
        .attributes["alt"]
        .startswith(
            "Chart: shares of contact-only, dialogue, hostile, none per party, not corrected."
        )
    )
    svg = link.get(asked("shares.svg", {**filters, "by": "party"})).text
    assert "as the model answers, not corrected" in svg
    assert "95 % intervals" not in svg


def test_what_is_chosen_by_its_words_is_not_corrected(link: Link) -> None:
    assert list(table(link, search="the", by="party"))[-2:] == ["stance", "share"]
    page = read(link.get("shares", search="the", by="party").text)
    assert "not corrected and without intervals: the filters select rows by their words" in main(
        page
    )


def test_raw_shares_are_the_counts(link: Link, scored: Path) -> None:
    rows = [row for row in read_rows(scored / STATEMENTS) if float(row["confidence"]) >= 0.4]
    others = [row for row in rows if row["reason"] in NO_STATEMENTS]
    rows = [row for row in rows if row["reason"] not in NO_STATEMENTS]
    found = table(link, confidence_from="0.4")
    assert set(found["statements"]) == {str(len(rows))}
    assert set(found["not_statements"]) == {str(len(others))}
    assert others
    for row in found.to_dict("records"):
        count = sum(one["stance"] == row["stance"] for one in rows)
        assert float(row["share"]) == pytest.approx(count / len(rows), abs=1e-4)


def test_without_the_model_that_has_scored_it_nothing_is_corrected(
    scored: Path, small: Path, tmp_path: Path
) -> None:
    with opened(scored, STATEMENTS, *TEXT, "--model", "nowhere") as page:
        said = main(read(page.link.get("shares", by="party").text))
        assert "not corrected and without intervals: nowhere: " in said
        assert "corrected" not in table(page.link)
    rows = read_rows(scored / STATEMENTS)
    for row in rows[:10]:
        row["p_none"], row["p_hostile"] = "0.9", "0.05"
        row["p_dialogue"], row["p_contact_only"] = "0.03", "0.02"
    write_rows(tmp_path / "other.csv", rows)
    with opened(tmp_path, "other.csv", *TEXT, "--model", str(small)) as page:
        said = main(read(page.link.get("shares").text))
        assert "another model has scored this file, and the errors of that one" in said


def test_charts_are_drawn_alike_however_many_ask(link: Link) -> None:
    wanted = [(form, party) for party in ("party", "source") for form in ("svg", "png")] * 2
    with ThreadPoolExecutor(8) as pool:
        found = list(
            pool.map(lambda one: link.get(f"shares.{one[0]}", by=one[1], period="year"), wanted)
        )
    assert [one.content for one in found[:4]] == [one.content for one in found[4:]]
    assert found[0].headers["content-type"] == "image/svg+xml"
    assert found[0].text.startswith("<?xml")
    assert found[1].headers["content-type"] == "image/png"
    assert found[1].content.startswith(b"\x89PNG")


def test_too_many_groups_are_a_sentence_on_the_page(
    scored: Path, small: Path, tmp_path: Path
) -> None:
    rows = read_rows(scored / STATEMENTS)
    many = [
        {**rows[number % 80], "party": f"p{number}", "source": f"s{number % 250}"}
        for number in range(MOST_GROUPS + 1)
    ]
    write_rows(tmp_path / "many.csv", many)
    with opened(tmp_path, "many.csv", *TEXT, "--model", str(small)) as page:
        content = read(page.link.get("shares", by="party").text)
        assert content.find("p", "warning")[0].text == (
            f"There are more than {MOST_GROUPS} different values of 'party', which is more than a "
            "page shows; filter, count by a column that has fewer, or use `stance score --by`."
        )
        assert content.find("img") == []
        assert content.find("select")
        for form in ("svg", "png", "csv"):
            page.link.get(f"shares.{form}", code=400, by="party")
        documents = page.link.get("shares", by="party", document="source")
        assert "more than 300 different" in documents.text
        # A table may have more groups than a picture has room for.
        many_rows = page.link.get("shares", by="source", confidence_from="0").text
        assert "groups do not fit into one of 200" in many_rows
        assert many_rows.count("<tr>") == 251


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"by": "nothing"}, "no column &#39;nothing&#39; of groups"),
        ({"document": "nothing"}, "no column &#39;nothing&#39; of groups"),
        ({"period": "day"}, "no period &#39;day&#39;"),
        ({"period": "year", "date": "party"}, "no column &#39;party&#39; of dates"),
    ],
)
def test_what_cannot_be_counted_by_is_said(query: dict[str, str], said: str, link: Link) -> None:
    assert said in link.get(asked("shares", query)).text
    assert said in link.get(asked("shares.svg", query), code=400).text


def test_rows_without_statements_have_no_shares(link: Link) -> None:
    page = read(link.get("shares", reason="no-statement").text)
    assert "0 statements among 1 rows" in main(page)
    assert "There is nothing to draw" in main(page)
    link.get("shares.svg", code=400, reason="no-statement")
    page = read(link.get("shares", search="zzzz", by="party").text)
    assert "There is nothing to draw" in main(page)


def test_names_of_groups_stay_text(link: Link) -> None:
    page = read(link.get("shares", by="party", by_too="note").text)
    assert len(page.find("script")) == 1
    assert not any("onclick" in one.attributes for one in page.elements)
    svg = link.get("shares.svg", by="party").text
    assert "<b onclick" not in svg
    assert "&lt;b onclick=alert(4)&gt;South&lt;/b&gt;" in svg


def test_columns_may_be_called_like_those_of_the_table(
    scored: Path, small: Path, tmp_path: Path
) -> None:
    names = ["statements", "share", "month", "group", "number", "time", "text", "from", "why"]
    rows = [
        {**row, **{name: f"{name[0]}{number % 3}" for name in names}}
        for number, row in enumerate(read_rows(scored / STATEMENTS))
    ]
    write_rows(tmp_path / "odd.csv", rows)
    with opened(tmp_path, "odd.csv", *TEXT, "--model", str(small)) as page:
        for name in names[:2]:
            said = main(read(page.link.get("shares", by=name).text))
            assert f"the table of shares has a column '{name}' of its own" in said
        said = main(read(page.link.get("shares", by="month", period="month").text))
        assert "choose another period" in said
        for name in names[2:]:
            for period in ("", "year"):
                page.link.get("shares.svg", by=name, period=period)
                assert len(table(page.link, by=name, period=period)) >= 12
