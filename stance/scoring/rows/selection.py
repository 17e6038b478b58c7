"""Some rows of a chunk, and chunks as one, whatever they were read from."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any

from stance.scoring.rows.parquet import ArrowChunk, require
from stance.scoring.rows.records import Chunk, JsonChunk, TextChunk
from stance.scoring.rows.sheets import SheetChunk

# What each kind of chunk holds row by row, the columns of a record batch apart.
_BY_ROW: dict[type, tuple[str, ...]] = {
    TextChunk: ("rows", "lines"),
    SheetChunk: ("rows", "lines", "values_of"),
    JsonChunk: ("lines", "parsed", "numbers"),
    ArrowChunk: ("numbers",),
}


def take(chunk: Chunk, numbers: Sequence[int]) -> Chunk:
    """Return the rows with these numbers, from 0, in this order."""
    some = _with(chunk, lambda field: [getattr(chunk, field)[number] for number in numbers])
    if isinstance(some, ArrowChunk):
        return replace(some, rows=some.rows.take(require().array(numbers, "int64")))
    return some


def join(chunks: Sequence[Chunk]) -> Chunk:
    """Return the rows of chunks of one table, at least one chunk, as one chunk."""
    whole = _with(
        chunks[0], lambda field: list(chain.from_iterable(getattr(one, field) for one in chunks))
    )
    if isinstance(whole, ArrowChunk):
        batches = [chunk.rows for chunk in chunks if isinstance(chunk, ArrowChunk)]
        return replace(whole, rows=require().concat_batches(batches))
    return whole


def _with(chunk: Any, rows_of: Callable[[str], list[Any]]) -> Chunk:
    some: Chunk = replace(chunk, **{field: rows_of(field) for field in _BY_ROW[type(chunk)]})
    return some
