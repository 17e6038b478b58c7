"""The pictures of the page in `docs/pictures`, taken by `python -m tests.pictures`.

They show the project itself: its articles, its model, its codebook. `pictures.json` beside them
says of which page each is, so that a test can tell when one is out of date.
"""

import hashlib
import io
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from tests.browser.chromium import CHROMIUM, OPTIONS, PHONE
from tests.opened import Link
from tests.projects import ROOT
from tests.views import VIEWS, Served, View, make_world, serving

FOLDER = ROOT / "docs/pictures"
MANIFEST = "pictures.json"
STATIC = ["static/page.css", "static/page.js"]
DESK = {"width": 1280, "height": 860}
# What is shown of the views that have a picture; one of a phone ends in that.
TAKEN = {
    **dict.fromkeys(["annotate", "disputes", "statements", "row", "shares", "article"], DESK),
    **dict.fromkeys(["code", "result", "codebook"], DESK),
    "annotate-phone": PHONE,
}
COLOURS = 64


def view_of(name: str) -> View:
    """Return the view that a picture shows."""
    return next(view for view in VIEWS if view.name == name.removesuffix("-phone"))


@contextmanager
def world(project: Path) -> Iterator[Served]:
    """Open everything in a world of a project for a while."""
    with (
        tempfile.TemporaryDirectory() as name,
        serving(make_world(Path(name) / "armed-groups", project)) as served,
    ):
        yield served


Place = tuple[Link, str]


def places(served: Served) -> dict[str, Place]:
    """Return where each picture is taken; whoever asks again is given another sentence."""
    found = {view: served.find(view) for view in dict.fromkeys(map(view_of, TAKEN))}
    return {name: found[view_of(name)] for name in TAKEN}


def hash_of(place: Place) -> str:
    """Return a hash of what a picture is of, whoever has which link at which port."""
    link, path = place
    secret = link.address.split("/")[3]
    texts = [link.get(one).text for one in (path, *STATIC)]
    whole = "\n".join(texts).replace(secret, "SECRET").replace(link.host, "HOST")
    return hashlib.sha256(whole.encode()).hexdigest()[:16]


def take(browser: Browser, place: Place, size: dict[str, int]) -> bytes:
    """Return a picture as PNG of few colours."""
    link, path = place
    page = browser.new_context(viewport=size, color_scheme="light").new_page()  # type: ignore[arg-type]
    page.goto(link.at(path))
    with Image.open(io.BytesIO(page.screenshot())) as shot:
        small = shot.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    page.context.close()
    content = io.BytesIO()
    small.save(content, "PNG", optimize=True)
    return content.getvalue()


def main() -> None:
    """Take all pictures again."""
    if not CHROMIUM:
        raise SystemExit("there is no chromium here; `apt-get install chromium` brings one")
    FOLDER.mkdir(exist_ok=True)
    with world(ROOT) as served, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        found = {}
        for name, place in places(served).items():
            found[name] = hash_of(place)
            (FOLDER / f"{name}.png").write_bytes(take(browser, place, TAKEN[name]))
        browser.close()
    text = json.dumps(found, indent=2, sort_keys=True)
    (FOLDER / MANIFEST).write_text(f"{text}\n", "utf-8")


if __name__ == "__main__":
    main()
