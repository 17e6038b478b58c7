"""What a sample remembers of how it was drawn: a file beside it that nobody reads who codes.

It holds what the estimates need of the whole, so that judging a sample is quick, and what tells
that sample, scored file and model still belong together.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from stance.errors import DataError
from stance.files import read_text, write_json

FORMAT = 1
SUFFIX = ".audit.json"


@dataclass(frozen=True)
class Unit:
    """A text that was drawn.

    Attributes
    ----------
    name
        What its row of the sample is called.
    key
        A hash of the text, white space folded.
    stratum
        The number of its stratum.
    kind
        Whether the model answers it (0), is unsure (1), finds no statement in it (2), or cannot
        read it to its end (3).
    stance
        The number of the label that the model finds most probable.
    probabilities
        Of each label.
    times
        For how many rows of each group it stands.
    """

    name: str
    key: str
    stratum: int
    kind: int
    stance: int
    probabilities: list[float]
    times: dict[str, int]


@dataclass(frozen=True)
class Group:
    """What the model says of all rows of a group.

    Attributes
    ----------
    rows
        How many rows there are for each kind (as of `Unit`) and most probable label.
    shares
        The mean probability of each label.
    """

    rows: list[list[int]]
    shares: list[float]


@dataclass(frozen=True)
class Record:
    """How a sample was drawn, and from what.

    Attributes
    ----------
    audit
        What the sample is called.
    scored, sha256
        The file that it was drawn from, and a hash of it.
    model
        The hash that the model's description has of itself.
    seed
        What the draw follows from.
    labels, background
        All labels, the stances first; which of them is no stance, if one is.
    max_error
        The share of errors that the model promises not to exceed where it answers.
    threshold
        The confidence from which it answers; None if it answers nothing.
    by
        The column of groups; "" if there is none.
    strata
        For each stratum how many `texts` it has, how many `rows` they stand for, and how many were
        `drawn`.
    groups
        By name; without a column of groups the whole, as "".
    thresholds
        How many rows would be answered from each confidence, in ten thousandths.
    empty, learned
        How many rows are left out since they have no text, and how many since the model has learned
        from their texts.
    units
        The texts, in the order of the sample.
    """

    audit: str
    scored: str
    sha256: str
    model: str
    seed: int
    labels: list[str]
    background: str | None
    max_error: float
    threshold: float | None
    by: str
    strata: list[dict[str, int]]
    groups: dict[str, Group]
    thresholds: dict[str, int]
    empty: int
    learned: int
    units: list[Unit]

    @property
    def probabilities(self) -> list[float]:
        """The probability with which each text was drawn."""
        found = [self.strata[unit.stratum] for unit in self.units]
        return [stratum["drawn"] / stratum["texts"] for stratum in found]

    def write(self, path: Path) -> None:
        """Write the record."""
        write_json(path, {"format": FORMAT, **asdict(self)})


def read_record(path: Path) -> Record:
    """Return a record.

    Raises
    ------
    DataError
        If it is none, or of another version.
    """
    try:
        found = json.loads(read_text(path))
        if found["format"] != FORMAT:
            raise DataError(
                f"{path}: the sample was drawn by another version of this package (format "
                f"{found['format']!r}); draw it again."
            )
        return _parse(found)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise DataError(
            f"{path}: not the record of a sample, or damaged; `stance audit draw` writes one "
            "beside each sample."
        ) from None


def _parse(found: Mapping[str, Any]) -> Record:
    values = {key: value for key, value in found.items() if key != "format"}
    values["groups"] = {name: Group(**group) for name, group in values["groups"].items()}
    values["units"] = [Unit(**unit) for unit in values["units"]]
    record = Record(**values)
    for unit in record.units:
        # What is looked up later is looked up once here.
        stratum, label = record.strata[unit.stratum], record.labels[unit.stance]
        if not 0 < stratum["drawn"] <= stratum["texts"] or not label:
            raise ValueError(unit.name)
    return record


def find_record(scored: str, sha256: str, coded: list[Path], named: Path | None) -> Record:
    """Return the record of the sample that was drawn from a scored file.

    Parameters
    ----------
    scored, sha256
        The scored file, and the hash that it has now.
    coded
        Where it may lie beside, if it is not named.
    named
        The record, if somebody has named it.

    Raises
    ------
    DataError
        If there is none, several, or the scored file is not the one that it was drawn from.
    """
    if named is not None:
        record = read_record(named)
        if record.sha256 != sha256:
            raise _changed(scored, named)
        return record
    folders = dict.fromkeys([*(path.parent for path in coded), Path(scored).parent])
    records = {path: read_record(path) for path in _records(folders)}
    fitting = [path for path, record in records.items() if record.sha256 == sha256]
    if len(fitting) == 1:
        return records[fitting[0]]
    if fitting:
        raise DataError(
            f"{scored}: several samples were drawn from it ({', '.join(map(str, fitting))}); say "
            "which one is meant with --record."
        )
    for path, record in records.items():
        if Path(record.scored).name == Path(scored).name:
            raise _changed(scored, path)
    raise DataError(
        f"{coded[0]}: there is no record of a sample of {scored} beside it; name it with --record "
        f"(`stance audit draw` has written it beside the sample, with the end {SUFFIX})."
    )


def _records(folders: Mapping[Path, None]) -> list[Path]:
    return [path for folder in folders for path in sorted(folder.glob(f"*{SUFFIX}"))]


def _changed(scored: str, record: Path) -> DataError:
    return DataError(
        f"{scored}: it is not the file that the sample was drawn from: it has changed since, or "
        f"was scored by another model ({record} has another hash of it); put that file back, or "
        "draw a new sample from this one."
    )
