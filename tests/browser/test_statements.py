"""The list of scored statements in a real Chromium: by hand, by keys, without script."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.chromium import DESK, PHONE, TABLET, WIDTHS, check_by_axe, press, visit
from tests.opened import Link, opened
from tests.projects import MARKED_UP
from tests.scored import Row, row, scores, some_rows, write_scored

ROWS = some_rows(300, seed=3)
ODD = ' The  "Post"\n& <b>kin</b> '
OPEN_ALL = "document.querySelectorAll('details').forEach(one => { one.open = true })"


def _rows() -> list[Row]:
    """Return rows, the first of which are full of what is no markup."""
    marked = [
        {**one, **scores("hostile", reason="cut"), "text": f"{text} {'x' * 90}", "outlet": ODD}
        for text, one in zip(MARKED_UP, ROWS, strict=False)
    ]
    return [{**one, "<i>a & b</i>": one["outlet"]} for one in [*marked, *ROWS[len(marked) :]]]


@pytest.fixture(scope="module")
def link(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Link]:
    """Return the address of a page that shows the rows."""
    folder = tmp_path_factory.mktemp("statements")
    write_scored(folder / "scored.csv", _rows())
    with opened(folder, "scored.csv") as page:
        yield page.link


def counted(page: Page, said: str) -> None:
    """Wait for how many statements the page counts."""
    expect(page.locator(".counted")).to_contain_text(said)


VIEWS = {
    "all": "statements",
    "filtered": "statements?stance:hostile=on&reason=abstains&to:day=2022&in:outlet=Daily",
    "nothing": "statements?search=nowhere",
    "refused": "statements?search=***",
}


@pytest.mark.parametrize("view", VIEWS)
def test_each_view_is_for_everybody(view: str, browser: Browser, link: Link) -> None:
    page, unwanted = visit(browser, link.at(VIEWS[view]), viewport=PHONE)
    for _ in range(2):
        for size in (DESK, TABLET, PHONE):
            page.set_viewport_size(size)  # type: ignore[arg-type]
            content, window = page.evaluate(WIDTHS)
            assert content <= window
        check_by_axe(page)
        page.emulate_media(color_scheme="dark")
        check_by_axe(page, only_colours=True)
        page.emulate_media(color_scheme="light")
        page.evaluate(OPEN_ALL)
    # A refusal is told with its status, and the console says so.
    assert [one for one in unwanted if "400" not in one] == []


def test_filters_are_chosen_by_hand_and_left_out_again(browser: Browser, link: Link) -> None:
    page, _ = visit(browser, link.at("statements"))
    page.get_by_role("checkbox", name="hostile").check()
    page.get_by_text("More filters").click()
    page.get_by_label("outlet").select_option("Weekly")
    page.get_by_label("Confidence from").fill("0.5")
    page.get_by_label("Order").select_option("least sure first")
    page.get_by_role("button", name="Show").click()
    sure = [one for one in _rows() if float(one["confidence"]) >= 0.5]
    hostile = [one for one in sure if one["stance"] == "hostile"]
    kept = [one for one in hostile if one["outlet"] == "Weekly"]
    counted(page, f"{len(kept)} of 300 statements")
    kept.sort(key=lambda one: float(one["confidence"]))
    assert page.locator("li .text").all_text_contents() == [one["text"] for one in kept[:25]]
    expect(page.get_by_text("More filters (2 on)")).to_be_visible()
    page.get_by_role("link", name="outlet is Weekly").click()
    counted(page, f"{len(hostile)} of 300 statements")


@pytest.mark.parametrize("script", ["with", "without"])
def test_a_value_that_no_form_keeps_as_it_is_can_be_chosen(
    script: str, browser: Browser, link: Link
) -> None:
    page, unwanted = visit(browser, link.at("statements"), java_script_enabled=script == "with")
    page.get_by_text("More filters").click()
    page.get_by_label("<i>a & b</i>").select_option('The "Post" & <b>kin</b>')
    page.get_by_role("button", name="Show").click()
    counted(page, f"{len(MARKED_UP)} of 300 statements")
    page.get_by_text(MARKED_UP[2]).hover()
    assert unwanted == []


def test_pages_and_the_search_are_reached_by_keys(browser: Browser, link: Link) -> None:
    page, _ = visit(browser, link.at("statements?sort=most-sure"))
    press(page, "n")
    counted(page, "page 2 of 12")
    press(page, "p")
    counted(page, "page 1 of 12")
    press(page, "/")
    page.keyboard.insert_text("captives")
    # What is typed is no key.
    page.keyboard.type(" n*")
    page.keyboard.press("Enter")
    counted(page, "0 of 300 statements")
    page.get_by_role("searchbox").fill("captives")
    page.keyboard.press("Enter")
    found = sum("captives" in one["text"] for one in _rows())
    counted(page, f"{found} of 300 statements")
    assert "sort=most-sure" in page.url


@pytest.mark.parametrize("script", ["with", "without"])
def test_what_is_shown_is_taken_along(
    script: str, browser: Browser, link: Link, tmp_path: Path
) -> None:
    page, _ = visit(
        browser, link.at("statements?reason=unsure"), java_script_enabled=script == "with"
    )
    page.get_by_text("rows along as a file").click()
    kept = [one for one in _rows() if one["reason"] == "unsure"]
    expected = write_scored(tmp_path / "expected.csv", kept).read_bytes()
    with page.expect_download() as found:
        page.get_by_role("button", name="CSV").click()
    assert found.value.suggested_filename == "statements.csv"
    assert Path(found.value.path()).read_bytes() == expected
    page.get_by_label("by which it knows UTF-8").check()
    with page.expect_download() as found:
        page.get_by_role("button", name="CSV").click()
    assert Path(found.value.path()).read_bytes() == b"\xef\xbb\xbf" + expected
    with page.expect_download() as found:
        page.get_by_role("link", name="Excel").click()
    assert Path(found.value.path()).read_bytes().startswith(b"PK")


def test_a_row_is_opened_and_left_again(browser: Browser, link: Link) -> None:
    page, _ = visit(browser, link.at("statements?search=captives&page=2"))
    texts = page.locator("li .text").all_text_contents()
    page.locator("li .text a").nth(1).click()
    expect(page.locator("main")).to_contain_text(texts[1])
    page.go_back()
    assert page.locator("li .text").all_text_contents() == texts


def test_one_row_without_anything_else_is_a_page(browser: Browser, tmp_path: Path) -> None:
    write_scored(tmp_path / "scored.csv", [row("")])
    with opened(tmp_path, "scored.csv") as served:
        page, unwanted = visit(browser, served.link.at("statements"))
        counted(page, "1 of 1 statements")
        expect(page.locator("li .text")).to_have_text("(no text)")
        check_by_axe(page)
        assert unwanted == []
