"""Scored rows to a file or a pipe: whole under its name or not there, and resumed where it broke.

Rows go to a hidden file beside the target, which takes the target's name when the last row is in
it. What is written is recorded chunk by chunk, so that a run that was killed can go on.
"""

import json
import os
import sys
from contextlib import suppress
from io import FileIO
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from stance.errors import DataError
from stance.files import STREAM, read_text, replacing, stream_at, write_json
from stance.locks import WriterLock
from stance.scoring.rows.formats import PARQUET, SHEETS, Style
from stance.scoring.rows.parquet import read_streams, scored_batch, to_stream, write_parquet
from stance.scoring.rows.records import Added, Chunk, Extra, header_line, to_bytes
from stance.scoring.rows.sheets import (
    check_cells,
    read_sheet_lines,
    require_writer,
    scored_cells,
    sheet_lines,
    write_sheet,
)
from stance.terminal import harmless


class Sink(Protocol):
    """Where scored rows go."""

    rows: int
    """How many rows are in it, an interrupted run's among them."""

    digest: str
    """The source's hash after those rows."""

    tally: dict[str, Any]
    """What was counted over those rows."""

    def write(
        self,
        chunk: Chunk,
        added: Added,
        extra: Extra,
        digest: str,
        tally: dict[str, Any],
    ) -> None:
        """Write some rows, and record what was read and counted so far."""

    def finish(self) -> None:
        """Put the whole in its place."""

    def give_up(self) -> None:
        """Leave what is worth going on from, and nothing else."""


class StreamSink:
    """Rows into a stream, such as standard output: nothing of it can be taken back.

    A terminal gets them without what would command it.
    """

    def __init__(self, stream: BinaryIO, style: Style) -> None:
        if style.form in (PARQUET, *SHEETS):
            what = "Parquet" if style.form == PARQUET else "a spreadsheet"
            raise DataError(f"{what} cannot be written into a pipe; name a file with --output.")
        self.rows = 0
        self.digest = ""
        self.tally: dict[str, Any] = {}
        self._stream = stream
        self._shown = stream.isatty()
        self._style = style

    def write(
        self,
        chunk: Chunk,
        added: Added,
        extra: Extra,
        digest: str,
        tally: dict[str, Any],
    ) -> None:
        """Write some rows at once."""
        content = to_bytes(chunk, added, self._style, extra)
        if not self.digest:
            content = header_line([*chunk.names, *added], self._style) + content
        self._stream.write(harmless(content.decode()).encode() if self._shown else content)
        self._stream.flush()
        self.rows += len(chunk.texts)
        self.digest, self.tally = digest, tally

    def finish(self) -> None:
        """Let go of the stream, unless it is standard output; there is nothing to move."""
        if self._stream is not sys.stdout.buffer:
            self._stream.close()

    def give_up(self) -> None:
        """Let go of the stream: what is written is written."""
        # What closing would write once more could not be written before.
        with suppress(OSError):
            self.finish()


class FileSink:
    """Rows into a file.

    Parameters
    ----------
    target
        The file. What was there stays until the new one is whole.
    style
        How rows are written: as `csv`, `tsv`, `jsonl`, `parquet`, `xlsx` or `ods`.
    run
        What the result depends on besides the input: a run is resumed by the same only.
    resume
        Whether to go on after the last whole chunk of a run that was interrupted, if there is one.

    Raises
    ------
    DataError
        If it cannot be written, another process is writing it, or the interrupted run was another.
    """

    def __init__(self, target: Path, style: Style, run: dict[str, Any], *, resume: bool) -> None:
        self.target = Path(os.path.realpath(target))
        self._name = str(target)
        self._style = style
        self._run = run
        self._partial = self.target.with_name(f".{self.target.name}.partial")
        self._state = self.target.with_name(f".{self.target.name}.partial.json")
        self.rows = 0
        self.digest = ""
        self.tally: dict[str, Any] = {}
        self._bytes = 0
        require_writer(style.form)
        if self.target.is_dir():
            raise DataError(f"{target}: it is a folder; name a file to write.")
        if not self.target.parent.is_dir():
            raise DataError(f"{target}: there is no folder {self.target.parent}; make it first.")
        self._lock = WriterLock(self.target, str(target))
        try:
            if resume:
                self._go_on()
            else:
                self._state.unlink(missing_ok=True)
            self._file = _open_own(self._partial)
            self._file.truncate(self._bytes)
        except OSError as error:
            self._lock.close()
            raise DataError(f"{target}: {error.strerror}; name another file.") from None
        except BaseException:
            self._lock.close()
            raise

    def _go_on(self) -> None:
        anew = "leave --resume out to start anew"
        if self._state.is_symlink():
            raise DataError(f"{self._state}: a link stands where the run is recorded; {anew}.")
        if not self._state.exists():
            return
        try:
            state = json.loads(read_text(self._state))
            run, rows, size = state["run"], int(state["rows"]), int(state["bytes"])
            digest, tally = str(state["digest"]), dict(state["tally"])
        except (json.JSONDecodeError, KeyError, TypeError, ValueError):
            raise DataError(f"{self._state}: not the record of a run; {anew}.") from None
        for key, value in self._run.items():
            if run.get(key) != value:
                raise DataError(f"{self._name}: the run was begun with another {key}; {anew}.")
        if not self._partial.exists() or self._partial.stat().st_size < size:
            raise DataError(f"{self._partial}: rows that were written are missing; {anew}.")
        self.rows, self._bytes, self.digest, self.tally = rows, size, digest, tally

    def write(
        self,
        chunk: Chunk,
        added: Added,
        extra: Extra,
        digest: str,
        tally: dict[str, Any],
    ) -> None:
        """Append some rows, and record that they are there.

        Raises
        ------
        DataError
            If they cannot be written, for example because no space is left.
        """
        content = self._content(chunk, added, extra)
        try:
            left = memoryview(content)
            while left:
                left = left[self._file.write(left) :]
            os.fsync(self._file.fileno())
            self._bytes += len(content)
            count = self.rows + len(chunk.texts)
            self._record({"rows": count, "bytes": self._bytes, "digest": digest, "tally": tally})
        except OSError as error:
            raise DataError(f"{self._name}: {error.strerror}; make room and run again.") from None
        self.rows, self.digest, self.tally = count, digest, tally

    def _content(self, chunk: Chunk, added: Added, extra: Extra) -> bytes:
        names = [] if self.digest else [*chunk.names, *added]
        if self._style.form == PARQUET:
            return to_stream(scored_batch(chunk, added))
        if self._style.form in SHEETS:
            rows = [names] * bool(names) + scored_cells(chunk, added)
            above = self.rows + bool(self.digest)
            check_cells(rows, self._style.form, above, self._name)
            return sheet_lines(rows)
        content = to_bytes(chunk, added, self._style, extra)
        return header_line(names, self._style) + content if names else content

    def _record(self, state: dict[str, Any]) -> None:
        write_json(self._state, {"run": self._run, **state}, through=False)

    def finish(self) -> None:
        """Give the file its name.

        Raises
        ------
        DataError
            If the Parquet file or the sheet cannot be written from the rows.
        """
        try:
            if self._style.form in (PARQUET, *SHEETS):
                with replacing(self.target) as file:
                    if self._style.form == PARQUET:
                        write_parquet(file, read_streams(self._partial))
                    else:
                        write_sheet(file, read_sheet_lines(self._partial), self._style.form)
                self._partial.unlink()
            else:
                os.replace(self._partial, self.target)
        except OSError as error:
            raise DataError(f"{self._name}: {error.strerror}; make room and run again.") from None
        self._state.unlink(missing_ok=True)
        self._file.close()
        self._lock.close()

    def give_up(self) -> None:
        """Keep the rows that are whole, if there are any, for `resume`."""
        if self.rows:
            with suppress(OSError):
                self._file.truncate(self._bytes)
        else:
            self._partial.unlink(missing_ok=True)
            self._state.unlink(missing_ok=True)
        self._file.close()
        self._lock.close()


def _open_own(path: Path) -> FileIO:
    """Open a file of our own to append to.

    Raises
    ------
    DataError
        If a link stands in its place, through which somebody else's file would be written.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0)
    planted = path.is_symlink()
    if not planted:
        file = FileIO(os.open(path, flags, 0o666), "ab")
        planted = os.fstat(file.fileno()).st_nlink > 1
        if planted:
            file.close()
    if planted:
        raise DataError(f"{path}: a link stands where the rows are gathered; remove it.")
    return file


def open_sink(target: str, style: Style, run: dict[str, Any], *, resume: bool) -> Sink:
    """Return where to write: standard output for ``-``, a device or a pipe as it is, or a file.

    Raises
    ------
    DataError
        As for `FileSink` and `StreamSink`.
    """
    if target == STREAM:
        return StreamSink(sys.stdout.buffer, style)
    if (stream := stream_at(Path(target))) is not None:
        try:
            return StreamSink(stream, style)
        except DataError:
            stream.close()
            raise
    return FileSink(Path(target), style, run, resume=resume)
