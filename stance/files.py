"""Reading and writing files so that nothing is lost, guessed or half-written.

Input is UTF-8 or it is refused with the line that is not, and output appears under its name only
when it is whole.
"""

import hashlib
import io
import json
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, BinaryIO

from stance.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

# Standard input or output, where a file could be named.
STREAM = "-"
# What the streams of a process are called.
_DESCRIPTOR = re.compile(r"/dev/(?:stdin|stdout|stderr)|/(?:dev|proc/self)/fd/(\d+)")
_STREAMS = ["stdin", "stdout", "stderr"]
_MOST_LINKS = 40


def fold(text: str) -> str:
    """Return `text` with every run of white space, no-break spaces included, as one space."""
    return re.sub(r"\s+", " ", text).strip()


def decode(
    content: bytes, name: str, encoding: str = "utf-8", mend: str = "save the file as UTF-8"
) -> str:
    """Return `content` as text; a byte-order mark is left out.

    Parameters
    ----------
    content, name
        The bytes, and what to call them in errors.
    encoding
        Any encoding of text that Python knows.
    mend
        What would mend a byte that is not of the encoding, for the error.

    Raises
    ------
    DataError
        If `content` is not of the encoding; names the line and the byte.
    """
    try:
        return content.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        column = error.start - (content.rfind(b"\n", 0, error.start) + 1) + 1
        raise DataError(
            f"{name}, line {line}, byte {column}: 0x{content[error.start]:02x} is not "
            f"{encoding.upper()}; {mend}."
        ) from None


def read_text(path: Path) -> str:
    """Return the text of a UTF-8 file.

    Raises
    ------
    DataError
        If there is no such file, or it is not UTF-8.
    """
    if not path.is_file():
        raise DataError(f"{path}: no such file.")
    return decode(path.read_bytes(), str(path))


def stream_at(path: Path) -> BinaryIO | None:
    """Open what is written to as it is: a pipe, a device, or a stream of this process.

    ``/dev/stdout`` and its like are this process's own, wherever they lead: opened by their name
    anew they would write over what is there.

    Returns
    -------
    The stream; None where there is a file, a folder or nothing, of which the file takes the name.
    """
    place = Path(os.path.abspath(path))
    # A link of /proc says where it leads, and that may be a file.
    for _ in range(_MOST_LINKS):
        if found := _DESCRIPTOR.fullmatch(str(place)):
            number = int(found[1]) if found[1] else _STREAMS.index(place.name)
            return os.fdopen(os.dup(number), "wb")
        if not place.is_symlink():
            break
        place = Path(os.path.abspath(place.parent / os.readlink(place)))
    if not path.exists() or path.is_file() or path.is_dir():
        return None
    return path.open("wb")


@contextmanager
def replacing(path: Path, *, through: bool = True) -> Iterator[IO[bytes]]:
    """Open a temporary file that takes the place of `path` only if the block succeeds.

    Parameters
    ----------
    path
        What to write. Where it leads to a pipe or a device, that gets the whole at once.
    through
        Whether a link is written through, to the file that it leads to; else it is replaced, as
        one must be that others may have planted.
    """
    if through and (stream := stream_at(path)) is not None:
        content = io.BytesIO()
        with stream:
            yield content
            stream.write(content.getvalue())
        return
    if through:
        path = Path(os.path.realpath(path))
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(name, 0o666 & ~umask)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise


def write_text(path: Path, text: str, *, through: bool = True) -> None:
    """Write `text` as UTF-8 with its line ends as they are, whole or not at all."""
    with replacing(path, through=through) as file:
        file.write(text.encode("utf-8"))


def to_csv(table: "pd.DataFrame") -> str:
    """Return a data frame as CSV text with bare line feeds, without its index."""
    return table.to_csv(index=False, lineterminator="\n")


def write_json(path: Path, content: Any, *, through: bool = True) -> None:
    """Write `content` as indented JSON with sorted keys, whole or not at all."""
    text = json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    write_text(path, text, through=through)


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file as 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
