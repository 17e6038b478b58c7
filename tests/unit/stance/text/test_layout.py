"""However an article is laid out, its paragraphs come together, and no letter is lost."""

import re
from collections import Counter
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stance.files import fold
from stance.text.article import clean
from stance.text.layout import lay_out
from stance.text.paragraphs import paragraph_table
from stance.text.segmentation import count_kinds, left_out, segment_article
from tests.projects import ROOT
from tests.saved import LAYOUTS

# Words of which small ones are many, as in prose.
_SMALL = [
    "the",
    "of",
    "and",
    "to",
    "in",
    "that",
    "it",
    "was",
    "for",
    "with",
    "he",
    "as",
    "his",
    "on",
    "at",
    "by",
    "had",
    "not",
    "they",
    "which",
    "from",
    "talks",
    "group",
    "government",
    "minister",
    "envoy",
    "ceasefire",
    "negotiations",
    "prisoners",
    "released",
    "announced",
    "yesterday",
    "border",
    "refused",
    "agreement",
    "condemned",
    "representatives",
    "organisation",
    "humanitarian",
    "between",
    "whether",
    "although",
]
_NAMES = ["Moscow", "Doha", "Taliban", "Mr. Lee", "Gen. Farid", "the U.S. Senate", "Kabul"]


def sentence(chance: Random) -> str:
    words = chance.choices(_SMALL * 4 + _NAMES, k=chance.randint(8, 30))
    first = chance.choice(["The", "They", "He", "Nobody", "In", "But"])
    return " ".join([first, *words]) + chance.choice([" left.", " spoke?", " said so."])


@st.composite
def articles(draw: st.DrawFn) -> list[str]:
    """Prose at random, but not the least likely of all: a break that shows nothing is one."""
    chance = Random(draw(st.integers(0, 2**32)))  # noqa: S311 no secret
    bodies = [
        " ".join(sentence(chance) for _ in range(chance.randint(2, 6)))
        for _ in range(chance.randint(4, 8))
    ]
    heading = chance.choice(["Talks in Doha", "A narrow channel", "What the envoy wants"])
    return [bodies[0], heading, *bodies[1:]]


def letters(text: str) -> Counter[str]:
    return Counter(character for character in text if character.isalpha())


def cut(text: str) -> list[tuple[int, str]]:
    _, table = segment_article(paragraph_table(text), 12, "", [])
    return list(zip(table["position"], table["text"], strict=True))


@pytest.mark.parametrize("layout", LAYOUTS)
@settings(max_examples=25, deadline=None)
@given(article=articles())
def test_sentences_and_their_numbers_outlive_any_wrapping(layout: str, article: list[str]) -> None:
    text, _ = clean(LAYOUTS[layout](article), "x")
    if layout not in {"broken, no blank lines", "broken, first lines indented"}:
        assert cut(text) == cut("".join(f"{paragraph}\n" for paragraph in article))
    # Without blank lines a heading may run into what follows; that is all that may happen.
    assert letters(text) == letters("".join(article))


@given(st.text(max_size=300) | st.text(st.sampled_from("aB.-> \n\f\t•1,"), max_size=120))
def test_no_letter_of_any_text_is_lost_or_doubled(text: str) -> None:
    found = lay_out(text).paragraphs
    assert letters("".join(paragraph.text for paragraph in found)) == letters(text)
    assert all(paragraph.text.strip() and "\n" not in paragraph.text for paragraph in found)


@pytest.mark.parametrize("layout", LAYOUTS)
@settings(max_examples=10, deadline=None)
@given(article=articles())
def test_what_is_laid_out_stays_as_it_is(layout: str, article: list[str]) -> None:
    once, _ = clean(LAYOUTS[layout](article), "x")
    assert clean(once, "x") == (once, [])


@pytest.mark.parametrize("layout", LAYOUTS)
def test_nothing_of_the_projects_articles_is_lost_in_any_wrapping(layout: str) -> None:
    total = found = 0
    for path in sorted((ROOT / "data/articles").glob("*.txt")):
        text = path.read_text("utf-8")
        paragraphs = [fold(line) for line in text.split("\n") if line.strip()]
        again, _ = clean(LAYOUTS[layout](paragraphs), path.name)
        assert letters(again) == letters("".join(paragraphs))
        wanted = [sentence for _, sentence in cut(text)]
        got = Counter(sentence for _, sentence in cut(again))
        total += len(wanted)
        found += sum(got[sentence] > 0 for sentence in wanted)
    assert total == 1383
    assert found == total


def test_what_was_done_is_said() -> None:
    text = (
        "> The envoy called the talks use-\n> ful, and not more than that. He then went\n> home.\n"
    )
    layout = lay_out(text)
    assert [paragraph.text for paragraph in layout.paragraphs] == [
        "The envoy called the talks useful, and not more than that. He then went home."
    ]
    assert layout.done == [
        "3 lines of quoted mail",
        "2 lines joined, broken at 41 columns",
        "1 word joined, parted by a hyphen",
    ]


WORDS = {
    "govern-\nment of the day": "government of the day",
    "five-\nday talks of the two": "five-day talks of the two",
    "Saudi-\nled talks of the two": "Saudi-led talks of the two",
    "U.S.-\nbacked forces of the two": "U.S.-backed forces of the two",
    "counter-\nterrorism was the aim": "counter-terrorism was the aim",
    "nine-\nteen of the captives": "nineteen of the captives",
    "ten-year-\nold son of the emir": "ten-year-old son of the emir",
    "use\u00ad\nful talks of the two": "useful talks of the two",
}


@pytest.mark.parametrize("parted", WORDS)
def test_a_word_that_a_line_parts_is_joined_as_it_was(parted: str) -> None:
    lines = f"The envoy spoke at some length about the {parted}, and nobody else did\nat all.\n"
    text, _ = clean(lines, "x")
    assert text == (
        f"The envoy spoke at some length about the {WORDS[parted]}, and nobody else did at all.\n"
    )


def test_the_text_says_how_a_word_is_written() -> None:
    lines = (
        "The peace-keeping force left the country before the peace-\nkeeping talks began, he "
        "said.\n"
    )
    assert "the peace-keeping talks" in clean(lines, "x")[0]


def test_lists_and_what_introduces_them_are_text() -> None:
    text = (
        "The group has put three demands to the government:\n\n- the release of all captives,\n"
        "- an end to the raids\n- and a seat at the table.\n"
    )
    paragraphs, sentences = segment_article(paragraph_table(text), 12, "", [])
    assert set(paragraphs["kind"]) == {"body"}
    assert "the release of all captives," in " ".join(sentences["text"])
    assert left_out(count_kinds(paragraphs)) == ""


def test_a_heading_among_broken_lines_stays_one() -> None:
    text = (
        "The envoy met the movement's delegation in Doha on Saturday and called\nthe talks "
        "useful.\nA narrow channel\nNothing was said of recognition, and the ministry "
        "keeps a line open to\nfree its citizens.\n"
    )
    paragraphs, _ = segment_article(paragraph_table(text), 12, "", [])
    assert paragraphs["kind"].tolist() == ["body", "heading", "body"]
    assert paragraphs["line"].tolist() == [1, 3, 4]
    assert left_out(count_kinds(paragraphs)) == "1 heading (3 words)"


def test_a_sentence_goes_on_over_the_foot_of_a_page() -> None:
    text = (
        "The envoy met the movement's delegation in Doha on Saturday with\nthe minister, and then\n"
        "called on the emir in his palace, which is a long way from\n\n12\n\fDoha, to tell him of "
        "the talks and of what had been said of the\nprisoners.\n"
    )
    found = [paragraph.text for paragraph in lay_out(text).paragraphs]
    assert found[0] == "12"
    assert re.search("a long way from Doha, to tell", found[1])
