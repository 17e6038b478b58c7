"""Audits and the codebook as people meet them: by keyboard, on a phone, in the dark, unscripted."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.audits import LABELS, SIZE, code, codes_of, draw_once, truth, write_sample
from tests.browser.chromium import DESK, PHONE, TABLET, WIDTHS, check_by_axe
from tests.opened import Opened, opened
from tests.projects import MARKED_UP, ROOT, mark_up

AUDITED = ["code", "result"]
OF_CODEBOOK = ["codebook", "codebook/edit"]
OPEN_ALL = "document.querySelectorAll('details').forEach(one => { one.open = true })"


@pytest.fixture
def audit(small: Path, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a sample and a codebook beside it."""
    folder = Path(shutil.copytree(draw_once(small, tmp_path_factory), tmp_path / "audit"))
    (folder / "data").mkdir()
    shutil.copy(ROOT / "data/codebook.md", folder / "data")
    return folder


@pytest.fixture(scope="module")
def project(small: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    """Return the page of a project with markup in its texts, whose codebook may be changed."""
    folder = Path(shutil.copytree(small, tmp_path_factory.mktemp("marked") / "project"))
    mark_up(folder)
    people = ["--annotator", "anna", "--kind", "person", "--edit-codebook", "--sample", "20"]
    with opened(folder, *people) as page:
        yield page


def visit(browser: Browser, address: str, **settings: object) -> tuple[Page, list[str]]:
    """Open a view in a fresh profile; return it, and what is not to be.

    That is: requests to elsewhere, words on the console, errors and dialogs.
    """
    page = browser.new_context(**{"viewport": DESK, **settings}).new_page()  # type: ignore[arg-type]
    unwanted: list[str] = []
    here = "http://127.0.0.1:"
    page.on("request", lambda one: None if one.url.startswith(here) else unwanted.append(one.url))
    page.on("console", lambda one: unwanted.append(one.text))
    page.on("pageerror", lambda one: unwanted.append(str(one)))
    page.on("dialog", lambda one: unwanted.append(one.message))
    page.goto(address)
    return page, unwanted


def expect_text(page: Page, heading: str) -> None:
    """Wait until a view is there with a heading, and its keys work."""
    expect(page.locator("h1")).to_have_text(heading)
    expect(page.locator("kbd").first).to_be_visible()


def test_a_sample_is_coded_with_the_keyboard_alone(audit: Path, browser: Browser) -> None:
    path = audit / "sample.anna.csv"
    with opened(audit, "sample.csv", "--annotator", "anna") as served:
        page, unwanted = visit(browser, served.link.address)
        text = page.locator("#text")
        given = {}
        for number in range(1, 4):
            expect_text(page, f"Code {number} of {SIZE}")
            given[text.inner_text()] = stance = truth(text.inner_text())
            page.keyboard.press(str(LABELS.index(stance) + 1))
            if number == 2:
                page.keyboard.press("r")
                page.keyboard.type("a ban, 1 of 3")
            page.keyboard.press("Enter")
        expect_text(page, f"Code 4 of {SIZE}")
        assert codes_of(path) == given
        put_off = text.inner_text()
        page.keyboard.press("s")
        expect(text).not_to_have_text(put_off)
        expect_text(page, f"Code 4 of {SIZE}")
        page.keyboard.press("u")
        expect_text(page, f"Code 3 of {SIZE}")
        assert text.inner_text() == list(given)[-1]
        assert list(codes_of(path)) == list(given)[:2]
        # A choice alone saves nothing, and neither does Enter without one.
        page.keyboard.press("Enter")
        expect_text(page, f"Code 3 of {SIZE}")
        page.keyboard.press("c")
        expect(page.get_by_text("Whose relations:")).to_be_visible()
        assert len(codes_of(path)) == 2
    assert unwanted == []


def test_it_works_without_script_and_with_tab(audit: Path, browser: Browser) -> None:
    with opened(audit, "sample.csv", "--annotator", "anna") as served:
        page, _ = visit(browser, served.link.address, java_script_enabled=False)
        assert page.locator("kbd").first.is_hidden()
        page.get_by_role("radio", name="hostile").focus()
        page.keyboard.press("Space")
        page.keyboard.press("Tab")
        page.keyboard.type("why not")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.locator("h1")).to_have_text(f"Code 2 of {SIZE}")
        page.get_by_role("button", name="Skip for now").click()
        expect(page.get_by_text("1 skipped")).to_be_visible()
        page.get_by_role("button", name="Take it back").click()
        expect(page.locator("h1")).to_have_text(f"Code 1 of {SIZE}")
        page.get_by_role("link", name="Result").click()
        expect(page.get_by_text("There are no figures before 10 codes")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_views_of_an_audit_fit_and_please_axe(scheme: str, audit: Path, browser: Browser) -> None:
    table = pd.read_csv(audit / "sample.csv", dtype="str", keep_default_na=False)
    table.loc[:3, "stance"] = "none"
    table.to_csv(audit / "sample.csv", index=False)
    with (
        opened(audit, "sample.csv", "--annotator", "anna") as served,
        opened(audit, "sample.csv") as reader,
    ):
        code(served.link, 31, wrong=6)
        shutil.copy(audit / "sample.anna.csv", audit / "sample.ben.csv")
        other = (audit / "sample.ben.csv").read_text("utf-8").replace(",anna,", ",ben,")
        (audit / "sample.ben.csv").write_text(other.replace("hostile", "dialogue"), "utf-8")
        places = [served.link.at(path) for path in AUDITED] + [reader.link.at("result")]
        for place in places:
            page, unwanted = visit(browser, place, color_scheme=scheme)
            check_by_axe(page)
            page.evaluate(OPEN_ALL)
            check_by_axe(page, only_colours=scheme == "dark")
            for viewport in (PHONE, TABLET, DESK):
                page.set_viewport_size(viewport)  # type: ignore[arg-type]
                content, window = page.evaluate(WIDTHS)
                assert content <= window
            assert unwanted == []
        expect(page.get_by_role("heading", name="Where coders differ")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_views_of_the_codebook_fit_and_please_axe(
    scheme: str, project: Opened, browser: Browser
) -> None:
    for path in [*OF_CODEBOOK, "preview"]:
        address = project.link.at("codebook/edit" if path == "preview" else path)
        page, unwanted = visit(browser, address, color_scheme=scheme)
        if path == "preview":
            field = page.get_by_label("Text of")
            field.fill(field.input_value().replace("practical", "technical"))
            page.get_by_role("button", name="Preview").click()
            expect(page.locator("ins").nth(1)).to_have_text("technical")
        check_by_axe(page)
        for viewport in (PHONE, TABLET, DESK):
            page.set_viewport_size(viewport)  # type: ignore[arg-type]
            content, window = page.evaluate(WIDTHS)
            assert content <= window
        assert unwanted == []


def test_a_codebook_is_changed_without_script_and_nothing_typed_is_lost(
    small: Path, tmp_path: Path, browser: Browser
) -> None:
    folder = Path(shutil.copytree(small, tmp_path / "project"))
    path = folder / "data/codebook.md"
    # What a textarea would swallow.
    path.write_text(f"\n\n{path.read_text('utf-8')}", "utf-8")
    before = path.read_text("utf-8")
    people = ["--annotator", "anna", "--kind", "person", "--edit-codebook"]
    with opened(folder, *people) as served:
        page, _ = visit(browser, served.link.at("codebook"), java_script_enabled=False)
        page.get_by_role("link", name="Edit the codebook").click()
        field = page.get_by_label("Text of")
        assert field.input_value() == before
        field.fill(f"{before}\nMine.\n")
        page.get_by_role("button", name="Preview").click()
        assert path.read_text("utf-8") == before
        path.write_text(f"{before}Theirs.\n", "utf-8")
        page.get_by_role("button", name="Change it").click()
        expect(page.get_by_role("alert")).to_contain_text("has changed since you began")
        assert field.input_value() == f"{before}\nMine.\n"
        field.fill(f"{before}Theirs.\nMine.\n")
        page.get_by_role("button", name="Preview").click()
        page.get_by_role("button", name="Go on editing").click()
        assert field.input_value() == f"{before}Theirs.\nMine.\n"
        page.get_by_role("button", name="Preview").click()
        page.get_by_role("button", name="Change it").click()
        expect(page.get_by_role("status")).to_contain_text("The codebook is changed")
    assert path.read_text("utf-8") == f"{before}Theirs.\nMine.\n"


def test_markup_in_every_field_runs_nowhere(tmp_path: Path, browser: Browser) -> None:
    labels = ["<img src=x onerror=alert(1)>", '"><script>alert(2)</script>']
    texts = [*MARKED_UP, "<svg onload=alert(3)>", "x" * 400, "\u202eBackwards"]
    write_sample(tmp_path, texts, labels, '"><b onmouseover=alert(4)>before</b>')
    with (
        opened(tmp_path, "sample.csv", "--annotator", "an&na") as served,
        opened(tmp_path, "sample.csv") as reader,
    ):
        page, unwanted = visit(browser, served.link.address, viewport=PHONE)
        for number in range(len(texts)):
            expect_text(page, f"Code {number + 1} of {len(texts)}")
            content, window = page.evaluate(WIDTHS)
            assert content <= window
            page.keyboard.press("1")
            page.get_by_label("Why?").fill("<script>alert(5)</script>")
            page.get_by_role("button", name="Save").click()
        expect(page.locator("h1")).to_have_text(f"All {len(texts)} texts are coded")
        page.evaluate(OPEN_ALL)
        page.goto(served.link.at("result"))
        expect(page.get_by_role("heading", name="How right it is")).to_be_visible()
        page.goto(reader.link.at("result"))
        expect(page.get_by_role("rowheader", name="an&na")).to_be_visible()
        content, window = page.evaluate(WIDTHS)
        assert content <= window
        assert page.locator("main script, main img, main b").count() == 0
    assert unwanted == []
