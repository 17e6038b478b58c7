"""The pictures of the page show it as it is."""

import json
from pathlib import Path

from tests.pictures import FOLDER, MANIFEST, TAKEN, hash_of, places, world

MOST_BYTES = 100_000


def test_the_pictures_are_current(full: Path) -> None:
    with world(full) as served:
        found = {name: hash_of(place) for name, place in places(served).items()}
    known = json.loads((FOLDER / MANIFEST).read_text("utf-8"))
    changed = sorted(name for name in found | known if found.get(name) != known.get(name))
    assert changed == [], "run `python -m tests.pictures`"


def test_there_is_each_picture_and_it_is_small() -> None:
    sizes = {path.stem: path.stat().st_size for path in FOLDER.glob("*.png")}
    assert set(sizes) == set(TAKEN)
    assert all(size < MOST_BYTES for size in sizes.values()), sizes
