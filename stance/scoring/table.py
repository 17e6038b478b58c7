"""Score one table, chunk by chunk, so that its size is no matter."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stance.errors import DataError
from stance.model.novelty import UNLIKE
from stance.model.stance_model import StanceModel
from stance.scoring.rows.records import Added, Chunk, Extra, JsonChunk
from stance.scoring.rows.sinks import Sink
from stance.scoring.rows.sources import Source
from stance.text.sentences import holds_several

MOST_GROUPS = 10_000
NOVELTY = "novelty"

# Called after each chunk with the rows of it, and the share of the input that is read.
Progress = Callable[[int, float | None], None]


@dataclass(frozen=True)
class Options:
    """What is asked for besides the scores.

    Attributes
    ----------
    prefix
        What the names of the added columns begin with.
    explain
        Whether each row comes with its explanation.
    by
        A column whose values are counted apart, if any.
    novelty
        Whether each row comes with how unlike the training material it is.
    """

    prefix: str = ""
    explain: bool = False
    by: str | None = None
    novelty: bool = False


@dataclass
class Tally:
    """What was counted over the rows of a table.

    Attributes
    ----------
    rows
        How many there were.
    abstained, not_statements
        Rows on which the model abstains, and those among them that are no statement at all.
    empty, first_empty
        Rows without any text, and where the first one stands.
    several, first_several
        Rows whose text is more than one sentence, and where the first one stands.
    unlike
        Rows whose texts are unlike what the model has learned from; none where it cannot tell.
    groups
        For each value of the column `by` how many of its statements have each label, how many of
        them are abstained from, and how many of its texts are no statements.
    """

    rows: int = 0
    abstained: int = 0
    not_statements: int = 0
    empty: int = 0
    first_empty: str = ""
    several: int = 0
    first_several: str = ""
    unlike: int = 0
    groups: dict[str, list[int]] = field(default_factory=dict)

    def add(self, other: "Tally") -> None:
        """Add what was counted elsewhere."""
        self.rows += other.rows
        self.abstained += other.abstained
        self.not_statements += other.not_statements
        self.first_empty = self.first_empty or other.first_empty
        self.empty += other.empty
        self.first_several = self.first_several or other.first_several
        self.several += other.several
        self.unlike += other.unlike
        for group, counts in other.groups.items():
            known = self.groups.get(group, [0] * len(counts))
            self.groups[group] = [a + b for a, b in zip(known, counts, strict=True)]


def score_table(
    source: Source,
    sink: Sink,
    model: StanceModel,
    options: Options,
    progress: Progress,
    *,
    empty: bool = True,
) -> Tally:
    """Read a table to its end, score it and write it; `finish` of the sink is left to the caller.

    Rows that the sink has already, from a run that was interrupted, are read and compared only.

    Parameters
    ----------
    source, sink, model
        What is read, where it goes and what scores it.
    options
        What is asked for besides the scores.
    progress
        Called after each chunk.
    empty
        Whether a table without rows is one: a part of many may be, a file that was named hardly.

    Raises
    ------
    DataError
        If a row cannot be read or written, the input has a column that scoring adds or lacks the
        one to count by, is not the one that the interrupted run has read, or has no rows and
        must have some.
    """
    if options.novelty and not model.knows_novelty:
        raise DataError(
            "this model cannot tell --novelty: it has no vectors, or was trained before there was "
            "one; train it again with `dvc repro --force train`."
        )
    ours = [options.prefix + name for name in model.columns]
    novel = [options.prefix + NOVELTY] * options.novelty
    _check_names(source, source.names, [*ours, *novel])
    if options.by is not None and options.by not in source.names:
        raise DataError(
            f"{source.name}: no column {options.by!r} to count by; the input has "
            f"{', '.join(map(repr, source.names))}."
        )
    tally = Tally(**sink.tally)
    before = sink.rows
    read = 0
    for chunk in source.chunks():
        texts = chunk.texts
        read += len(texts)
        if read <= before and texts:
            if read == before and source.digest() != sink.digest:
                raise _changed(source)
            progress(len(texts), source.share())
            continue
        if not read and not empty:
            raise DataError(f"{source.name}: there are no rows to score.")
        if read - len(texts) < before:
            raise _changed(source)
        if isinstance(chunk, JsonChunk):
            _check_names(source, {key for row in chunk.parsed for key in row}, [*ours, *novel])
        columns, statements = model.score_columns(texts)
        added = dict(zip(ours, columns.values(), strict=True))
        novelty = model.novelty(texts)
        added |= dict.fromkeys(novel, novelty)
        tally.unlike += int((novelty >= UNLIKE).sum())
        _count(tally, source.name, chunk, (columns, statements), model, options.by)
        extra = _explanations(model, texts) if options.explain else None
        sink.write(chunk, added, extra, source.digest(), asdict(tally))
        progress(len(texts), source.share())
    if read < before:
        raise _changed(source)
    return tally


def _changed(source: Source) -> DataError:
    return DataError(
        f"{source.name}: what the interrupted run has read of it is not the same any more; leave "
        "--resume out to start anew."
    )


def _check_names(source: Source, names: Any, ours: list[str]) -> None:
    for taken in (name for name in ours if name in names):
        raise DataError(
            f"{source.name}: the input has a column {taken!r} already, which the output needs; "
            "rename it, or name the output's otherwise with --prefix."
        )


def _count(
    tally: Tally,
    name: str,
    chunk: Chunk,
    scores: tuple[Added, NDArray[np.bool_]],
    model: StanceModel,
    by: str | None,
) -> None:
    columns, statements = scores
    texts, abstain = chunk.texts, columns["abstain"]
    tally.rows += len(texts)
    tally.abstained += int(abstain.sum())
    tally.not_statements += int((~statements).sum())
    blank = [number for number, text in enumerate(texts) if not text.strip()]
    if blank and not tally.empty:
        tally.first_empty = f"{name}, {chunk.places()[blank[0]]}"
    tally.empty += len(blank)
    several = [number for number, text in enumerate(texts) if holds_several(text)]
    if several and not tally.several:
        tally.first_several = f"{name}, {chunk.places()[several[0]]}"
    tally.several += len(several)
    if by is None:
        return
    labels = {label: number for number, label in enumerate(model.labels)}
    size = len(labels)
    found = zip(
        chunk.values(by),
        columns["stance"].tolist(),
        abstain.tolist(),
        statements.tolist(),
        strict=True,
    )
    for group, stance, abstained, statement in found:
        counts = tally.groups.setdefault(group, [0] * (size + 2))
        if len(tally.groups) > MOST_GROUPS:
            raise DataError(
                f"the column {by!r} has more than {MOST_GROUPS:,} different values; name one that "
                "has fewer, such as the month instead of the date."
            )
        if statement:
            counts[labels[stance]] += 1
            counts[size] += abstained
        else:
            counts[size + 1] += 1


def _explanations(model: StanceModel, texts: list[str]) -> Extra:
    shown = {"text", "stance", "confidence", "abstain"}
    return [
        {"explanation": {key: value for key, value in one.to_dict().items() if key not in shown}}
        for one in model.explain(texts)
    ]
