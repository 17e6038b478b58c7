"""A sample is coded in the page as in a file: nothing is lost, told, or coded twice in silence."""

import json
import re
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pandas as pd
import pytest

from pipeline.page.auditing.growing import ENOUGH, STEP, measure_reach
from pipeline.page.auditing.sample import coding_order
from stance.audit.record import read_record
from stance.scoring.rows.sheets import write_sheet
from tests.audits import (
    LABELS,
    SIZE,
    code,
    codes_of,
    draw_once,
    rows_of,
    shown,
    truth,
    write_sample,
)
from tests.opened import Link, Opened, opened
from tests.projects import MARKED_UP, ROOT, run


@pytest.fixture(scope="session")
def drawn(small: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a scored file and a sample of it; not to be changed."""
    return draw_once(small, tmp_path_factory)


@pytest.fixture
def folder(drawn: Path, tmp_path: Path) -> Path:
    """Return a folder with a scored file and a sample of it, to do with as a test likes."""
    return Path(shutil.copytree(drawn, tmp_path / "audit"))


@pytest.fixture
def anna(folder: Path) -> Iterator[Link]:
    """Return the link of somebody who codes the sample."""
    with opened(folder, "sample.csv", "--annotator", "anna") as page:
        yield page.link


def read(folder: Path, *files: str) -> dict[str, object]:
    """Return what `stance audit read` says of files."""
    found = run("stance", "audit", "read", "mine.csv", *files, "--format", "json", folder=folder)
    return dict(json.loads(found.stdout))


def test_a_code_is_on_disk_as_the_commands_take_it(folder: Path, anna: Link) -> None:
    name, text = shown(anna.get("code").text)
    anna.post("code/save", text=name, stance="hostile", rationale="  a ban,\n“of sorts” ")
    assert rows_of(folder / "sample.anna.csv") == [
        {
            "sentence": text,
            "annotator": "anna",
            "stance": "hostile",
            "rationale": "a ban, “of sorts”",
        }
    ]
    rest = code(anna, SIZE)
    assert len({text, *rest}) == SIZE
    assert "All 60 texts are coded" in anna.get("code").text
    said = read(folder, "sample.anna.csv")
    assert said["read"] == SIZE
    assert said["coders"]["names"] == ["anna"]  # type: ignore[index]
    assert [path.name for path in folder.iterdir() if path.name.startswith(".")] == []


def test_whoever_codes_sees_the_context_and_nothing_of_the_model(folder: Path, anna: Link) -> None:
    page = anna.get("code").text
    name, _ = shown(page)
    row = next(row for row in rows_of(folder / "sample.csv") if row["audit"] == name)
    assert row["context_outlet"] in page
    unit = next(
        unit for unit in read_record(folder / "sample.audit.json").units if unit.name == name
    )
    assert not [share for share in unit.probabilities if str(share) in page]
    assert not re.search("checked(?! hidden)|strat|confiden|probab", page.split("<footer>")[0])


def test_the_first_texts_are_one_of_each_stratum_for_everybody(folder: Path) -> None:
    units = read_record(folder / "sample.audit.json").units
    keys = {row["sentence"]: row["audit"] for row in rows_of(folder / "sample.csv")}
    stratum = {unit.name: unit.stratum for unit in units}
    strata = len(set(stratum.values()))
    with opened(
        folder, "sample.csv", "--annotator", "anna", "--annotator", "ben", people=2
    ) as page:
        texts = [code(link, strata) for link in page.links.values()]
    assert texts[0] == texts[1]
    assert {stratum[keys[text]] for text in texts[0]} == set(stratum.values())
    # Else half of them would be met late.
    assert len({unit.stratum for unit in units[:strata]}) < strata


def test_the_order_within_a_stratum_is_that_of_the_sample() -> None:
    assert coding_order([2, 2, 0, 2, 1, 0, 1]) == [0, 2, 4, 1, 3, 5, 6]


def test_work_goes_on_after_the_server_is_killed(folder: Path) -> None:
    with opened(folder, "sample.csv", "--annotator", "anna") as page:
        before = code(page.link, 7)
        following = shown(page.link.get("code").text)
        page.process.kill()
        page.process.wait()
    with opened(folder, "sample.csv", "--annotator", "anna") as page:
        assert list(codes_of(folder / "sample.anna.csv")) == before
        assert shown(page.link.get("code").text) == following


def test_codes_may_change_underneath_in_a_spreadsheet(folder: Path, anna: Link) -> None:
    texts = code(anna, 5)
    path = folder / "sample.anna.csv"
    table = pd.read_csv(path, dtype="str", keep_default_na=False).assign(seen="yes")
    table.loc[1, "stance"] = ""
    table.drop(index=2).to_csv(path, index=False, sep=";", encoding="utf-16")
    offered = code(anna, 2)
    assert sorted(offered) == sorted(texts[1:3])
    rows = rows_of(path)
    assert [row["sentence"] for row in rows] == [texts[0], texts[3], texts[4], *offered]
    assert [row["seen"] for row in rows] == ["yes", "yes", "yes", "", ""]


def test_a_stale_window_changes_nothing(folder: Path, anna: Link) -> None:
    name, text = shown(anna.get("code").text)
    for _ in range(2):
        # A form that is sent twice is no conflict.
        anna.post("code/save", text=name, stance="dialogue", rationale="")
    refused = anna.post("code/save", 409, text=name, stance="hostile", rationale="")
    assert "in another window, as dialogue" in refused.text
    assert codes_of(folder / "sample.anna.csv") == {text: "dialogue"}
    anna.post("code/undo", 409, text=name, stance="hostile")
    anna.post("code/undo", text=name, stance="dialogue")
    anna.post("code/undo", 409, text=name, stance="dialogue")
    assert codes_of(folder / "sample.anna.csv") == {}


def test_a_code_is_taken_back_and_the_text_shown_again(anna: Link) -> None:
    texts = code(anna, 3)
    page = anna.get("code").text
    name = re.search(r'code/undo" class="take-back">\n.*? value="([^"]*)"', page)
    assert name
    answer = anna.post("code/undo", text=name[1], stance=truth(texts[-1]))
    assert answer.leads_to == f"code?text={name[1]}"
    assert shown(anna.get(answer.leads_to).text) == (name[1], texts[-1])


def test_what_is_skipped_comes_back_at_the_end(folder: Path, anna: Link) -> None:
    name, text = shown(anna.get("code").text)
    anna.post("code/skip", text=name)
    assert len(code(anna, SIZE - 1)) == SIZE - 1
    page = anna.get("code").text
    assert shown(page) == (name, text)
    assert "Leave out none because it is hard" in page
    assert text not in codes_of(folder / "sample.anna.csv")


def test_codes_in_the_sample_itself_are_not_given_again_in_silence(
    folder: Path, anna: Link
) -> None:
    table = pd.read_csv(folder / "sample.csv", dtype="str", keep_default_na=False)
    table.loc[:9, "stance"] = table.loc[:9, "sentence"].map(truth)
    table.loc[:3, "annotator"] = "anna"
    table.loc[4:5, "annotator"] = "ben"
    table.to_csv(folder / "sample.csv", index=False)
    page = anna.get("code").text
    # Hers, and those that do not say whose they are; not those of somebody else.
    assert f"8 of {SIZE} coded" in page
    assert "4 texts have a code in" in page
    texts = code(anna, SIZE)
    assert len(texts) == SIZE - 8
    assert set(texts) & set(table["sentence"][:10]) == set(table["sentence"][4:6])
    anna.post("code/all")
    assert set(code(anna, SIZE)) == set(table["sentence"][6:10])
    both = read(folder, "sample.csv", "sample.anna.csv")
    assert both["read"] == SIZE
    assert both["coders"]["names"] == ["anna", "ben", "sample"]  # type: ignore[index]


def test_several_windows_and_servers_of_one_coder_lose_nothing(folder: Path) -> None:
    rows = rows_of(folder / "sample.csv")
    with (
        opened(folder, "sample.csv", "--annotator", "anna") as one,
        opened(folder, "sample.csv", "--annotator", "anna") as other,
    ):
        links = [one.link, other.link]

        def save(number: int) -> None:
            stance, name = truth(rows[number]["sentence"]), rows[number]["audit"]
            links[number % 2].post("code/save", text=name, stance=stance, rationale="")

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(save, range(SIZE)))
    assert codes_of(folder / "sample.anna.csv") == {
        row["sentence"]: truth(row["sentence"]) for row in rows
    }


@pytest.fixture(scope="module")
def both(
    drawn: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Path, Opened, Link]]:
    """Return two who have coded, and a reader's link."""
    folder = Path(shutil.copytree(drawn, tmp_path_factory.mktemp("both") / "audit"))
    names = ["--annotator", "anna", "--annotator", "ben"]
    with (
        opened(folder, "sample.csv", *names, people=2) as page,
        opened(folder, "sample.csv") as reader,
    ):
        code(page.links["anna"], SIZE)
        name, _ = shown(page.links["ben"].get("code").text)
        page.links["ben"].post("code/save", text=name, stance="none", rationale="<i>no</i> idea")
        code(page.links["ben"], 40, wrong=5)
        yield folder, page, reader.link


def numbers(page: str) -> list[str]:
    """Return the shares and their intervals in a result."""
    return re.findall(r"\d+(?:\.\d)? % \(\d+(?:\.\d)? to \d+(?:\.\d)?\)", page)


def test_a_reader_sees_what_the_command_says_and_where_coders_differ(
    both: tuple[Path, Opened, Link],
) -> None:
    folder, _, reader = both
    page = reader.get("result").text
    files = ["sample.anna.csv", "sample.ben.csv"]
    said = run("stance", "audit", "read", "mine.csv", *files, folder=folder).stdout
    assert numbers(page)
    assert set(numbers(page)) <= set(numbers(re.sub(r"\s+", " ", said)))
    known = read(folder, *files)
    coders = known["coders"]
    assert "Krippendorff’s alpha {alpha:.2f} ({low:.2f} to {high:.2f})".format(**coders) in page  # type: ignore[arg-type]
    anna, ben = (codes_of(folder / name) for name in files)
    differ = [text for text in ben if anna[text] != ben[text]]
    assert len(differ) >= 8
    table = page[page.index("Where coders differ") :]
    assert [text for text in anna if text in table] == [text for text in anna if text in differ]
    assert "&lt;i&gt;no&lt;/i&gt; idea" in table
    assert f"stance audit read mine.csv {' '.join(files)}" in page


def test_whoever_codes_sees_nothing_of_the_others(both: tuple[Path, Opened, Link]) -> None:
    folder, page, _ = both
    ben = page.links["ben"].get("result").text + page.links["ben"].get("code").text
    assert "anna" not in ben
    assert "Where coders differ" not in ben
    # All texts have a code of somebody; ben is offered what he has not coded.
    assert f"41 of {SIZE} coded" in ben
    alone = run("stance", "audit", "read", "mine.csv", "sample.anna.csv", folder=folder).stdout
    hers = numbers(page.links["anna"].get("result").text)
    assert hers
    assert set(hers) <= set(numbers(re.sub(r"\s+", " ", alone)))


def test_figures_come_in_steps_so_that_none_tells_what_the_model_answers(anna: Link) -> None:
    code(anna, STEP - 1)
    assert "There are no figures before" in anna.get("result").text
    code(anna, 2 * STEP + 1)
    first = anna.get("result").text
    assert f"{3 * STEP} of {SIZE} texts" in first
    code(anna, STEP - 1, wrong=1)
    assert numbers(anna.get("result").text) == numbers(first)
    code(anna, 1)
    assert numbers(anna.get("result").text) != numbers(first)


def test_without_a_code_in_each_stratum_there_are_no_figures(folder: Path) -> None:
    record = read_record(folder / "sample.audit.json")
    rows = [row | {"stance": truth(row["sentence"])} for row in rows_of(folder / "sample.csv")]
    names = {unit.name for unit in record.units if unit.stratum}
    pd.DataFrame(row for row in rows if row["audit"] in names).to_csv(
        folder / "sample.carl.csv", index=False
    )
    with opened(folder, "sample.csv") as page:
        shown_first = page.link.get("result").text
        pd.DataFrame(rows).to_csv(folder / "sample.carl.csv", index=False)
        shown_then = page.link.get("result").text
    assert "of 1 of them none is coded" in shown_first
    assert numbers(shown_first) == []
    assert numbers(shown_then)


def share(value: float, half: float) -> dict[str, object]:
    """Return an estimate as results have it."""
    return {"value": value, "low": value - half, "high": value + half / 2, "texts": 100}


def test_enough_is_about_the_worst_share_of_the_whole_and_about_nothing_else() -> None:
    rows = [("a", None, 0.05), ("b", None, 0.04), ("a", "2020", 0.2), ("b", "2020", 0.2)]
    result = {
        "read": 100,
        "drawn": 144,
        "shares": [{"stance": s, "group": g, "share": share(0.3, half)} for s, g, half in rows],
    }
    reach = measure_reach(result)
    assert (reach.label, reach.more, reach.left) == ("a", 0, 44)
    assert reach.far == pytest.approx(ENOUGH)
    result["shares"][1]["share"] = share(0.3, 0.1)  # type: ignore[index]
    reach = measure_reach(result)
    # Half as wide takes four times as many.
    assert (reach.label, reach.more) == ("b", 300)
    assert reach.at_end == pytest.approx(0.1 * 100 / 120)


def test_it_says_so_when_it_is_enough(folder: Path) -> None:
    with opened(folder, "sample.csv", "--annotator", "anna") as page:
        code(page.link, 30)
        some = page.link.get("result").text
        table = pd.read_csv(folder / "sample.csv", dtype="str", keep_default_na=False)
        table["stance"] = table["sentence"].map(truth)
        table.to_csv(folder / "sample.ben.csv", index=False)
    assert "Not yet enough for ±5 points" in some
    for part in ("accuracy, macro-F1, the promise", "May I stop as soon as it is enough?"):
        assert part in some


def test_a_scored_file_that_has_changed_is_told(folder: Path, anna: Link) -> None:
    assert "not the file that the sample was drawn from" not in anna.get("result").text
    with (folder / "mine.csv").open("a") as file:
        file.write("\n")
    assert "mine.csv is not the file that the sample was drawn from" in anna.get("result").text
    (folder / "mine.csv").unlink()
    assert "it was not checked" in anna.get("result").text


BROKEN = {
    "sentence,stance\nNever heard of.,none\n": "is not in the sample",
    "sentence,stance\n{text},friendly\n": "is no label of the codebook",
    "sentence,stance\n{text},none\n{text},hostile\n": "keep one of the two",
    "sentence,annotator,stance\n{text},ben,none\n": "each coder has a file of their own",
    "sentence\n{text}\n": "no column",
    "": "is empty",
    'sentence,stance\n"{text},none\n': "unexpected end of data",
    "sentence,stance\n{text},none,more\n": "line 2",
}


def test_a_file_that_cannot_be_read_is_told_and_nothing_written(folder: Path, anna: Link) -> None:
    name, text = shown(anna.get("code").text)
    path = folder / "sample.anna.csv"
    with opened(folder, "sample.csv") as page:
        for content, said in BROKEN.items():
            path.write_text(content.format(text=text), "utf-8")
            before = path.read_bytes()
            assert said in anna.get("code", 400).text
            anna.post("code/save", 400, text=name, stance="none", rationale="")
            assert path.read_bytes() == before
            answer = page.link.get("result").text
            assert "Left out of the figures:" in answer
            assert said in answer
    path.unlink()
    assert shown(anna.get("code").text) == (name, text)


def test_sheets_are_coded_too_and_missing_rows_told(folder: Path) -> None:
    table = pd.read_csv(folder / "sample.csv", dtype="str", keep_default_na=False)
    (folder / "sample.csv").unlink()
    for form in ("xlsx", "ods"):
        with (folder / f"sample.{form}").open("wb") as file:
            write_sheet(file, iter([list(table), *table.iloc[2:].to_numpy().tolist()]), form)
        with opened(folder, f"sample.{form}", "--annotator", f"of-{form}") as page:
            assert "2 texts of the sample are no longer in" in page.link.get("code").text
            code(page.link, 2)
        assert len(codes_of(folder / f"sample.of-{form}.csv")) == 2


def test_codes_that_contradict_each_other_are_told(folder: Path, anna: Link) -> None:
    code(anna, SIZE)
    table = pd.read_csv(folder / "sample.csv", dtype="str", keep_default_na=False)
    other = "none" if truth(table["sentence"][0]) == "hostile" else "hostile"
    table.loc[0, ["stance", "annotator"]] = [other, "anna"]
    table.to_csv(folder / "sample.csv", index=False)
    with opened(folder, "sample.csv") as page:
        shown = page.link.get("result").text
    assert "There are no figures:" in shown
    assert "keep one of the two" in shown
    assert numbers(shown) == []


def test_the_file_of_a_coder_is_no_other_sample(folder: Path) -> None:
    shutil.copy(folder / "sample.csv", folder / "sample.b.csv")
    shutil.copy(folder / "sample.audit.json", folder / "sample.b.audit.json")
    command = ["stance", "open", "--no-browser", "sample.csv", "--annotator", "b"]
    assert "another sample" in run(*command, folder=folder, code=1).stderr
    with opened(folder, "sample.csv") as page:
        shown = page.link.get("result").text
    assert "Nobody has coded a text yet" in shown


def test_forms_that_fit_nothing_are_refused_in_a_sentence(folder: Path, anna: Link) -> None:
    name, _ = shown(anna.get("code").text)
    for fields, said in [
        ({"text": "no-such", "stance": "none"}, "has no text that is called"),
        ({"stance": "none"}, "has no text that is called"),
        ({"text": name}, "no label was chosen"),
        ({"text": name, "stance": "Hostile"}, "no label was chosen"),
        ({"text": name, "stance": "none", "rationale": "x" * 2_001}, "2,000 at most"),
        ({"text": name, "stance": "none", "rationale": "a\0b"}, "no text"),
    ]:
        assert said.casefold() in anna.post("code/save", 400, **fields).text.casefold()
    assert not (folder / "sample.anna.csv").exists()
    with opened(folder, "sample.csv") as page:
        assert page.link.get("code", 303).leads_to == "result"
        for path in ("code/save", "code/skip", "code/undo", "code/all"):
            page.link.post(path, 403, text=name, stance="none")


@pytest.mark.parametrize("names", [["../anna"], ["a:b"], ["Anna", "anna"], ["x" * 61]])
def test_names_that_cannot_be_files_are_refused(names: list[str], folder: Path) -> None:
    options = [part for name in names for part in ("--annotator", name)]
    done = run("stance", "open", "--no-browser", "sample.csv", *options, folder=folder, code=1)
    assert "--annotator" in done.stderr
    assert "Traceback" not in done.stderr


def test_markup_in_every_field_is_text(tmp_path: Path) -> None:
    labels = ["<b>bold</b>", "{{ 7 * 7 }}\"'"]
    texts = [*MARKED_UP, "Plain."]
    context = MARKED_UP[0]
    write_sample(tmp_path, texts, labels, context)
    with opened(tmp_path, "sample.csv", "--annotator", "an&na{{7+7}}") as page:
        pages = []
        for _ in texts:
            pages.append(page.link.get("code").text)
            name, text = shown(pages[-1])
            assert text in texts
            page.link.post("code/save", text=name, stance=labels[0], rationale=MARKED_UP[1])
        pages.append(page.link.get("code").text)
        pages.append(page.link.get("result").text)
    table = pd.read_csv(tmp_path / "sample.csv", dtype="str").assign(stance=labels[1])
    table.to_csv(tmp_path / "sample.be&n.csv", index=False)
    with opened(tmp_path, "sample.csv") as page:
        pages.append(page.link.get("result").text)
    assert "an&amp;na{{7+7}}" in pages[-1]
    assert codes_of(tmp_path / "sample.an&na{{7+7}}.csv") == dict.fromkeys(texts, labels[0])
    for content in pages:
        assert not re.search(r"<script>|<b>|<i>|<b onclick", content)
    assert "{{ 7 * 7 }}&#34;&#39;" in pages[-1]
    assert "&lt;b&gt;bold&lt;/b&gt;" in pages[-1]
    assert "Its envoy met them &lt;/details&gt;&lt;/main&gt;" in pages[-1]
    assert LABELS[0] not in pages[-1]


def test_a_sample_is_opened_without_the_libraries_of_projects(folder: Path) -> None:
    # The extra `page` brings none of them.
    script = """
import sys
from pathlib import Path
for name in ["pydantic", "ruamel", "dvc", "sklearn", "prompt_toolkit", "joblib"]:
    sys.modules[name] = None
from pipeline.page.auditing.area import Auditing
Auditing(Path("sample.csv"), Path("sample.audit.json"), []).close()
"""
    run("python", "-c", script, folder=folder, variables={"PYTHONPATH": str(ROOT)})
