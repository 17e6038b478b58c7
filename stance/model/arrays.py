"""The model's arrays and texts in one file that holds no code: NumPy's archive, not compressed.

Its format needs no library beside NumPy, keeps every bit, and refuses pickled objects. Texts are
kept as UTF-8 with the ends of each, since NumPy's own strings take four bytes a character. The
same content gives the same bytes.
"""

import io
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stance.errors import DataError

_TEXT, _ENDS = ".text", ".ends"


def pack(arrays: Mapping[str, NDArray[Any]], texts: Mapping[str, Sequence[str]]) -> bytes:
    """Return arrays and lists of texts as the content of one file.

    Parameters
    ----------
    arrays
        By name; no objects among them.
    texts
        Lists of texts by name.
    """
    members = dict(arrays)
    for name, some in texts.items():
        encoded = [text.encode() for text in some]
        members[name + _TEXT] = np.frombuffer(b"".join(encoded), dtype=np.uint8)
        members[name + _ENDS] = np.cumsum([len(one) for one in encoded], dtype=np.int64)
    content = io.BytesIO()
    np.savez(content, allow_pickle=False, **{name: members[name] for name in sorted(members)})
    return content.getvalue()


class Arrays:
    """The content of a file that `pack` has made, read as it is asked for.

    Parameters
    ----------
    content
        The file.
    name
        What to call it in errors.

    Raises
    ------
    DataError
        If it is no such file, or holds what `pack` does not write.
    """

    def __init__(self, content: bytes, name: str) -> None:
        self.name = name
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                # What is stored as it is cannot unfold into more than the file has.
                stored = all(
                    one.compress_type == zipfile.ZIP_STORED and one.file_size <= len(content)
                    for one in archive.infolist()
                )
            if not stored:
                raise self._damaged("a part is compressed")
            self._file: Any = np.load(io.BytesIO(content), allow_pickle=False)
            self._names = set(self._file.files)
        except (OSError, EOFError, ValueError, AttributeError, zipfile.BadZipFile):
            raise self._damaged("it is no archive of arrays") from None

    def _damaged(self, why: str) -> DataError:
        return DataError(
            f"{self.name}: {why}; train the model again with `dvc repro --force train`, or copy "
            "its files again."
        )

    def array(self, name: str, kind: type[Any], shape: Sequence[int | None]) -> NDArray[Any]:
        """Return an array.

        Parameters
        ----------
        name
            What it is called.
        kind, shape
            What it must be; None for an axis of any length.

        Raises
        ------
        DataError
            If it is not there, is of another type or shape, or holds a number that is none.
        """
        try:
            found: NDArray[Any] = self._file[name]
        except (KeyError, OSError, EOFError, ValueError, zipfile.BadZipFile):
            raise self._damaged(f"there is no array {name!r} that can be read") from None
        agree = len(found.shape) == len(shape) and all(
            wanted in (None, size) for size, wanted in zip(found.shape, shape, strict=True)
        )
        if not agree or found.dtype != kind:
            wanted = "×".join("n" if size is None else str(size) for size in shape)
            raise self._damaged(
                f"the array {name!r} is {found.dtype} of {'×'.join(map(str, found.shape))}, where "
                f"the description asks for {np.dtype(kind)} of {wanted}"
            )
        if found.dtype.kind == "f" and not np.isfinite(found).all():
            raise self._damaged(f"the array {name!r} holds a number that is none (NaN or infinite)")
        return found

    def texts(self, name: str, count: int | None = None) -> list[str]:
        """Return a list of texts; `count` is how many there must be, if that is known.

        Raises
        ------
        DataError
            If it is not there, cannot be read, or has another length.
        """
        content = self.array(name + _TEXT, np.uint8, [None]).tobytes()
        ends = self.array(name + _ENDS, np.int64, [count]).tolist()
        starts = [0, *ends][: len(ends)]
        if starts != sorted(starts) or (ends[-1] if ends else 0) != len(content):
            raise self._damaged(f"the texts {name!r} do not end where they should")
        try:
            return [content[start:end].decode() for start, end in zip(starts, ends, strict=True)]
        except UnicodeDecodeError:
            raise self._damaged(f"the texts {name!r} are not UTF-8") from None

    def __contains__(self, name: str) -> bool:
        return name in self._names
