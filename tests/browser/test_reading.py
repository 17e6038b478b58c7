"""What is read in the page, in a real Chromium: pasted texts, rows, shares and articles."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.chromium import DESK, PHONE, TABLET, WIDTHS, check_by_axe, press, visit
from tests.opened import Link, opened
from tests.projects import MARKED_UP
from tests.reading import ARTICLES, MARKED_UP_FILE, PARTIES, STATEMENTS, make_scored
from tests.sharing import once

ARTICLE = f"A <i>heading</i>\n{' '.join(MARKED_UP)}\nHe will not talk to them.\n"
OPEN_ALL = "document.querySelectorAll('details').forEach(one => { one.open = true })"


@dataclass(frozen=True)
class Links:
    """Pages of scored statements and of scored articles."""

    statements: Link
    articles: Link


@pytest.fixture(scope="module")
def links(small: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Links]:
    """Serve scored statements and scored articles."""
    scored = once("scored-to-look-at", tmp_path_factory, lambda folder: make_scored(folder, small))
    model = ("--model", str(small))
    with (
        opened(scored, STATEMENTS, "--text-column", "sentence", *model) as statements,
        opened(scored, ARTICLES, *model) as articles,
    ):
        yield Links(statements.link, articles.link)


def paste(page: Page, link: Link, text: str) -> None:
    """Paste a text and have it scored."""
    page.goto(link.at("try"))
    page.get_by_label("A sentence or an article").fill(text)
    page.get_by_role("button", name="Score it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("What the model says of the text")


# Every view that this file looks at, and how it is reached.
VIEWS = {
    "try": "try",
    "row": "row/81?why=1",
    "shares": "shares?by=party&period=month",
    "raw shares": f"shares?{urlencode({'by': 'party', 'stance:hostile': 'on'})}",
    "articles": "articles",
    "article": f"article?{urlencode({'name': f'texts/{MARKED_UP_FILE}'})}",
    "article with figures": "article?name=texts/b.txt&figures=1",
    "one": "",
    "pasted": "",
    "sentence": "",
}


def look_at(page: Page, links: Links, view: str) -> None:
    """Go to a view."""
    if place := VIEWS[view]:
        page.goto((links.articles if "article" in view else links.statements).at(place))
    else:
        paste(page, links.statements, MARKED_UP[0] if view == "one" else ARTICLE)
    if view == "pasted":
        page.evaluate(OPEN_ALL)
    if view == "sentence":
        page.locator("#s2 summary").click()
        page.locator("#s2 a").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Sentence 2 of the text")


@pytest.mark.parametrize("view", VIEWS)
def test_each_view_is_for_everybody(view: str, browser: Browser, links: Links) -> None:
    page, unwanted = visit(browser, links.statements.at("try"), viewport=PHONE)
    look_at(page, links, view)
    for size in (PHONE, TABLET, DESK):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        content, window = page.evaluate(WIDTHS)
        assert content <= window
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    check_by_axe(page)
    page.emulate_media(color_scheme="dark")
    check_by_axe(page, only_colours=True)
    assert page.get_by_role("heading", level=1).count() == 1
    assert unwanted == []


def test_a_pasted_article_is_read_explained_and_left_with_the_keyboard_alone(
    browser: Browser, links: Links
) -> None:
    page, _ = visit(browser, links.statements.at("try"))
    press(page, "t")
    page.keyboard.insert_text(ARTICLE)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".letter").first).to_be_visible()
    page.locator("#s5 summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sentence 5 of the text")
    press(page, "p")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sentence 4 of the text")
    press(page, "b")
    expect(page.locator("#s4")).to_be_in_viewport()
    assert page.url.endswith("#s4")
    # It can be loaded again, and nothing is sent twice.
    page.reload()
    expect(page.locator("#s4")).to_be_visible()


def test_everything_works_without_script(browser: Browser, links: Links) -> None:
    page, _ = visit(browser, links.statements.at("try"), java_script_enabled=False)
    paste(page, links.statements, ARTICLE)
    sentence = page.locator("#s2")
    assert not sentence.locator(".probabilities").is_visible()
    sentence.locator("summary").click()
    assert sentence.locator(".probabilities").is_visible()
    sentence.get_by_role("link").click()
    assert page.get_by_role("heading", name="Most similar annotated sentences").is_visible()
    page.goto(links.statements.at("shares"))
    page.locator("select[name=by]").select_option("party")
    page.locator("select[name=period]").select_option("month")
    page.get_by_role("button", name="Count").click()
    assert page.get_by_role("row").count() > 10
    page.goto(links.articles.at("articles"))
    page.get_by_role("link", name="texts/b.txt").click()
    page.locator("a.s").first.click()
    assert page.get_by_role("heading", level=2, name="Other cells of the row").is_visible()
    page.get_by_role("link", name="Why, and what is similar").click()
    assert page.get_by_role("heading", name="Why this answer").is_visible()


def test_rows_are_walked_by_keys_in_the_order_of_the_filters(
    browser: Browser, links: Links
) -> None:
    query = urlencode({"in:party": PARTIES[1], "sort": "least-sure"})
    page, _ = visit(browser, links.statements.at(f"statements?{query}"))
    texts = page.locator(".statements .text").all_inner_texts()
    page.locator(".statements .text a").first.click()
    for text in texts[:3]:
        expect(page.locator("main .text .t").first).to_have_text(text)
        press(page, "n")
    expect(page.locator("main .text .t").first).to_have_text(texts[3])
    press(page, "p")
    expect(page.locator("main .text .t").first).to_have_text(texts[2])
    press(page, "e")
    expect(page.get_by_role("heading", name="Why this answer")).to_be_visible()
    press(page, "b")
    expect(page).to_have_url(links.statements.at(f"statements?{query}"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_chart_is_drawn_on_white_and_in_colours(
    scheme: str, browser: Browser, links: Links
) -> None:
    page, _ = visit(browser, links.statements.at("shares?by=party"), color_scheme=scheme)
    chart = page.get_by_role("img", name="Chart: shares of contact-only")
    assert chart.evaluate("one => one.complete && one.naturalWidth > 500")
    assert chart.evaluate("one => getComputedStyle(one).backgroundColor") == "rgb(255, 255, 255)"
    # The policy of the page forbids styles; those of the picture must hold all the same.
    assert chart.evaluate(
        """one => {
          const canvas = document.createElement("canvas");
          canvas.width = one.naturalWidth;
          canvas.height = one.naturalHeight;
          const context = canvas.getContext("2d");
          context.drawImage(one, 0, 0);
          const data = context.getImageData(0, 0, canvas.width, canvas.height).data;
          let found = 0;
          for (let at = 0; at < data.length; at += 4)
            if (data[at] === 0x8f && data[at + 1] === 0x2b && data[at + 2] === 0x14) found += 1;
          return found;
        }"""
    )


def test_charts_and_tables_are_downloaded(browser: Browser, links: Links) -> None:
    page, _ = visit(browser, links.statements.at("shares?by=party"))
    for name, begins in (
        ("chart as SVG", b"<?xml"),
        ("chart as PNG", b"\x89PNG"),
        ("table as CSV", b"party,"),
    ):
        with page.expect_download() as download:
            page.get_by_role("link", name=name).click()
        assert download.value.path().read_bytes().startswith(begins)


def test_markup_does_nothing_wherever_it_is_clicked(browser: Browser, links: Links) -> None:
    page, unwanted = visit(browser, links.statements.at("try"))
    paste(page, links.statements, ARTICLE)
    page.locator("#s3 summary").click()
    page.locator("#s3 .t").click()
    for number in range(80, 84):
        page.goto(links.statements.at(f"row/{number}?why=1"))
        expect(page.locator("main .text .t").first).to_have_text(MARKED_UP[number - 80])
    page.goto(links.statements.at("shares?by=party&by_too=note"))
    page.get_by_role("rowheader", name=PARTIES[1]).first.click()
    page.goto(links.articles.at("articles"))
    page.get_by_role("link", name=MARKED_UP_FILE).click()
    expect(page.locator("a.s .t").first).to_have_text(MARKED_UP[0])
    assert unwanted == []
