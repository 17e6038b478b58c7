"""Find sentences again in clones of the repositories that they come from.

Where a sentence stands is looked up, and its hash says whether it is the one. Only what lies on
this machine is read: a clone that would have to fetch something is told not to.
"""

import os
import subprocess
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from pipeline.corpus.cleaning import documents_of
from pipeline.corpus.tables import PLACES_CSV, TRAIN, read_places, read_sources, text_hash
from stance.errors import DataError
from stance.files import decode

NO_CLONE = "no clone"
NO_COMMIT = "commit not in the clone"
NO_FILE = "no such file at the commit"
NO_DOCUMENT = "no such document in the file"
OTHER_TEXT = "another text at the place"

# How far from its place a sentence is looked for, in characters: what stands before it may have
# been cleaned a little differently.
REACH = 200


@dataclass(frozen=True)
class Hydrated:
    """What was found, and what was not.

    Attributes
    ----------
    found
        `id` and `text`, in the order of the places.
    missing
        How many sentences were not found, by source and reason.
    """

    found: pd.DataFrame
    missing: Counter[tuple[str, str]]


def hydrate(places: pd.DataFrame, sources: pd.DataFrame, clones: Path) -> Hydrated:
    """Return the texts of sentences, from clones.

    Parameters
    ----------
    places, sources
        As `read_places` and `read_sources` return them; only sources of `places` are looked at.
    clones
        The folder in which the clones lie, each under the name of its repository, or in a folder
        with the name of its owner.

    Raises
    ------
    DataError
        If there is no Git on this machine, or a file at the right commit has another form.
    """
    found: list[tuple[str, str]] = []
    missing: Counter[tuple[str, str]] = Counter()
    about = sources.set_index("source")
    for source, of_source in places.groupby("source", sort=False):
        repository, commit = about.loc[source, ["repository", "commit"]]
        clone = _clone(clones, str(repository))
        if clone is None or not _git(clone, "cat-file", "-e", f"{commit}^{{commit}}")[0]:
            missing[str(source), NO_CLONE if clone is None else NO_COMMIT] += len(of_source)
            continue
        for file, of_file in of_source.groupby("file", sort=False):
            there, content = _git(clone, "cat-file", "blob", f"{commit}:{file}")
            if not there:
                missing[str(source), NO_FILE] += len(of_file)
                continue
            name = f"{clone / str(file)}"
            documents = documents_of(str(source), name, decode(content, name))
            for document, rows in of_file.groupby("document", sort=False):
                text = documents if isinstance(documents, str) else documents.get(str(document))
                if text is None:
                    missing[str(source), NO_DOCUMENT] += len(rows)
                    continue
                texts = _sentences(text, rows)
                found += texts.items()
                if len(texts) < len(rows):
                    missing[str(source), OTHER_TEXT] += len(rows) - len(texts)
    texts_of = dict(found)
    ids = [id_ for id_ in places["id"] if id_ in texts_of]
    table = pd.DataFrame({"id": ids, "text": [texts_of[id_] for id_ in ids]}, dtype="str")
    return Hydrated(table, missing)


def _sentences(text: str, rows: pd.DataFrame) -> dict[str, str]:
    """Return by id the sentences of a document that stand at their place, or close by."""
    found: dict[str, str] = {}
    moved = 0
    for row in rows.sort_values("start").to_dict("records"):
        length = int(row["length"])
        for offset in sorted(range(-REACH, REACH + 1), key=abs):
            start = max(0, int(row["start"]) + moved + offset)
            sentence = text[start : start + length]
            if text_hash(sentence) == row["sha256"]:
                found[str(row["id"])] = sentence
                # What moved one sentence has moved those after it.
                moved += offset
                break
    return found


def _clone(clones: Path, repository: str) -> Path | None:
    """Return the folder of a repository's clone, if there is one."""
    owner, name = repository.split("/")[-2:]
    for folder in (clones / name, clones / owner / name):
        if folder.is_dir() and _git(folder, "rev-parse", "--git-dir")[0]:
            return folder
    return None


def _git(clone: Path, *arguments: str) -> tuple[bool, bytes]:
    """Return whether a command of Git succeeded, and what it wrote; it may not fetch anything."""
    # Older versions of Git know the second one only.
    offline = {"GIT_NO_LAZY_FETCH": "1", "GIT_ALLOW_PROTOCOL": "none"}
    try:
        done = subprocess.run(  # noqa: S603 - arguments are no shell's
            ["git", "-C", str(clone), *arguments],  # noqa: S607 - the user's own Git
            env={**os.environ, **offline},
            capture_output=True,
            check=False,
        )
    except FileNotFoundError:
        raise DataError("git: no such program; install Git.") from None
    return done.returncode == 0, done.stdout


def hydrate_training(clones: Path) -> tuple[pd.DataFrame, list[str]]:
    """Return the sentences that may be trained on, and what there is to say about the others.

    Parameters
    ----------
    clones
        The folder in which the clones lie.

    Returns
    -------
    `id` and `text` of all that is found, and a line for each reason why others are missing.

    Raises
    ------
    DataError
        If there is no such folder, or nothing is found in it.
    """
    if not clones.is_dir():
        raise DataError(f"{clones}: no such folder; name the one in which the clones lie.")
    sources = read_sources()
    sources = sources[sources["use"] == TRAIN]
    places = read_places()
    places = places[places["source"].isin(sources["source"])]
    hydrated = hydrate(places, sources, clones)
    repositories = sources.set_index("source")
    told = []
    for (source, reason), count in sorted(hydrated.missing.items()):
        repository, commit = repositories.loc[source, ["repository", "commit"]]
        mend = {
            NO_CLONE: f"; clone {repository}",
            NO_COMMIT: f"; in the clone of {repository}: git fetch origin {commit}",
        }.get(reason, "")
        told.append(f"{source}: {count:,} missing: {reason}{mend}.")
    told.append(f"{len(hydrated.found):,} of {len(places):,} sentences found.")
    if hydrated.found.empty:
        raise DataError(f"{clones}: no sentence of {PLACES_CSV} was found in it. {' '.join(told)}")
    return hydrated.found, told
