"""Files that are changed beside the page, too: read again when they are, and written for good."""

import os
from contextlib import suppress
from pathlib import Path

from stance.files import replacing

# What tells one state of a file from another: when it was changed, its size, and which file it is.
Signature = tuple[int, int, int]


def signature(path: str | Path) -> Signature | None:
    """Return what changes whenever a file does; None where there is none."""
    try:
        return signature_of(os.stat(path))
    except OSError:
        return None


def signature_of(found: os.stat_result) -> Signature:
    """Return the signature of a file that is open or was looked up."""
    return found.st_mtime_ns, found.st_size, found.st_ino


def write_synced(path: Path, text: str) -> None:
    """Write `text` as UTF-8, whole or not at all; when this returns, a power cut loses nothing."""
    with replacing(path) as file:
        file.write(text.encode())
        file.flush()
        os.fsync(file.fileno())
    sync_name(path)


def sync_name(path: Path) -> None:
    """See to it that a file that has just taken its name keeps it through a power cut."""
    # Where folders cannot be opened, the system sees to it.
    with suppress(OSError):
        folder = os.open(Path(os.path.realpath(path)).parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
