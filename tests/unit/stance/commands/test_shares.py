"""Shares per group and time: combined columns, periods, documents, and their chart."""

import io
import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from stance.errors import DataError
from stance.scoring.chart import COLOURS, write_chart
from stance.scoring.groups import Grouping
from stance.scoring.mix import mix_table, render_mix
from tests.inside import Done
from tests.projects import ROOT
from tests.unit.stance.commands.conftest import BANNED, TALKS

Score = Callable[..., Done]
LABELS = ["contact-only", "dialogue", "hostile", "none"]
CONFUSION = np.tile(8 * np.eye(4, dtype=np.int64) + 1, (30, 1, 1))
ROWS = [
    ("A", "North", "2020-01-05", "d1", TALKS),
    ("A", "South", "2020-02-29", "d1", BANNED),
    ("B", "North", "29.02.2020", "d2", TALKS),
    ("B", "North", "2021-01-03T08:00:00", "d3", TALKS),
    ("B", "North", "", "d3", TALKS),
]


def table(rows: Sequence[tuple[str, ...]]) -> str:
    head = "party,region,day,source,text"
    return "\n".join([head, *(",".join(row) for row in rows)]) + "\n"


def mix(done: Done) -> pd.DataFrame:
    assert (done.code, done.told) == (0, "")
    return pd.read_csv(io.StringIO(done.out), dtype="str", keep_default_na=False)


def groups(found: pd.DataFrame, *names: str) -> list[list[str]]:
    wanted = found[[*names, "statements"]].drop_duplicates()
    return [list(row) for row in wanted.to_numpy()]


def counted(group: tuple[str, ...], *documents: list[int]) -> dict[str, list[int]]:
    """Return what is counted of a group whose documents have these counts of labels."""
    return {
        json.dumps([*group, str(number)]): [*counts, 0, 0]
        for number, counts in enumerate(documents)
    }


def shares(grouping: Grouping, *groups: tuple[str, ...]) -> pd.DataFrame:
    """Return a table of shares of groups, all with the same ones, as `mix_table` does."""
    numbers = [10, 0, 0, "texts"], [0.25, 0.1, 0.4, 0.3, 0.1, 0.5]
    rows = [[*group, *numbers[0], label, *numbers[1]] for group in groups for label in LABELS]
    ends = [f"{name}{end}" for name in ("share", "corrected") for end in ("", "_low", "_high")]
    fixed = ["statements", "abstained", "not_statements", "drawn", "stance"]
    return pd.DataFrame(rows, columns=[*grouping.names, *fixed, *ends])


def test_columns_are_combined(score: Score) -> None:
    done = score("--input", "-", "--by", "party,region", stdin=table(ROWS))
    found = groups(mix(done), "party", "region")
    assert found == [["A", "North", "1"], ["A", "South", "1"], ["B", "North", "3"]]
    again = score("--input", "-", "--by", "party", "--by", "region", stdin=table(ROWS))
    assert again.out == done.out


@pytest.mark.parametrize(
    ("period", "expected"),
    [
        ("week", ["", "2020-W01", "2020-W09", "2020-W53"]),
        ("month", ["", "2020-01", "2020-02", "2021-01"]),
        ("quarter", ["", "2020-Q1", "2021-Q1"]),
        ("year", ["", "2020", "2021"]),
    ],
)
def test_dates_become_periods(score: Score, period: str, expected: list[str]) -> None:
    options = ["--input", "-", "--period", period, "--date-column", "day"]
    found = mix(score(*options, stdin=table(ROWS)))
    assert found[period].drop_duplicates().tolist() == expected
    assert sum(int(count) for _, count in groups(found, period)) == len(ROWS)
    with_party = mix(score(*options, "--by", "party", stdin=table(ROWS)))
    assert list(with_party)[:3] == ["party", period, "statements"]


def test_dates_that_may_be_two_are_refused(score: Score) -> None:
    options = ["--input", "-", "--period", "month"]
    for cell in ("03/04/2020", "2020", "soon", "2020-13-01", "29.02.20"):
        done = score(*options, stdin=f"date,text\n2020-01-01,{TALKS}\n{cell},{TALKS}\n")
        assert done.code == 1
        assert done.err.startswith(
            f"stance score: standard input, line 3: {cell!r} in column 'date' is no date that has "
            "a month; write dates as 2020-02-29, or say with --date-format"
        )
    stdin = f"date,text\n03/04/2020,{TALKS}\n"
    found = mix(score(*options, "--date-format", "%d/%m/%Y", stdin=stdin))
    assert set(found["month"]) == {"2020-04"}
    done = score(*options, "--date-format", "%Y", stdin=stdin)
    assert done.err.endswith("is no date that has a month; it is not written as %Y.\n")


def test_documents_widen_intervals_and_the_table_says_what_it_assumes(score: Score) -> None:
    rows = [("A", "", "", f"d{n % 4}", TALKS if n % 4 else BANNED) for n in range(80)]
    options = ["--input", "-", "--by", "party"]
    alone = mix(score(*options, stdin=table(rows)))
    together = mix(score(*options, "--document", "source", stdin=table(rows)))
    assert set(alone["drawn"]) == {"texts"}
    assert "documents" not in alone
    assert set(together["drawn"]) == {"documents"}
    assert set(together["documents"]) == {"4"}
    for name in ("share", "corrected"):
        assert (alone[name] == together[name]).all()
        widths = [
            (some[f"{name}_high"].astype(float) - some[f"{name}_low"].astype(float)).max()
            for some in (alone, together)
        ]
        assert widths[1] > 1.5 * widths[0]


def test_one_document_says_nothing_of_others() -> None:
    grouping = Grouping(("party",), document="source")
    found = mix_table(counted(("A",), [0, 90, 10, 0], [0, 0, 0, 0]), grouping, LABELS, CONFUSION)
    assert found["documents"].tolist() == [1] * 4
    assert (found["corrected_low"] == 0).all()
    assert (found["corrected_high"] == 1).all()


def test_a_terminal_is_told_what_is_assumed_and_commanded_by_no_name() -> None:
    texts, documents = (Grouping(("in\x1b[2Jcome",), document=name) for name in (None, "d"))
    found = mix_table(counted(("\x1b[31m\u202e$5m",), [4, 3, 2, 1]), texts, LABELS, CONFUSION)
    shown = render_mix(found, texts)
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert "\ufffd[31m\ufffd$5m" in shown
    assert "take every text for drawn by itself" in shown
    assert "take documents for drawn" in render_mix(found, documents)


def sizes(svg: str) -> tuple[float, float]:
    found = re.search(r'width="([\d.]+)pt" height="([\d.]+)pt"', svg)
    assert found
    return float(found[1]), float(found[2])


def test_ninety_groups_are_readable_and_names_are_text(tmp_path: Path) -> None:
    grouping = Grouping(("income", "region"))
    names = ["$5m to $10m", "$\\bad{$", "", "\x1b[31mred\u202e", "x" * 90, "<b>&amp;"]
    names += [f"Group {n}" for n in range(84)]
    found = shares(grouping, *((name, "North") for name in names))
    write_chart(tmp_path / "a.svg", found, grouping, LABELS)
    svg = (tmp_path / "a.svg").read_text("utf-8")
    texts = re.findall(r"<text[^>]*>([^<]*)</text>", svg)
    for name in ("$5m to $10m", "$\\bad{$", "(none)", "\ufffd[31mred\ufffd", "&lt;b&gt;&amp;amp;"):
        assert f"{name} · North" in texts
    assert "\x1b" not in svg
    width, height = sizes(svg)
    # A line of text needs a row of its own, on a page that is no wider for it.
    assert height / len(names) >= 1.2 * 8.5
    assert width <= 8 * 72
    for colour in COLOURS[: len(LABELS)]:
        assert colour in svg
    assert [text for text in texts if text in LABELS] == LABELS


def test_colours_are_those_of_the_report() -> None:
    style = (ROOT / "pipeline/report/templates/style.css").read_text("utf-8")
    light = dict(reversed(re.findall(r"--mark-(\d): (#[0-9a-f]{6})", style)))
    assert [light[str(number)] for number in range(len(COLOURS))] == COLOURS


def test_time_runs_along_lines_in_a_panel_for_each_group(tmp_path: Path) -> None:
    grouping = Grouping(("party",), "month")
    months = ("2019-12", "2020-01", "2020-03", "")
    found = shares(grouping, *((party, month) for party in "AB" for month in months))
    for name in ("a.svg", "b.svg"):
        write_chart(tmp_path / name, found, grouping, LABELS)
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()
    texts = re.findall(r"<text[^>]*>([^<]*)</text>", (tmp_path / "a.svg").read_text("utf-8"))
    assert {"A", "B", "2019-12", "2020-01", "2020-03", *LABELS} <= set(texts)
    # Nothing was said in February, and nothing is claimed of it.
    assert "2020-02" not in texts
    assert "20 statements without a date are left out" in texts


def test_what_is_no_picture_is_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    grouping = Grouping(("party",))
    found = shares(grouping, *((str(number),) for number in range(201)))
    with pytest.raises(DataError, match="201 values of 'party' do not fit into a chart of 200"):
        write_chart(tmp_path / "a.svg", found, grouping, LABELS)
    with pytest.raises(DataError, match="no group has a statement to draw"):
        write_chart(tmp_path / "a.svg", found[found["share"].isna()], grouping, LABELS)
    write_chart(tmp_path / "a.png", shares(grouping, ("塔利班",)), grouping, LABELS)
    assert "names hold letters that the chart's font lacks; draw it as .svg" in (
        capsys.readouterr().err
    )
