"""No file of the project, and no bundle made of it, gives away a sentence of real prose.

Planted is an invented sentence, whose hash the tests add.
"""

import io
import json
import subprocess
import zipfile
from collections.abc import Callable

import joblib
import numpy as np
import pytest

from pipeline.corpus.guard import Guard
from pipeline.corpus.tables import read_places, text_hash
from tests.projects import ROOT

PLANTED = '"We met Col. Orrin\'s men," the envoy of Lissen said, & left at 10 p.m. for the quay.'
OTHER = "The envoy of Lissen said nothing of the kind, and left for the quay by an earlier boat."


@pytest.fixture(scope="module")
def guard() -> Guard:
    """Return a guard of all real sentences and of the one that is planted."""
    places = read_places(ROOT / "data/real/sentences.csv")
    return Guard([*places["sha256"], text_hash(PLANTED)], [*places["length"], len(PLANTED)])


def test_no_tracked_file_holds_a_real_sentence(guard):
    names = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True
    ).stdout.decode()
    files = [ROOT / name for name in names.split("\0") if name]
    assert ROOT / "data/real/sentences.csv" in files
    # The one that is planted stands in this file, as a Python string.
    found = [
        place
        for path in files
        if path.is_file()
        for place in guard.find(path.relative_to(ROOT).as_posix(), path.read_bytes())
    ]
    assert found == [f"tests/unit/pipeline/corpus/test_guard.py: {text_hash(PLANTED)[:12]}"]


def escaped(text: str) -> str:
    """Return text as a page has it."""
    return text.replace("&", "&amp;").replace('"', "&quot;").replace("'", "&#39;")


def packed(write: Callable[[io.BytesIO], object]) -> bytes:
    """Return what a function writes into a file."""
    file = io.BytesIO()
    write(file)
    return file.getvalue()


def zipped(name: str, content: bytes) -> bytes:
    """Return a zip file with one file in it."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return file.getvalue()


MARKED = escaped(PLANTED).replace("envoy", "<mark>envoy</mark>")
CELL = PLANTED.replace('"', '""')
SPREAD = CELL.replace(" the", "\u00a0the").replace(" men", "\r\n  men")
FILES = {
    "table.csv": f'id,text\n1,"{CELL}"\n'.encode(),
    "cell-of-several.csv": f'id,text\n1,"It rained. {CELL} It stopped."\n'.encode(),
    "white-space.csv": f'id,text\n1,"{SPREAD}"\n'.encode(),
    "table.tsv": f"1\t{PLANTED}\t2\n".encode(),
    "report.json": json.dumps({"a": [{"b": PLANTED}]}).encode(),
    "key.json": json.dumps({PLANTED: 1}, ensure_ascii=True).encode(),
    "rows.jsonl": f"{json.dumps(OTHER)}\n{json.dumps([PLANTED])}\n".encode(),
    "params.yaml": f"a:\n  b: {json.dumps(PLANTED)}\n".encode(),
    "comment.yaml": f"a: 1 # {PLANTED}\n".encode(),
    "page.html": f"<p>Before. {escaped(PLANTED)} After.</p>".encode(),
    "marked.html": f"<table><tr><td>{MARKED}</td></tr></table>".encode(),
    "title.html": f"<i title='{escaped(PLANTED)}'>x</i>".encode(),
    "comment.html": f"<!-- {PLANTED} -->".encode(),
    "script.html": f"<script>{json.dumps({'text': PLANTED})}</script>".encode(),
    "figure.svg": f"<svg><text>{escaped(PLANTED)}</text></svg>".encode(),
    "card.md": f"# Model\n\n> - {PLANTED}\n".encode(),
    "cell.md": f"| one | {PLANTED} |\n".encode(),
    "wrapped.md": f"It rained. {PLANTED.replace(' the quay', chr(10) + 'the quay')}\n".encode(),
    "escaped.md": f"Before: {escaped(PLANTED)}\n".encode(),
    "code.py": f"X = (\n    {PLANTED[:40]!r}\n    {PLANTED[40:]!r}\n)\n".encode(),
    "comment.py": f"# {PLANTED[:39]}\n# {PLANTED[40:]}\n".encode(),
    "quoted.txt": f"He wrote “{PLANTED}” in a letter.".encode(),
    "broken.json": f'{{"a": "b",\n{PLANTED}\n'.encode(),
    "model.joblib": packed(lambda file: joblib.dump({"texts": [OTHER, PLANTED]}, file)),
    "objects.npy": packed(lambda file: np.save(file, np.array([OTHER, PLANTED], dtype=object))),
    "texts.npz": packed(lambda file: np.savez_compressed(file, texts=np.array([OTHER, PLANTED]))),
    "bundle.zip": zipped("examples.csv", f'text\n"{CELL}"\n'.encode()),
    "nested.zip": zipped("bundle.zip", zipped("report.html", f"<p>{MARKED}</p>".encode())),
}


@pytest.mark.parametrize("name", FILES)
def test_a_planted_sentence_is_found(guard, name):
    found = list(guard.find(name, FILES[name]))
    assert len(found) == 1
    assert found[0].startswith(name)
    assert found[0].endswith(f": {text_hash(PLANTED)[:12]}")


def test_nothing_is_found_where_there_is_nothing():
    real = Guard.of(read_places(ROOT / "data/real/sentences.csv"))
    assert not [place for name, content in FILES.items() for place in real.find(name, content)]
