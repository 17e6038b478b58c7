"""One Chromium for all tests of a module; they are skipped where there is none."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.chromium import CHROMIUM, OPTIONS


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return a browser without profiles."""
    if not CHROMIUM:
        pytest.skip("there is no chromium here; `apt-get install chromium` brings one")
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        yield found
        found.close()
