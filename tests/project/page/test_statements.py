"""The list of scored statements over HTTP: filters, pages, files to take along, and odd content."""

import io
import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from python_calamine import CalamineWorkbook

from tests.opened import Link, opened
from tests.page import Page
from tests.projects import ENVIRONMENT, MARKED_UP, run
from tests.scored import Row, row, scores, some_rows, write_scored

ROWS = some_rows(1_000, seed=2)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with `ROWS` as a file."""
    folder = tmp_path_factory.mktemp("statements")
    write_scored(folder / "scored.csv", ROWS)
    return folder


@pytest.fixture(scope="module")
def link(folder: Path) -> Iterator[Link]:
    """Return the address of a page that shows `ROWS`."""
    with opened(folder, "scored.csv") as page:
        yield page.link


def read(content: str) -> Page:
    """Return the elements of a page, each of which must be closed."""
    page = Page()
    page.feed(content)
    page.close()
    assert page.open == []
    return page


def at(path: str, fields: dict[str, str]) -> str:
    """Return the address of what a form with these fields asks for."""
    return f"{path}?{urlencode(fields)}"


def texts(page: Page) -> list[str]:
    """Return the texts that are listed."""
    return [one.text for one in page.find("p", "text")]


def counted(page: Page) -> str:
    """Return what is said of how many rows there are."""
    return page.find("p", "counted")[0].text


def leading_to(page: Page, name: str) -> list[str]:
    """Return where the links of this beginning lead, below the secret."""
    found = [one for one in page.find("a") if one.text.strip().startswith(name)]
    return [one.attributes["href"].split("/", 2)[2] for one in found]


def to_csv(rows: list[Row], path: Path) -> bytes:
    """Return rows as `stance score` writes them."""
    return write_scored(path, rows).read_bytes()


def test_the_first_page_shows_the_first_rows_with_what_the_model_says(link: Link) -> None:
    page = read(link.get("statements").text)
    assert texts(page) == [one["text"] for one in ROWS[:25]]
    abstained = sum(one["reason"] != "" for one in ROWS)
    assert counted(page).startswith(
        f"1,000 of 1,000 statements, {abstained} of them abstained from; page 1 of 40."
    )
    tags = [one.text for one in page.find("span", "tag") if one.within("statements")]
    assert tags == [one["stance"].replace("-", "_") for one in ROWS[:25]] or tags == [
        one["stance"] for one in ROWS[:25]
    ]
    first = page.find("p", "odds")[0].text
    assert f"hostile{float(ROWS[0]['p_hostile']):.2f}" in first
    bars = [one for one in page.find("rect", "part") if one.within("odds")]
    assert len(bars) == 25 * 4
    assert float(bars[2].attributes["width"]) == int(100 * float(ROWS[0]["p_hostile"]))
    verdicts = [one.text for one in page.find("p", "verdict")]
    for verdict, one in zip(verdicts, ROWS, strict=False):
        assert ("the model abstains: " in verdict) == (one["reason"] != "")
    assert leading_to(page, ROWS[3]["text"])[0] == "row/3?"


def test_pages_lead_to_the_last_and_back(link: Link) -> None:
    page = read(link.get("statements", page="39", search="").text)
    (after,) = leading_to(page, "Next page")
    page = read(link.get(after).text)
    assert texts(page) == [one["text"] for one in ROWS[-25:]]
    assert leading_to(page, "Next page") == []
    assert page.find("ol", "statements")[0].attributes["start"] == "976"
    (before,) = leading_to(page, "Previous page")
    assert texts(read(link.get(before).text)) == [one["text"] for one in ROWS[-50:-25]]
    page = read(link.get("statements", page="999999999").text)
    assert "There are no more pages: this is the last one." in counted(page)
    assert texts(page) == [one["text"] for one in ROWS[-25:]]


def test_filters_are_counted_and_each_can_be_left_out(link: Link) -> None:
    asked = {
        "stance:hostile": "on",
        "reason": "answers",
        "confidence_from": "0.4",
        "in:outlet": "The Post",
        "to:day": "2022",
        "target": "Hamas",
        "search": "talks group*",
        "sort": "least-sure",
        "rows": "100",
    }

    def holds(one: Row, *, sure: float) -> bool:
        return (
            one["stance"] == "hostile"
            and one["reason"] == ""
            and float(one["confidence"]) >= sure
            and one["outlet"] == "The Post"
            and "" < one["day"] < "2023"
            and "Hamas" in one["targets"]
            and {"talks", "group"} & set(one["text"].split()) == {"talks", "group"}
        )

    expected = [one for one in ROWS if holds(one, sure=0)]
    asked["confidence_from"] = expected[0]["confidence"]
    kept = sorted(
        (one for one in expected if holds(one, sure=float(expected[0]["confidence"]))),
        key=lambda one: float(one["confidence"]),
    )
    page = read(link.get(at("statements", asked)).text)
    assert texts(page) == [one["text"] for one in kept]
    chips = page.find("ul", "chips")[0].text
    for chip in ("hostile", "the model answers", "confidence from", "outlet is The Post"):
        assert chip in chips
    (without,) = leading_to(page, "confidence from")
    assert len(texts(read(link.get(without).text))) == len(expected)
    (everything,) = leading_to(page, "all statements")
    assert counted(read(link.get(everything).text)).startswith("1,000 of 1,000")
    # The form asks for the same again.
    chosen = {
        one.attributes["value"] for one in page.find("option") if "selected" in one.attributes
    }
    assert {"The Post", "Hamas", "answers", "least-sure", "100"} <= chosen
    boxes = [
        one.attributes.get("name", "") for one in page.find("input") if "checked" in one.attributes
    ]
    assert boxes == ["stance:hostile", ""]


def test_nothing_found_is_said(link: Link) -> None:
    page = read(link.get("statements", search="nowhere").text)
    assert counted(page) == "0 of 1,000 statements. Leave a filter out to see some."


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("confidence_from=much", "'confidence from' is 'much', and goes from 0 to 1."),
        ("in:outlet=%3Cb%3E", "olumn 'outlet' has no value '<b>'"),
        ("%3Cscript%3E=1", "nothing to filter by called '<script>'"),
        ("page=%ff", "not UTF-8"),
        ("&".join(f"a{n}=" for n in range(201)), "more than 200 fields"),
    ],
)
def test_what_means_nothing_is_said_and_is_no_fault(query: str, said: str, link: Link) -> None:
    for path in ("statements", "statements.csv", "statements.jsonl", "statements.xlsx"):
        answer = link.ask("GET", f"{path}?{query}")
        assert answer.status == 400
        assert said in read(answer.text).find("p", "warning")[0].text


def test_all_rows_come_along_as_the_bytes_that_the_file_has(link: Link, folder: Path) -> None:
    answer = link.get("statements.csv")
    assert answer.content == (folder / "scored.csv").read_bytes()
    assert answer.headers["content-disposition"] == 'attachment; filename="statements.csv"'
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"


def test_what_is_shown_comes_along_in_its_order(link: Link, tmp_path: Path) -> None:
    asked = {"stance:none": "on", "search": "envoy", "sort": "most-sure", "page": "2"}
    kept = [one for one in ROWS if one["stance"] == "none" and "envoy" in one["text"].split()]
    kept.sort(key=lambda one: -float(one["confidence"]))
    assert len(kept) > 25
    expected = to_csv(kept, tmp_path / "expected.csv")
    assert link.get(at("statements.csv", asked)).content == expected
    marked = link.get(at("statements.csv", {**asked, "bom": "on"})).content
    assert marked == b"\xef\xbb\xbf" + expected
    lines = link.get(at("statements.jsonl", asked)).text.splitlines()
    for line, one in zip(map(json.loads, lines), kept, strict=True):
        assert list(line) == list(one)
        assert line["id"] == one["id"]
        assert line["confidence"] == float(one["confidence"])
        assert line["abstain"] is (one["abstain"] == "True")
    content = link.get(at("statements.xlsx", asked)).content
    header, *rows = (
        CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    )
    assert header == list(kept[0])
    assert [one[:2] for one in rows] == [[one["text"], one["id"]] for one in kept]
    assert rows[0][header.index("confidence")] == float(kept[0]["confidence"])
    # The page itself offers these.
    page = read(link.get(at("statements", asked)).text)
    (offered,) = leading_to(page, "JSON lines")
    assert link.get(offered).text.splitlines() == lines


def test_formulas_are_disarmed_where_it_is_asked_for(tmp_path: Path) -> None:
    rows = [row("=1+1", {"@a": "-2"}), row("+call", {"@a": "-3.5 %"})]
    write_scored(tmp_path / "scored.csv", rows)
    with opened(tmp_path, "scored.csv") as page:
        assert page.link.get("statements.csv").content == (tmp_path / "scored.csv").read_bytes()
        lines = page.link.get("statements.csv", no_formulas="on").text.splitlines()
    assert lines[0].startswith("text,'@a,stance")
    assert lines[1].startswith("'=1+1,-2,none")
    assert lines[2].startswith("'+call,-3.5 %,none")


def test_objects_of_json_lines_come_along_as_they_were(tmp_path: Path) -> None:
    said = {**scores(), "confidence": 0.7, "abstain": False}
    objects = [
        json.dumps({"text": "a", "n": {"deep": [1, 2.50]}, **said}),
        json.dumps({"text": "b", "later": None, "n": "é", **said}, ensure_ascii=False),
    ]
    (tmp_path / "scored.jsonl").write_text("\n\n".join(objects) + "\n", "utf-8")
    with opened(tmp_path, "scored.jsonl") as page:
        assert page.link.get("statements.jsonl").text == "\n".join(objects) + "\n"
        for form in ("csv", "xlsx"):
            answer = page.link.get(f"statements.{form}", code=400)
            assert "&#39;later&#39; is not in the first one" in answer.text
        shown = read(page.link.get("statements").text)
        assert leading_to(shown, "JSON lines") == ["statements.jsonl?"]
        assert leading_to(shown, "Excel") == []


def test_markup_stays_text_in_every_field(tmp_path: Path) -> None:
    own = {text: text for text in MARKED_UP}
    rows = [row(text, own) for text in MARKED_UP]
    rows.append(row("other", {text: f"{text}2" for text in MARKED_UP}))
    name = "<b onclick=alert(2)>nothing.csv"
    write_scored(tmp_path / name, rows)
    with opened(tmp_path, name) as page:
        plain = read(page.link.get("statements").text)
        assert texts(plain) == [*MARKED_UP, "other"]
        asked = {f"in:{text}": text for text in MARKED_UP}
        found = read(page.link.get(at("statements", {**asked, "search": MARKED_UP[0]})).text)
        assert texts(found) == [MARKED_UP[0]]
        labels = [one.text for one in found.find("label")]
        chips = found.find("ul", "chips")[0].text
        for text in MARKED_UP:
            assert any(label.startswith(text) for label in labels)
            assert f"{text} is {text[:80]}" in chips
        for one in (plain, found):
            assert all("src" in script.attributes for script in one.find("script"))
            assert one.find("b", "nothing") == []
            assert not any("onclick" in element.attributes for element in one.elements)
            assert "49" not in one.find("main")[0].text
        (without,) = leading_to(found, "holds")
        assert texts(read(page.link.get(without).text)) == list(MARKED_UP)


def test_a_file_that_has_changed_is_said_and_the_copy_shown(tmp_path: Path) -> None:
    path = write_scored(tmp_path / "scored.csv", ROWS[:30])
    before = path.read_bytes()
    with opened(tmp_path, "scored.csv") as page:
        assert "The file has changed" not in page.link.get("statements").text
        write_scored(path, ROWS[30:60])
        shown = read(page.link.get("statements").text)
        assert "start stance open again" in shown.find("p", "warning")[0].text
        assert texts(shown) == [one["text"] for one in ROWS[:25]]
        path.unlink()
        assert "The file has changed" in page.link.get("statements", page="2").text
        assert page.link.get("statements.csv").content == before


def test_a_form_of_many_columns_stays_short_enough_to_be_sent(tmp_path: Path) -> None:
    own = [{f"How often do you {n} é, roughly?": str(n % r) for n in range(300)} for r in (1, 2, 3)]
    path = write_scored(tmp_path / "scored.csv", [row("a", cells) for cells in own])
    with opened(tmp_path, path.name) as page:
        shown = read(page.link.get("statements").text)
        form = shown.find("form", "filters")[0]
        sent = {
            one.attributes["name"]: one.attributes.get("value", "")
            for one in shown.elements
            if form in one.parents and "name" in one.attributes and one.tag != "button"
        }
        assert 20 < len(sent) < 100
        assert "have no field here" in shown.find("main")[0].text
        hidden = "in:How often do you 99 é, roughly?"
        assert hidden not in sent
        found = read(page.link.get(at("statements", {**dict.fromkeys(sent, ""), hidden: "1"})).text)
        assert "1 of 3 statements" in counted(found)
        kept = [one for one in found.find("input") if one.attributes.get("name") == hidden]
        assert kept[0].attributes["value"] == "1"


def test_long_texts_are_shown_in_part_and_come_along_whole(tmp_path: Path) -> None:
    path = write_scored(tmp_path / "scored.csv", [row("word " * 100_000)])
    with opened(tmp_path, "scored.csv") as page:
        shown = page.link.get("statements")
        assert len(shown.content) < 30_000
        assert "… (goes on)" in shown.text
        assert page.link.get("statements.csv").content == path.read_bytes()
        # What a sheet cannot hold is said.
        assert "room for 32,767" in page.link.get("statements.xlsx", code=400).text


def test_a_hundred_thousand_rows_are_read_and_come_along(tmp_path: Path) -> None:
    said = scores("hostile")
    rows = [row(f"statement {n} of many", {"id": str(n)}, said) for n in range(100_000)]
    path = write_scored(tmp_path / "scored.csv", rows)
    with opened(tmp_path, "scored.csv") as page:
        shown = read(page.link.get("statements", page="1000", rows="100").text)
        assert "100,000 of 100,000 statements" in counted(shown)
        assert "page 1,000 of 1,000" in counted(shown)
        assert texts(shown)[-1] == "statement 99999 of many"
        shown = read(page.link.get("statements", search="7777*").text)
        assert counted(shown).startswith("11 of 100,000 statements")
        assert page.link.get("statements.csv").content == path.read_bytes()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("plain.csv", "text\na\n", "no column 'stance'; score the file first (`stance score"),
        ("note.docx", "x", "its suffix is none of"),
        ("bad.csv", None, "bad.csv, line 3: these are no scores of a model"),
    ],
)
def test_what_is_no_scored_file_is_not_opened(
    name: str, content: str | None, said: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    if content is None:
        write_scored(path, [row("a"), {**row("b"), "stance": "other"}])
    else:
        path.write_text(content, "utf-8")
    done = run("stance", "open", "--no-browser", name, folder=tmp_path, code=1)
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_nothing_is_left_behind_by_a_server_that_is_killed(tmp_path: Path) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    write_scored(tmp_path / "scored.csv", some_rows(40_000))
    process = subprocess.Popen(
        ["stance", "open", "--no-browser", "scored.csv"],
        cwd=tmp_path,
        env={**ENVIRONMENT, "TMPDIR": str(temporary), "SQLITE_TMPDIR": str(temporary)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    try:
        link = Link(process.stdout.readline().rstrip("\n"))
        link.get("statements", sort="least-sure", search="envoy")
        link.get("statements.xlsx", search="envoy citizens Doha aid")
        files = Path(f"/proc/{process.pid}/fd").iterdir()
        held = [os.readlink(one) for one in files if one.is_symlink()]
        # It does keep something there; it has no name.
        assert any(str(temporary) in place for place in held)
        assert list(temporary.iterdir()) == []
        process.send_signal(signal.SIGKILL)
    finally:
        process.kill()
        process.communicate()
    assert list(temporary.iterdir()) == []
    assert sorted(one.name for one in tmp_path.iterdir()) == ["scored.csv", "temporary"]


def test_the_model_names_the_labels(here: Path) -> None:
    write_scored(here / "scored.csv", [row("They met.")])
    with opened(here, "scored.csv") as page:
        shown = read(page.link.get("statements").text)
    legend = [one.text for one in shown.find("span", "tag") if one.within("choices")]
    assert legend == ["contact-only", "dialogue", "hostile", "none"]
    shutil.rmtree(here / "models")
    with opened(here, "scored.csv") as page:
        shown = read(page.link.get("statements").text)
    legend = [one.text for one in shown.find("span", "tag") if one.within("choices")]
    assert legend == ["contact_only", "dialogue", "hostile", "none"]
