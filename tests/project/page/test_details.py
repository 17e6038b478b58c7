"""One row of a scored file: what is shown of it, why it is answered so, and what comes next."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from stance import StanceModel
from stance.model.reasons import NO_STATEMENT, UNSURE
from tests.opened import Link, opened
from tests.projects import MARKED_UP, run
from tests.reading import (
    ARTICLES,
    MARKED_UP_FILE,
    PARTIES,
    STATEMENTS,
    asked,
    main,
    read,
    read_rows,
    sentences,
    write_rows,
)

TEXT = ("--text-column", "sentence")
SOUTH = {"in:party": PARTIES[1]}


@pytest.fixture(scope="module")
def link(scored: Path, small: Path) -> Iterator[Link]:
    """Return the address of a page of scored statements."""
    with opened(scored, STATEMENTS, *TEXT, "--model", str(small)) as page:
        yield page.link


def moves(content: str) -> dict[str, str]:
    """Return where the buttons of a view lead, below the secret, by the key that presses each."""
    buttons = [one for one in read(content).find("a", "button") if "data-key" in one.attributes]
    return {one.attributes["data-key"]: one.attributes["href"].split("/", 2)[2] for one in buttons}


def test_a_row_is_shown_as_the_file_has_it(link: Link, scored: Path) -> None:
    rows = read_rows(scored / STATEMENTS)
    unsure = next(place for place, row in enumerate(rows) if row["reason"] == UNSURE)
    sure = next(place for place, row in enumerate(rows) if not row["reason"])
    for number in (unsure, sure):
        row = rows[number]
        page = read(link.get(f"row/{number}").text)
        assert sentences(page) == [row["sentence"]]
        said = main(page)
        assert f"{row['stance']} with probability {float(row['confidence']):.2f}" in said
        assert ("The model abstains: it is less sure" in said) == bool(row["reason"])
        for name in ("contact-only", "dialogue", "hostile", "none"):
            assert f"{name} {float(row['p_' + name.replace('-', '_')]):.2f}" in said
        cells = dict(
            zip(
                [one.text for one in page.find("th") if one.attributes["scope"] == "row"],
                [one.text for one in page.find("td")],
                strict=True,
            )
        )
        for name in ("party", "day", "source", "note"):
            assert cells[name] == row[name]


def test_what_is_no_statement_says_why_it_has_no_answer(link: Link, scored: Path) -> None:
    rows = read_rows(scored / STATEMENTS)
    assert rows[-1]["reason"] == NO_STATEMENT
    said = main(read(link.get(f"row/{len(rows) - 1}").text))
    assert "The model abstains: one or two words, numbers or marks are no statement." in said


def test_the_explanation_is_the_models(link: Link, scored: Path, small_model: StanceModel) -> None:
    text = read_rows(scored / STATEMENTS)[3]["sentence"]
    (expected,) = small_model.explain([text], similar=5)
    assert "Why this answer" not in link.get("row/3").text
    said = main(read(link.get("row/3", why="1").text))
    assert f"Why {expected.stance} rather than {expected.against}" in said
    strongest = max(expected.words, key=lambda word: word.weight)
    assert f"{strongest.text} {strongest.weight:+.2f}" in said
    for one in expected.similar:
        assert f"{one.stance} {' '.join(one.text.split())}" in said
    assert f"{small_model.calibration.promised.threshold:.2f} on" in said


def test_a_file_of_another_model_is_not_explained(
    scored: Path, small: Path, tmp_path: Path
) -> None:
    rows = read_rows(scored / STATEMENTS)
    for row in rows:
        row["p_none"], row["p_hostile"] = row["p_hostile"], row["p_none"]
        names = {"none": "hostile", "hostile": "none"}
        row["stance"] = names.get(row["stance"], row["stance"])
    write_rows(tmp_path / "other.csv", rows)
    with opened(tmp_path, "other.csv", *TEXT, "--model", str(small)) as page:
        said = main(read(page.link.get("row/3", why="1").text))
        assert "There is no explanation: another model has scored this file." in said
        assert sentences(read(page.link.get("row/3").text)) == [rows[3]["sentence"]]


def test_without_a_model_all_but_the_explanation_is_there(scored: Path) -> None:
    with opened(scored, STATEMENTS, *TEXT, "--model", "nowhere") as page:
        said = main(read(page.link.get("row/3", why="1").text))
        assert "There is no explanation: nowhere: " in said
        assert "with probability" in said


def test_a_text_that_was_scored_without_its_markup_is_explained(
    scored: Path, small: Path, tmp_path: Path
) -> None:
    shutil.copy(scored / "unscored.csv", tmp_path)
    run(
        *("stance", "score", "--model", str(small), "--input", "unscored.csv", *TEXT),
        *("--strip-markup", "--output", "stripped.csv"),
        folder=tmp_path,
    )
    rows = read_rows(tmp_path / "stripped.csv")
    number = next(place for place, row in enumerate(rows) if row["sentence"] == MARKED_UP[2])
    with opened(tmp_path, "stripped.csv", *TEXT, "--model", str(small)) as page:
        content = read(page.link.get(f"row/{number}", why="1").text)
        assert sentences(content) == [MARKED_UP[2]]
        assert (
            content.find("p", "explained")[0]
            .text.replace("+ (for) ", "")
            .replace("− (against) ", "")
            == "He said nothing about it."
        )


def test_the_next_row_is_the_next_of_the_filters(link: Link, scored: Path) -> None:
    rows = read_rows(scored / STATEMENTS)
    found = [place for place, row in enumerate(rows) if row["party"] == PARTIES[1]]
    at = moves(link.get(asked(f"row/{found[1]}", SOUTH)).text)
    assert at["p"].startswith(f"row/{found[0]}?in%3Aparty=")
    assert at["n"].startswith(f"row/{found[2]}?in%3Aparty=")
    assert at["b"].startswith("statements?in%3Aparty=")
    assert "p" not in moves(link.get(asked(f"row/{found[0]}", SOUTH)).text)
    assert "n" not in moves(link.get(asked(f"row/{found[-1]}", SOUTH)).text)
    # Whoever reads explanations goes on reading them.
    again = moves(link.get(asked(f"row/{found[1]}", {**SOUTH, "why": "1"})).text)
    assert again["n"] == f"{at['n']}&why=1"
    assert "Why this answer" in link.get(again["n"]).text
    ordered = sorted(range(len(rows)), key=lambda place: float(rows[place]["confidence"]))
    least = moves(link.get(f"row/{ordered[0]}", sort="least-sure").text)
    assert least["n"] == f"row/{ordered[1]}?sort=least-sure"


def test_a_row_that_the_filters_leave_out_is_shown_and_said(link: Link, scored: Path) -> None:
    rows = read_rows(scored / STATEMENTS)
    outside = next(place for place, row in enumerate(rows) if row["party"] == PARTIES[0])
    content = link.get(asked(f"row/{outside}", SOUTH)).text
    assert "This row is not among the" in content
    assert set(moves(content)) == {"b", "e"}


@pytest.mark.parametrize("number", ["85", "-1", "x", "1e1", "9" * 5000, "%C2%B2", "1/2", "%00"])
def test_there_is_no_row_of_another_number(number: str, link: Link) -> None:
    link.get(f"row/{number}", code=404)


def test_what_is_no_filter_is_said(link: Link) -> None:
    link.get("row/3", code=400, nothing="of it")


def test_markup_in_any_cell_stays_text(link: Link, scored: Path) -> None:
    rows = read_rows(scored / STATEMENTS)
    for number in (0, *range(80, 84)):
        page = read(link.get(f"row/{number}", why="1").text)
        assert sentences(page) == [rows[number]["sentence"]]
        assert not any("onclick" in one.attributes for one in page.elements)
        assert len(page.find("script")) == 1


def test_a_sentence_that_was_reached_from_its_article_leads_on_in_it(
    scored: Path, small: Path
) -> None:
    rows = read_rows(scored / ARTICLES)
    count = sum(row["article"].endswith(MARKED_UP_FILE) for row in rows)
    with opened(scored, ARTICLES, "--model", str(small)) as page:
        content = page.link.get(asked("row/0", {"from": "article"})).text
        assert f"1 of {count} in the article" in main(read(content))
        at = moves(content)
        assert at["n"] == "row/1?from=article"
        assert at["b"].startswith("article?name=texts")
        assert at["b"].endswith("#r0")
        assert sentences(read(page.link.get(at["b"].partition("#")[0]).text)) == MARKED_UP
        assert "n" not in moves(page.link.get(asked(f"row/{count - 1}", {"from": "article"})).text)
        assert moves(page.link.get("row/0").text)["a"] == at["b"]
