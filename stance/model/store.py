"""Where a model's files are: in a folder, or all in the one file of a bundle; and how one is found.

A bundle is a ZIP archive whose members are not compressed, so that it cannot unfold into more than
it is, with a list of its members and their hashes. It is read where it lies and never unpacked.
"""

import hashlib
import io
import json
import os
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from stance.errors import DataError
from stance.model.description import ARRAYS, DESCRIPTION, ENCODER_FOLDER
from stance.model.names import MODELS

# What names the model where no option does.
VARIABLE = "STANCE_MODEL"

MANIFEST = "bundle.json"
BUNDLE_FORMAT = 1
CARD, LICENCE, NOTICE = "model_card.md", "LICENSE", "NOTICE"
# No model of this kind is larger, and no archive may claim it.
_MOST_BYTES = 2 * 1024**3
_COPY = "copy the bundle again, or make it again with `stance bundle`"


class Store(Protocol):
    """A model's files by name; those of the encoder are in `encoder/`."""

    name: str
    """What to call the model in errors."""

    def read(self, name: str) -> bytes:
        """Return the content of a file; `DataError` if there is none."""

    def path(self, name: str) -> Path | None:
        """Return where a file lies by itself, if it does."""

    def digest(self, name: str) -> str:
        """Return the SHA-256 of a file; `DataError` if there is none."""

    def names(self) -> list[str]:
        """Return the names of all files, sorted."""


class FolderStore:
    """A folder of files.

    Parameters
    ----------
    folder
        Where they are.
    contents
        Files that are in memory already, by name: those of the folder are not looked at then.
    """

    def __init__(self, folder: Path, contents: Mapping[str, bytes] | None = None) -> None:
        self.name = str(folder / DESCRIPTION)
        self._folder = folder
        self._contents = dict(contents or {})

    def read(self, name: str) -> bytes:
        """Return the content of a file."""
        if name in self._contents:
            return self._contents[name]
        try:
            return (self._folder / name).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            raise self._missing(name) from None

    def path(self, name: str) -> Path | None:
        """Return where a file lies."""
        return None if name in self._contents else self._folder / name

    def digest(self, name: str) -> str:
        """Return the SHA-256 of a file."""
        if name in self._contents:
            return hashlib.sha256(self._contents[name]).hexdigest()
        try:
            with (self._folder / name).open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
        except (FileNotFoundError, NotADirectoryError):
            raise self._missing(name) from None

    def names(self) -> list[str]:
        """Return the names of all files in the folder and in `encoder` there, sorted."""
        found = [*self._folder.glob("*"), *self._folder.glob(f"{ENCODER_FOLDER}/*")]
        paths = [path.relative_to(self._folder).as_posix() for path in found if path.is_file()]
        return sorted({*paths, *self._contents})

    def _missing(self, name: str) -> DataError:
        path = self._folder / name
        if name.startswith(ENCODER_FOLDER):
            return DataError(
                f"{path}: the encoder's file is missing; get it with `git checkout`, or copy the "
                "folder along with the model."
            )
        if (self._folder / "stance.joblib").exists() and name == ARRAYS:
            return DataError(
                f"{path}: the model's file is missing, but a stance.joblib of an earlier version "
                "is there; train the model again with `dvc repro --force train`."
            )
        return DataError(
            f"{path}: there is no such file of the model; train one with `dvc repro`, or copy all "
            "its files."
        )


class BundleStore:
    """The one file that `stance bundle` writes.

    Parameters
    ----------
    path
        The file.

    Raises
    ------
    DataError
        If it is no bundle, is cut off or damaged, has a file too many or too few, a path that leads
        out of it, claims more than it holds, or comes from a newer version.
    """

    def __init__(self, path: Path) -> None:
        self.name = str(path)
        try:
            with path.open("rb") as file, zipfile.ZipFile(file) as archive:
                members = archive.infolist()
                self._check(members, path.stat().st_size)
                self._contents = {one.filename: archive.read(one) for one in members}
        except (zipfile.BadZipFile, EOFError, NotImplementedError, ValueError, RuntimeError):
            raise DataError(f"{path}: no bundle, or cut off or damaged; {_COPY}.") from None
        manifest = self._manifest()
        for name in sorted(self._contents.keys() - {MANIFEST} ^ manifest.keys()):
            if name in manifest:
                raise DataError(f"{path}: the file {name!r} is missing; {_COPY}.")
            raise DataError(f"{path}: the file {name!r} is none of a bundle's; {_COPY}.")
        self._path = path
        self._digests = {name: self._hash(name) for name in manifest}
        for name, digest in manifest.items():
            if self._digests[name] != digest:
                raise DataError(f"{path}: the file {name!r} was changed or damaged; {_COPY}.")

    def __getstate__(self) -> Path:
        """Take the place along, not the content."""
        return self._path

    def __setstate__(self, path: Path) -> None:
        """Read the bundle where it lies."""
        self.__init__(path)  # type: ignore[misc]

    def _check(self, members: list[zipfile.ZipInfo], size: int) -> None:
        names = [one.filename for one in members]
        if len(set(names)) < len(names):
            raise DataError(f"{self.name}: a file is in it twice; {_COPY}.")
        for one in members:
            parts = one.filename.replace("\\", "/").split("/")
            if one.is_dir() or not all(parts) or {".", ".."} & set(parts) or ":" in parts[0]:
                raise DataError(
                    f"{self.name}: the path {one.filename!r} leads out of the bundle or is none; "
                    f"{_COPY}."
                )
            if one.compress_type != zipfile.ZIP_STORED:
                raise DataError(
                    f"{self.name}: the file {one.filename!r} is compressed, which those of a "
                    f"bundle are not; {_COPY}."
                )
        if sum(one.file_size for one in members) > min(size, _MOST_BYTES):
            raise DataError(f"{self.name}: it claims to hold more than it is long; {_COPY}.")

    def _manifest(self) -> dict[str, str]:
        try:
            found = json.loads(self._contents[MANIFEST])
            version, files = found["format"], dict(found["files"])
        except (KeyError, ValueError, TypeError, RecursionError):
            raise DataError(
                f"{self.name}: no bundle, since it has no list of files; {_COPY}."
            ) from None
        if isinstance(version, int) and version > BUNDLE_FORMAT:
            raise DataError(
                f"{self.name}: the bundle is of format {version}, and this version of the package "
                f"reads format {BUNDLE_FORMAT}; update the package."
            )
        if version != BUNDLE_FORMAT:
            raise DataError(f"{self.name}: the bundle's format is {version!r}; {_COPY}.")
        return files

    def _hash(self, name: str) -> str:
        return hashlib.sha256(self._contents.get(name, b"")).hexdigest()

    def read(self, name: str) -> bytes:
        """Return the content of a file."""
        if name not in self._contents:
            raise DataError(f"{self.name}: the file {name!r} is missing; {_COPY}.")
        return self._contents[name]

    def path(self, name: str) -> None:
        """Return nothing: no file lies by itself."""

    def digest(self, name: str) -> str:
        """Return the SHA-256 of a file."""
        self.read(name)
        return self._digests[name]

    def names(self) -> list[str]:
        """Return the names of all files, sorted."""
        return sorted(self._digests)


def write_bundle(contents: Mapping[str, bytes]) -> bytes:
    """Return the content of a bundle of files; the same files give the same bytes."""
    files = {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}
    manifest = json.dumps({"format": BUNDLE_FORMAT, "files": files}, indent=2, sort_keys=True)
    whole = {MANIFEST: f"{manifest}\n".encode(), **contents}
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(whole):
            member = zipfile.ZipInfo(name)
            member.external_attr = 0o644 << 16
            archive.writestr(member, whole[name])
    return written.getvalue()


def find_store(place: Path | str | None = None) -> Store:
    """Return where the model's files are.

    Parameters
    ----------
    place
        A bundle, a file of the model, its folder, or a project's folder. Without it the variable
        `STANCE_MODEL` says so; without that the first folder `models` with a model counts, from the
        working directory upward.

    Raises
    ------
    DataError
        If there is no model.
    """
    if place is not None:
        return _store_at(Path(place), "name the bundle, or the folder of the model")
    if named := os.environ.get(VARIABLE):
        return _store_at(
            Path(named), f"let {VARIABLE} name a bundle or a model's folder, or unset it", VARIABLE
        )
    here = Path.cwd()
    for folder in (here, *here.parents):
        # A model of before this format is found, too, and says what it is.
        if any((folder / MODELS / name).is_file() for name in (DESCRIPTION, ARRAYS)):
            found = folder / MODELS
            return FolderStore(found.relative_to(here) if folder == here else found)
    raise DataError(
        f"there is no model in {MODELS} here or in any folder above; train one with `dvc repro`, "
        f"or name one with --model FILE or the variable {VARIABLE}."
    )


def _store_at(place: Path, mend: str, variable: str = "") -> Store:
    called = f"{variable}={place}" if variable else str(place)
    if place.is_dir():
        for folder in (place, place / MODELS):
            if any((folder / name).is_file() for name in (DESCRIPTION, ARRAYS)):
                return FolderStore(folder)
        raise DataError(f"{called}: there is no model in the folder; {mend}.")
    if not place.is_file():
        raise DataError(f"{called}: there is no model; {mend}.")
    if place.name in (DESCRIPTION, ARRAYS, "stance.joblib"):
        return FolderStore(place.parent)
    return BundleStore(place)
