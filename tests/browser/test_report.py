"""The report as people meet it: in a real Chromium, on a phone, in the dark, and on paper."""

from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Browser, Page

from tests.browser.chromium import DESK, PHONE, TABLET, WIDTHS, check_by_axe
from tests.projects import MARKED_UP, ROOT

OPEN_ALL = "document.querySelectorAll('details').forEach(one => { one.open = true })"


def visit(browser: Browser, folder: Path, **settings: object) -> tuple[Page, list[str]]:
    """Open the report of a project in a fresh profile.

    Returns
    -------
    The page, and what is not to be: requests but for the page itself, words on the console,
    errors and dialogs.
    """
    page = browser.new_context(**{"viewport": DESK, **settings}).new_page()  # type: ignore[arg-type]
    address = (folder / "reports/report.html").as_uri()
    unwanted: list[str] = []
    page.on("request", lambda one: None if one.url == address else unwanted.append(one.url))
    page.on("console", lambda one: unwanted.append(one.text))
    page.on("pageerror", lambda one: unwanted.append(str(one)))
    page.on("dialog", lambda one: unwanted.append(one.message))
    page.goto(address)
    return page, unwanted


def test_it_loads_alone_and_without_a_word(browser: Browser) -> None:
    page, unwanted = visit(browser, ROOT)
    page.evaluate(OPEN_ALL)
    assert page.locator("section > h2").count() == 9
    assert page.locator("figure svg[role=img]").count() >= 7
    assert unwanted == []


@pytest.mark.parametrize("viewport", [PHONE, TABLET, DESK])
def test_nothing_scrolls_sideways(viewport: dict[str, int], browser: Browser) -> None:
    page, _ = visit(browser, ROOT, viewport=viewport)
    for _ in range(2):
        content, window = page.evaluate(WIDTHS)
        assert content <= window
        page.evaluate(OPEN_ALL)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(scheme: str, browser: Browser) -> None:
    page, _ = visit(browser, ROOT, viewport=PHONE, color_scheme=scheme)
    # All articles are made alike; one of the others will do.
    page.evaluate(
        "[...document.querySelectorAll('details.more')].slice(1).map(one => one.remove())"
    )
    page.evaluate(OPEN_ALL)
    check_by_axe(page, only_colours=scheme == "dark")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_figures_are_readable_on_the_paper_of_the_page(scheme: str, browser: Browser) -> None:
    page, _ = visit(browser, ROOT, color_scheme=scheme)
    dark, paper = page.evaluate(
        "[getComputedStyle(document.querySelector('svg text')).fill,"
        " getComputedStyle(document.body).backgroundColor]"
    )
    ink, ground = (
        sum(map(int, colour.strip("rgb()").split(","))) / 765 for colour in (dark, paper)
    )
    assert abs(ink - ground) > 0.7
    assert (ground < 0.5) == (scheme == "dark")


def test_every_annotated_sentence_is_coloured(browser: Browser) -> None:
    table = pd.read_csv(ROOT / "reports/predictions.csv", keep_default_na=False)
    expected = table[table["protocol"] == "unseen_article"]["stance"].value_counts()
    page, _ = visit(browser, ROOT)
    page.evaluate(OPEN_ALL)
    found = page.evaluate(
        "[...document.querySelectorAll('details.s:not(.lu)')].map(one => ["
        " one.querySelector('.tag').title,"
        " getComputedStyle(one.querySelector('.t')).backgroundColor])"
    )
    tags = pd.Series([tag for tag, _ in found]).value_counts()
    assert tags.to_dict() == expected.to_dict()
    colours = {tag: {colour for other, colour in found if other == tag} for tag in expected.index}
    assert all(len(shades) == 1 for shades in colours.values())
    assert len(set.union(*colours.values())) == len(colours)


def test_votes_open_without_javascript(browser: Browser) -> None:
    page, _ = visit(browser, ROOT, java_script_enabled=False)
    sentence = page.locator("#s-russia-taliban-004")
    assert not sentence.get_by_text("coder-1: dialogue").is_visible()
    sentence.locator("summary").click()
    assert sentence.get_by_text("coder-1: dialogue").is_visible()
    assert sentence.get_by_text("The published article, out of fold").is_visible()


def test_sentences_run_on_like_text(browser: Browser) -> None:
    page, _ = visit(browser, ROOT)
    first, second = (
        page.locator(f"#s-russia-taliban-00{number} .tag").first.bounding_box() for number in (1, 2)
    )
    assert first
    assert second
    # The second sentence begins on the line on which the first one ends.
    assert second["y"] == pytest.approx(first["y"], abs=2)
    assert second["x"] > first["x"] + 100


def test_a_link_opens_the_article_that_it_leads_to(browser: Browser) -> None:
    page, _ = visit(browser, ROOT)
    link = page.locator("#annotators ol a[href^='#s-']:not([href^='#s-russia-taliban-0'])").first
    target = page.locator((link.get_attribute("href") or "") + " > summary")
    assert not target.is_visible()
    link.click()
    assert target.is_visible()


def test_it_prints(browser: Browser) -> None:
    page, _ = visit(browser, ROOT, color_scheme="dark")
    page.emulate_media(media="print")
    assert not page.locator("nav").is_visible()
    assert page.locator("#s-russia-taliban-062 .t").is_visible()
    assert page.evaluate("getComputedStyle(document.querySelector('.wide')).overflowX") == "visible"
    ink = page.evaluate("getComputedStyle(document.body).color")
    assert sum(map(int, ink.strip("rgb()").split(","))) < 150
    assert page.pdf(format="A4").startswith(b"%PDF")


def test_markup_in_the_data_does_nothing(browser: Browser, marked_up: Path) -> None:
    page, unwanted = visit(browser, marked_up)
    page.evaluate(OPEN_ALL)
    shown = page.locator(".t").all_text_contents()
    assert all(text in shown for text in MARKED_UP)
    page.get_by_text("<b onclick=alert(2)>nothing</b>").first.click()
    assert unwanted == []
