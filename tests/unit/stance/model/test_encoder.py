"""An encoder is loaded whole or refused in a sentence."""

from pathlib import Path

import pytest

from stance.errors import DataError
from stance.model.encoder import FinetunedEncoder
from stance.model.store import FolderStore
from tests.tiny import write_tiny_encoder


def test_a_missing_or_damaged_file_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "encoder"
    write_tiny_encoder(folder)
    FinetunedEncoder(FolderStore(tmp_path))
    (folder / "model.onnx").write_bytes(b"no graph")
    with pytest.raises(
        DataError, match=r"the encoder cannot be loaded \(.*\); get its files again"
    ):
        FinetunedEncoder(FolderStore(tmp_path))
    (folder / "tokenizer.json").unlink()
    with pytest.raises(DataError, match=r"tokenizer\.json: the encoder's file is missing; get it"):
        FinetunedEncoder(FolderStore(tmp_path))
