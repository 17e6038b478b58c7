"""People who work on one project at the same time, and commands that are killed in the middle.

The tests do it a few times, `python -m benchmarks.together` often.
"""

import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from pipeline.project.frames import read_csv
from pipeline.project.writing import LOCK
from tests.projects import ENVIRONMENT, ROOT

STATEMENTS = [f"The envoy met delegation {number} in Doha." for number in range(1, 9)]
ARTICLE = "They met in Doha. Nothing was said of recognition.\nThe group was banned as terrorist.\n"
SENTENCES = ["They met in Doha.", "Nothing was said of recognition."]
SENTENCES += ["The group was banned as terrorist."]

_HOLDING = """
import sys
from filelock import FileLock
with FileLock(sys.argv[1]):
    print("held", flush=True)
    sys.stdin.read()
"""


def make_project(folder: Path) -> Path:
    """Write a project of one article and a few statements that nobody has annotated."""
    (folder / "data/articles").mkdir(parents=True)
    (folder / "data/annotations").mkdir()
    shutil.copy(ROOT / "params.yaml", folder)
    shutil.copy(ROOT / "data/codebook.md", folder / "data")
    tables = {
        "articles.csv": "document,origin,title,author,publisher,date,holder,target\n"
        "doha,published,,,,,Qatar,Taliban\n",
        "articles/doha.txt": ARTICLE,
        "statements.csv": "sentence,holder,target\n"
        + "".join(f"{sentence},Qatar,Taliban\n" for sentence in STATEMENTS),
        "annotators.csv": "annotator,kind,coded\nada,person,\n",
        "annotations/doha.csv": "sentence,annotator,stance,confidence,rationale\n",
        "annotations/statements.csv": "sentence,annotator,stance,confidence,rationale\n",
    }
    for name, text in tables.items():
        (folder / "data" / name).write_text(text, encoding="utf-8", newline="\n")
    return folder


def adding(folder: Path, document: str) -> list[str]:
    """Return the command that adds an article, whose text it writes."""
    (folder / f"{document}.txt").write_text(f"Nobody spoke of {document}.\n", "utf-8")
    return ["stance", "add", f"{document}.txt", "--holder", "Qatar", "--target", "Taliban"]


def importing(folder: Path, annotator: str) -> list[str]:
    """Return the command that imports somebody's votes on all statements and one new one."""
    sentences = [*STATEMENTS, f"Nobody heard of {annotator}."]
    rows = "".join(f"{sentence},hostile\n" for sentence in [*sentences, *SENTENCES])
    (folder / f"{annotator}.csv").write_text(f"sentence,stance\n{rows}", "utf-8")
    options = ["--annotator", annotator, "--kind", "person", "--statements"]
    return ["stance", "import", "--from", "csv", f"{annotator}.csv", *options]


def start(command: Sequence[str], folder: Path, **variables: str) -> subprocess.Popen[bytes]:
    """Start a command with its output in pipes."""
    return subprocess.Popen(
        command,
        cwd=folder,
        env={**ENVIRONMENT, **variables},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def finish(process: subprocess.Popen[bytes]) -> tuple[int, str]:
    """Wait for a command; return its exit code and what it said on standard error."""
    _, said = process.communicate(timeout=120)
    return process.returncode, said.decode()


def work_together(folder: Path, number: int) -> list[str]:
    """Let two people add articles and two import votes, all at once; return what was lost."""
    documents = [f"talks-{number}-{one}" for one in "ab"]
    people = [f"coder-{number}-{one}" for one in "ab"]
    commands = [adding(folder, document) for document in documents]
    commands += [importing(folder, name) for name in people]
    processes = [start(command, folder) for command in commands]
    done = [finish(process) for process in processes]
    failed = [f"{code}: {said}" for code, said in done if code]
    return failed + lost(folder, documents, people)


def lost(folder: Path, documents: Sequence[str], people: Sequence[str]) -> list[str]:
    """Return which articles and votes that were said to be written are not there."""
    data = folder / "data"
    articles = set(read_csv(data / "articles.csv")["document"])
    annotators = set(read_csv(data / "annotators.csv")["annotator"])
    statements = set(read_csv(data / "statements.csv")["sentence"])
    found = {
        (row["sentence"], row["annotator"], row["stance"])
        for path in (data / "annotations").glob("*.csv")
        for row in read_csv(path).to_dict("records")
    }
    missing = [f"the article {name}" for name in documents if name not in articles]
    missing += [
        f"the text {name}" for name in documents if not (data / f"articles/{name}.txt").is_file()
    ]
    missing += [f"the annotator {name}" for name in people if name not in annotators]
    for name in people:
        new = f"Nobody heard of {name}."
        missing += [f"the statement {new}"] * (new not in statements)
        missing += [
            f"the vote of {name} on {sentence}"
            for sentence in [*STATEMENTS, new, *SENTENCES]
            if (sentence, name, "hostile") not in found
        ]
    return missing


def contents(folder: Path) -> dict[str, str]:
    """Return the files of the project's data, without what a killed write leaves beside them."""
    paths = [path for path in (folder / "data").rglob("*") if path.is_file()]
    return {
        str(path.relative_to(folder)): path.read_text("utf-8")
        for path in paths
        if not path.name.startswith(".")
    }


@contextmanager
def held(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Let another process hold the project's lock."""
    (folder / LOCK).parent.mkdir(parents=True, exist_ok=True)
    process = subprocess.Popen(
        [sys.executable, "-c", _HOLDING, str(folder / LOCK)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout
    assert process.stdout.readline() == b"held\n"
    try:
        yield process
    finally:
        process.kill()
        process.communicate()
