"""Make a new project folder for another codebook, ready for `dvc repro`.

The package is used as it is installed: the folder has data, params and stages, and no code.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePath

from jinja2 import Environment, StrictUndefined

from pipeline.project.params import PARAMS, parse_params
from pipeline.project.tables import (
    ANNOTATION_COLUMNS,
    ANNOTATIONS,
    ANNOTATOR_COLUMNS,
    ANNOTATORS_CSV,
    ARTICLE_COLUMNS,
    ARTICLES_CSV,
    STATEMENT_COLUMNS,
    STATEMENTS,
    STATEMENTS_CSV,
)
from stance.errors import DataError
from stance.model.encoder import encoder_files
from stance.model.names import ENCODER, MODELS
from stance.model.store import VARIABLE, FolderStore, find_store

# What is to be filled in ends in .j2; so does dvc.yaml, which DVC would take for one of this
# project's own. A leading dot is written out.
SKELETON = Path(__file__).parent / "templates"
# The encoder comes along; it lies beside the package.
ROOT = Path(__file__).resolve().parents[2]
TABLES = {
    ARTICLES_CSV: ARTICLE_COLUMNS,
    STATEMENTS_CSV: STATEMENT_COLUMNS,
    ANNOTATORS_CSV: ANNOTATOR_COLUMNS,
    ANNOTATIONS / f"{STATEMENTS}.csv": ANNOTATION_COLUMNS,
}
_TEMPLATE = ".j2"


def skeleton(
    name: str, stances: Sequence[str], background: str | None
) -> Iterator[tuple[Path, str]]:
    """Yield path and text of each file of a new project.

    Parameters
    ----------
    name
        What the project is called.
    stances, background
        The codebook's labels.

    Raises
    ------
    DataError
        If the labels are none that params may have.
    """
    environment = Environment(
        autoescape=False,  # noqa: S701 - Markdown and YAML
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )

    # YAML has no pairs of escapes for one character.
    environment.policies["json.dumps_kwargs"] = {"ensure_ascii": False, "sort_keys": True}

    def render(path: Path, **content: object) -> str:
        return environment.from_string(path.read_text("utf-8")).render(**content)

    given = {"stances": list(stances), "background": background}
    params = render(SKELETON / f"{PARAMS}{_TEMPLATE}", labels=given)
    labels = parse_params(params, PARAMS.as_posix()).labels
    for path in sorted(SKELETON.rglob("*")):
        if path.is_file():
            parts = [part.replace("dot-", ".") for part in path.relative_to(SKELETON).parts]
            target = Path(PurePath(*parts))
            if target.suffix == _TEMPLATE:
                yield target.with_suffix(""), render(path, labels=labels, name=name)
            else:
                yield target, path.read_text("utf-8")
    for path, columns in TABLES.items():
        yield path, ",".join(columns) + "\n"


def _copy_encoder(folder: Path) -> None:
    """Copy the encoder that lies beside the package, or that of the model which is found."""
    beside = (ROOT / ENCODER).is_dir()
    store = FolderStore(ROOT / MODELS) if beside else find_store()
    if beside:
        encoder_files(ROOT / ENCODER)
    names = [name for name in store.names() if name.startswith(f"{ENCODER.name}/")]
    if not names:
        raise DataError(
            f"{store.name}: the model has no encoder of its own to begin with; name another "
            f"model with the variable {VARIABLE}."
        )
    (folder / ENCODER).mkdir(parents=True)
    for name in names:
        (folder / MODELS / name).write_bytes(store.read(name))


def _git(*arguments: str, folder: Path) -> int:
    try:
        command = ["git", "-C", str(folder), *arguments]
        return subprocess.run(command, capture_output=True, check=False).returncode  # noqa: S603
    except FileNotFoundError:
        raise DataError("git is not installed; DVC needs it.") from None


def make_project(folder: Path, stances: Sequence[str], background: str | None) -> Path:
    """Make the folder, whole or not at all, and a Git repository of it unless it is in one.

    Parameters
    ----------
    folder
        The new folder; it may be there if it is empty.
    stances, background
        The codebook's labels.

    Returns
    -------
    The folder, as an absolute path.

    Raises
    ------
    DataError
        If the folder is not empty, the labels are none that params may have, or Git is missing.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise DataError(f"{folder} is there and not empty; give the name of a new folder.")
    folder = folder.resolve()
    folder.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        for path, text in skeleton(folder.name, stances, background):
            (made / path).parent.mkdir(parents=True, exist_ok=True)
            (made / path).write_text(text, encoding="utf-8", newline="\n")
        _copy_encoder(made)
        if _git("rev-parse", "--is-inside-work-tree", folder=made):
            _git("init", "--quiet", folder=made)
        made.chmod(0o755)
        os.replace(made, folder)
    except BaseException:
        shutil.rmtree(made, ignore_errors=True)
        raise
    return folder
