"""Some rows of a chunk, and chunks as one, whatever they were read from."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import chain

from stance.scoring.rows.parquet import ArrowChunk, require
from stance.scoring.rows.records import Chunk, JsonChunk, TextChunk


def take(chunk: Chunk, numbers: Sequence[int]) -> Chunk:
    """Return the rows with these numbers, from 0, in this order."""
    if isinstance(chunk, TextChunk):
        rows, lines = chunk.rows, chunk.lines
        return replace(chunk, rows=[rows[n] for n in numbers], lines=[lines[n] for n in numbers])
    if isinstance(chunk, JsonChunk):
        return replace(
            chunk,
            lines=[chunk.lines[n] for n in numbers],
            parsed=[chunk.parsed[n] for n in numbers],
            numbers=[chunk.numbers[n] for n in numbers],
        )
    if isinstance(chunk, ArrowChunk):
        # Its rows are numbered from the first one on, which places alone look at.
        return replace(chunk, rows=chunk.rows.take(require().array(numbers, "int64")))
    raise TypeError(chunk)


def join(chunks: Sequence[Chunk]) -> Chunk:
    """Return the rows of chunks of one table, at least one chunk, as one chunk."""
    first = chunks[0]
    if isinstance(first, ArrowChunk):
        batches = [chunk.rows for chunk in chunks if isinstance(chunk, ArrowChunk)]
        return replace(first, rows=require().concat_batches(batches))
    if isinstance(first, JsonChunk):
        some = [chunk for chunk in chunks if isinstance(chunk, JsonChunk)]
        return replace(
            first,
            lines=list(chain.from_iterable(chunk.lines for chunk in some)),
            parsed=list(chain.from_iterable(chunk.parsed for chunk in some)),
            numbers=list(chain.from_iterable(chunk.numbers for chunk in some)),
        )
    texts = [chunk for chunk in chunks if isinstance(chunk, TextChunk)]
    return TextChunk(
        first.names,
        list(chain.from_iterable(chunk.rows for chunk in texts)),
        list(chain.from_iterable(chunk.lines for chunk in texts)),
        texts[0].column,
    )
