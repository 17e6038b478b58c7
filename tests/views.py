"""Every view of the page, and a world that shows them: for the tests in a browser and the pictures.

The articles and the model are a project's own; an article, the days of what is scored, and the
sentences of the audit are made up.
"""

import csv
import re
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.audits import LABELS, draw, rows_of, truth
from tests.opened import Link, opened
from tests.projects import run

PROJECT, SCORED, ARTICLES, SAMPLE = "project", "scored", "articles", "sample"
WORLDS = {
    PROJECT: [
        *("--annotator", "anna", "--annotator", "ben", "--annotator", "ruth"),
        *("--edit-codebook", "--sample", "20"),
    ],
    SCORED: ["scored.csv", "--text-column", "sentence"],
    ARTICLES: ["articles.csv"],
    SAMPLE: ["sample.csv", "--annotator", "anna"],
}
ARTICLE = """A line kept open
The envoy flew to Doha in March, as he had in January, with a list of eleven names. The ministry \
calls the visits consular, and says that they are about citizens in the group's hands and nothing \
more. Two of the eleven came home in April.
In the capital nobody speaks of recognition. The group is still on the list of terrorist \
organisations, and the prosecutor opened another case against its commanders last year. The \
harvest in the border provinces was good.
Yet the talks go on. Both sides have named negotiators, and the two delegations are to meet again \
before the winter to speak about a truce along the river.
"""
VOTES = [
    ("The envoy flew to Doha in March", "anna", "contact-only", "3", "a list of names, no more"),
    ("The envoy flew to Doha in March", "ben", "contact-only", "2", ""),
    ("The ministry calls the visits", "anna", "contact-only", "2", ""),
    ("The ministry calls the visits", "ben", "dialogue", "1", "visits again and again"),
    ("In the capital nobody speaks", "ben", "none", "2", ""),
    ("The group is still on the list", "ben", "hostile", "3", ""),
]
NOTE = "Consular by its own word, but for the second time this year: is that dialogue?"
PASTED = "The minister met the group's envoy in Ankara. Nobody spoke of recognition."


class View(NamedTuple):
    """A view: what it is called, what is open, where it is, whose it is, and what is sent first."""

    name: str
    world: str
    path: str
    who: str = ""
    sent: str = ""


VIEWS = [
    View("annotate", PROJECT, "annotate?document=line-kept-open", "anna"),
    View("second", PROJECT, "second?document=line-kept-open", "anna"),
    View("disputes", PROJECT, "disputes?document=line-kept-open", "ruth"),
    View("documents", PROJECT, "documents", "anna"),
    View("document", PROJECT, "documents/text?name=line-kept-open", "anna"),
    View("mine", PROJECT, "mine", "anna"),
    View("hard", PROJECT, "hard", "anna"),
    View("codebook", PROJECT, "codebook", "anna"),
    View("codebook-edit", PROJECT, "codebook/edit", "anna"),
    View("try", PROJECT, "try", "anna"),
    View("tried", PROJECT, "try", "anna", PASTED),
    View("problem", PROJECT, "annotate?document=nowhere", "anna"),
    View("statements", SCORED, "statements"),
    View("filtered", SCORED, "statements?search=talks&reason=answers&sort=least-sure"),
    View("row", SCORED, "row/3?why=1"),
    View("shares", SCORED, "shares?period=year"),
    View("articles", ARTICLES, "articles"),
    View("article", ARTICLES, "article?name=data/articles/russia-taliban.txt"),
    View("code", SAMPLE, "code", "anna"),
    View("result", SAMPLE, "result", "anna"),
]


def make_world(folder: Path, project: Path) -> Path:
    """Write a world beside a project, whose data and model it takes.

    Parameters
    ----------
    folder
        Where to, a folder that is not there yet.
    project
        A project with a trained model.
    """
    for name in ("data", "params.yaml", "models"):
        copy = shutil.copytree if (project / name).is_dir() else shutil.copy
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        copy(project / name, folder / name)
    data = folder / "data"
    with (data / "articles.csv").open("a", encoding="utf-8") as file:
        file.write("line-kept-open,composed,A line kept open,,,,Qatar,Taliban\n")
    with (data / "annotators.csv").open("a", encoding="utf-8") as file:
        file.write("anna,person,\nben,person,\nruth,person,\n")
    params = (folder / "params.yaml").read_text("utf-8")
    params, changed = re.subn(r"referees: \[(.*?)\]", r"referees: [\1, ruth]", params)
    assert changed == 1
    (folder / "params.yaml").write_text(params, "utf-8")
    (data / "articles/line-kept-open.txt").write_text(ARTICLE, "utf-8")
    sentences = re.split(r"(?<=\.)\s", ARTICLE.split("\n", 1)[1])
    whole = {begin: next(one for one in sentences if one.startswith(begin)) for begin, *_ in VOTES}
    head = ["sentence", "annotator", "stance", "confidence", "rationale"]
    write(data / "annotations/line-kept-open.csv", head, [[whole[a], *b] for a, *b in VOTES])
    noted = ["line-kept-open", whole[VOTES[2][0]], "anna", NOTE]
    write(data / "notes.csv", ["document", "sentence", "annotator", "note"], [noted])
    score(folder, project)
    return folder


def write(path: Path, head: list[str], rows: list[list[str]]) -> None:
    """Write a table."""
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([head, *rows])


def score(folder: Path, project: Path) -> None:
    """Write scored files, and a sample of which somebody has coded two thirds."""
    articles = {row["document"] for row in rows_of(project / "data/articles.csv")}
    rows = rows_of(project / "data/sentences.csv")
    rows = [row for row in rows if row["document"] in articles]
    columns = ["sentence", "document", "target", "day"]
    found = [
        [row["text"], row["document"], row["target"], f"{2012 + n % 9}-0{1 + n % 7}-15"]
        for n, row in enumerate(rows)
    ]
    write(folder / "in.csv", columns, found)
    of_input = ("--input", "in.csv", "--text-column", "sentence")
    run("stance", "score", *of_input, "--output", "scored.csv", folder=folder)
    of_articles = ("--article", "data/articles")
    run("stance", "score", *of_articles, "--output", "articles.csv", folder=folder)
    draw(folder, folder)
    rows = rows_of(folder / "sample.csv")
    codes = []
    for number, row in enumerate(rows[: 2 * len(rows) // 3]):
        right = LABELS.index(truth(row["sentence"]))
        stance = LABELS[(right + (number % 9 == 0)) % len(LABELS)]
        codes.append([row["sentence"], "anna", stance, ""])
    write(folder / "sample.anna.csv", ["sentence", "annotator", "stance", "rationale"], codes)


class Served(NamedTuple):
    """Everything that is open, by its name and by who has the link."""

    links: dict[str, dict[str, Link]]

    def find(self, view: View) -> tuple[Link, str]:
        """Return whose link shows a view, and where it is below it."""
        link = self.links[view.world][view.who]
        if view.sent:
            return link, link.post(view.path, text=view.sent).leads_to
        answer = link.ask("GET", view.path)
        return link, answer.leads_to if answer.status == 303 else view.path


@contextmanager
def serving(folder: Path) -> Iterator[Served]:
    """Open all that is in a world."""
    with ExitStack() as stack:
        links = {}
        for name, arguments in WORLDS.items():
            people = max(1, arguments.count("--annotator"))
            links[name] = stack.enter_context(opened(folder, *arguments, people=people)).links
        yield Served(links)
