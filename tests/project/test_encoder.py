"""The encoder is the committed one, and a sentence has one vector, whatever is encoded with it."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipeline.corpus.tables import text_hash
from stance.errors import DataError
from stance.model.encoder import FinetunedEncoder, Hardware, load_encoder
from stance.model.names import ENCODER, MODELS
from stance.model.store import FolderStore
from tests.projects import ROOT, copy_project, run, set_params, stage

FOLDER = ROOT / ENCODER


@pytest.fixture(scope="module")
def encoder() -> FinetunedEncoder:
    return FinetunedEncoder(FolderStore(ROOT / MODELS))


def test_vectors_do_not_depend_on_what_else_is_encoded(encoder: FinetunedEncoder) -> None:
    texts = [f"{'The envoy met the movement again. ' * (1 + n % 7)}({n})" for n in range(40)]
    together = encoder.encode(texts)
    assert together.shape == (40, 768)
    assert together.dtype == np.float32
    assert np.linalg.norm(together, axis=1) == pytest.approx(1)
    assert (np.vstack([encoder.encode([text]) for text in texts[:20]]) == together[:20]).all()
    repeated = encoder.encode([texts[3], texts[0], texts[3]])
    assert (repeated == together[[3, 0, 3]]).all()
    assert encoder.encode([]).shape == (0, 768)


def test_vectors_do_not_depend_on_threads_and_a_missing_device_is_an_error(
    encoder: FinetunedEncoder,
) -> None:
    texts = [f"{'The envoy met them again. ' * (1 + n % 3)}({n})" for n in range(9)]
    for threads in (1, 3):
        other = FinetunedEncoder(FolderStore(ROOT / MODELS), Hardware(threads))
        assert (other.encode(texts) == encoder.encode(texts)).all()
    with pytest.raises(DataError, match="has no CUDA here; install the package onnxruntime-gpu"):
        FinetunedEncoder(FolderStore(ROOT / MODELS), Hardware(device="cuda"))


def test_vectors_mean_a_stance_rather_than_a_topic(encoder: FinetunedEncoder) -> None:
    friendly, unfriendly, other = encoder.encode(
        [
            "The cabinet offered the Sarmal Front political talks and a share of the ministries.",
            "The cabinet refused the Sarmal Front political talks and a share of the ministries.",
            "Ministers opened negotiations with the rebels about a common government.",
        ]
    )
    assert friendly @ other > friendly @ unfriendly


def test_a_model_is_not_used_with_another_encoder(project: Path) -> None:
    set_params(project, {"encode": {"encoder": "finetuned"}})
    for name in ("encode", "evaluate", "train"):
        stage(name, project)
    # The encoder is found beside the model, wherever the command is run.
    model = str(project / "models")
    run("stance", "score", "--model", model, "They met.", folder=project.parent)
    with (project / ENCODER / "tokenizer.json").open("a") as file:
        file.write("\n")
    done = run("stance", "score", "They met.", folder=project, code=1)
    assert "the encoder is not the one that the model was trained with (its file tok" in done.stderr


def test_encoding_needs_no_pytorch_and_no_network(built_once: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from stance.model.encoder import FinetunedEncoder;"
        "from stance.model.store import FolderStore;"
        f"FinetunedEncoder(FolderStore(Path({str(FOLDER.parent)!r}))).encode(['A.']);"
        "print(sorted({'torch', 'transformers', 'requests'} & set(sys.modules)))"
    )
    assert run("python", "-c", code, folder=built_once).stdout == "[]\n"


def tiny_bert(folder: Path, labels: dict[int, str] | None = None) -> Path:
    """Write a random BERT with eight words; with labels it is a classifier of pairs."""
    from transformers import BertConfig, BertForSequenceClassification, BertModel, BertTokenizer

    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "they", "met", "."]
    folder.mkdir()
    (folder / "vocab.txt").write_text("\n".join(words), "utf-8")
    config = BertConfig(
        vocab_size=len(words), hidden_size=8, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=8, max_position_embeddings=64, **({"id2label": labels} if labels else {}),
    )  # fmt: skip
    model = (BertForSequenceClassification if labels else BertModel)(config)
    model.save_pretrained(folder)
    BertTokenizer(str(folder / "vocab.txt")).save_pretrained(folder)
    return folder


def test_a_model_of_sentence_transformers_is_loaded_from_its_folder(tmp_path: Path) -> None:
    pytest.importorskip("sentence_transformers", reason="needs the extra 'hub' (make hub)")
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer

    word = Transformer(str(tiny_bert(tmp_path / "bert")))
    tiny = SentenceTransformer(modules=[word, Pooling(8)], device="cpu")
    tiny.save(str(tmp_path / "tiny"))
    vectors = load_encoder(f"sentence-transformers:{tmp_path / 'tiny'}").encode(["They met.", "."])
    assert vectors.shape == (2, 8)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1)
    with pytest.raises(DataError, match="is not on this machine"):
        load_encoder("sentence-transformers:no/such-model")


def test_an_entailment_model_answers_one_hypothesis_per_dimension(tmp_path: Path) -> None:
    pytest.importorskip("transformers", reason="needs the extra 'hub' (make hub)")
    name = f"entailment:{tiny_bert(tmp_path / 'nli', {0: 'ENTAILMENT', 1: 'NEUTRAL'})}"
    vectors = load_encoder(name, ["They met.", "They.", "Met."]).encode(["They met.", "."])
    assert vectors.shape == (2, 3)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1)
    with pytest.raises(DataError, match="needs hypotheses; name one per label"):
        load_encoder(name)
    with pytest.raises(DataError, match="has no label 'entailment' but negative, positive"):
        load_encoder(
            f"entailment:{tiny_bert(tmp_path / 'no', {0: 'positive', 1: 'negative'})}", ["A"]
        )
    with pytest.raises(DataError, match="is not on this machine"):
        load_encoder("entailment:no/such-model", ["A."])


def write_real(folder: Path, texts: dict[str, str]) -> None:
    """Cut the tables of real prose to sentences of one source, and write their texts."""
    for name in ("sentences", "votes", "events"):
        table = pd.read_csv(folder / f"{name}.csv", dtype=str)
        of_source = table[table["source"] == "re3d"] if name == "sentences" else table
        table = of_source.head(len(texts)).assign(id=list(texts))
        if name == "sentences":
            table["sha256"] = [text_hash(text) for text in texts.values()]
        table.to_csv(folder / f"{name}.csv", index=False)
    pd.DataFrame(texts.items(), columns=["id", "text"]).to_csv(folder / "texts.csv", index=False)


def test_finetuning_makes_an_encoder_that_scores(tmp_path: Path) -> None:
    """The whole stage on a random base of two layers: corpus to ONNX, the same bytes twice."""
    pytest.importorskip("torch", reason="needs the extra 'encoder' (make encoder)")
    pytest.importorskip("onnx", reason="needs the extra 'encoder' (make encoder)")
    from transformers import MPNetConfig, MPNetModel

    from stance.files import sha256

    base = tmp_path / "base"
    size = {"hidden_size": 24, "num_attention_heads": 2, "intermediate_size": 24}
    MPNetModel(MPNetConfig(vocab_size=30527, num_hidden_layers=2, **size)).save_pretrained(base)
    shutil.copy(FOLDER / "tokenizer.json", base)
    project = tmp_path / "project"
    project.mkdir()
    copy_project(project)
    write_real(project / "data/real", {"p1": "They met again.", "p2": "It was shelled."})
    kept = ["statements", "contrasts", "newswire", "haiti-gangs"]
    for path in (project / "data/encoder/annotations").iterdir():
        lines = path.read_text("utf-8").splitlines(keepends=True)
        path.write_text("".join(lines[:41]), "utf-8") if path.stem in kept else path.unlink()
    changed = {
        "general_weight": 0.5,
        "base": str(base),
        "base_sha256": sha256(base / "model.safetensors"),
    }
    set_params(project, {"finetune": {**changed, "layers": 1, "epochs": 1, "precision": "fp32"}})
    run("python", "-m", "pipeline.stages.finetune", folder=project)
    first = {path.name: sha256(path) for path in (project / ENCODER).iterdir()}
    assert FinetunedEncoder(FolderStore(project / MODELS)).encode(["They met."]).shape == (1, 24)
    run("python", "-m", "pipeline.stages.finetune", folder=project)
    assert {path.name: sha256(path) for path in (project / ENCODER).iterdir()} == first
    (project / "data/real/texts.csv").unlink()
    done = run("python", "-m", "pipeline.stages.finetune", folder=project, code=1)
    assert "data/real/texts.csv: the texts of the real sentences are not there" in done.stderr
    set_params(project, {"finetune": {"base_sha256": "0" * 64}})
    done = run("python", "-m", "pipeline.stages.finetune", folder=project, code=1)
    assert "not the file with the SHA-256 000000000000…" in done.stderr
