"""Every view of the page: for everybody, alone in the world, and safe from other sites."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.chromium import DESK, PHONE, WIDTHS, check_by_axe, visit
from tests.opened import FORM, Link
from tests.views import PROJECT, VIEWS, Served, View, make_world, serving

# All that Tab should come to.
REACHED = """
  [...document.querySelectorAll(
    'a[href], button, input, select, textarea, summary, [tabindex="0"]')]
    .filter(one => one.checkVisibility() && !one.disabled && one.type !== 'hidden')
"""
# Radio buttons are one stop, whichever of them.
STOPS = f"""() => {{
  const stops = {REACHED}.map(one => one.type === 'radio' ? one.form.id + one.name : one);
  window.stops = new Set(stops);
  return window.stops.size;
}}"""
FOCUSED = """() => {
  const at = document.activeElement, style = getComputedStyle(at);
  window.stops.delete(at.type === 'radio' ? at.form.id + at.name : at);
  const seen = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
  return [at === document.body, seen ? '' : at.outerHTML.slice(0, 200)];
}"""
SQUEEZED = "getComputedStyle(document.documentElement).fontSize"


@pytest.fixture(scope="module")
def served(small: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = make_world(tmp_path_factory.mktemp("views") / "world", small)
    with serving(folder) as found:
        yield found


def open_view(browser: Browser, served: Served, view: View, **settings: object) -> Page:
    """Open a view; nothing but the page is asked for, and nothing is said on the console."""
    link, path = served.find(view)
    page, unwanted = visit(browser, link.at(path), **settings)
    # Chromium remarks on what is refused.
    refused = [one for one in unwanted if view.name != "problem" or "status of 400" not in one]
    assert refused == []
    return page


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_each_view_is_for_everybody(view: View, browser: Browser, served: Served) -> None:
    page = open_view(browser, served, view, viewport=PHONE)
    assert page.locator("h1").count() == 1
    check_by_axe(page)
    page.emulate_media(color_scheme="dark")
    check_by_axe(page, only_colours=True)
    for size in (PHONE, DESK):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        for letters in ("100%", "200%"):
            # As in the settings of a browser; the policy forbids no script of ours.
            page.evaluate(f"document.documentElement.style.fontSize = '{letters}'")
            content, window = page.evaluate(WIDTHS)
            assert content <= window, (size, letters)
    page.context.close()


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_tab_comes_to_everything_and_is_seen(view: View, browser: Browser, served: Served) -> None:
    page = open_view(browser, served, view)
    count = page.evaluate(STOPS)
    assert count >= 4
    for _ in range(count + 1):
        page.keyboard.press("Tab")
        left, unseen = page.evaluate(FOCUSED)
        assert unseen == "" or left
        if left:
            break
    assert page.evaluate("[...window.stops].map(one => one.outerHTML || one)") == []
    page.context.close()


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_each_view_is_whole_without_script(view: View, browser: Browser, served: Served) -> None:
    link, path = served.find(view)
    page, unwanted = visit(browser, link.at(path), java_script_enabled=False)
    assert page.locator("h1").count() == 1
    assert page.locator(".needs-script:visible").count() == 0
    assert [one for one in unwanted if "status of 400" not in one] == []
    page.context.close()


EVIL = """<!doctype html><title>evil</title>
<form id=form method=post action="{0}try"><input name=text value=stolen></form>
<form id=plain method=post enctype=text/plain action="{0}try"><input name=text value=x></form>
<iframe id=frame src="{0}codebook"></iframe>
<img id=image src="{0}static/icon.svg">
<link id=style rel=stylesheet href="{0}static/page.css">
<script id=script src="{0}static/page.js"></script>
"""
ASK = """async ([address, form]) => {
  const found = [];
  for (const settings of [{}, {mode: 'no-cors'}, {credentials: 'include'}]) {
    for (const sent of [{}, {method: 'POST', body: 'text=x', headers: {'Content-Type': form}}]) {
      try {
        const answer = await fetch(address, {...settings, ...sent});
        found.push((await answer.text()) || answer.type);
      } catch (error) { found.push(error.name); }
    }
  }
  return found;
}"""


@pytest.fixture
def evil() -> Iterator[str]:
    """Serve another site's page at another port of this machine; the page is given in its query."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = EVIL.format(self.path.partition("?")[2]).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


@pytest.fixture
def link(served: Served) -> Link:
    return served.links[PROJECT]["anna"]


def test_another_site_that_knows_the_link_reads_and_changes_nothing(
    evil: str, browser: Browser, link: Link
) -> None:
    context = browser.new_context()
    page = context.new_page()
    statuses: dict[str, list[int]] = {}
    page.on("response", lambda one: statuses.setdefault(one.url, []).append(one.status))
    page.goto(f"{evil}?{link.address}", wait_until="load")
    # Neither picture nor script nor style nor frame.
    assert page.evaluate("image.naturalWidth") == 0
    assert page.evaluate("typeof STORE") == "undefined"
    assert page.evaluate("getComputedStyle(document.body).margin") == "8px"
    assert page.frames[1].url.startswith("chrome-error:")
    assert set(page.evaluate(ASK, [link.at("codebook"), FORM])) <= {"TypeError", "opaque"}
    # A form goes there, and is refused.
    for form in ("form", "plain"):
        page.goto(f"{evil}?{link.address}", wait_until="load")
        with page.expect_navigation():
            page.evaluate(f"document.getElementById('{form}').submit()")
        assert page.locator("body").inner_text().startswith("The form comes from another page")
    assert statuses[link.at("try")] == [403, 403]
    # A window that it opens is none that it can look into.
    page.goto(evil)
    with context.expect_page() as opening:
        page.evaluate(f"window.found = window.open('{link.at('codebook')}')")
    opening.value.wait_for_load_state()
    assert opening.value.locator("h1").count() == 1
    assert opening.value.evaluate("window.opener") is None
    assert page.evaluate("window.found.closed") is True
    context.close()


def test_links_that_lead_away_tell_nobody_where_from(
    evil: str, browser: Browser, link: Link
) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(link.at("codebook"))
    with context.expect_page() as opening:
        page.evaluate(
            """address => {
              const a = document.createElement('a');
              a.href = address; a.target = '_blank'; a.textContent = 'x';
              document.querySelector('main').append(a);
              a.click();
            }""",
            evil,
        )
    opening.value.wait_for_load_state()
    assert opening.value.evaluate("document.referrer") == ""
    context.close()


def test_what_gets_into_a_page_cannot_run_or_ask(browser: Browser, link: Link) -> None:
    page, said = visit(browser, link.at("codebook"))
    page.evaluate(
        """() => {
          const main = document.querySelector('main');
          main.insertAdjacentHTML('beforeend', `
            <img src="http://192.0.2.1/x.png"><img src=x onerror="window.ran = 1">
            <iframe src="data:text/html,x"></iframe><p style="color: red" id=styled>x</p>
            <form id=away action="http://192.0.2.1/"><button>x</button></form>
            <a id=run href="javascript:window.ran = 2">x</a><base href="http://192.0.2.1/">`);
          const script = document.createElement('script');
          script.textContent = 'window.ran = 3';
          main.append(script);
          run.click(); away.submit();
        }"""
    )
    assert page.evaluate("fetch('codebook').catch(error => error.name)") == "TypeError"
    assert page.evaluate("window.ran") is None
    assert page.evaluate("getComputedStyle(styled).color") != "rgb(255, 0, 0)"
    assert page.url == link.at("codebook")
    assert [one for one in said if "Content Security Policy" in one]
    page.context.close()
