"""Whose votes those in a file are: people of the tool, of the project, or whoever is said to be.

An export of several people stays one of several: that two of them agree, or do not, is what their
votes are for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.annotation.tools.votes import Vote
from pipeline.project.frames import read_csv
from pipeline.project.writing import check_annotator
from stance.errors import DataError

FOUND, ANNOTATOR, KIND, LABEL = "found", "annotator", "kind", "label"


@dataclass(frozen=True)
class People:
    """Who is who.

    Attributes
    ----------
    annotator
        Whose votes those are that name nobody, or that name one person of the tool; None for
        nobody's.
    names
        The annotator for each person of the tool; empty if they are called here as they are there.
        Names in the project's own field may be among them.
    kinds
        What annotators are, as far as it has been said.
    source
        The file that says so, for errors.
    """

    annotator: str | None
    names: Mapping[str, str]
    kinds: Mapping[str, str]
    source: Path | None = None

    def of(self, vote: Vote) -> str:
        """Return whose vote it is."""
        if vote.annotator:
            return self.names.get(vote.annotator, vote.annotator)
        if vote.user and self.source:
            return self.names[vote.user]
        return self.annotator or vote.user


def _pairs(path: Path, column: str) -> list[dict[str, str]]:
    """Return the rows of a file of names, each with something on both sides."""
    rows = []
    seen: dict[str, int] = {}
    for line, row in read_csv(path, [FOUND, column]).iterrows():
        if not row[FOUND].strip() or not row[column].strip():
            raise DataError(f"{path}, line {line}: fill in both {FOUND!r} and {column!r}.")
        if row[FOUND] in seen:
            raise DataError(
                f"{path}, line {line}: {row[FOUND]!r} is there already, in line "
                f"{seen[row[FOUND]]}; remove one of the rows."
            )
        seen[row[FOUND]] = int(str(line))
        rows.append(dict(row))
    if not rows:
        raise DataError(f"{path}: there are no rows; give each name that is found its {column}.")
    return rows


def read_people(path: Path | None, annotator: str | None) -> People:
    """Return who is who, by a CSV file with the columns `found` and `annotator`, perhaps `kind`.

    Raises
    ------
    DataError
        If the file cannot be used, or a name is none that an annotator may have.
    """
    if annotator is not None:
        check_annotator(annotator)
    if path is None:
        return People(annotator, {}, {})
    rows = _pairs(path, ANNOTATOR)
    for row in rows:
        check_annotator(row[ANNOTATOR])
    kinds = {row[ANNOTATOR]: row[KIND] for row in rows if row.get(KIND, "").strip()}
    return People(annotator, {row[FOUND]: row[ANNOTATOR] for row in rows}, kinds, path)


def read_label_names(path: Path | None, labels: Sequence[str]) -> dict[str, str]:
    """Return the label for each name of a CSV file with the columns `found` and `label`.

    Raises
    ------
    DataError
        If the file cannot be used, or a label is none of the codebook's.
    """
    names = {} if path is None else {row[FOUND]: row[LABEL] for row in _pairs(path, LABEL)}
    for found, label in names.items():
        if label not in labels:
            raise DataError(
                f"{path}: {found!r} is {label!r}, which is no label; it must be one of "
                f"{', '.join(labels)}."
            )
    return names


def name_annotators(votes: Sequence[Vote], people: People, name: str) -> list[Vote]:
    """Return the votes, each of somebody: `annotator` is filled where there is a label.

    Parameters
    ----------
    votes
        As a tool's file has them.
    people
        Who is who.
    name
        What to call the file in errors.

    Raises
    ------
    DataError
        If one annotator is given for the votes of several people, if some votes name nobody, or
        somebody's name is none that an annotator may have.
    """
    labelled = [vote for vote in votes if vote.stance and not vote.annotator]
    users = list(dict.fromkeys(vote.user for vote in labelled if vote.user))
    if people.source:
        if strangers := [user for user in users if user not in people.names]:
            raise DataError(
                f"{people.source}: nothing is said of {', '.join(strangers)}, whose votes are in "
                f"{name}; add a row for each."
            )
    elif people.annotator is not None and len(users) > 1:
        raise DataError(
            f"{name}: the votes are those of {len(users)} people ({', '.join(users)}), not of "
            f"{people.annotator} alone; leave --annotator out, or say who is who in a file for "
            "--annotators."
        )
    if people.annotator is None:
        nobodys = [vote for vote in labelled if not vote.user]
        if nobodys:
            raise DataError(
                f"{nobodys[0].where}: the vote names nobody; say whose those are that do not "
                "with --annotator."
            )
        for user in users:
            if user not in people.names and user.split() != [user.replace(",", "")]:
                raise DataError(
                    f"{name}: {user!r} is no name that an annotator may have, since white space "
                    "and commas part names; give them another in a file for --annotators."
                )

    return [replace(vote, annotator=people.of(vote)) if vote.stance else vote for vote in votes]
