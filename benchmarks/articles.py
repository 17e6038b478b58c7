"""Measure what comes of articles as they come: sentences found exactly, and how the time grows.

``python -m benchmarks.articles [REVISION]`` writes Markdown. The tables take the articles of
`data/`, write each in the layouts and formats of `tests/saved.py`, read it, cut it, and compare
with the sentences of the article as it lies there. With a revision of this repository the same is
done with its code, whose dependencies have to be installed. The times are of this process, of texts
that are hard on splitters, and of ten times as much.
"""

import json
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

from benchmarks.measure import ENVIRONMENT, ROOT, measure
from stance.files import fold
from stance.text.article import read_article
from stance.text.sentences import split_sentences
from tests.saved import FORMATS, LAYOUTS, SHOWN_FORMATS, SHOWN_LAYOUTS

# What people name the files; the code before went by it.
SUFFIXES = {"web page": ".html", "web page as .php": ".php", "PDF": ".pdf", "Word": ".docx"}
LEFT_OUT = {"with a byte-order mark", "UTF-16, no mark"}
# Reads {name: file} on standard input, and writes {name: sentences} of those that it can read.
READER = """
import json, sys
from pathlib import Path
from stance.errors import DataError
from stance.text.paragraphs import paragraph_table
from stance.text.segmentation import segment_article
try:
    from stance.text.article import read_article
    def read(content, name, encoding):
        return read_article(content, name, encoding).text
except ImportError:
    from stance.text.article import clean
    from stance.text.page import read_page
    def read(content, name, encoding):
        if name.endswith(".html"):
            content = read_page(content, name).text.encode()
        return clean(content, name)
found = {}
for key, (path, encoding) in json.load(sys.stdin).items():
    try:
        paragraphs = paragraph_table(read(Path(path).read_bytes(), path, encoding))
        found[key] = segment_article(paragraphs, 12, "", [])[1]["text"].tolist()
    except DataError:
        found[key] = []
json.dump(found, sys.stdout)
"""
SENTENCE = "Moscow said the U.S. envoy, Gen. Lee, left at 5 p.m. on Oct. 3. "
HARD: dict[str, Callable[[int], str]] = {
    "sentences in one line": lambda size: SENTENCE * (size // len(SENTENCE)),
    "quotations in quotations": lambda size: "“‘" * (size // 4) + "no" + "’”" * (size // 4),
    "opening quotes alone": lambda size: '"He said ' * (size // 9),
    "full stops": lambda size: ". " * (size // 2),
    "closing brackets": lambda size: "He left." + ")" * size + " Then he came.",
    "initials": lambda size: "A. " * (size // 3),
}
BROKEN: dict[str, Callable[[int], str]] = {
    "short lines": lambda size: "the talks of the\n" * (size // 17),
    "paragraphs": lambda size: f"{SENTENCE}\n\n" * (size // (len(SENTENCE) + 2)),
    "quoted lines": lambda size: "> > > the talks\n" * (size // 16),
    "marks of Markdown": lambda size: "# a\n**b** [c](d) *" * (size // 18),
}


def articles() -> dict[str, list[str]]:
    """Return the paragraphs of each article of `data/`."""
    return {
        path.stem: [fold(line) for line in path.read_text("utf-8").split("\n") if line.strip()]
        for path in sorted((ROOT / "data/articles").glob("*.txt"))
    }


def shares(code: Path) -> dict[tuple[str, str], float]:
    """Return the share of sentences that the code in a folder finds, by layout and format."""
    with tempfile.TemporaryDirectory() as folder:
        wanted: dict[str, tuple[str, str | None]] = {}
        for document, paragraphs in articles().items():
            plain = Path(folder, f"{document}.txt")
            plain.write_text("".join(f"{text}\n" for text in paragraphs), "utf-8")
            wanted[f"{document}||"] = (str(plain), None)
            for layout, lay in LAYOUTS.items():
                for form, save in FORMATS.items():
                    if form in LEFT_OUT or (form in SHOWN_FORMATS and layout not in SHOWN_LAYOUTS):
                        continue
                    name = f"{document}|{layout}|{form}"
                    path = Path(folder, str(len(wanted))).with_suffix(SUFFIXES.get(form, ".txt"))
                    path.write_bytes(save(lay(paragraphs)))
                    wanted[name] = (str(path), "cp1252" if form == "cp1252" else None)
        done = subprocess.run(
            [sys.executable, "-c", READER],
            cwd=code,
            env={**ENVIRONMENT, "PYTHONPATH": str(code), "PYTHONWARNINGS": "ignore"},
            input=json.dumps(wanted),
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
    found: dict[str, list[str]] = json.loads(done.stdout)
    counts: dict[tuple[str, str], list[int]] = {}
    for name, sentences in found.items():
        document, layout, form = name.split("|")
        if layout:
            got = set(sentences)
            # The sentences of now are those of the revisions before: `data/` is cut alike.
            expected = found[f"{document}||"]
            count = counts.setdefault((layout, form), [0, 0])
            count[0] += sum(sentence in got for sentence in expected)
            count[1] += len(expected)
    return {key: some / all_ for key, (some, all_) in counts.items()}


def show(found: dict[tuple[str, str], float]) -> None:
    """Write the shares as a table of layouts and formats."""
    forms = [form for form in FORMATS if form not in LEFT_OUT]
    print(f"| | {' | '.join(forms)} |\n|{' --- |' * (len(forms) + 1)}")
    for layout in LAYOUTS:
        cells = (found.get((layout, form)) for form in forms)
        row = ("" if cell is None else f"{cell:.3f}".removeprefix("0") for cell in cells)
        print(f"| {layout} | {' | '.join(row)} |")
    print()


def seconds(work: Callable[[str], object], text: str) -> float:
    """Return how long some work on a text takes."""
    start = time.perf_counter()
    work(text)
    return time.perf_counter() - start


def show_growth(size: int) -> None:
    """Write how much longer ten times as long a text takes, to be cut and to be read."""
    print(f"| text | work | {size / 1e6:g} MB, s | {size / 1e5:g} MB, s | ratio |")
    print("| --- | --- | --- | --- | --- |")
    works: list[tuple[str, Callable[[str], object], dict[str, Callable[[int], str]]]] = [
        ("cut", split_sentences, HARD),
        ("read", lambda text: read_article(text.encode(), "x"), HARD | BROKEN),
    ]
    for what, work, texts in works:
        for name, make in texts.items():
            short, long = seconds(work, make(size)), seconds(work, make(10 * size))
            print(f"| {name} | {what} | {short:.2f} | {long:.2f} | {long / short:.1f} |")
    print()


def show_memory() -> None:
    """Write the peak memory of a process that cuts a line, and of one that cuts ten times that."""
    code = (
        "import sys; from stance.text.sentences import split_sentences; "
        f"print(len(split_sentences({SENTENCE!r} * int(sys.argv[1]))))"
    )
    print("| sentences in one line | MB | peak memory, MB |\n| --- | --- | --- |")
    for count in (0, 20_000, 200_000):
        _, memory = measure([sys.executable, "-c", code, str(count)], ROOT)
        print(f"| {count:,} | {count * len(SENTENCE) / 1e6:.1f} | {memory:.0f} |")
    print()


def main() -> None:
    """Write all tables."""
    # First: a process inherits the peak of the one that starts it.
    show_memory()
    if revision := "".join(sys.argv[1:2]):
        done = subprocess.run(
            ["git", "archive", revision], cwd=ROOT, stdout=subprocess.PIPE, check=True
        )
        with tempfile.TemporaryDirectory() as folder:
            with tarfile.open(fileobj=BytesIO(done.stdout)) as archive:
                archive.extractall(folder, filter="data")
            show(shares(Path(folder)))
    show(shares(ROOT))
    show_growth(500_000)


if __name__ == "__main__":
    main()
