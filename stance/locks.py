"""One writer at a time: a lock beside what is written, dropped when its process ends."""

from contextlib import suppress
from pathlib import Path

from stance.errors import DataError


class WriterLock:
    """The right to write a file or a folder, held until it is released.

    Parameters
    ----------
    target
        What is to be written.
    name
        What to call it in errors.

    Raises
    ------
    DataError
        If another process holds it, or no lock can be made there.
    """

    def __init__(self, target: Path, name: str) -> None:
        # Whoever writes to standard output does not wait for it.
        from filelock import FileLock, Timeout

        self._path = target.with_name(f".{target.name}.lock")
        self._lock = FileLock(self._path, blocking=False, thread_local=False)
        try:
            self._lock.acquire()
        except Timeout:
            raise DataError(f"{name}: another run is writing it; wait for its end.") from None
        except OSError as error:
            raise DataError(f"{name}: {error.strerror}; name another file.") from None

    def close(self) -> None:
        """Let others write."""
        # While it is still held, or somebody might hold a file that is gone.
        with suppress(OSError):
            self._path.unlink()
        self._lock.release()
