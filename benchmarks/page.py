"""Measure `stance open` as ratios to a bare server of the same libraries, asked in turns.

``python -m benchmarks.page``; with ``--quick`` the million rows are left out. The bare server sends
a static page of the length of a list of statements; both answer over connections that stay open.
"""

import argparse
import csv
import http.client
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import numpy as np
import psutil

from benchmarks.measure import ENVIRONMENT, ROOT
from tests.annotating import sheet
from tests.opened import FORM, Link, opened
from tests.projects import copy_project

ROWS, FEW, MANY = 100_000, 10_000, 1_000_000
REQUESTS = 100
LABELS = ["contact_only", "dialogue", "hostile", "none"]
NAMES = ["contact-only", "dialogue", "hostile", "none"]
VOTES = 500
# Words of texts; few are frequent, as in texts that people write.
WORDS = 20_000
_PIECE = 10_000

BARE = """
import socket, sys
import uvicorn
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route
content = "<p>x</p>" * (int(sys.argv[1]) // 8)
app = Starlette(routes=[Route("/", lambda request: HTMLResponse(content))])
listening = socket.create_server(("127.0.0.1", 0))
listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
print(listening.getsockname()[1], flush=True)
config = uvicorn.Config(
    app, http="h11", ws="none", lifespan="off", log_config=None, access_log=False
)
uvicorn.Server(config).run(sockets=[listening])
"""


def write_scored(path: Path, rows: int) -> None:
    """Write a scored file of texts of 22 words, 20 outlets, 40 targets and 15 years."""
    random = np.random.default_rng(0)
    words = np.array([f"word{number}" for number in range(WORDS)])
    weights = 1 / (10 + np.arange(WORDS))
    weights /= weights.sum()
    names = [
        *("text", "outlet", "target", "date", "stance", "confidence", "abstain", "reason"),
        *(f"p_{label}" for label in LABELS),
        "novelty",
    ]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(names)
        for start in range(0, rows, _PIECE):
            size = min(_PIECE, rows - start)
            texts = random.choice(words, (size, 22), p=weights)
            shares = random.dirichlet([0.5] * 4, size).round(4)
            best = shares.argmax(axis=1)
            days = np.datetime64("2010-01-01") + random.integers(0, 5_475, size)
            for number in range(size):
                share = shares[number, best[number]]
                writer.writerow(
                    [
                        " ".join(texts[number]),
                        f"outlet {random.integers(20)}",
                        f"target {random.integers(40)}",
                        days[number],
                        NAMES[best[number]],
                        share,
                        share < 0.5,
                        "unsure" if share < 0.5 else "",
                        *shares[number],
                        round(random.random(), 4),
                    ]
                )


@contextmanager
def bare(size: int) -> Iterator[Callable[[], float]]:
    """Serve a static page of so many bytes; what is given asks for it and returns the seconds."""
    process = subprocess.Popen(
        [sys.executable, "-c", BARE, str(size)], stdout=subprocess.PIPE, text=True
    )
    port = process.stdout.readline() if process.stdout else ""
    connection = http.client.HTTPConnection("127.0.0.1", int(port))
    try:
        yield lambda: ask(connection, "GET", "/")[0]
    finally:
        connection.close()
        process.kill()
        process.wait()


def ask(
    connection: http.client.HTTPConnection, method: str, path: str, body: bytes | None = None
) -> tuple[float, bytes]:
    """Send a request; return the seconds until its answer is read, and the answer."""
    headers = {} if body is None else {"Content-Type": FORM, "Origin": f"http://{connection.host}"}
    if body is not None:
        headers["Origin"] += f":{connection.port}"
    begin = time.perf_counter()
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    content = answer.read()
    seconds = time.perf_counter() - begin
    if answer.status not in (200, 303):
        raise SystemExit(f"{path}: {answer.status}\n{content.decode()}")
    return seconds, content


def report(name: str, found: list[float], beside: list[float], bound: str) -> None:
    """Write a row: medians in milliseconds, and their ratio."""
    a, b = statistics.median(found), statistics.median(beside)
    print(f"| {name} | {1e3 * a:.2f} | {1e3 * b:.2f} | {a / b:.1f} | {bound} |", flush=True)


def views(path: Path) -> None:
    """Measure the list of statements of a scored file."""
    with opened(path.parent, path.name, "--model", str(ROOT / "models")) as page:
        link = page.link
        begin = urlsplit(link.address).path
        connection = http.client.HTTPConnection(link.host)
        first, content = ask(connection, "GET", f"{begin}statements")
        with bare(len(content)) as static:
            for _ in range(20):
                static()
            report("the very first page", [first], [static() for _ in range(20)], "")

            def turns(name: str, bound: str, query: Callable[[int], dict[str, str]]) -> None:
                found, beside = [], []
                for number in range(REQUESTS):
                    beside.append(static())
                    place = f"{begin}statements?{urlencode(query(number))}"
                    found.append(ask(connection, "GET", place)[0])
                report(name, found, beside, bound)
                # Others may ask, too: the page bounds how often.
                time.sleep(0.5)

            turns("the first page", "3", lambda _: {})
            turns("a page not shown before", "", lambda n: {"page": str(n + 2)})
            share = "confidence_from"
            turns(
                "stance, confidence", "10", lambda n: {"stance:hostile": "on", share: f".5{n:02}"}
            )
            turns(
                "stance, outlet, confidence",
                "10",
                lambda n: {
                    "stance:none": "on",
                    "in:outlet": f"outlet {n % 20}",
                    share: f".4{n:02}",
                },
            )
            turns(
                "target, months",
                "10",
                lambda n: {
                    "in:target": f"target {n % 40}",
                    "from:date": f"20{10 + n % 15}-0{1 + n % 9}",
                },
            )
            turns("a word", "10", lambda n: {"search": f"word{100 + n}"})
            turns("a frequent word", "10", lambda n: {"search": f"word{n % 10} word{n // 10 + 10}"})
            turns("beginnings of words", "", lambda n: {"search": f"word{n}*"})
            turns(
                "least sure first, confidence",
                "10",
                lambda n: {"sort": "least-sure", share: f".3{n:02}"},
            )
        connection.close()


def saving(folder: Path) -> None:
    """Measure a vote that is saved into a file of many."""
    project = copy_project(folder / "project")
    (project / "data/articles/long.txt").write_text(
        "".join(f"Sentence number {number} says this and that of it.\n" for number in range(800)),
        encoding="utf-8",
    )
    table = project / "data/articles.csv"
    table.write_text(table.read_text("utf-8") + "long,composed,Long,,,,Qatar,Taliban\n", "utf-8")
    rows = [f"Sentence number {n} says this and that of it.,coder-2,none,,\n" for n in range(VOTES)]
    file = project / "data/annotations/long.csv"
    file.write_text("sentence,annotator,stance,confidence,rationale\n" + "".join(rows), "utf-8")
    with opened(project, "--annotator", "coder-1") as page:
        link = Link(page.link.address)
        begin = urlsplit(link.address).path
        connection = http.client.HTTPConnection(link.host)
        found, beside, disk = [], [], []
        with bare(20_000) as static:
            shown = sheet(link, "annotate?document=long")
            for number in range(REQUESTS + 5):
                body = urlencode({**shown.fields, "stance": "none", "do": "save"}).encode()
                static()
                other = static()
                # A disk that has just synced is quicker: each comes first in half of the turns.
                alone = write_alone(file) if number % 2 else 0.0
                seconds, _ = ask(connection, "POST", f"{begin}annotate", body)
                alone = alone or write_alone(file)
                if number >= 5:
                    beside.append(other)
                    found.append(seconds)
                    disk.append(alone)
                shown = sheet(link, "annotate?document=long")
        connection.close()
    report("an annotation saved", found, beside, "5")
    report("(write, sync and rename alone)", disk, beside, "")
    both = [a + b for a, b in zip(disk, beside, strict=True)]
    report("(an annotation saved, beside both together)", found, both, "")


def write_alone(file: Path) -> float:
    """Return the seconds that a file and its name take to the disk, without any server."""
    content = file.read_bytes()
    begin = time.perf_counter()
    other = file.with_name("alone.tmp")
    with other.open("wb") as written:
        written.write(content)
        written.flush()
        os.fsync(written.fileno())
    os.replace(other, file.with_name("alone.txt"))
    place = os.open(file.parent, os.O_RDONLY)
    os.fsync(place)
    os.close(place)
    return time.perf_counter() - begin


def memory(path: Path, export: dict[str, str], *options: str) -> tuple[float, float]:
    """Return the MB of a page that shows a scored file after all that its views do, and seconds.

    Parameters
    ----------
    path
        The file.
    export
        What leaves about ten thousand rows of it.
    options
        Of `stance open`.
    """
    begin = time.perf_counter()
    with opened(path.parent, path.name, *options) as page:
        seconds = time.perf_counter() - begin
        queries = [
            {},
            {"page": "100"},
            {"stance:hostile": "on", "confidence_from": ".6"},
            {"in:outlet": "outlet 3", "from:date": "2015"},
            {"sort": "least-sure", "stance:none": "on"},
            {"sort": "most-sure", "in:target": "target 7"},
            {"sort": "new-first"},
            {"search": "word100"},
            {"search": "word7*", "sort": "p:hostile"},
        ]
        for query in queries:
            page.link.get(f"statements?{urlencode(query)}")
        for view in ("shares", "shares.svg"):
            page.link.get(view, by="outlet", period="year")
        page.link.get("row/5000", why="1")
        page.link.get(f"statements.csv?{urlencode(export)}")
        return psutil.Process(page.process.pid).memory_info().rss / 2**20, seconds


def memories(folder: Path) -> None:
    """Measure the memory of few and of many rows, without a model and with one."""
    few, many = folder / "few.csv", folder / "many.csv"
    write_scored(few, FEW)
    write_scored(many, MANY)
    print(f"\n| memory | {FEW:,} rows, MB | {MANY:,} rows, MB | ratio | bound | open after, s |")
    print("| --- | --- | --- | --- | --- | --- |")
    export = {"in:outlet": "outlet 3", "stance:hostile": "on"}
    for name, options in [("no model", []), ("a model", ["--model", str(ROOT / "models")])]:
        a, _ = memory(few, {}, *options)
        b, seconds = memory(many, export, *options)
        print(f"| {name} | {a:.0f} | {b:.0f} | {b / a:.2f} | 1.3 | {seconds:.0f} |", flush=True)


def main() -> None:
    """Write the table to standard output."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="leave the million rows out")
    options = parser.parse_args()
    os.environ.update(ENVIRONMENT)
    with tempfile.TemporaryDirectory(dir=ROOT.parent) as name:
        folder = Path(name)
        print(f"| {ROWS:,} rows | ms | bare, ms | ratio | bound |\n| --- | --- | --- | --- | --- |")
        write_scored(folder / "scored.csv", ROWS)
        views(folder / "scored.csv")
        saving(folder)
        if not options.quick:
            memories(folder)


if __name__ == "__main__":
    main()
