"""Scored files to open: statements with groups, dates and documents, and articles with markup."""

import csv
import shutil
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlencode

from tests.page import Page
from tests.projects import MARKED_UP, run

STATEMENTS, ARTICLES = "statements.csv", "articles.csv"
PARTIES = ["North", "<b onclick=alert(4)>South</b>", ""]
# Names of files may be nearly anything.
MARKED_UP_FILE = 'a "<img src=x onerror=alert(5)> & b.txt'


def read_rows(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write_rows(path: Path, rows: list[dict[str, str]]) -> Path:
    """Write rows as CSV, and return the file."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def make_scored(folder: Path, small: Path) -> None:
    """Score statements and articles with the model of the small project."""
    texts = [row["sentence"] for row in read_rows(small / "data/statements.csv")][:80]
    rows = [
        {
            "sentence": text,
            "party": PARTIES[number % 3],
            "day": f"2020-{1 + number % 5:02}-01" if number % 8 else "",
            "source": f"s{number % 7}",
            "note": "<script>alert(6)</script>" if number % 9 == 0 else "",
        }
        for number, text in enumerate([*texts, *MARKED_UP, "Yes."])
    ]
    write_rows(folder / "unscored.csv", rows)
    (folder / "texts").mkdir()
    shutil.copy(small / "data/articles/russia-taliban.txt", folder / "texts/b.txt")
    (folder / "texts" / MARKED_UP_FILE).write_text(f"A heading\n{' '.join(MARKED_UP)}\n", "utf-8")
    score = ("stance", "score", "--model", str(small))
    source = ("--input", "unscored.csv", "--text-column", "sentence")
    run(*score, *source, "--output", STATEMENTS, folder=folder)
    run(*score, "--article", "texts", "--output", ARTICLES, folder=folder)


def read(content: str) -> Page:
    """Return the elements of a page, each of which must be closed."""
    page = Page()
    page.feed(content)
    page.close()
    assert page.open == []
    return page


def sentences(page: Page) -> list[str]:
    """Return the sentences that a page shows with what the model says of them."""
    return [one.text for one in page.find("span", "t") if not one.within("legend")]


def asked(path: str, fields: Mapping[str, str]) -> str:
    """Return the address of a view with fields, whatever they are called."""
    return f"{path}?{urlencode(fields)}" if fields else path


def main(page: Page) -> str:
    """Return all text of a view, white space folded."""
    return " ".join(page.find("main")[0].text.split())
