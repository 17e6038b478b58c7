"""Score a folder's worth of files, one part after the other, into a folder of parts.

The parts are written into a hidden folder beside the target, which takes the target's name when
all are there: nobody reads half of them for the whole.
"""

import glob
import json
import os
import shutil
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from stance.errors import DataError
from stance.files import read_text, write_json
from stance.locks import WriterLock
from stance.model.stance_model import StanceModel
from stance.scoring.rows.formats import Layout, Style
from stance.scoring.rows.sinks import FileSink
from stance.scoring.rows.sources import open_source
from stance.scoring.table import Options, score_table
from stance.scoring.tally import Tally

_RECORDS = ".stance"


@dataclass(frozen=True)
class Part:
    """One input file, and how to score it.

    Attributes
    ----------
    source, target
        The file, and where its scored rows go.
    record
        Where it is recorded that the part is finished.
    layout, column, style
        How the input holds its rows, its column with the texts, and how the output is written.
    options
        What is asked for.
    run
        What the result depends on besides the input.
    """

    source: str
    target: str
    record: str
    layout: Layout
    column: str
    style: Style
    options: Options
    run: dict[str, Any]

    @property
    def stamp(self) -> dict[str, Any]:
        """What tells that the input is the one that was scored."""
        found = os.stat(self.source)
        return {"size": found.st_size, "changed": found.st_mtime_ns, "run": self.run}

    def finished(self) -> Tally | None:
        """Return what was counted if the part is finished already.

        Raises
        ------
        DataError
            If it was scored otherwise, or its input has changed since.
        """
        record = Path(self.record)
        if not (record.exists() and Path(self.target).exists()):
            return None
        found = json.loads(read_text(record))
        if found["stamp"] != self.stamp:
            what = "it" if found["stamp"]["run"] == self.run else "the model or an option"
            raise DataError(
                f"{self.source}: {what} has changed since the interrupted run; leave --resume out "
                "to start anew."
            )
        return Tally(**found["tally"])


# Takes the parts that are to be scored, and yields what was counted of each that is finished.
Runner = Callable[[list[Part]], Iterable[Tally]]

# From an input file, the folder of the outputs and that of the records to the part.
PartMaker = Callable[[str, Path, Path], Part]


def find_parts(pattern: str) -> list[str]:
    """Return the files that a pattern such as ``part-*.parquet`` names, sorted.

    Raises
    ------
    DataError
        If there are none.
    """
    found = sorted(name for name in glob.glob(pattern) if os.path.isfile(name))
    if not found:
        raise DataError(f"{pattern}: no file has such a name.")
    return found


def score_part(part: Part, model: StanceModel) -> Tally:
    """Score one part if it is not finished; go on where another process has left it."""
    if found := part.finished():
        return found
    stamp = part.stamp
    sink = FileSink(Path(part.target), part.style, {**part.run, "input": stamp}, resume=True)
    try:
        with closing(open_source(part.source, part.layout, part.column)) as source:
            tally = score_table(source, sink, model, part.options, lambda *_: None)
        sink.finish()
    except BaseException:
        sink.give_up()
        raise
    write_json(Path(part.record), {"stamp": stamp, "tally": asdict(tally)})
    return tally


def score_parts(
    sources: list[str],
    target: Path,
    make: PartMaker,
    run: Runner,
    *,
    resume: bool,
) -> tuple[Tally, int]:
    """Score all parts and put the folder of them into its place.

    Parameters
    ----------
    sources
        The input files.
    target
        The folder to write.
    make
        From an input file, the folder of the outputs and that of the records to the part.
    run
        What scores the parts, here or elsewhere.
    resume
        Whether parts that an interrupted run has finished are kept.

    Returns
    -------
    What was counted over all parts, and how many of them were finished before.

    Raises
    ------
    DataError
        If a part cannot be scored, two parts would have the same name, the folder is there
        already, or another process writes it.
    """
    target = Path(os.path.realpath(target))
    partial = partial_folder(target)
    if target.exists() and not (target.is_dir() and not any(target.iterdir())):
        raise DataError(f"{target}: it is there already; name a folder that is not.")
    if not target.parent.is_dir():
        raise DataError(f"{target}: there is no folder {target.parent}; make it first.")
    if partial.is_symlink():
        raise DataError(f"{partial}: a link stands where the parts are gathered; remove it.")
    with closing(WriterLock(target, str(target))):
        if partial.exists() and not resume:
            shutil.rmtree(partial)
        records = partial / _RECORDS
        parts = [make(source, partial, records) for source in sources]
        _check_targets(parts)
        records.mkdir(parents=True, exist_ok=True)
        _clear(partial, {Path(part.target).name for part in parts})
        tallies = {part.source: part.finished() for part in parts}
        left = [part for part in parts if tallies[part.source] is None]
        whole = Tally()
        try:
            for tally in [*filter(None, tallies.values()), *run(left)]:
                whole.add(tally)
        finally:
            if not any(path.is_file() for path in partial.rglob("*")):
                shutil.rmtree(partial)
        shutil.rmtree(records)
        if target.exists():
            target.rmdir()
        os.replace(partial, target)
    return whole, len(parts) - len(left)


def _check_targets(parts: Sequence[Part]) -> None:
    sources: dict[str, str] = {}
    for part in parts:
        other = sources.setdefault(part.target, part.source)
        if other != part.source:
            raise DataError(
                f"{part.source}: its output would have the name of that of {other}, "
                f"{Path(part.target).name}; score one folder at a time, or rename one of them."
            )


def _clear(folder: Path, names: Collection[str]) -> None:
    """Remove outputs of inputs that are not there any more."""
    for path in folder.iterdir():
        if path.is_file() and path.name not in names and not path.name.startswith("."):
            path.unlink()


def partial_folder(target: Path) -> Path:
    """Return the folder that holds the parts until all are there."""
    target = Path(os.path.realpath(target))
    return target.with_name(f".{target.name}.partial")
