"""Whatever is in a table comes back as it was, once, in its order; or one sentence says why not."""

import csv
import io
import json
import math
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stance import StanceModel
from stance.errors import DataError
from stance.scoring.rows.formats import Layout, Style
from stance.scoring.rows.records import header_line, to_bytes
from stance.scoring.rows.sinks import FileSink
from stance.scoring.rows.sources import open_source
from stance.scoring.table import Options, score_table
from stance.scoring.tally import Tally

Table = tuple[list[str], list[list[str]]]

# Everything but half surrogate pairs, which are no characters.
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
LONG = st.sampled_from(["x" * 100_000, "word " * 20_000, "a\x00b", '"', '"\n"', "a\r\nb", "\ufeff"])
FUZZ = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    database=None,
)


@pytest.fixture(scope="module")
def model(small_model: StanceModel) -> StanceModel:
    return small_model


@st.composite
def tables(draw: Any, cells: st.SearchStrategy[str] = TEXTS | LONG) -> Table:
    # Columns without a name and rows without anything have tests of their own.
    others = TEXTS.filter(lambda name: name.strip() and name != "text")
    names = draw(st.lists(others, max_size=3, unique=True))
    place = draw(st.integers(0, len(names)))
    names = [*names[:place], "text", *names[place:]]
    row = st.lists(cells, min_size=len(names), max_size=len(names))
    row = row.filter(lambda row: len(row) == 1 or any(cell.strip() for cell in row))
    return names, draw(st.lists(row, min_size=1, max_size=5))


def score(model: StanceModel, source: Path, target: Path, form: str) -> Tally:
    sink = FileSink(target, Style(target.suffix[1:]), {}, resume=False)
    try:
        with closing(open_source(str(source), Layout(form))) as opened:
            tally = score_table(opened, sink, model, Options(prefix="ours_"), lambda *_: None)
        sink.finish()
    except BaseException:
        sink.give_up()
        raise
    return tally


def rows_or_sentence(model: StanceModel, source: Path, target: Path, form: str) -> int | None:
    """Return how many rows came out, or None if one sentence said why there are none."""
    said: list[str] = []
    try:
        return score(model, source, target, form).rows
    except DataError as error:
        said = str(error).splitlines()
    assert len(said) == 1
    assert said[0].endswith(".")
    return None


def check_added(model: StanceModel, texts: list[str], added: list[dict[str, Any]]) -> None:
    """Hold the added columns against what the model says in Python."""
    expected = model.score(texts).drop(columns="text").to_dict("records")
    ours = [{f"ours_{key}": value for key, value in row.items()} for row in expected]
    assert [{key: str(value) for key, value in row.items()} for row in added] == [
        {key: str(value) for key, value in row.items()} for row in ours
    ]


@FUZZ
@given(tables())
def test_csv_comes_back(model: StanceModel, tmp_path: Path, table: Table) -> None:
    names, rows = table
    content = io.StringIO(newline="")
    csv.writer(content, quoting=csv.QUOTE_ALL).writerows([names, *rows])
    # A byte-order mark is no part of the first name.
    (tmp_path / "in.csv").write_bytes(("\ufeff" + content.getvalue()).encode())
    score(model, tmp_path / "in.csv", tmp_path / "out.csv", "csv")
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        found_names, *found = list(csv.reader(file, strict=True))
    assert found_names[: len(names)] == names
    assert [row[: len(names)] for row in found] == rows
    added = [dict(zip(found_names[len(names) :], row[len(names) :], strict=True)) for row in found]
    check_added(model, [row[names.index("text")] for row in rows], added)


@FUZZ
@given(tables(TEXTS.map(lambda cell: cell.translate(dict.fromkeys(map(ord, "\t\r\n"))))))
def test_tab_separated_text_comes_back(model: StanceModel, tmp_path: Path, table: Table) -> None:
    names, rows = table
    names = [
        name.translate(dict.fromkeys(map(ord, "\t\r\n"))) + str(n) for n, name in enumerate(names)
    ]
    names[table[0].index("text")] = "text"
    lines = ["\t".join(row) for row in [names, *rows]]
    if names[0].startswith("\ufeff") or any(not line for line in lines):
        return
    (tmp_path / "in.tsv").write_bytes("".join(f"{line}\r\n" for line in lines).encode())
    score(model, tmp_path / "in.tsv", tmp_path / "out.tsv", "tsv")
    found = (tmp_path / "out.tsv").read_bytes().decode().removesuffix("\n").split("\n")
    assert [line.split("\t")[: len(names)] for line in found] == [names, *rows]


@FUZZ
@given(tables(), st.data())
def test_json_lines_come_back_byte_by_byte(
    model: StanceModel, tmp_path: Path, table: Table, data: st.DataObject
) -> None:
    names, rows = table
    values = (
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.lists(TEXTS)
    )
    objects: list[dict[str, Any]] = []
    for row in rows:
        others = {name: data.draw(values) for name in names if name != "text"}
        objects.append(others | {"text": row[names.index("text")]})
    lines = [json.dumps(one, ensure_ascii=data.draw(st.booleans())) for one in objects]
    (tmp_path / "in.jsonl").write_bytes("\n".join(lines).encode())
    score(model, tmp_path / "in.jsonl", tmp_path / "out.jsonl", "jsonl")
    found = (tmp_path / "out.jsonl").read_bytes().decode().removesuffix("\n").split("\n")
    assert all(after.startswith(before[:-1]) for before, after in zip(lines, found, strict=True))
    added = [
        {key: value for key, value in json.loads(line).items() if key.startswith("ours_")}
        for line in found
    ]
    check_added(model, [one["text"] for one in objects], added)


COLUMN = st.sampled_from([
    (pa.string(), TEXTS | st.none()),
    (pa.large_string(), TEXTS),
    (pa.int64(), st.integers(-(2**63), 2**63 - 1) | st.none()),
    (pa.float32(), st.floats(width=32)),
    (pa.bool_(), st.booleans()),
    (pa.timestamp("us", "UTC"), st.integers(0, 2**40)),
    (pa.list_(pa.string()), st.lists(TEXTS, max_size=2) | st.none()),
    (pa.binary(), st.binary(max_size=4)),
    (pa.struct([("a", pa.int8())]), st.fixed_dictionaries({"a": st.integers(-9, 9)})),
    (pa.decimal128(9, 2), st.decimals(-99, 99, places=2)),
    (pa.dictionary(pa.int8(), pa.string()), st.sampled_from(["a", "b"])),
])  # fmt: skip


@FUZZ
@given(st.data())
def test_parquet_comes_back_with_its_types(
    model: StanceModel, tmp_path: Path, data: st.DataObject
) -> None:
    count = data.draw(st.integers(0, 5))
    kinds = data.draw(st.lists(COLUMN, max_size=4))
    columns = [pa.array([data.draw(values) for _ in range(count)], kind) for kind, values in kinds]
    text = pa.array([data.draw(TEXTS | LONG | st.none()) for _ in range(count)], pa.string())
    names = [f"c{number}" for number in range(len(columns))]
    table = pa.table([*columns, text], names=[*names, "text"])
    pq.write_table(table, tmp_path / "in.parquet", row_group_size=2)
    score(model, tmp_path / "in.parquet", tmp_path / "out.parquet", "parquet")
    found = pq.read_table(tmp_path / "out.parquet")
    given_back = found.select(table.schema.names)
    assert given_back.schema == table.schema
    assert given_back.to_pylist().__repr__() == table.to_pylist().__repr__()
    added = found.drop_columns(table.schema.names)
    assert {str(kind) for kind in added.schema.types} == {"string", "double", "bool"}
    check_added(model, [cell or "" for cell in text.to_pylist()], added.to_pylist())


@FUZZ
@given(st.sampled_from(["csv", "tsv", "jsonl", "txt", "parquet"]), st.binary(max_size=60))
def test_any_bytes_are_rows_or_one_sentence(
    model: StanceModel, tmp_path: Path, form: str, content: bytes
) -> None:
    for start in (b"", b"text\n", b'{"text": "', b"PAR1"):
        (tmp_path / "in").write_bytes(start + content)
        rows = rows_or_sentence(model, tmp_path / "in", tmp_path / "out.csv", form)
        assert not list(tmp_path.glob(".out*"))
        if rows is not None:
            with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
                assert len(list(csv.reader(file))) == rows + 1


@FUZZ
@given(st.integers(0, 10_000), st.integers(1, 255))
def test_a_damaged_parquet_file_is_rows_or_one_sentence(
    model: StanceModel, tmp_path: Path, place: int, change: int
) -> None:
    table = pa.table({"text": ["They met.", "They left."], "n": [1, 2]})
    pq.write_table(table, tmp_path / "in.parquet")
    content = bytearray((tmp_path / "in.parquet").read_bytes())
    content[place % len(content)] ^= change
    (tmp_path / "in.parquet").write_bytes(content)
    rows_or_sentence(model, tmp_path / "in.parquet", tmp_path / "out.csv", "parquet")


def test_every_text_format_says_the_same(model: StanceModel, tmp_path: Path) -> None:
    texts = ["They met, and talked.", 'He said: "Never".', "Банк", "It rained in the capital."]
    (tmp_path / "in.txt").write_text("\n".join([texts[0], "", *texts[1:]]), "utf-8")
    csv_rows = [["line", "text"], *zip([1, 3, 4, 5], texts, strict=True)]
    content = io.StringIO(newline="")
    csv.writer(content).writerows(csv_rows)
    (tmp_path / "in.csv").write_bytes(content.getvalue().encode("utf-16"))
    results = []
    style = Style("csv")
    for name, form, encoding in (("in.txt", "txt", "utf-8"), ("in.csv", "csv", "utf-16")):
        with closing(open_source(str(tmp_path / name), Layout(form, encoding=encoding))) as source:
            (rows,) = source.chunks()
        added = model.score_columns(rows.texts)
        results.append(header_line([*rows.names, *added], style) + to_bytes(rows, added, style))
    assert results[0] == results[1]
    assert results[0].startswith(b"line,text,stance,confidence,abstain,p_")


def test_columns_without_a_header_are_numbered(tmp_path: Path) -> None:
    (tmp_path / "in.tsv").write_text('a\t"They met.\nb\tRain.\n')
    layout = Layout("tsv", header=False)
    with closing(open_source(str(tmp_path / "in.tsv"), layout, "2")) as source:
        (rows,) = source.chunks()
    assert (rows.names, rows.texts) == (["1", "2"], ['"They met.', "Rain."])


def test_a_chunk_is_no_larger_for_long_cells(tmp_path: Path) -> None:
    (tmp_path / "in.txt").write_text("".join(f"{'word ' * 20_000}{n}\n" for n in range(30)))
    with closing(open_source(str(tmp_path / "in.txt"), Layout("txt"))) as source:
        chunks = list(source.chunks())
    assert max(len(rows.texts) for rows in chunks) == 10
    assert sum(len(rows.texts) for rows in chunks) == 30


Write = Callable[[Path], object]


def parquet(**columns: Any) -> Write:
    return lambda path: pq.write_table(pa.table(columns), path)


def twice(path: Path) -> None:
    table = pa.Table.from_arrays([pa.array(["A"]), pa.array(["B"])], names=["text", "text"])
    pq.write_table(table, path)


@pytest.mark.parametrize(
    ("write", "target", "expected"),
    [
        (parquet(other=["A"]), "csv", r"no column 'text'; .* 'other'; .* --text-column\.$"),
        (parquet(text=[b"A"]), "csv", r"column 'text' is binary, not text; name the right one"),
        (parquet(text=[["A"]]), "csv", r"column 'text' is list<.*>, not text"),
        (parquet(text=[1, 2]), "csv", r"column 'text' is int64, not text"),
        (parquet(text=["A"], b=[b"\xff"]), "csv", r"column 'b' is binary, which a table of text"),
        (parquet(text=["A"], b=[b"\xff"]), "jsonl", r"holds bytes, which JSON cannot"),
        (parquet(text=["A"], n=[math.nan]), "jsonl", r"holds NaN or infinity, which JSON cannot"),
        (parquet(text=["A"], l=[[1]]), "csv", r"column 'l' is list<.*>, which a table of text"),
        (twice, "csv", r"column 'text' is there twice; rename one of them"),
        (lambda path: path.write_bytes(b"PAR1"), "csv", r"not a whole Parquet file \("),
        (lambda path: path.mkdir(), "csv", r"it is a folder; name a file"),
    ],
)  # fmt: skip
def test_parquet_that_cannot_be_used(
    model: StanceModel, tmp_path: Path, write: Write, target: str, expected: str
) -> None:
    write(tmp_path / "in.parquet")
    with pytest.raises(DataError, match=expected):
        score(model, tmp_path / "in.parquet", tmp_path / f"out.{target}", "parquet")


@pytest.mark.parametrize(
    ("content", "form", "target", "expected"),
    [
        (b'{"text": "A"}\n{"text": "B", "n": 1}', "jsonl", "csv", r"line 2: the key 'n' is not in"),
        (b'{"text": "A"}\n{"n": 1}', "jsonl", "jsonl", r"line 2: no key 'text'; the object has"),
        (b'{"text": "A", "ours_stance": 1}', "jsonl", "jsonl", r"has a column 'ours_stance'"),
        (b'{"text": "A"}\n{"text": "B", "ours_stance": 1}', "jsonl", "jsonl", r"'ours_stance'"),
        (b'{"text": "\\ud800"}', "jsonl", "jsonl", r"line 1: .*half a surrogate pair"),
        (b'{"text": 1' + b"0" * 5000 + b"}", "jsonl", "csv", r"line 1: a number is too long"),
        (b'{"text":' + b"[" * 99999, "jsonl", "csv", r"line 1: a number .* nested too deep"),
        (b'text\n"A\tB"\n', "csv", "tsv", r"line 2: a cell holds a tab or a line end"),
        (b"text\nA\n\xff\n", "csv", "csv", r"line 3, byte 1: 0xff is not UTF-8; name the file's"),
        (b"x\r" * 3, "csv", "csv", r"not valid CSV"),
    ],
)
def test_rows_that_cannot_be_read_or_written(
    model: StanceModel, tmp_path: Path, content: bytes, form: str, target: str, expected: str
) -> None:
    (tmp_path / "in").write_bytes(content)
    with pytest.raises(DataError, match=expected):
        score(model, tmp_path / "in", tmp_path / f"out.{target}", form)


def test_undecodable_bytes_are_named_wherever_they_are(tmp_path: Path) -> None:
    lines = [f"Statement {number} é.".encode("cp1252") for number in range(9_000)]
    for encoding, bad, expected in (
        ("utf-8", 0, r"line 1, byte 13: 0xe9 is not UTF-8"),
        ("ascii", 0, r"line 1, byte 13: 0xe9 is not ASCII"),
        ("cp1252", 8_000, r"line 8001, byte 1: 0x81 is not CP1252"),
    ):
        some = [*lines[:bad], b"\x81" if bad else lines[0], *lines[bad:]]
        (tmp_path / "in.txt").write_bytes(b"\n".join(some))
        layout = Layout("txt", encoding=encoding)
        with (
            closing(open_source(str(tmp_path / "in.txt"), layout)) as source,
            pytest.raises(DataError, match=expected),
        ):
            list(source.chunks())


def test_numbers_are_written_as_they_are(model: StanceModel, tmp_path: Path) -> None:
    (tmp_path / "in.txt").write_text("They met for talks on peace.")
    score(model, tmp_path / "in.txt", tmp_path / "out.csv", "txt")
    _, row = csv.reader((tmp_path / "out.csv").read_text().splitlines())
    assert all(len(cell) <= 6 for cell in row[5:-1])
    assert np.array(row[5:-1], dtype=float).sum() == pytest.approx(1, abs=2e-4)
