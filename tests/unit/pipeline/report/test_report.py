"""The report and the model card: every number stands in a file, and every text is text."""

import json
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from ruamel.yaml import YAML

from pipeline.project.vocabulary import PROTOCOLS, SYSTEMS
from pipeline.report.content import sort_mistakes
from pipeline.report.figures import draw_curve
from pipeline.report.numbers import FORMS, of_ten
from pipeline.report.wording import letters
from pipeline.stages.report import read_rows
from tests.page import look_up, read_page
from tests.projects import MARKED_UP, ROOT

SECTIONS = [
    "In short",
    "The article",
    "Who says what",
    "Errors",
    "More data?",
    "Annotators",
    "Calibration and abstention",
    "Features",
    "How it was made",
]


@pytest.fixture(scope="module", params=["committed", "small"])
def folder(request: pytest.FixtureRequest) -> Path:
    """Return the project with its reports as they are committed, and a small project."""
    built: Path = ROOT if request.param == "committed" else request.getfixturevalue("small")
    return built


def test_every_section_is_there_and_every_link_leads_somewhere(folder: Path) -> None:
    page = read_page(folder)
    assert [heading.text for heading in page.find("h2")] == SECTIONS
    places = {one.attributes["id"] for one in page.elements if "id" in one.attributes}
    for link in page.find("a"):
        assert link.attributes["href"].startswith("#")
        assert link.attributes["href"][1:] in places


def written(form: Callable[[Any], str], value: float) -> str | None:
    """Return a number in a form; None where the form is for other numbers."""
    try:
        return form(value)
    except IndexError:
        return None


def test_every_number_stands_in_a_file(folder: Path) -> None:
    numbers = read_page(folder).find("data")
    assert len(numbers) > 250
    value_at = cache(lambda place: look_up(folder, place))
    for number in numbers:
        found = value_at(number.attributes["data-from"])
        if found is None:
            assert (number.attributes["value"], number.text) == ("", "–")
            continue
        found = int(found) if re.fullmatch(r"\d+", str(found)) else float(found)
        assert float(number.attributes["value"]) == found
        assert number.text in {written(form, found) for form in FORMS.values()}


def test_there_are_no_other_numbers(folder: Path) -> None:
    quoted = ("data", "svg", "style", "code", "pre", "quote", "t", "why", "id", "h3")
    for element, text in read_page(folder).pieces:
        if not element.within(*quoted):
            assert not re.search(r"\d[.,]\d|(?<!95)\s%", text), text


def test_every_annotated_sentence_is_marked_with_its_votes_and_probabilities(folder: Path) -> None:
    page = read_page(folder)
    table = pd.read_csv(folder / "reports/predictions.csv", keep_default_na=False)
    table = table[table["protocol"].isin(["article", "unseen_article"])]
    published = set(table["id"][table["protocol"] == "article"])
    columns = [column for column in map(str, table) if column.startswith("p_")]
    marked = {one.attributes["id"]: one for one in page.find("details", "s")}
    annotated = {name for name, one in marked.items() if "lu" not in one.classes}
    assert annotated == {"s-" + str(id_).replace(":", "-") for id_ in table["id"]}
    rows: list[dict[Any, Any]] = table.to_dict("records")
    for row in rows:
        shown = marked["s-" + row["id"].replace(":", "-")]
        assert row["text"] in shown.text
        assert f"{PROTOCOLS[row['protocol']]}: {row['predicted']}" in shown.text
        assert re.search(r"(?:coder|author|referee)\S*: " + row["stance"], shown.text)
        told = shown.text.partition(PROTOCOLS[row["protocol"]])[2]
        probabilities = [f"{row[column]:.2f}" for column in columns]
        assert re.findall(r"\d\.\d\d", told)[: len(columns)] == probabilities
        if row["protocol"] == ("article" if row["id"] in published else "unseen_article"):
            assert ("x" in shown.classes) == (row["stance"] != row["predicted"])


def test_articles_are_shown_whole(marked_up: Path) -> None:
    page = read_page(marked_up)
    lines = pd.read_csv(marked_up / "data/paragraphs.csv", keep_default_na=False)
    sentences = page.find("span", "t")
    shown = [
        " ".join(one.text for one in sentences if any(above is part for above in one.parents))
        for part in page.find("div", "para")
    ]
    assert shown == lines["text"][lines["kind"] == "body"].tolist()
    rest = [one.text for one in page.elements if one.tag in ("h4", "p") and one.within("text")]
    assert set(lines["text"][lines["kind"] != "body"]) <= set(rest)


def test_markup_in_the_data_is_text(marked_up: Path) -> None:
    page = read_page(marked_up)
    assert not page.find("script")
    assert not page.find("img")
    assert not page.find("i")
    assert not [one for one in page.elements if any(name[:2] == "on" for name in one.attributes)]
    assert len(page.find("main")) == 1
    (title,) = [one for one in page.find("summary") if "Title" in one.text]
    assert '<em>"Title"</em>' in title.text
    shown = [one.text for one in page.find("span", "t")]
    assert all(text in shown for text in MARKED_UP)
    (first, second, _, last) = [
        one for one in page.find("details", "s") if "marked-up" in one.attributes["id"]
    ]
    assert "hostile, agreed by all; says <i>Moscow</i>" in first.text
    assert "coder-1: hostile (3): <img src=x onerror=alert(3)>" in first.text
    assert "No stance, unresolved" in second.text
    assert "No stance, not annotated" in last.text
    assert "lu" in second.classes


def test_what_annotators_left_open_is_listed(marked_up: Path) -> None:
    items = [one.text for one in read_page(marked_up).find("li") if not one.within("s")]
    (listed,) = [text for text in items if MARKED_UP[1] in text]
    assert "coder-1 C contact-only, coder-2 D dialogue" in listed


def test_who_speaks_is_shown_with_the_stance(folder: Path) -> None:
    page = read_page(folder)
    (place,) = [one for one in page.elements if one.attributes.get("id") == "who-says-what"]
    said = place.text.partition("Zamir Kabulov, Special Envoy to Afghanistan\n\nD For instance")[2]
    assert "became a local force. russia-taliban:031" in said
    assert "The Russian authorities do not have a plan" not in place.text


def test_majority_and_dawid_skene_are_compared(folder: Path) -> None:
    page = read_page(folder)
    compared = json.loads((folder / "reports/agreement.json").read_text("utf-8"))["aggregation"]
    (place,) = [one for one in page.elements if one.attributes.get("id") == "annotators"]
    counts = f"differ on {compared['differ']:,} of {compared['sentences']:,} sentences"
    assert counts in place.text
    found = compared["as_the_referee"]
    assert f"{found['majority']} come out as the referee has it" in place.text
    assert f"by the majority, {found['dawid-skene']} by the model" in place.text
    first = compared["differing"][0]
    assert f"{first['id']}–" in place.text


def test_the_report_is_small_and_needs_nothing_else() -> None:
    text = (ROOT / "reports/report.html").read_text("utf-8")
    assert len(text.encode()) < 2_500_000
    outside = re.findall(r'(?:src|href)="(?!#)|url\((?!#)|@import|<link|<script|<iframe', text)
    assert not outside


def test_the_model_card_says_what_the_metrics_say(folder: Path) -> None:
    card = (folder / "reports/model_card.md").read_text("utf-8")
    metrics = json.loads((folder / "reports/metrics.json").read_text("utf-8"))
    baselines = json.loads((folder / "reports/baselines.json").read_text("utf-8"))
    if folder == ROOT:
        # A small project has another encoder and fewer sentences than they are of.
        corpus = json.loads((folder / "reports/corpus_baselines.json").read_text("utf-8"))
        baselines |= corpus["systems"]
    _, front, body = card.split("---\n", 2)
    (model,) = YAML(typ="safe").load(front)["model-index"]
    found = {
        result["dataset"]["type"]: [metric["value"] for metric in result["metrics"]]
        for result in model["results"]
    }
    assert found == {name: [one["macro_f1"], one["accuracy"]] for name, one in metrics.items()}
    rows = {
        cells[0].strip(): [cell.strip() for cell in cells[1:]]
        for line in body.splitlines()
        if line.startswith("| ")
        for cells in [line.strip("| ").split("|")]
    }
    for system, title in SYSTEMS.items():
        of_system = {**baselines, "pipeline": metrics}.get(system)
        if of_system is None:
            assert title not in rows
        elif system != "pipeline":
            assert rows[title] == [
                "{macro_f1:.2f} ({macro_f1_low:.2f} to {macro_f1_high:.2f})".format(
                    **of_system[protocol]
                )
                for protocol in metrics
            ]
    for stance in ("contact-only", "dialogue", "hostile"):
        for measure in ("precision", "recall", "f1"):
            assert rows[f"{stance}, {measure}"] == [
                f"{metrics[protocol][stance][measure]:.2f}" for protocol in metrics
            ]
    assert rows["sentences"] == [f"{metrics[name]['sentences']:,}" for name in metrics]


def test_the_model_card_has_the_sections_of_the_hubs() -> None:
    card = (ROOT / "reports/model_card.md").read_text("utf-8")
    sections = re.findall(r"^## (.+)$", card, re.MULTILINE)
    assert sections[:6] == [
        "Model Details",
        "Uses",
        "Bias, Risks, and Limitations",
        "How to Get Started with the Model",
        "Training Details",
        "Evaluation",
    ]
    for link in re.findall(r"\]\(([^)#]+)\)", card):
        assert (ROOT / "reports" / link).exists(), link


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (0, "none"),
        (0.01, "hardly any"),
        (0.1, "one"),
        (0.79, "eight"),
        (0.96, "nearly all"),
        (1, "all"),
    ],
)
def test_shares_of_ten_in_words(share: float, words: str) -> None:
    assert of_ten(share) == words


def test_every_label_has_letters_of_its_own() -> None:
    assert letters(["contact-only", "dialogue", "hostile", "none"]) == {
        "contact-only": "C",
        "dialogue": "D",
        "hostile": "H",
        "none": "N",
    }
    found = letters(["against", "allied", "no", "none"])
    assert found == {"against": "AG", "allied": "AL", "no": "NO", "none": "NON"}


def test_labels_that_look_like_numbers_are_none(tmp_path: Path) -> None:
    path = tmp_path / "doubted.csv"
    path.write_text("id,stance,suggested,p_stance,text\n7,1,0,0.25,1984\n", "utf-8")
    (row,) = read_rows(path)
    assert row == {"id": "7", "stance": "1", "suggested": "0", "p_stance": 0.25, "text": "1984"}


def test_a_mistake_of_several_kinds_is_shown_once() -> None:
    mistakes = [{"kinds": "a b"}, {"kinds": "b"}, {"kinds": "a b"}, {"kinds": "b c"}]
    assert sort_mistakes(mistakes, ["a", "b", "c"], 1) == {"a": [0], "b": [1], "c": [3]}


def test_a_figure_is_readable_without_eyes_and_the_same_every_time() -> None:
    table = pd.DataFrame({"size": [1, 2], "macro_f1": [0.5, 0.6], "low": 0.4, "high": 0.7})
    first, second = (draw_curve("c", "A <title>", table, "$x$ & <y>", "F").svg() for _ in range(2))
    assert first == second
    assert '<title id="c-title">A &lt;title&gt;</title>' in first
    assert "1 0.50 (0.40 to 0.70)" in first
    assert "$x$ &amp; &lt;y&gt;" in first
    assert "#1d5c9e" not in draw_curve("c", "A title", table, "x", "F").inline()
