"""Scored articles as text: listed with their mix, read in their order, marked where unsure."""

import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.page.reading.places import PAGE
from tests.opened import Link, opened
from tests.projects import MARKED_UP
from tests.reading import (
    ARTICLES,
    MARKED_UP_FILE,
    STATEMENTS,
    main,
    read,
    read_rows,
    sentences,
    write_rows,
)

NAME = "texts/b.txt"
NO_MODEL = ("--model", "nowhere")


@pytest.fixture(scope="module")
def link(scored: Path) -> Iterator[Link]:
    """Return the address of a page of scored articles, without a model."""
    with opened(scored, ARTICLES, *NO_MODEL) as page:
        yield page.link


def test_articles_are_listed_with_their_counts(link: Link, scored: Path) -> None:
    rows = read_rows(scored / ARTICLES)
    page = read(link.get("articles").text)
    names = [one.text for one in page.find("a", "name")]
    assert names == [f"texts/{MARKED_UP_FILE}", NAME]
    numbers = [one.text for one in page.find("td", "number")]
    for place, name in enumerate(names):
        some = [row for row in rows if row["article"] == name]
        counts = Counter(row["stance"] for row in some)
        labels = ("contact-only", "dialogue", "hostile", "none")
        expected = [counts[label] for label in labels]
        expected += [len(some), sum(row["abstain"] == "True" for row in some)]
        assert numbers[6 * place : 6 * place + 6] == [str(number) for number in expected]
    assert page.find("img") == []


def test_an_article_is_its_text_with_a_letter_and_a_mark_for_each_sentence(
    link: Link, scored: Path
) -> None:
    numbered = [*enumerate(read_rows(scored / ARTICLES))]
    rows = [(number, row) for number, row in numbered if row["article"] == NAME]
    page = read(link.get("article", name=NAME).text)
    assert sentences(page) == [row["text"] for _, row in rows]
    shown = page.find("a", "s")
    for one, (number, row) in zip(shown, rows, strict=True):
        assert one.attributes["id"] == f"r{number}"
        assert one.attributes["href"].endswith(f"/row/{number}?from=article")
        assert one.text.startswith(f"{row['stance'][0].upper()}{row['stance']}: ")
        assert one.text.endswith("? (the model abstains)") == (row["abstain"] == "True")
    assert len(page.find("div", "para")) == len({row["paragraph"] for _, row in rows})
    assert "probabilities" not in {name for one in page.elements for name in one.classes}
    figures = read(link.get("article", name=NAME, figures="1").text)
    assert len(figures.find("ul", "probabilities")) == len(rows)
    first = " ".join(figures.find("ul", "probabilities")[0].text.split())
    assert f"hostile {float(rows[0][1]['p_hostile']):.2f}" in first


def test_markup_in_texts_and_names_stays_text(link: Link) -> None:
    page = read(link.get("article", name=f"texts/{MARKED_UP_FILE}").text)
    assert sentences(page) == MARKED_UP
    assert page.find("h1")[0].text == f"texts/{MARKED_UP_FILE}"
    assert page.find("img") == []
    assert page.find("b") == []


def test_sentences_stand_in_their_order_whatever_that_of_the_file(
    scored: Path, tmp_path: Path
) -> None:
    rows = read_rows(scored / ARTICLES)
    shuffled = random.Random(0).sample(rows, len(rows))  # noqa: S311 - no secret
    write_rows(tmp_path / "shuffled.csv", shuffled)
    with opened(tmp_path, "shuffled.csv", *NO_MODEL) as page:
        found = sentences(read(page.link.get("article", name=NAME).text))
        assert found == [row["text"] for row in rows if row["article"] == NAME]


def test_a_long_article_and_a_long_list_are_paged(scored: Path, tmp_path: Path) -> None:
    row = read_rows(scored / ARTICLES)[0]
    long = [
        {**row, "article": "long", "position": str(number + 1), "text": f"Sentence {number}."}
        for number in range(2 * PAGE + 50)
    ]
    others = [{**row, "article": f"a{number}"} for number in range(PAGE)]
    write_rows(tmp_path / "long.csv", [*long, *others])
    with opened(tmp_path, "long.csv", *NO_MODEL) as page:
        for number, size in ((1, PAGE), (2, PAGE), (3, 50)):
            content = read(page.link.get("article", name="long", page=str(number)).text)
            assert len(sentences(content)) == size
            assert sentences(content)[0] == f"Sentence {(number - 1) * PAGE}."
            assert f"Page {number} of 3" in main(content)
        for wrong in ("4", "-1", "x", "9" * 5000):
            page.link.get("article", code=404, name="long", page=wrong)
        detail = page.link.get("row/201?from=article").text
        assert "article?name=long&amp;page=2#r201" in detail
        assert len(read(page.link.get("articles").text).find("a", "name")) == PAGE
        assert len(read(page.link.get("articles", page="2").text).find("a", "name")) == 1
        page.link.get("articles", code=404, page="3")


def test_one_article_needs_no_name(scored: Path, tmp_path: Path) -> None:
    rows = [row for row in read_rows(scored / ARTICLES) if row["article"] == NAME]
    for row in rows:
        del row["article"]
    write_rows(tmp_path / "one.csv", rows)
    with opened(tmp_path, "one.csv", *NO_MODEL) as page:
        content = read(page.link.get("articles").text)
        assert [one.text for one in content.find("a", "name")] == ["one.csv"]
        found = sentences(read(page.link.get("article?name=").text))
        assert found == [row["text"] for row in rows]


def test_there_are_no_articles_where_there_are_none(scored: Path, link: Link) -> None:
    assert (
        "There is no article &#39;nothing&#39;"
        in link.get("article", code=400, name="nothing").text
    )
    with opened(scored, STATEMENTS, "--text-column", "sentence", *NO_MODEL) as page:
        assert "articles" not in page.link.get("shares").text
        page.link.get("articles", code=404)


def test_a_text_may_stand_in_a_column_that_is_called_like_a_place(
    scored: Path, tmp_path: Path
) -> None:
    rows = read_rows(scored / STATEMENTS)
    odd = [{**row, "article": row["sentence"], "paragraph": "1", "position": "1"} for row in rows]
    write_rows(tmp_path / "odd.csv", odd)
    for column, code in (("article", 200), ("paragraph", 404), ("position", 404)):
        with opened(tmp_path, "odd.csv", "--text-column", column, *NO_MODEL) as page:
            page.link.get("articles", code=code)
            page.link.get("row/0")
