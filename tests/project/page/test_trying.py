"""A text that is pasted: what is scored of it, what is left out, and why it is answered so."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.page.trying import MOST_CHARACTERS, MOST_SENTENCES, Kept, Tried, cut
from stance import StanceModel
from stance.errors import DataError
from stance.model.reasons import UNSURE
from tests.inside import Inside
from tests.opened import Link, opened
from tests.projects import MARKED_UP
from tests.reading import main, read, read_rows, sentences

ARTICLE = """A heading without a stop

Moscow keeps a line open to the group to free its citizens. It has banned the group, and will
not talk to it.

By Ann Smith

Talks on common interests were held in Doha.
"""
ONE = "Moscow keeps a line open to the group to free its citizens, and nothing more"


@pytest.fixture(scope="module")
def link(small: Path) -> Iterator[Link]:
    """Return the address of a page of the small project that only reads."""
    with opened(small) as page:
        yield page.link


def paste(link: Link, text: str) -> str:
    """Paste a text and return the place of its page."""
    return link.post("try", text=text).leads_to


def test_an_article_is_cut_and_scored_as_on_the_command_line(
    link: Link, here: Path, inside: Inside
) -> None:
    (here / "article.txt").write_text(ARTICLE, "utf-8")
    inside.stance("score", "--article", "article.txt", "--output", "scored.csv")
    scored = read_rows(here / "scored.csv")
    page = read(link.get(paste(link, ARTICLE)).text)
    assert sentences(page) == [row["text"] for row in scored]
    for why, row in zip(page.find("div", "why"), scored, strict=True):
        probability = f"{float(row['confidence']):.2f}"
        assert why.text.startswith(f"{row['stance']} with probability {probability}")
        assert ("abstains" in why.text) == (row["abstain"] == "True")
    aside = [one.text for one in page.find("p", "aside")]
    assert aside == [
        "A heading without a stop left out: heading",
        "By Ann Smith left out: on the author",
    ]


def test_one_sentence_stays_one_and_is_explained_at_once(
    link: Link, small_model: StanceModel
) -> None:
    page = read(link.get(paste(link, ONE)).text)
    assert sentences(page) == [ONE]
    (expected,) = small_model.explain([ONE], similar=5)
    assert expected.reason == UNSURE
    said = main(page)
    assert f"{expected.confidence:.2f}: a best guess. The model abstains: it is less sure" in said
    assert "it answers from 0." in said
    assert f"Why {expected.stance} rather than {expected.against}" in said
    strongest = max(expected.words, key=lambda word: word.weight)
    assert f"{strongest.text} {strongest.weight:+.2f}" in said
    marked = [one.text.removeprefix("+ (for) ") for one in page.find("span", "for")]
    assert marked == [word.text for word in expected.words if word.weight >= 0.2]
    similar = [one.text for one in page.find("ol", "similar")[0:1]]
    for one in expected.similar:
        assert one.text in similar[0]


def test_each_sentence_of_an_article_is_explained_on_a_page_of_its_own(
    link: Link, small_model: StanceModel
) -> None:
    place = paste(link, ARTICLE)
    page = read(link.get(f"{place}/2").text)
    assert sentences(page) == ["It has banned the group, and will not talk to it."]
    (expected,) = small_model.explain(sentences(page))
    assert f"Why {expected.stance} rather than" in main(page)
    addresses = [one.attributes["href"] for one in page.find("a", "button")]
    assert [address.split("/", 2)[2] for address in addresses] == [
        f"{place}/1",
        f"{place}/3",
        f"{place}#s2",
    ]
    for number in ("0", "4", "-1", "1" * 5000, "x", "²"):
        link.get(f"{place}/{number.replace('²', '%C2%B2')}", code=404)


def test_markup_stays_text(link: Link) -> None:
    texts = ["A <i>heading</i>", " ".join(MARKED_UP)]
    place = paste(link, "\n".join(texts))
    page = read(link.get(place).text)
    assert sentences(page) == MARKED_UP
    assert page.find("i") == []
    assert not any("onclick" in one.attributes for one in page.elements)
    assert [one.text for one in page.find("textarea")] == ["\n" + "\n".join(texts)]
    for number in range(1, 5):
        page = read(link.get(f"{place}/{number}").text)
        assert sentences(page) == [MARKED_UP[number - 1]]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "Not scored: there is no text; paste a sentence or an article."),
        (" \n\t ", "there is no text"),
        (
            "He spoke of it. " * (MOST_SENTENCES + 1),
            "the text has 1,001 sentences, and the page takes up to 1,000; paste a part of it",
        ),
        (
            "a" * (MOST_CHARACTERS + 1),
            "the text has 200,001 characters, and the page takes up to 200,000; paste a part",
        ),
    ],
)
def test_what_cannot_be_scored_is_said_and_stays_in_the_form(
    text: str, said: str, link: Link
) -> None:
    answer = link.post("try", code=400, text=text)
    page = read(answer.text)
    assert said in page.find("p", "warning")[0].text
    assert page.find("textarea")[0].text.removeprefix("\n") == text


def test_a_text_of_headings_is_shown_and_nothing_of_it_scored(link: Link) -> None:
    page = read(link.get(paste(link, "Talks in Doha\nWar in Kabul\n")).text)
    assert "Nothing here is scored" in page.find("p", "warning")[0].text
    assert len(page.find("p", "aside")) == 2


def test_what_is_not_kept_is_said(link: Link) -> None:
    assert "paste it again" in link.get("try/0123456789abcdef", code=400).text
    link.post("try", code=400)


def test_two_people_do_not_see_each_others_texts(here: Path) -> None:
    with opened(here, "--annotator", "coder-1", "--annotator", "coder-2", people=2) as page:
        place = paste(page.links["coder-1"], ONE)
        assert ONE in page.links["coder-1"].get(place).text
        assert ONE not in page.links["coder-2"].get(place, code=400).text


def test_without_a_model_there_is_a_sentence_and_the_text_is_kept(here: Path) -> None:
    with opened(here, "--model", "nowhere") as page:
        assert "Score it" in page.link.get("try").text
        said = page.link.post("try", code=400, text=ONE).text
        assert "Not scored: nowhere: " in said
        assert ONE in said


def test_texts_are_kept_up_to_so_many_characters() -> None:
    kept = Kept()
    tried = [Tried(str(number) * 1_500_000, [], None) for number in range(4)]  # type: ignore[arg-type]
    names = [kept.keep("a", one) for one in tried]
    for name, one in zip(names[2:], tried[2:], strict=True):
        assert kept.get("a", name) is one
    for name in names[:2]:
        with pytest.raises(DataError, match="no longer kept"):
            kept.get("a", name)


def test_lines_that_are_broken_are_put_together() -> None:
    kinds = [(kind, len(found)) for kind, _, found in cut(ARTICLE, 12)]
    assert kinds == [("heading", 0), ("body", 2), ("author", 0), ("body", 1)]
