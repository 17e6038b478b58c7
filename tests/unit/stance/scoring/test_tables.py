# ruff: noqa: DTZ001, E501, S311 - a case is a line
"""Tables as people's programs write them: read for what they are, or refused with what mends it."""

import datetime as dt
import io
import random
import re
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stance.scoring.rows.formats import Style
from stance.scoring.rows.labels import LabelNames
from stance.scoring.rows.lines import Lines
from stance.scoring.rows.records import without_formula
from stance.scoring.rows.sheets import SheetChunk, read_sheet, write_sheet
from stance.scoring.rows.sinks import FileSink
from stance.text.formats.readings import told_encoding
from tests.inside import Done, Inside

TALKS = "They met in Doha for talks on peace."
GERMAN = "Nr;text;Partei\r\n1;They met for talks.;Grüne\r\n2;They left, too.;Die Größte\r\n"
FRENCH = "id,text\n1,Ils ont élevé un mur à côté.\n"


@pytest.fixture
def score(small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, inside: Inside) -> Any:
    """Return `stance score` in this process, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("STANCE_MODEL", str(small))

    def run(*arguments: str, stdin: bytes = b"") -> Done:
        done = inside.stance("score", *arguments, stdin=stdin, code=None)
        if done.code:
            assert re.search(r"\Astance score: [^\n]*\.\n\Z", done.err), done.err
        return done

    return run


def sheet(*rows: list[Any], form: str = "xlsx") -> bytes:
    file = io.BytesIO()
    write_sheet(file, iter(rows), form)
    return file.getvalue()


def changed(content: bytes, member: str, change: Callable[[bytes], bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(packed, "w") as new:
        for name in old.namelist():
            new.writestr(name, change(old.read(name)) if name == member else old.read(name))
    return packed.getvalue()


XLSX = sheet(["id", "text"], [1, TALKS])
ODS = sheet(["id", "text"], [1, TALKS], form="ods")
WORKBOOK, SHEET = "xl/workbook.xml", "xl/worksheets/sheet1.xml"
NAMELESS = "text,,\n" + "They met.,,\n" * 150
FAR = changed(XLSX, SHEET, lambda xml: xml.replace(b'r="B2"', b'r="XFD1048576"'))
FAR_ODS = changed(
    ODS,
    "content.xml",
    lambda xml: xml.replace(
        b"<table:table-row>",
        b'<table:table-row table:number-rows-repeated="999999">'
        b'<table:table-cell table:number-columns-repeated="9999"/>',
    ),
)

# What is in the file, what it is called, more options, and the texts or what is said instead.
ODD: dict[str, tuple[bytes, str, list[str], list[str] | str]] = {
    "nothing": (b"", "in.csv", [], r"the file is empty; its first line must name the columns"),
    "a mark alone": (b"\xef\xbb\xbf", "in.csv", [], r"the file is empty"),
    "a header alone": (b"id;text\n", "in.csv", [], r"there are no rows"),
    "semicolons in cp1252": (GERMAN.encode("cp1252"), "in.csv", [], ["They met for talks.", "They left, too."]),
    "semicolons in Mac Roman": (GERMAN.encode("mac_roman"), "in.csv", [], ["They met for talks.", "They left, too."]),
    "UTF-16 with a mark": (GERMAN.encode("utf-16"), "in.csv", [], ["They met for talks.", "They left, too."]),
    "UTF-16 without": (GERMAN.encode("utf-16-le"), "in.csv", [], ["They met for talks.", "They left, too."]),
    "letters of several encodings": (FRENCH.encode("cp1252"), "in.csv", [], r"line 2.* not UTF-8; .* --encoding, such as cp1252"),
    "the encoding named": (FRENCH.encode("cp1252"), "in.csv", ["--encoding", "cp1252"], ["Ils ont élevé un mur à côté."]),
    "Cyrillic": ("text\nБанк\n".encode("cp1251"), "in.csv", [], r"0xc1 is not UTF-8; name the file's own with --encoding"),
    "another encoding named": (b"text\nA\n", "in.csv", ["--encoding", "utf-16"], r"BOM|UTF-16"),
    "tabs in .csv": (b"id\ttext\n1\tThey met, all.\n", "in.csv", [], ["They met, all."]),
    "bars": (b"id|text\n1|A;b, c\n", "in.csv", [], ["A;b, c"]),
    "a line for Excel": (b"sep=^\nid^text\n1^A;b, c\n", "in.csv", [], ["A;b, c"]),
    "a separator named": (b"id:text\n1:A,b\n", "in.csv", ["--delimiter", ":"], ["A,b"]),
    "a wrong column": (b"Nr;Satz\n1;They met.\n", "in.csv", [], r"no column 'text'; the file has 'Nr', 'Satz'; name the right one with --text-column"),
    "blank rows": (b";;\nid;text;x\n;;\n1;A;\n ; ;\n", "in.csv", [], ["A"]),
    "columns without a name": (b"id;text;;\n1;A;;\n2;B\n3;C;;\n", "in.csv", [], ["A", "B", "C"]),
    "one that holds something late": ((NAMELESS + "A,,x\n").encode(), "in.csv", [], r"line 152: column 3 has no name and holds 'x' here"),
    "an index without a name": (b",text\n0,A\n1,B\n", "in.csv", [], ["A", "B"]),
    "two without a name": (b",text,\n0,A,1\n", "in.csv", [], r"column '' is there twice; rename"),
    "a cell too many": (b"id;text\n1;A;b\n", "in.csv", [], r"line 2: 3 fields where the header has 2; quote cells that contain semicolons"),
    "a cell too few": (b"id,text,x\n1,A\n", "in.csv", [], r"line 2: 2 fields where the header has 3"),
    "quotes that stay open": (b'id;text\n1;"A\n', "in.csv", [], r"line 2: not valid CSV"),
    "old line ends": (b"id,text\r1,A\r", "in.csv", [], r"line 1: not valid CSV"),
    "noise": (random.Random(0).randbytes(5000), "in.csv", [], r"."),
    "a spreadsheet called .csv": (XLSX, "in.csv", [], r"this is a spreadsheet; read it with --format xlsx"),
    "CSV called .xlsx": (b"id,text\n1,A\n", "in.xlsx", [], r"not a whole \.xlsx file.*name its format with --format"),
    "half a spreadsheet": (XLSX[:-100], "in.xlsx", [], r"not a whole \.xlsx file"),
    "a sheet without rows": (sheet(), "in.xlsx", [], r"the file is empty; its first row must name"),
    "no such sheet": (XLSX, "in.xlsx", ["--sheet", "A"], r"no sheet 'A'; there are 'Sheet1'"),
    "hidden sheets": (changed(XLSX, WORKBOOK, lambda xml: xml.replace(b"<sheet ", b'<sheet state="hidden" ')), "in.xlsx", [], r"every sheet is hidden; name one with --sheet"),
    "a cell far away": (FAR, "in.xlsx", [], r"in row 1,048,576 and one in column 16,384, far beyond any table"),
    "cells far away": (FAR_ODS, "in.ods", [], r"far beyond any table; delete what is below"),
    "a damaged sheet": (changed(XLSX, SHEET, lambda xml: xml[:200]), "in.xlsx", [], r"not a whole \.xlsx file|the file is empty"),
    "no sheet at all": (changed(ODS, "content.xml", lambda _: b""), "in.ods", [], r"not a whole \.ods file"),
    "a sheet": (XLSX, "in.xlsx", [], [TALKS]),
    "an OpenDocument sheet": (ODS, "in.ods", [], [TALKS]),
    "blank rows and columns of a sheet": (sheet(["", "", ""], ["", "text", ""], ["", "", ""], ["", TALKS, ""]), "in.xlsx", [], [TALKS]),
}  # fmt: skip


@pytest.mark.parametrize("case", ODD)
def test_odd_tables_are_read_or_refused_in_a_sentence(
    score: Callable[..., Done], tmp_path: Path, case: str
) -> None:
    content, name, options, expected = ODD[case]
    (tmp_path / name).write_bytes(content)
    done = score("--input", name, *options)
    if isinstance(expected, str):
        assert done.code == 1
        assert re.search(expected, done.err)
    else:
        assert done.code == 0
        assert [row["text"] for row in done.rows()] == expected
    assert sorted(path.name for path in tmp_path.iterdir()) == [name]


def test_what_was_found_out_is_said(score: Callable[..., Done], tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_bytes((GERMAN + ";;\r\n").encode("cp1252"))
    done = score("--input", "in.csv")
    assert list(done.rows()[0])[:3] == ["Nr", "text", "Partei"]
    assert [row["Partei"] for row in done.rows()] == ["Grüne", "Die Größte"]
    assert done.told == (
        "stance score: in.csv: read in cp1252, with fields parted by semicolons, without 1 empty "
        "row.\n"
    )


def test_an_encoding_is_told_only_where_all_readings_are_one() -> None:
    """Whatever it was written in, a text is read as it is or not at all."""
    texts = ["Für die Straße, größer", "café", "l’été à côté", "Żółć gęślą jaźń", "“don’t” – no"]
    texts += ["El año, niños: ¿qué?", "Příliš žluťoučký", "Банк России", "Η κυβέρνηση", "Åland är"]
    encodings = ["cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "mac_roman", "cp850", "utf-8"]
    told = 0
    for text in texts:
        for encoding in encodings:
            try:
                content = text.encode(encoding)
            except UnicodeEncodeError:
                continue
            found = told_encoding([content[:7], content[7:]])
            if found is not None:
                told += 1
                assert content.decode(found) == text, (text, encoding, found)
    assert told > 25


CELLS: list[list[Any]] = [
    ["text", "number", "whole", "truth", "date", "time", "of day"],
    ["They  met.\n\n \tand left ", 1.5, 7, True, dt.date(2024, 3, 1), dt.datetime(2024, 3, 1, 10, 5, 1), dt.time(10, 5)],
    ["=1+1", -0.25, 2**40, False, dt.date(1900, 3, 1), dt.datetime(2099, 1, 1, 0, 0, 1), dt.time(0, 0, 1)],
    ["<a> & \"b\" '", 0.1, 0, True, "", "", ""],
]  # fmt: skip


@pytest.mark.parametrize("form", ["xlsx", "ods"])
def test_cells_of_a_sheet_stay_what_they_are(
    score: Callable[..., Done], tmp_path: Path, form: str
) -> None:
    content = sheet(*CELLS, form=form)
    assert content == sheet(*CELLS, form=form)
    (tmp_path / f"in.{form}").write_bytes(content)
    score("--input", f"in.{form}", "--output", f"out.{form}")
    before, after = (
        [row for _, row in read_sheet(str(tmp_path / name), form, None)[0]]
        for name in (f"in.{form}", f"out.{form}")
    )
    assert before == CELLS
    assert [row[:7] for row in after] == CELLS
    assert [type(cell) for cell in after[1][7:10]] == [str, float, bool]
    text = score("--input", f"out.{form}", "--prefix", "a_").rows()
    assert [row["whole"] for row in text] == ["7", str(2**40), "0"]
    assert [row["date"] for row in text] == ["2024-03-01", "1900-03-01", ""]
    assert [row["truth"] for row in text] == ["TRUE", "FALSE", "TRUE"]


def test_what_a_sheet_cannot_hold_is_said(score: Callable[..., Done], tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text(f"text,x\n{TALKS},{'x' * 40_000}\nA,\x01\n")
    done = score("--input", "in.csv", "--output", "out.xlsx")
    assert "row 2: a text of 40,000 characters, and a cell of Excel has room for" in done.err
    done = score("--input", "in.csv", "--output", "out.ods")
    assert r"row 3: the character '\x01', which .ods cannot hold" in done.err
    done = score("--input", "in.csv", "--output", "/dev/stdout", "--output-format", "xlsx")
    assert "a spreadsheet cannot be written into a pipe; name a file" in done.err


def test_a_run_into_a_sheet_is_resumed(tmp_path: Path) -> None:
    chunks = [SheetChunk(["text"], [[text]], [2], "text", [[text]]) for text in ("A", "B")]
    for chunk, digest in zip(chunks, "12", strict=True):
        sink = FileSink(tmp_path / "out.xlsx", Style("xlsx"), {}, resume=True)
        sink.write(chunk, {"stance": np.array(["none"])}, None, digest, {})
        (sink.give_up if digest == "1" else sink.finish)()
    rows, _ = read_sheet(str(tmp_path / "out.xlsx"), "xlsx", None)
    assert [row for _, row in rows] == [["text", "stance"], ["A", "none"], ["B", "none"]]


def test_excel_knows_utf8_by_the_mark_and_no_text_is_a_formula(
    score: Callable[..., Done],
) -> None:
    table = 'text,"=a"\nThey met.,=1+1\nA,-5\nB,"+1,5 %"\nC,@x\nD,-x\nE,\uff1d1\n'.encode()
    done = score("--input", "-", "--bom", "--no-formulas", stdin=table)
    assert done.out.startswith("\ufefftext,'=a,stance,")
    cells = [row["'=a"] for row in done.rows()]
    assert cells == ["'=1+1", "-5", "+1,5 %", "'@x", "'-x", "'\uff1d1"]
    plain = score("--input", "-", stdin=table)
    assert [row["=a"] for row in plain.rows()] == ["=1+1", "-5", "+1,5 %", "@x", "-x", "\uff1d1"]
    assert without_formula("\t=1") == "'\t=1"


def test_labels_of_people_are_compared_with_the_models(
    score: Callable[..., Done], tmp_path: Path
) -> None:
    table = f"Nr,text,Label\n17,{TALKS},HOSTILE\n18,{TALKS}, none \n19,{TALKS},contra\n20,A,\n"
    (tmp_path / "in.csv").write_text(table)
    options = ["--input", "in.csv", "--label-column", "Label", "--id-column", "Nr"]
    done = score(*options)
    assert (
        "in.csv, line 4 (19): 'contra' is no label of the model, which has contact-only, dialogue, "
        "hostile, none; say with --map contra=LABEL which it is."
    ) in done.err
    done = score(*options, "--map", "contra=hostile")
    lines = done.err.splitlines()
    assert lines[0] == "stance score: 'HOSTILE' is taken for 'hostile' (1 row)."
    assert lines[1] == "stance score: ' none ' is taken for 'none' (1 row)."
    assert re.fullmatch(
        r"stance score: \d of 3 rows with a label \(.*%\) have the one .*", lines[2]
    )
    done = score("--input", "in.csv", "--label-column", "Labels")
    assert "no column 'Labels' with labels; the input has 'Nr', 'text', 'Label'; name" in done.err


def test_labels_that_are_alike_in_several_ways_are_not_mapped() -> None:
    names = LabelNames(["Pro", "pro", "contra"], {"Nein": "contra"})
    assert [names.of(name) for name in ("PRO", "pro", "Contra", "NEIN")] == [
        "PRO",
        "pro",
        "contra",
        "contra",
    ]


class Pipe(io.BytesIO):
    """A stream that hands out small pieces."""

    def read1(self, size: int | None = -1, /) -> bytes:
        """Return a few bytes."""
        return super().read1(min(size or 16, 16))


def test_a_line_of_many_pieces_is_whole() -> None:
    content = "\ufeffa" + "ü" * 5_000 + "\nb\n\nc"
    lines = Lines(Pipe(content.encode()), "a pipe", None)  # type: ignore[arg-type]
    assert list(lines) == ["a" + "ü" * 5_000 + "\n", "b\n", "\n", "c"]


FAR_DAYS = pa.array([3_000_000, None], pa.int32()).cast(pa.date32())
PARQUET: dict[str, tuple[Any, str, str]] = {
    "a date beyond 9999": (FAR_DAYS, "10183-09-21", "10183-09-21"),
    "a date of 64 bits": (pa.array([3_000_000 * 86_400_000, None], pa.date64()), "10183-09-21", "10183-09-21"),
    "a date before all": (pa.array([-(2**31), 1], pa.int32()).cast(pa.date32()), "!date32", "!date32"),
    "a moment beyond 9999": (pa.array([10**12, 1], pa.timestamp("s")), "!timestamp", "!timestamp"),
    "one with a zone": (pa.array([2**62, 1], pa.timestamp("us", "UTC")), "17036-07-06 ", "17036-07-06 "),
    "an unknown zone": (pa.array([1, 1], pa.timestamp("us", "Nowhere/At_All")), "!Nowhere", "!Nowhere"),
    "nanoseconds": (pa.array([123456789123456789, 1], pa.timestamp("ns")), "1973-11-29 21:33:09.123456789", "1973-11-29 21:33:09.123456789"),
    "a time of nanoseconds": (pa.array([1, 2], pa.time64("ns")), "00:00:00.000000001", "00:00:00.000000001"),
    "a duration": (pa.array([2**62, 1], pa.duration("s")), "!duration", "!duration"),
    "a large number": (pa.array([2**64 - 1, 0], pa.uint64()), "18446744073709551615", "18446744073709551615"),
    "half a number": (pa.array([1.5, None], pa.float16()), "1.5", "1.5"),
    "no number": (pa.array([float("nan"), 1]), "nan", "!NaN"),
    "nothing": (pa.nulls(2), "", ""),
    "a category": (pa.array(["a", "b"]).dictionary_encode(), "a", "a"),
    "a category of dates": (pa.DictionaryArray.from_arrays(pa.array([0, 0]), FAR_DAYS[:1]), "10183-09-21", "10183-09-21"),
    "bytes": (pa.array([b"\xff", None]), "!binary", "!bytes"),
    "a view of bytes": (pa.array([b"\xff", None], pa.binary_view()), "!binary_view", "!bytes"),
    "a view of text": (pa.array(["a", None], pa.string_view()), "a", "a"),
    "text that is none": (pa.array([b"\xff", b"a"]).view(pa.string()), "!cannot be read", "!cannot be read"),
    "lists of dates": (pa.ListArray.from_arrays([0, 1, 2], FAR_DAYS), "!list", "!list"),
    "a map": (pa.array([[("a", 1)], None], pa.map_(pa.string(), pa.int32())), "!map", '[["a", 1]]'),
    "a structure of moments": (pa.StructArray.from_arrays([pa.array([2**62, 1], pa.timestamp("us"))], ["t"]), "!struct", "!struct"),
    "fixed lists": (pa.array([[1, 2], [3, 4]], pa.list_(pa.int8(), 2)), "!fixed_size_list", "[1, 2]"),
}  # fmt: skip


@pytest.mark.parametrize("case", PARQUET)
def test_whatever_a_parquet_column_holds_comes_out_or_is_refused(
    score: Callable[..., Done], tmp_path: Path, case: str
) -> None:
    column, as_csv, as_json = PARQUET[case]
    pq.write_table(pa.table({"text": ["They met.", "A"], "c": column}), tmp_path / "in.parquet")
    for form, expected in (("csv", as_csv), ("jsonl", as_json)):
        done = score("--input", "in.parquet", "--output-format", form)
        if expected.startswith("!"):
            assert done.code == 1
            assert expected[1:] in done.err
        else:
            assert done.code == 0
            assert expected in done.out.splitlines()[form == "csv"]
    done = score("--input", "in.parquet", "--output", "out.parquet")
    assert done.code == 0
    found, given = (pq.read_table(tmp_path / f"{name}.parquet")["c"] for name in ("out", "in"))
    assert found.type == given.type
    assert found.equals(given) or case == "no number"


def test_without_the_extra_the_command_that_adds_it_is_named(
    score: Callable[..., Done], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "in.xlsx").write_bytes(XLSX)
    monkeypatch.setitem(sys.modules, "python_calamine", None)
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    needed = "spreadsheets need the extra 'sheets'; install it with `make sheets`."
    assert needed in score("--input", "in.xlsx").err
    assert needed in score(TALKS, "--output", "out.xlsx").err
