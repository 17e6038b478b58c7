"""All codes of a sample, for whoever reads and does not code: in it, and in its coders' files."""

import glob
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.page.auditing.codes import Codes, check_coders
from pipeline.page.auditing.sample import SampleFile
from pipeline.page.auditing.tables import Row
from stance.audit.record import SUFFIX, Record
from stance.errors import DataError


@dataclass(frozen=True)
class Gathered:
    """What was found.

    Attributes
    ----------
    files
        The rows of each file that have a code, by the name of the file.
    faults
        Why files, or rows of them, are left out.
    notes
        What there is to say about how files were read.
    """

    files: dict[str, list[Row]]
    faults: list[str]
    notes: list[str]


class Gathering:
    """The codes in a sample and in the files of its coders, whoever writes them.

    Parameters
    ----------
    sample
        The sample; files of coders lie beside it.
    record
        How it was drawn.
    """

    def __init__(self, sample: SampleFile, record: Record) -> None:
        self._sample, self._record = sample, record
        self._known: dict[Path, Codes] = {}

    def gather(self) -> Gathered:
        """Return what stands there now.

        Raises
        ------
        DataError
            If the sample cannot be read.
        """
        sample = self._sample.read()
        found = Gathered({self._sample.path.name: sample.codes}, [], [*sample.notes])
        stem = self._sample.path.stem
        for path in sorted(self._sample.path.parent.glob(f"{glob.escape(stem)}.*.csv")):
            if path.with_name(f"{path.stem}{SUFFIX}").exists():
                # Another sample.
                continue
            coder = path.name[len(stem) + 1 : -len(".csv")]
            try:
                check_coders([coder])
                codes = self._known.setdefault(path, Codes(path, coder, self._record))
                table, rows = codes.read(), codes.rows().values()
            except DataError as error:
                found.faults.append(str(error))
                continue
            found.notes.extend(table.notes)
            found.files[path.name] = [
                row if row.code.annotator else named(row, coder) for row in rows
            ]
        return found


def named(row: Row, coder: str) -> Row:
    """Return a row without a name as one of a coder."""
    return Row(row.number, row.code._replace(annotator=coder), row.rationale, row.cells)


def count_by_coder(
    files: Mapping[str, Sequence[Row]], labels: Sequence[str]
) -> dict[str, dict[str, int]]:
    """Return how often each coder has given each label; a text in two files counts once."""
    found: dict[str, dict[int, str]] = {}
    for name, rows in files.items():
        for row in rows:
            who = row.code.annotator or Path(name).stem
            found.setdefault(who, {})[row.number] = row.code.stance
    return {
        who: {label: list(codes.values()).count(label) for label in labels}
        for who, codes in sorted(found.items())
    }
