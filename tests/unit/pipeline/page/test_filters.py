"""What is asked for in an address, and the rows that it leaves, held against plain loops."""

import re
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlencode

import pytest

from pipeline.page.reading.filters import (
    EMPTY,
    MOST_SURE,
    Asked,
    parse_asked,
    parse_words,
    query,
    select,
)
from pipeline.page.reading.index import Index
from pipeline.page.rendering import parse_fields
from stance.errors import DataError
from tests.projects import MARKED_UP
from tests.scored import Row, row, some_rows, write_scored

ROWS = some_rows(3_000, seed=1)


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    """Return what is read of `ROWS`."""
    path = write_scored(tmp_path_factory.mktemp("filters") / "scored.csv", ROWS)
    with closing(Index(path, "text", "")) as found:
        yield found


def ask(index: Index, **fields: str) -> Asked:
    """Return what an address with these fields asks for."""
    return parse_asked(parse_fields(urlencode(fields).encode()), index)


CASES: list[tuple[dict[str, str], Callable[[Row], bool]]] = [
    ({}, lambda _: True),
    ({"stance:hostile": "on"}, lambda one: one["stance"] == "hostile"),
    (
        {"stance:hostile": "on", "stance:contact-only": "on"},
        lambda one: one["stance"] in ("hostile", "contact-only"),
    ),
    ({"reason": "answers"}, lambda one: one["reason"] == ""),
    ({"reason": "abstains"}, lambda one: one["reason"] != ""),
    ({"reason": "not-english"}, lambda one: one["reason"] == "not-english"),
    ({"reason": "cut"}, lambda _: False),
    ({"confidence_from": "0.7"}, lambda one: float(one["confidence"]) >= 0.7),
    ({"confidence_to": "0,7"}, lambda one: float(one["confidence"]) <= 0.7),
    (
        {"confidence_from": ".41", "confidence_to": ".43"},
        lambda one: 0.41 <= float(one["confidence"]) <= 0.43,
    ),
    ({"novelty_from": "0.29"}, lambda one: float(one["novelty"]) >= 0.29),
    ({"novelty_to": "0"}, lambda one: float(one["novelty"]) <= 0),
    ({"in:outlet": "The Post"}, lambda one: one["outlet"] == "The Post"),
    ({"in:outlet": "  The   Post "}, lambda one: one["outlet"] == "The Post"),
    ({"in:outlet": EMPTY}, lambda one: one["outlet"] == ""),
    ({"in:about": "True"}, lambda one: one["about"] == "True"),
    ({"in:id": "s2999"}, lambda one: one["id"] == "s2999"),
    ({"target": "Hamas"}, lambda one: "Hamas" in one["targets"]),
    ({"from:day": "2016"}, lambda one: one["day"] >= "2016"),
    ({"to:day": "2016"}, lambda one: "" < one["day"] < "2017"),
    ({"from:day": "2016-02", "to:day": "2016-02"}, lambda one: one["day"][:7] == "2016-02"),
    ({"from:day": "2016-Q2", "to:day": "2016-Q2"}, lambda one: "2016-04" < one["day"] < "2016-07"),
    (
        {"from:day": "2015-W53", "to:day": "2015-W53"},
        lambda one: "2015-12-28" <= one["day"] <= "2016-01-03",
    ),
    ({"to:day": "29.2.2016"}, lambda one: "" < one["day"] <= "2016-02-29"),
    ({"search": "Doha banned"}, lambda one: {"Doha", "banned"} <= set(one["text"].split())),
    ({"search": "DOHA"}, lambda one: "Doha" in one["text"].split()),
    ({"search": "zurich"}, lambda one: "Zürich" in one["text"].split()),
    ({"search": "cap*"}, lambda one: "captives" in one["text"].split()),
    ({"search": "cap"}, lambda _: False),
    ({"search": '"aid border"'}, lambda one: "aid border" in one["text"]),
    ({"search": '"aid bor*"'}, lambda one: "aid border" in one["text"]),
    (
        {"search": "talks", "stance:none": "on", "in:outlet": "Daily", "confidence_from": "0.5"},
        lambda one: (
            "talks" in one["text"].split()
            and one["stance"] == "none"
            and one["outlet"] == "Daily"
            and float(one["confidence"]) >= 0.5
        ),
    ),
]


@pytest.mark.parametrize(("fields", "holds"), CASES, ids=[str(fields) for fields, _ in CASES])
def test_a_filter_leaves_the_rows_that_it_names(
    fields: dict[str, str], holds: Callable[[Row], bool], index: Index
) -> None:
    expected = [number for number, one in enumerate(ROWS) if holds(one)]
    assert select(index, ask(index, **fields)).tolist() == expected
    assert expected or set(fields.values()) <= {"cut", "cap", "0"}


@pytest.mark.parametrize(
    ("sort", "key"),
    [
        ("least-sure", lambda one: float(one["confidence"])),
        ("most-sure", lambda one: -float(one["confidence"])),
        ("new-first", lambda one: -float(one["novelty"])),
        ("p:contact-only", lambda one: -float(one["p_contact_only"])),
    ],
)
@pytest.mark.parametrize("fields", [{}, {"stance:contact-only": "on"}, {"search": "envoy"}])
def test_rows_are_sorted_and_equal_ones_stay_in_the_order_of_the_file(
    sort: str, key: Callable[[Row], float], fields: dict[str, str], index: Index
) -> None:
    kept = select(index, ask(index, **fields)).tolist()
    expected = sorted(kept, key=lambda number: key(ROWS[number]))
    assert select(index, ask(index, sort=sort, **fields)).tolist() == expected


@pytest.mark.parametrize("fields", [fields for fields, _ in CASES])
def test_the_address_of_a_selection_asks_for_the_same(fields: dict[str, str], index: Index) -> None:
    asked = ask(index, **fields, sort=MOST_SURE, page="3", rows="50")
    again = parse_asked(parse_fields(query(asked).encode()), index)
    assert again == asked
    assert asked.page == 3
    assert parse_asked(parse_fields(query(asked, page=1).encode()), index).page == 1
    assert parse_asked(parse_fields(query(asked, words="").encode()), index).words == ""


def test_bounds_keep_all_of_their_digits(index: Index) -> None:
    asked = ask(index, confidence_from="0.123456789")
    assert parse_asked(parse_fields(query(asked).encode()), index).confidence[0] == 0.123456789


def test_fields_that_are_empty_ask_for_nothing(index: Index) -> None:
    empty = {"search": " ", "reason": "", "in:outlet": "", "confidence_from": "", "stance:none": ""}
    assert ask(index, **empty) == Asked()


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"stance:neutral": "on"}, "no label 'neutral'; the file has 'contact-only', "),
        ({"reason": "tired"}, "reason cannot be 'tired'; it is one of answers, abstains, empty"),
        ({"confidence_from": "much"}, "'confidence from' is 'much', and goes from 0 to 1"),
        ({"confidence_to": "1.1"}, "goes from 0 to 1"),
        ({"novelty_from": "nan"}, "goes from 0 to 1"),
        ({"novelty_to": "-1"}, "goes from 0 to 1"),
        ({"in:outlet": "Nowhere"}, "column 'outlet' has no value 'Nowhere'"),
        ({"in:about": EMPTY}, "column 'about' has no value"),
        ({"in:text": "a"}, "no column with groups 'text'; the file has 'id', 'outlet'"),
        ({"in:": "a"}, "no column with groups ''"),
        ({"from:outlet": "2020"}, "no column of dates 'outlet'; the file has 'day'"),
        ({"from:day": "yesterday"}, "'yesterday' is no day, week, month"),
        ({"to:day": "2020-02-30"}, "is no day"),
        ({"to:day": "2020-W54"}, "is no day"),
        ({"to:day": "2020-13"}, "is no day"),
        ({"to:day": "0000"}, "is no day"),
        ({"target": "ETA"}, "target cannot be 'ETA'; it is one of Hamas, Houthis"),
        ({"sort": "best"}, "sort cannot be 'best'; it is one of file, least-sure"),
        ({"page": "0"}, "page is '0', and counts from 1"),
        ({"page": "-1"}, "counts from 1"),
        ({"page": "²"}, "counts from 1"),
        ({"page": "1" * 5_000}, "counts from 1"),
        ({"rows": "7"}, "rows cannot be '7'; it is one of 25, 50, 100"),
        ({"colour": "red"}, "nothing to filter by called 'colour'"),
        ({"search": "***"}, r"holds no word \('\*\*\*'\)"),
        ({"search": '"-- " &'}, "holds no word"),
        ({"search": " ".join(["a"] * 21)}, "21 words; give up to 20"),
    ],
)
def test_what_means_nothing_is_said(fields: dict[str, str], said: str, index: Index) -> None:
    with pytest.raises(DataError, match=said):
        ask(index, **fields)


ODD = [
    "a OR b",
    "NOT talks",
    "NEAR(talks Doha)",
    "talks AND",
    "text:talks",
    "{text}: a",
    "a + b^2",
    "-talks",
    "^talks",
    "talks) OR (1=1",
    "'; DROP TABLE statement; --x",
    "don't",
    '"unclosed talks',
    '"" talks ""',
    "a*b*c**",
    "*a",
    "(a",
    "x" * 5_000,
    "²",
    "𞤀",
    "\u0301a",
    "العربية",
    "中文",
    "ta_ks %",
    "\\a",
    "\ufffda",
    *MARKED_UP,
]


@pytest.mark.parametrize("words", ODD)
def test_no_search_is_a_language(words: str, index: Index) -> None:
    found = select(index, ask(index, search=words)).tolist()
    # Operators are words like others, and marks part words.
    asked = {
        word
        for part in parse_words(words)
        if not part.endswith("*")
        for word in re.findall(r"[a-z]+", part.lower())
    }
    for number in found:
        assert asked <= set(re.findall(r"\w+", ROWS[number]["text"].lower()))
    assert len(select(index, Asked())) == len(ROWS)


def test_it_says_whether_rows_are_chosen_by_the_answer(index: Index) -> None:
    chosen = {"stance:none": "on", "reason": "answers", "confidence_to": "0", "novelty_from": "1"}
    for name, value in chosen.items():
        assert ask(index, **{name: value}).selects_by_answer
    others = {"in:outlet": "Daily", "to:day": "2020", "target": "Hamas", "search": "a", "page": "2"}
    assert not ask(index, **others, sort="least-sure").selects_by_answer


def test_columns_may_be_called_like_fields_and_labels(tmp_path: Path) -> None:
    own = {"search": "x", "page": "y", "in:a": "z", "": "w", 'a"><b>': "v", "stance:none": "u"}
    rows = [row("a", own), row("b", dict.fromkeys(own, "other"))]
    with closing(Index(write_scored(tmp_path / "s.csv", rows), "text", "")) as odd:
        assert set(odd.groups) == set(own)
        for name, value in own.items():
            asked = ask(odd, **{f"in:{name}": value})
            assert select(odd, asked).tolist() == [0]
            assert parse_asked(parse_fields(query(asked).encode()), odd) == asked
