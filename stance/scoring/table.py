"""Score one table, chunk by chunk, so that its size is no matter."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stance.errors import DataError
from stance.model.novelty import UNLIKE
from stance.model.stance_model import StanceModel
from stance.scoring.groups import Grouping
from stance.scoring.rows.labels import LabelNames
from stance.scoring.rows.records import Added, Chunk, Extra, JsonChunk
from stance.scoring.rows.selection import take
from stance.scoring.rows.sinks import Sink
from stance.scoring.rows.sources import Source
from stance.scoring.tally import Tally
from stance.scoring.targets import Targets
from stance.text.markup import without_markup

# What is added where it is asked for: how new texts are, or what targets they are about.
NOVELTY = "novelty"
ABOUT, TARGETS, SEVERAL_TARGETS = "about", "targets", "several_targets"

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
    novelty
        Whether each row comes with how unlike the training material it is.
    unlike
        Whether it is counted how many texts are unlike the training material.
    grouping
        What rows are counted by, if anything.
    strip_markup
        Whether texts are scored without their markup.
    targets
        The targets that rows are marked as being about, if any.
    only_about
        Whether rows about none of them are left out.
    label
        A column with labels that people gave, if any.
    label_names
        What the labels are called there, each with the label.
    identity
        A column that names each row in messages, if any.
    """

    prefix: str = ""
    explain: bool = False
    novelty: bool = False
    unlike: bool = True
    grouping: Grouping | None = None
    strip_markup: bool = False
    targets: Targets | None = None
    only_about: bool = False
    label: str | None = None
    label_names: tuple[tuple[str, str], ...] = ()
    identity: str | None = None


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
    ours = _added_names(model, options)
    _check_names(source, source.names, ours)
    _check_options(source, options)
    tally = Tally(**sink.tally)
    names = LabelNames(model.labels, dict(options.label_names))
    for found, label, count in tally.taken:
        names.taken[found, label] += count
    before = tally.rows
    read = 0
    for chunk in source.chunks():
        rows = len(chunk.texts)
        read += rows
        if read <= before and rows:
            if read == before and source.digest() != sink.digest:
                raise _changed(source)
            progress(rows, source.share())
            continue
        if not read and not empty:
            raise DataError(f"{source.name}: there are no rows to score.")
        if read - rows < before:
            raise _changed(source)
        if isinstance(chunk, JsonChunk):
            _check_names(source, {key for row in chunk.parsed for key in row}, ours)
        wanted, columns, extra = _scored(chunk, source.name, model, options, tally, names)
        added = dict(zip(ours, columns, strict=True))
        sink.write(wanted, added, extra, source.digest(), asdict(tally))
        progress(rows, source.share())
    if read < before:
        raise _changed(source)
    if source.notes:
        tally.read_as = [f"{source.name}: read {', '.join(source.notes)}"]
    return tally


def _added_names(model: StanceModel, options: Options) -> list[str]:
    if options.novelty and not model.knows_novelty:
        raise DataError(
            "this model cannot tell --novelty: it has no vectors, or was trained before there was "
            "one; train it again with `dvc repro --force train`."
        )
    names = [*model.columns, *[NOVELTY] * options.novelty]
    names += [ABOUT, TARGETS, SEVERAL_TARGETS] if options.targets else []
    return [options.prefix + name for name in names]


def _scored(
    chunk: Chunk,
    name: str,
    model: StanceModel,
    options: Options,
    tally: Tally,
    names: LabelNames,
) -> tuple[Chunk, list[NDArray[Any]], Extra]:
    """Return the rows that are wanted, and what is added to them; count them."""
    wanted, marks = _marked(chunk, options, tally)
    texts = wanted.texts
    places = [f"{name}, {place}" for place in wanted.places()]
    if options.identity is not None:
        identities = wanted.values(options.identity)
        places = [f"{place} ({one})" for place, one in zip(places, identities, strict=True)]
    if options.strip_markup:
        texts = [without_markup(text) for text in texts]
    # Before the scores, which are remembered then.
    novelty = model.novelty(texts) if options.unlike or options.novelty else np.empty(0)
    tally.unlike += int((novelty >= UNLIKE).sum())
    columns = model.score_columns(texts)
    tally.count_texts(wanted.texts, places, columns["reason"])
    if options.grouping:
        tally.count_groups(wanted, places, columns, model, options.grouping)
    if options.label is not None:
        tally.count_labels(wanted.values(options.label), places, columns["stance"], names)
    extra = _explanations(model, texts) if options.explain else None
    novel = [novelty] * options.novelty
    return wanted, [*columns.values(), *novel, *marks.values()], extra


def _marked(chunk: Chunk, options: Options, tally: Tally) -> tuple[Chunk, Added]:
    """Return the rows that are wanted, and the columns that say what they are about; count both."""
    tally.rows += len(chunk.texts)
    if options.targets is None:
        return chunk, {}
    found = [options.targets.find(text) for text in chunk.texts]
    about = [options.targets.are_about(names) for names in found]
    if options.only_about:
        numbers = [number for number, is_about in enumerate(about) if is_about]
        tally.left_out += len(about) - len(numbers)
        chunk = take(chunk, numbers)
        found, about = [found[n] for n in numbers], [True] * len(numbers)
    several = [len(names) > 1 for names in found]
    tally.about += sum(about)
    tally.several_targets += sum(several)
    return chunk, {
        ABOUT: np.array(about, dtype=np.bool_),
        TARGETS: np.array(["; ".join(names) for names in found], dtype=np.str_),
        SEVERAL_TARGETS: np.array(several, dtype=np.bool_),
    }


def _check_options(source: Source, options: Options) -> None:
    wanted = options.grouping.columns if options.grouping else []
    if options.label is not None:
        wanted.append((options.label, "with labels", "--label-column"))
    if options.identity is not None:
        wanted.append((options.identity, "that names a row", "--id-column"))
    for column, use, option in wanted:
        if column not in source.names:
            raise DataError(
                f"{source.name}: no column {column!r} {use}; the input has "
                f"{', '.join(map(repr, source.names))}; name the right one with {option}."
            )
    if options.grouping:
        options.grouping.check(source.name)


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


def _explanations(model: StanceModel, texts: list[str]) -> Extra:
    shown = {"text", "stance", "confidence", "abstain", "reason"}
    return [
        {"explanation": {key: value for key, value in one.to_dict().items() if key not in shown}}
        for one in model.explain(texts)
    ]
