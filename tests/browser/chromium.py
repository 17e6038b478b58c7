"""A real Chromium, and what pages are held to in it."""

import os
import shutil
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

# `CHROMIUM` may name another one.
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-quic",
    "--disable-component-update",
    "--disable-sync",
]
PHONE = {"width": 360, "height": 740}
TABLET = {"width": 768, "height": 1024}
DESK = {"width": 1280, "height": 900}
WIDTHS = "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"


def check_by_axe(page: Page, *, only_colours: bool = False) -> None:
    """Hold a page to all rules of axe, or to those that differ in the dark only."""
    options = {"runOnly": ["color-contrast"]} if only_colours else {}
    found = Axe().run(page, options=options).response
    assert [(rule["id"], rule["nodes"][0]["html"]) for rule in found["violations"]] == []
    assert {rule["id"] for rule in found["passes"]} >= {"color-contrast"}


def visit(browser: Browser, address: str, **settings: object) -> tuple[Page, list[str]]:
    """Open a view in a fresh profile.

    Returns
    -------
    The page, and what is not to be: requests elsewhere, words on the console, errors and dialogs.
    """
    page = browser.new_context(**{"viewport": DESK, **settings}).new_page()  # type: ignore[arg-type]
    # Two pages of a test may be served at two ports.
    origin = f"http://{urlsplit(address).hostname}:"
    unwanted: list[str] = []
    page.on("request", lambda one: None if one.url.startswith(origin) else unwanted.append(one.url))
    page.on("console", lambda one: unwanted.append(one.text))
    page.on("pageerror", lambda one: unwanted.append(str(one)))
    page.on("dialog", lambda one: unwanted.append(one.message))
    page.goto(address)
    return page, unwanted


def press(page: Page, key: str) -> None:
    """Press a key once the page listens to it."""
    expect(page.locator("main kbd").first).to_be_visible()
    page.keyboard.press(key)
