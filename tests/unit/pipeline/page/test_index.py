"""A scored file that is read: of any format, whatever its own columns are, or refused."""

import resource
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np
import pytest

from pipeline.page.reading import columns, store
from pipeline.page.reading.index import MOST_COLUMNS, Index
from stance.errors import DataError
from stance.scoring.rows.formats import SCORED_SUFFIXES
from tests.inside import Inside
from tests.projects import MARKED_UP
from tests.scored import LABELS, row, scores, some_rows, write_scored

TEXTS = ["Moscow keeps a line open to the group.", "", "They talked in Doha.", "No."]


@contextmanager
def reading(path: Path, prefix: str = "") -> Iterator[Index]:
    """Give what is read of a file for the block."""
    with closing(Index(path, "text", prefix)) as index:
        yield index


@pytest.mark.parametrize("suffix", SCORED_SUFFIXES)
def test_every_format_that_scores_are_written_in_says_the_same(
    suffix: str, here: Path, inside: Inside
) -> None:
    rows = [
        {"text": text, "outlet": f"o{n % 2}", "day": "2020-02-03"} for n, text in enumerate(TEXTS)
    ]
    write_scored(here / "in.csv", rows)
    for output in ("out.csv", f"out{suffix}"):
        inside.stance("score", "--input", "in.csv", "--output", output, "--target", "group")
    with reading(here / "out.csv") as expected, reading(here / f"out{suffix}") as index:
        assert [one.text for one in index.rows(range(4))] == TEXTS
        assert index.rows(range(4)) == expected.rows(range(4))
        assert index.labels == expected.labels
        assert index.names == ["text", "outlet", "day"]
        assert index.dates == ["day"]
        assert index.targets == ["group"]
        assert index.groups["outlet"] == ["o0", "o1"]
        for name in ("stances", "reasons", "confidences"):
            assert getattr(index, name).tolist() == getattr(expected, name).tolist()


def test_the_columns_are_numbers_of_what_the_rows_say(tmp_path: Path) -> None:
    rows = some_rows(2_500)
    with reading(write_scored(tmp_path / "scored.csv", rows)) as index:
        found = index.rows(range(2_500))
        assert [index.labels[number] for number in index.stances] == [one["stance"] for one in rows]
        assert [one.stance for one in found] == [one["stance"] for one in rows]
        assert [one.reason for one in found] == [one["reason"] for one in rows]
        assert [one.confidence for one in found] == [float(one["confidence"]) for one in rows]
        assert [one.novelty for one in found] == [float(one["novelty"]) for one in rows]
        assert np.allclose(index.confidences, [one.confidence for one in found])
        assert np.allclose(index.probability("hostile"), [float(one["p_hostile"]) for one in rows])
        outlets = index.groups["outlet"]
        assert [outlets[code] for code in index.codes("outlet")] == [one["outlet"] for one in rows]
        numbers, months = index.periods("day", "month")
        assert [months[number] for number in numbers] == [one["day"][:7] for one in rows]
        both = index.about("Hamas") & index.about("Houthis")
        assert both.tolist() == [";" in one["targets"] for one in rows]
        assert [one.number for one in index.rows([7, 3, 2_499])] == [7, 3, 2_499]


@pytest.mark.parametrize("prefix", ["", "first_"])
def test_own_columns_may_begin_like_those_of_probabilities(prefix: str, tmp_path: Path) -> None:
    said = {f"{prefix}{name}": value for name, value in scores("hostile").items()}
    own = {f"{prefix}p_value": "0.04", "p_": "x", "confidence_of_coder": "3"}
    rows = [{"text": "a", **own, **said, f"{prefix}p_after": "7"}]
    with reading(write_scored(tmp_path / "scored.csv", rows), prefix) as index:
        assert index.labels == ["contact_only", "dialogue", "hostile", "none"]
        assert index.names == ["text", *own, f"{prefix}p_after"]
        (found,) = index.rows([0])
        assert found.cells == {**own, f"{prefix}p_after": "7"}
        assert list(found.probabilities.values()) == pytest.approx([0.1, 0.1, 0.7, 0.1])


def test_the_model_names_labels_that_no_row_has_and_finds_columns_that_were_moved(
    tmp_path: Path,
) -> None:
    said = row("a", {"p_value": "0.9"})
    last = ["stance", "abstain", "reason"]
    moved = {name: said[name] for name in [*sorted(set(said) - set(last)), *last]}
    path = write_scored(tmp_path / "scored.csv", [moved])
    with closing(Index(path, "text", "", (LABELS, "none"))) as index:
        assert index.labels == LABELS
        assert index.background == "none"
        assert index.names == ["p_value", "text"]
    write_scored(path, [row("a")])
    with closing(Index(path, "text", "", (["for", "against"], "against"))) as index:
        assert index.labels == ["contact_only", "dialogue", "hostile", "none"]
        assert index.background is None


def test_objects_of_json_lines_may_have_keys_of_their_own(here: Path, inside: Inside) -> None:
    lines = '{"text": "They met.", "a": 1}\n{"b": {"c": [1]}, "text": "They talked.", "a": null}\n'
    (here / "in.jsonl").write_text(lines, "utf-8")
    inside.stance("score", "--input", "in.jsonl", "--output", "out.jsonl", "--explain")
    with reading(here / "out.jsonl") as index:
        assert index.names == ["text", "a"]
        assert index.more_keys == "b"
        assert [one.text for one in index.rows([0, 1])] == ["They met.", "They talked."]
        lines = "".join(line or "" for _, line in index.raw([0, 1]))
        assert lines == (here / "out.jsonl").read_text("utf-8")


def test_a_table_of_hundreds_of_columns_needs_few_open_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(columns, "_HELD", 16)
    own = [{f"c{n}": str((n + r) % 5) for n in range(600)} for r in range(50)]
    path = write_scored(tmp_path / "scored.csv", [row("a", cells) for cells in own])
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
    try:
        with reading(path) as index:
            assert len(index.groups) == MOST_COLUMNS
            assert len(index.left_out) == 600 - MOST_COLUMNS
            codes = index.codes("c7")
            values = index.groups["c7"]
            assert [values[code] for code in codes] == [cells["c7"] for cells in own]
            assert index.rows([3])[0].cells == own[3]
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_columns_of_many_values_are_given_up_and_of_few_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(columns, "MOST_VALUES", 100)
    monkeypatch.setattr(columns, "MOST_CHARACTERS", 5_000)
    rows = [
        row(
            f"text {n}",
            {"id": str(n), "few": str(n % 100), "same": "x", "long": f"{n % 9}" * 1_000},
        )
        for n in range(300)
    ]
    with reading(write_scored(tmp_path / "scored.csv", rows)) as index:
        assert list(index.groups) == ["few"]
        assert len(index.groups["few"]) == 100
        assert index.rows([299])[0].cells["id"] == "299"


def test_white_space_makes_no_group_of_its_own(tmp_path: Path) -> None:
    cells = ["The Post", " The  Post", "The\nPost ", "  ", "", "Daily"]
    path = write_scored(tmp_path / "scored.csv", [row("a", {"outlet": one}) for one in cells])
    with reading(path) as index:
        assert index.groups["outlet"] == ["The Post", "", "Daily"]
        assert index.codes("outlet").tolist() == [0, 0, 0, 1, 1, 2]
        assert [one.cells["outlet"] for one in index.rows(range(6))] == cells


def test_dates_are_told_from_what_only_looks_like_one(tmp_path: Path) -> None:
    own = [
        {
            "iso": "2020-02-29",
            "dotted": "29.2.2020",
            "time": "2020-02-29T23:59:00",
            "no": "2020-02-29",
        },
        {"iso": "", "dotted": "1.3.2020", "time": "2020-03-01 00:01:00", "no": "2020-02-30"},
    ]
    with reading(write_scored(tmp_path / "scored.csv", [row("a", one) for one in own])) as index:
        assert index.dates == ["iso", "dotted", "time"]
        assert index.days("iso").tolist() == [737484, 0]
        assert index.periods("iso", "week")[1] == ["", "2020-W09"]
        assert index.periods("time", "quarter")[1] == ["2020-Q1"]


def test_markup_and_odd_characters_come_back_as_they_were(tmp_path: Path) -> None:
    texts = [*MARKED_UP, "a\x00b", "  ", "\u202eabc", "🙂" * 40, "x" * 200_000]
    rows = [row(text, {text_.replace("\x00", ""): text for text_ in MARKED_UP}) for text in texts]
    with reading(write_scored(tmp_path / "scored.csv", rows)) as index:
        assert index.names == ["text", *MARKED_UP]
        for number, text in enumerate(texts):
            (found,) = index.rows([number])
            assert found.text == text
            assert set(found.cells.values()) == {text}


@pytest.mark.parametrize("library", ["with", "without"])
def test_a_search_finds_words_phrases_and_beginnings(
    library: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if library == "without":
        monkeypatch.setattr(store, "_can_search", lambda _: False)
    texts = ["The Armed group met.", "A group, armed.", "He regrouped it: 100%", 'Zürich_1 \\ "q"']
    with reading(
        write_scored(tmp_path / "s.csv", [row(one, {"x": "hidden"}) for one in texts])
    ) as index:
        assert index.search(["group", "armed"]).tolist() == [0, 1]
        assert index.search(["armed group"]).tolist() == [0]
        assert index.search(["regr*"]).tolist() == [2]
        assert index.search(["hidden"]).tolist() == []
        if library == "with":
            assert index.search(["group"]).tolist() == [0, 1]
            assert index.search(["grou"]).tolist() == []
            assert index.search(["zurich*"]).tolist() == [3]
        else:
            # Without the library's search a word is found within another, and letters are as
            # they are.
            assert index.search(["group"]).tolist() == [0, 1, 2]
            assert index.search(["0%"]).tolist() == [2]
            assert index.search(["Zürich_1"]).tolist() == [3]


GOOD = {"text": "a", **scores()}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"stance": "neutral"}, "line 3: these are no scores of a model .'neutral'"),
        ({"stance": ""}, "line 3: these are no scores"),
        ({"confidence": "high"}, "line 3: .*'high'"),
        ({"confidence": "1.2"}, "line 3: "),
        ({"confidence": "nan"}, "line 3: "),
        ({"abstain": "yes"}, "line 3: "),
        ({"abstain": "True"}, "line 3: "),
        ({"reason": "tired"}, "line 3: .*'tired'"),
        ({"p_none": "0.5"}, "line 3: "),
        ({"p_none": "-0.5", "p_hostile": "1.3"}, "line 3: "),
        ({"p_none": "inf"}, "line 3: "),
        ({"novelty": "new"}, "line 3: "),
    ],
)
def test_a_row_that_holds_no_scores_is_named(
    change: dict[str, str], said: str, tmp_path: Path
) -> None:
    good = {**GOOD, "novelty": "0.5"}
    path = write_scored(tmp_path / "scored.csv", [good, {**good, **change}, good])
    with pytest.raises(DataError, match=f"scored.csv, {said}.*score the file again"):
        Index(path, "text", "")


def test_a_row_may_leave_open_how_new_it_is(tmp_path: Path) -> None:
    rows = [{**GOOD, "novelty": "0.5"}, {**GOOD, "novelty": ""}]
    with reading(write_scored(tmp_path / "scored.csv", rows)) as index:
        assert [one.novelty for one in index.rows([0, 1])] == [0.5, None]
        assert index.typed(list(rows[1].values()))["novelty"] is None


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.csv", "text,stance\na,none\n", "no column 'confidence'; score the file first"),
        ("a.csv", "stance,confidence,abstain,reason,text\nnone,1,False,,a\n", "no column 'p_…'"),
        ("a.csv", "sentence,stance\na,none\n", "no column 'text'.*--text-column"),
        ("a.csv", ",".join(GOOD) + "\n", "no rows in it"),
        ("a.csv", "", "a.csv"),
        ("a.txt", "text\n", "its suffix is none of .csv, .*`stance score --output`"),
        ("a.parquet", "no parquet", "a.parquet"),
        ("a.xlsx", "no sheet", "a.xlsx: not a whole .xlsx file"),
        ("a.jsonl", "{", "a.jsonl, line 1"),
    ],
)
def test_what_is_no_scored_file_is_refused_with_what_to_do(
    name: str, content: str, said: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_text(content, "utf-8")
    with pytest.raises(DataError, match=said):
        Index(tmp_path / name, "text", "")


def test_another_prefix_is_asked_for(tmp_path: Path) -> None:
    rows = [{"text": "a", **{f"m_{name}": value for name, value in scores().items()}}]
    path = write_scored(tmp_path / "scored.csv", rows)
    with pytest.raises(DataError, match=r"no column 'stance'.*--prefix"):
        Index(path, "text", "")
    with reading(path, "m_") as index:
        assert index.names == ["text"]


def test_a_full_disk_is_said(tmp_path: Path) -> None:
    path = write_scored(tmp_path / "scored.csv", some_rows(35_000))
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, limits[1]))
    try:
        with pytest.raises(DataError, match=r"cannot be kept.*make room.*TMPDIR"):
            Index(path, "text", "")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_it_tells_when_the_file_is_another(tmp_path: Path) -> None:
    rows = some_rows(3)
    path = write_scored(tmp_path / "scored.csv", rows)
    with reading(path) as index:
        assert not index.changed()
        write_scored(path, some_rows(4))
        assert index.changed()
        path.unlink()
        assert index.changed()
        assert [one.text for one in index.rows(range(3))] == [one["text"] for one in rows]
