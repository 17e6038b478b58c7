"""Annotating in a real Chromium: by keyboard alone, two people at once, without script, for all."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from pipeline.project.frames import read_csv
from tests.annotating import votes
from tests.browser.chromium import DESK, PHONE, TABLET, WIDTHS, check_by_axe
from tests.opened import Link, Opened, opened
from tests.projects import set_params
from tests.together import SENTENCES, STATEMENTS, make_project

COMMAND = ["--annotator", "ada", "--annotator", "bob", "--annotator", "eve"]
LABELS = ["contact-only", "dialogue", "hostile", "none"]


@pytest.fixture
def world(tmp_path: Path) -> Path:
    """Return a project with three annotators, one of them a referee, and a dispute."""
    made = make_project(tmp_path / "project")
    with (made / "data/annotators.csv").open("a", encoding="utf-8") as file:
        file.write("bob,person,\neve,person,\n")
    set_params(made, {"label": {"referees": ["eve"]}})
    (made / "data/annotations/doha.csv").write_text(
        "sentence,annotator,stance,confidence,rationale\n"
        f"{SENTENCES[0]},ada,none,1,no reason\n{SENTENCES[0]},bob,hostile,3,a good one\n",
        "utf-8",
    )
    (made / "data/notes.csv").write_text(
        f"document,sentence,annotator,note\ndoha,{SENTENCES[0]},ada,I was torn\n", "utf-8"
    )
    return made


@pytest.fixture
def served(world: Path) -> Iterator[Opened]:
    with opened(world, *COMMAND, people=3) as page:
        yield page


Visit = Callable[..., Page]


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visit]:
    """Return what opens a view in a fresh profile; no word on the console, no request elsewhere."""
    contexts, unwanted = [], []

    def open_view(link: Link, view: str = "", **settings: object) -> Page:
        context = browser.new_context(**{"viewport": DESK, **settings})  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        # Chromium remarks on every page that is a refusal.
        page.on(
            "console",
            lambda one: None if "status of 409" in one.text else unwanted.append(one.text),
        )
        page.on("pageerror", lambda one: unwanted.append(str(one)))
        page.on("dialog", lambda one: unwanted.append(one.message))
        page.on("request", lambda one: None if link.host in one.url else unwanted.append(one.url))
        page.goto(link.at(view))
        return page

    yield open_view
    for context in contexts:
        context.close()
    assert unwanted == []


def press(page: Page, *keys: str) -> None:
    """Press keys, the last of which leads to another page."""
    for key in keys[:-1]:
        page.keyboard.press(key)
    with page.expect_navigation():
        page.keyboard.press(keys[-1])


def test_ten_sentences_by_keyboard_alone(world: Path, served: Opened, visit: Visit) -> None:
    page = visit(served.links["ada"])
    for number in range(10):
        expect(page.locator("mark")).to_contain_text([*SENTENCES[1:], *STATEMENTS][number])
        press(page, str(number % 4 + 1), "Enter" if number % 2 else "Shift+Digit2")
    expect(page.get_by_role("heading", level=1)).to_have_text("Annotate")
    expect(page.get_by_text("has been annotated")).to_be_visible()
    mine = [row for row in votes(world)[2:] + votes(world, "statements") if row[1] == "ada"]
    expected = [(LABELS[number % 4], "" if number % 2 else "2") for number in range(10)]
    assert [row[2:] for row in mine] == expected
    # Back by undo, once from the end, and forward with what was typed before.
    press(page, "u")
    expect(page.locator("mark")).to_contain_text(STATEMENTS[-1])
    for key in ("r", *"why so", "Escape", "n", *"odd", "Escape"):
        page.keyboard.press(key)
    press(page, "1", "Enter")
    press(page, "h")
    expect(page.get_by_text("Note: odd")).to_be_visible()
    row = read_csv(world / "data/annotations/statements.csv").iloc[-1]
    assert row["rationale"] == "why so"


def test_the_codebook_opens_and_closes_by_its_key(served: Opened, visit: Visit) -> None:
    page = visit(served.links["ada"])
    codebook = page.get_by_role("region", name="Codebook", exact=True)
    expect(codebook).to_be_visible()
    page.keyboard.press("c")
    expect(codebook).not_to_be_visible()
    page.keyboard.press("c")
    expect(codebook).to_be_visible()
    # A key without a label asks for one, and saves nothing.
    page.keyboard.press("Enter")
    assert page.evaluate("document.querySelector('form.answer').matches(':invalid')")
    expect(page.locator("mark")).to_contain_text(SENTENCES[1])


def test_two_people_at_once(world: Path, served: Opened, visit: Visit) -> None:
    pages = [visit(served.links[name]) for name in ("ada", "bob")]
    seen: list[str] = []
    for number in range(10):
        page = pages[number % 2]
        seen.append(page.locator("mark bdi").text_content() or "")
        press(page, str(number % 4 + 1), "Enter")
    assert sorted(seen) == sorted([*SENTENCES[1:], *STATEMENTS])
    rows = votes(world)[2:] + votes(world, "statements")
    assert len(rows) == 10
    assert {row[0]: (row[1], row[2]) for row in rows} == {
        text: (("ada", "bob")[number % 2], LABELS[number % 4]) for number, text in enumerate(seen)
    }


def test_one_key_leads_to_the_hard_cases_and_one_back(served: Opened, visit: Visit) -> None:
    page = visit(served.links["ada"])
    for key in ("n", *"odd", "Escape"):
        page.keyboard.press(key)
    press(page, "s")
    shown = page.locator("mark").text_content() or ""
    press(page, "h")
    expect(page.get_by_text("Note: odd")).to_be_visible()
    press(page, "Enter")
    expect(page.locator("mark")).to_have_text(shown)


def test_a_stale_page_keeps_what_was_typed(world: Path, served: Opened, visit: Visit) -> None:
    page = visit(served.links["ada"])
    other = page.context.new_page()
    other.goto(page.url)
    press(other, "4", "Enter")
    page.get_by_label("Reason, if you like").fill("at length")
    page.get_by_label("Reason, if you like").press("Escape")
    press(page, "3", "Enter")
    expect(page.get_by_role("alert")).to_contain_text("in another window")
    expect(page.get_by_label("Reason, if you like")).to_have_value("at length")
    expect(page.get_by_role("radio", checked=True)).to_have_value("hostile")
    press(page, "Enter")
    assert (SENTENCES[1], "ada", "hostile", "") in votes(world)


def test_the_back_button_leads_to_what_was_answered(served: Opened, visit: Visit) -> None:
    page = visit(served.links["ada"])
    press(page, "3", "Enter")
    page.go_back()
    expect(page.locator("mark")).to_contain_text(SENTENCES[1])
    expect(page.get_by_role("radio", checked=True)).to_have_value("hostile")


def test_everything_works_without_script(world: Path, served: Opened, visit: Visit) -> None:
    page = visit(served.links["ada"], java_script_enabled=False)
    page.get_by_role("radio", name="dialogue").check()
    page.get_by_label(re.compile("Note, if")).fill("hard")
    page.get_by_role("button", name="3 sure").click()
    assert (SENTENCES[1], "ada", "dialogue", "3") in votes(world)
    page.get_by_role("button", name="Skip").click()
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("button", name="Undo").click()
    assert len(votes(world)) == 2
    page.get_by_role("link", name="Hard cases", exact=True).click()
    page.get_by_role("button", name="Resolved").first.click()
    expect(page.get_by_text("Note: hard")).to_have_count(0)
    page.get_by_role("link", name="My votes").click()
    page.get_by_role("link", name=SENTENCES[0]).click()
    page.get_by_role("button", name="Withdraw").click()
    assert [row[1] for row in votes(world)] == ["bob"]
    page = visit(served.links["eve"], java_script_enabled=False)
    page.get_by_role("link", name="Documents", exact=True).click()
    page.get_by_role("link", name="doha", exact=True).click()
    page.get_by_text(SENTENCES[0]).click()
    expect(page.get_by_text("a good one")).to_be_visible()


VIEWS = [
    ("ada", "annotate"),
    ("ada", "second"),
    ("ada", "documents"),
    ("ada", "documents/text?name=doha"),
    ("ada", "mine"),
    ("ada", "hard"),
    ("ada", "second?sentence=gone"),
    ("eve", "disputes"),
    ("eve", "documents/text?name=doha"),
]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_nothing_scrolls_sideways(
    scheme: str, served: Opened, visit: Visit
) -> None:
    page = visit(served.links["ada"], "annotate")
    press(page, "3", "Shift+Digit3")
    saved = page.url.removeprefix(served.links["ada"].address)
    for name, view in [*VIEWS, ("ada", saved)]:
        page = visit(served.links[name], view, viewport=PHONE, color_scheme=scheme)
        page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
        check_by_axe(page, only_colours=scheme == "dark")
        for viewport in (TABLET, DESK, PHONE):
            page.set_viewport_size(viewport)  # type: ignore[arg-type]
            content, window = page.evaluate(WIDTHS)
            assert content <= window, view
