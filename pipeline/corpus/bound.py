"""What figures on the encoder's corpus belong to: these sentences, this encoder, this corpus.

They take minutes, so no run measures them by the way; hashes tell whether they still hold.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.corpus.tables import PLACES_CSV, REAL_VOTES_CSV, SOURCES_CSV
from pipeline.corpus.vectors import REAL_VECTORS
from pipeline.project.tables import ENCODER_ANNOTATIONS, LABELLED
from stance.files import sha256

# The tables that the figures come from.
TABLES = [LABELLED, ENCODER_ANNOTATIONS, PLACES_CSV, SOURCES_CSV, REAL_VOTES_CSV, REAL_VECTORS]


def bound_to(encoder: str, encoder_files: Mapping[str, str]) -> dict[str, Any]:
    """Return the hashes of the present files that the figures belong to.

    Parameters
    ----------
    encoder
        As `encode.encoder` in `params.yaml` gives it.
    encoder_files
        The SHA-256 of each file of the encoder that is used.

    Returns
    -------
    `data`, the SHA-256 of each table by its path ("" where there is none), `encoder` and
    `encoder_files`.
    """
    return {
        "data": {path.as_posix(): _digest(path) for path in TABLES},
        "encoder": encoder,
        "encoder_files": dict(encoder_files),
    }


def _digest(path: Path) -> str:
    """Return the SHA-256 of a file, or of the names and hashes of a folder's files."""
    if path.is_dir():
        listed = [f"{file.name} {sha256(file)}" for file in sorted(path.glob("*.csv"))]
        return hashlib.sha256("\n".join(listed).encode()).hexdigest()
    return sha256(path) if path.is_file() else ""
