"""The lines of a file or a pipe, decoded as they are asked for, in time linear in their length.

The encoding is the one that was named, or told by the bytes where these leave one reading.
"""

import codecs
import hashlib
import sys
from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path
from typing import cast

from stance.errors import DataError
from stance.files import STREAM

_BLOCK = 1 << 16
_LARGE_BLOCK = 1 << 20


def open_lines(place: str, encoding: str | None) -> "Lines":
    """Return the lines of a file, or of standard input for ``-``.

    Parameters
    ----------
    place
        The file.
    encoding
        None to tell it: a file is looked through for that, standard input is UTF-8 or has a mark.

    Raises
    ------
    DataError
        If it is not there.
    """
    if place == STREAM:
        return Lines(cast("BufferedReader", sys.stdin.buffer), "standard input", encoding)
    path = existing(place)
    if not path.is_file():
        return Lines(path.open("rb"), place, encoding)
    told = encoding or _told(path)
    lines = Lines(path.open("rb"), place, told, path.stat().st_size)
    if encoding is None and told not in (None, "utf-8"):
        lines.notes.append(f"in {told}")
    return lines


def _told(path: Path) -> str | None:
    from stance.text.formats.readings import told_encoding

    with path.open("rb") as file:
        return told_encoding(iter(lambda: file.read(_LARGE_BLOCK), b""))


def existing(place: str) -> Path:
    """Return the path of a file that is there.

    Raises
    ------
    DataError
        If it is a folder, or not there.
    """
    path = Path(place)
    if path.is_dir():
        raise DataError(f"{path}: it is a folder; name a file, or files with a pattern.")
    if not path.exists():
        raise DataError(f"{path}: no such file.")
    return path


class Lines:
    """The lines of a stream of bytes, decoded as they are asked for.

    Parameters
    ----------
    stream
        What to read.
    name
        What to call it in errors.
    encoding
        Any encoding of text; None for what a mark says, else UTF-8. A mark is left out.
    size
        How many bytes there are, if that is known.

    Attributes
    ----------
    notes
        What was found out about the bytes.
    """

    def __init__(
        self, stream: BufferedReader, name: str, encoding: str | None, size: int | None = None
    ) -> None:
        self.name = name
        self.number = 0
        self.notes: list[str] = []
        self.hash = hashlib.sha256()
        self._stream = stream
        self._encoding = encoding
        self._size = size
        self._bytes = 0

    def __iter__(self) -> Iterator[str]:
        """Yield lines with their ends, which is a line feed for all but perhaps the last one.

        Raises
        ------
        DataError
            If a byte is not of the encoding; names its line.
        """
        # What there is of a line: joined once, or a long one would take the square of its length.
        rest: list[str] = []
        decoder = None
        while True:
            # What a pipe has by now: whoever writes into it may wait for an answer.
            block = self._stream.read1(_BLOCK)
            if decoder is None:
                decoder = self._begin(block)
            self._bytes += len(block)
            try:
                text = decoder.decode(block, final=not block)
            except UnicodeDecodeError as error:
                raise self._undecodable(error, "".join(rest)) from None
            except UnicodeError as error:
                raise DataError(f"{self.name}: {error}; name another with --encoding.") from None
            if self.number == 0 and not any(rest):
                text = text.removeprefix("\ufeff")
            rest.append(text)
            if "\n" in text or not block:
                *lines, last = "".join(rest).split("\n")
                rest = [last]
                for line in lines:
                    yield self._count(line + "\n")
            if not block:
                if last:
                    yield self._count(last)
                return

    def _begin(self, block: bytes) -> codecs.IncrementalDecoder:
        """Return what decodes, once it is clear that there are rows."""
        # Statements of the command line need no detector.
        from stance.text.formats.kinds import marked_encoding, refuse_document

        refuse_document(block, self.name)
        if self._encoding is None:
            self._encoding = marked_encoding(block) or "utf-8"
            if self._encoding != "utf-8":
                self.notes.append(f"in {self._encoding}")
        return codecs.getincrementaldecoder(self._encoding)()

    def share(self) -> float | None:
        """Return how much of the stream is read."""
        return min(1.0, self._bytes / self._size) if self._size else None

    def close(self) -> None:
        """Close the stream, unless it is standard input."""
        if self._stream is not sys.stdin.buffer:
            self._stream.close()

    def _count(self, line: str) -> str:
        self.number += 1
        try:
            self.hash.update(line.encode())
        except UnicodeEncodeError:
            raise DataError(
                f"{self.name}, line {self.number}: half a surrogate pair, which is no character; "
                "remove it."
            ) from None
        return line

    def _undecodable(self, error: UnicodeDecodeError, rest: str) -> DataError:
        encoding = self._encoding or "utf-8"
        before = rest + error.object[: error.start].decode(encoding, "ignore")
        line = self.number + before.count("\n") + 1
        of_line = before.rpartition("\n")[2]
        place = len(of_line.encode(encoding, "ignore")) + 1
        return DataError(
            f"{self.name}, line {line}, byte {place}: 0x{error.object[error.start]:02x} is not "
            f"{encoding.upper()}; name the file's own with --encoding, such as cp1252."
        )
