"""Parquet in and out, batch by batch, with the types that its columns have.

Apache Arrow is an extra: it weighs a fifth of the whole environment, and pandas, where it finds
it, loads it at every start of the program.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from stance.errors import DataError
from stance.scoring.rows.records import Added, Chunk

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

# How large a group of rows of the output gets.
_GROUP_BYTES, _GROUP_ROWS = 8_000_000, 20_000
# What Arrow's conversions raise: years beyond 1 to 9999, too long durations, zones nobody knows.
_BEYOND_PYTHON = (OverflowError, ValueError, KeyError)


def require() -> Any:
    """Return the module `pyarrow`.

    Raises
    ------
    DataError
        If the extra is not installed.
    """
    try:
        import pyarrow as pa
    except ImportError:
        raise DataError(
            "Parquet needs the extra 'parquet'; install it with `make parquet`."
        ) from None
    return pa


@dataclass(frozen=True)
class ArrowChunk:
    """Rows of a Parquet file.

    Attributes
    ----------
    name
        What to call the file in errors.
    rows
        The record batch.
    numbers
        The number of each row in the file, from 1.
    column
        The name of the column with the texts.
    """

    name: str
    rows: "pa.RecordBatch"
    numbers: Sequence[int]
    column: str

    @property
    def names(self) -> list[str]:
        """The columns."""
        return list(self.rows.schema.names)

    @property
    def texts(self) -> list[str]:
        """The text of each row; empty where it is null."""
        return [text or "" for text in self._column(self.column)]

    def places(self) -> list[str]:
        """Return where each row stands."""
        return [f"row {number}" for number in self.numbers]

    def values(self, column: str) -> list[str]:
        """Return the cells of a column as text."""
        return [_as_text(value) for value in self._column(column)]

    def cells(self) -> list[list[str]]:
        """Return all cells as text.

        Raises
        ------
        DataError
            If a column is nested or binary.
        """
        pa = require()
        for field in self.rows.schema:
            if pa.types.is_nested(field.type) or _is_binary(field.type):
                raise DataError(
                    f"{self.name}: column {field.name!r} is {field.type}, which a table of text "
                    "cannot hold; write Parquet, or leave the column out."
                )
        columns = [self.values(name) for name in self.names]
        return [list(row) for row in zip(*columns, strict=True)]

    def objects(self) -> list[str]:
        """Return each row as a JSON object; dates, times and decimals as text.

        Raises
        ------
        DataError
            If a value is binary, or a number that JSON does not have.
        """

        def as_text(value: Any) -> str:
            if isinstance(value, bytes):
                raise DataError(
                    f"{self.name}: a column holds bytes, which JSON cannot; write Parquet, or "
                    "leave the column out."
                )
            return str(value)

        names = self.names
        columns = [self._column(name) for name in names]
        rows = [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]
        try:
            return [
                json.dumps(row, ensure_ascii=False, allow_nan=False, default=as_text)
                for row in rows
            ]
        except ValueError:
            raise DataError(
                f"{self.name}: a column holds NaN or infinity, which JSON cannot; write Parquet "
                "or CSV, or leave the column out."
            ) from None

    def _column(self, name: str) -> list[Any]:
        column = self.rows.column(name)
        try:
            if str(column.type) == "time64[ns]":
                # Python's times have no nanoseconds, and would lose them.
                column = column.cast(require().string())
            return list(column.to_pylist())
        except (UnicodeDecodeError, require().ArrowException):
            raise DataError(
                f"{self.name}: column {name!r} cannot be read in one of the rows "
                f"{min(self.numbers)} to {max(self.numbers)}, such as text that is not UTF-8; "
                "write the file again."
            ) from None
        except _BEYOND_PYTHON:
            return [
                self._value(value, f"{self.name}, {place}, column {name!r}")
                for value, place in zip(column, self.places(), strict=True)
            ]

    @staticmethod
    def _value(value: "pa.Scalar", where: str) -> Any:
        """Return a value as Python has it, or as Arrow writes it where Python has none."""
        pa = require()
        try:
            return value.as_py()
        except _BEYOND_PYTHON:
            pass
        if pa.types.is_date(value.type) or pa.types.is_timestamp(value.type):
            with suppress(pa.ArrowException):
                text = str(value.cast(pa.string()).as_py())
                if text[0].isdigit():
                    return text
        raise DataError(
            f"{where}: a {value.type} that text cannot hold, such as a time too far away or in an "
            "unknown zone; write Parquet, or leave the column out."
        )


def _is_binary(kind: "pa.DataType") -> bool:
    types = require().types
    return bool(
        types.is_binary(kind)
        or types.is_large_binary(kind)
        or types.is_binary_view(kind)
        or types.is_fixed_size_binary(kind)
    )


def _as_text(value: Any) -> str:
    return "" if value is None else str(value)


def open_parquet(path: Path, column: str, option: str | None) -> "pq.ParquetFile":
    """Return an open Parquet file whose `column`, which `option` may name, holds text.

    Raises
    ------
    DataError
        If it is not Parquet, or the column is missing, there twice, or not of text.
    """
    pa = require()
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(path, memory_map=False, pre_buffer=False)
        names = file.schema_arrow.names
    except (pa.ArrowException, OSError, ValueError) as error:
        raise damaged(path, error) from None
    try:
        _check_columns(path, file.schema_arrow, names, column, option)
    except BaseException:
        file.close()
        raise
    return file


def _check_columns(
    path: Path, schema: "pa.Schema", names: list[str], column: str, option: str | None
) -> None:
    pa = require()
    mend = f"; name the right one with {option}" if option else ""
    if twice := [name for name in names if names.count(name) > 1]:
        raise DataError(f"{path}: column {twice[0]!r} is there twice; rename one of them.")
    if column not in names:
        raise DataError(
            f"{path}: no column {column!r}; the file has {', '.join(map(repr, names))}{mend}."
        )
    kind = schema.field(column).type
    plain = kind.value_type if pa.types.is_dictionary(kind) else kind
    if not any(
        test(plain)
        for test in (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view)
    ):
        raise DataError(f"{path}: column {column!r} is {kind}, not text{mend}.")


def damaged(path: Path | str, error: Exception) -> DataError:
    """Return the error to raise where Arrow cannot read a file, in its first words."""
    if isinstance(error, PermissionError):
        return DataError(f"{path}: {error.strerror}.")
    first = (str(error).splitlines() or ["damaged"])[0].rstrip(".")
    return DataError(f"{path}: not a whole Parquet file ({first}); write it again.")


def scored_batch(chunk: Chunk, added: Added) -> "pa.RecordBatch":
    """Return a chunk as a record batch, with the columns that scoring adds behind its own.

    Columns of Parquet keep their types; those of text become strings.
    """
    pa = require()
    if isinstance(chunk, ArrowChunk):
        rows = chunk.rows
    else:
        rows = _string_batch(chunk.names, chunk.cells())
    schema = _scored_schema(rows.schema, added)
    kinds = schema.types[len(rows.schema) :]
    ours = [
        pa.array(column.tolist(), kind) for column, kind in zip(added.values(), kinds, strict=True)
    ]
    return pa.record_batch([*rows.columns, *ours], schema=schema)


def _string_batch(names: Sequence[str], rows: Sequence[Sequence[str]]) -> "pa.RecordBatch":
    pa = require()
    columns = zip(*rows, strict=True) if rows else [[] for _ in names]
    return pa.record_batch([pa.array(column, pa.string()) for column in columns], list(names))


def _scored_schema(schema: "pa.Schema", added: Added) -> "pa.Schema":
    pa = require()
    kinds = {"U": pa.string(), "f": pa.float64(), "b": pa.bool_()}
    for name, column in added.items():
        schema = schema.append(pa.field(name, kinds[column.dtype.kind]))
    return schema


def to_stream(batch: "pa.RecordBatch") -> bytes:
    """Return a record batch as a whole Arrow stream, of which a file can hold many."""
    pa = require()
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    return bytes(sink.getvalue())


def read_streams(path: Path) -> "Iterator[pa.RecordBatch]":
    """Yield the record batches of a file of whole Arrow streams, one after the other."""
    pa = require()
    with pa.OSFile(str(path), "rb") as file:
        while file.tell() < file.size():
            yield from pa.ipc.open_stream(file)


def write_parquet(file: IO[bytes], batches: "Iterator[pa.RecordBatch]") -> None:
    """Write record batches, at least one, as Parquet, in groups of rows of like size."""
    pa = require()
    import pyarrow.parquet as pq

    first = next(batches)
    with pq.ParquetWriter(file, first.schema) as writer:
        group: list[Any] = []
        size = rows = 0
        for batch in chain([first], batches):
            group.append(batch)
            size, rows = size + batch.nbytes, rows + len(batch)
            if size >= _GROUP_BYTES or rows >= _GROUP_ROWS:
                writer.write_table(pa.Table.from_batches(group))
                group, size, rows = [], 0, 0
        if group:
            writer.write_table(pa.Table.from_batches(group))
