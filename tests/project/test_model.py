"""The model is data: found anywhere, believed only when it is whole, and used by many at once."""

import hashlib
import importlib.metadata
import json
import multiprocessing
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import pytest

import stance
from pipeline.classifier.estimator import decision_values, feature_frame
from stance import StanceModel
from stance.model.description import own_hash
from tests.projects import ROOT, run
from tests.tiny import write_tiny_encoder

TALKS = "They met in Doha for talks on peace."
BANNED = "The group was banned as a terrorist organisation."
# What only making a model needs.
NOT_FOR_SCORING = ["dvc", "joblib", "matplotlib", "pandas", "pydantic", "scipy", "sklearn"]


@pytest.fixture
def models(built_once: Path, tmp_path: Path) -> Path:
    """Return a folder with a small model, to do with as a test likes."""
    return Path(shutil.copytree(built_once / "models", tmp_path / "models"))


def stances(model: StanceModel) -> list[str]:
    return model.score([TALKS, BANNED])["stance"].tolist()


def test_what_scores_gives_the_probabilities_of_scikit_learns_pipeline(
    full: Path, full_model: StanceModel
) -> None:
    model = full_model
    labelled = pd.read_csv(full / "data/labelled.csv", dtype="str", keep_default_na=False)
    texts = labelled["text"].tolist()[::4]
    vectors = np.load(full / "data/embeddings.npy")[::4]
    estimator = joblib.load(full / "models/stance.joblib")
    features = estimator.named_steps["features"].transform(feature_frame(texts, vectors))
    decisions = decision_values(estimator.named_steps["classifier"], features, model.labels)
    expected = model.calibration.probabilities(decisions)
    found = model.score(texts)
    probabilities = found[[f"p_{label.replace('-', '_')}" for label in model.labels]].to_numpy()
    assert len(texts) > 500
    np.testing.assert_allclose(probabilities, expected, atol=0.5e-4 + 1e-6)
    np.testing.assert_allclose(model._probabilities(texts), expected, atol=1e-6)


def test_scoring_imports_nothing_that_makes_models_and_unpickles_nothing(built_once: Path) -> None:
    code = f"""
import sys
def refuse(event, arguments):
    if event == "pickle.find_class":
        raise SystemExit(f"unpickled {{arguments}}")
sys.addaudithook(refuse)
from stance.cli import main
main(["score", {TALKS!r}])
print(*sorted(set({NOT_FOR_SCORING!r}) & set(sys.modules)))
"""
    done = run("python", "-c", code, folder=built_once)
    *_, row, imported = done.stdout.split("\n")[:-1]
    assert row.startswith(TALKS)
    assert imported == ""


def rewritten(described: dict[str, Any]) -> dict[str, Any]:
    """Return a description whose own hash agrees, as somebody would write it who knows how."""
    return {**described, "sha256": own_hash(described)}


def with_arrays(models: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    """Change a model's arrays, and let all hashes agree again."""
    with np.load(models / "stance.npz") as found:
        arrays = dict(found)
    change(arrays)
    np.savez(models / "stance.npz", **arrays)
    described = json.loads((models / "stance.json").read_text("utf-8"))
    content = (models / "stance.npz").read_bytes()
    described["files"] = {"stance.npz": hashlib.sha256(content).hexdigest()}
    (models / "stance.json").write_text(json.dumps(rewritten(described)), "utf-8")


@pytest.fixture
def encoded(models: Path) -> Path:
    """Return a model that says of itself to have the tiny encoder."""
    shutil.rmtree(models / "encoder")
    write_tiny_encoder(models / "encoder")
    with_arrays(models, lambda arrays: arrays.update(embedding=np.zeros((4, 16))))
    with np.load(models / "stance.npz") as found:
        rows = len(found["examples.scales"])
    with_arrays(models, lambda a: a.update({"examples.steps": np.ones((rows, 16), dtype=np.int8)}))
    described = json.loads((models / "stance.json").read_text("utf-8"))
    hashes = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in (models / "encoder").iterdir()
    }
    described |= {"dimensions": 16, "encoder": "finetuned", "encoder_files": hashes}
    (models / "stance.json").write_text(json.dumps(rewritten(described)), "utf-8")
    return models


def _score_there(model: StanceModel) -> list[str]:
    return stances(model)


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_forked_and_spawned_workers_score_with_a_used_model(encoded: Path, method: str) -> None:
    model = StanceModel.load(encoded)
    expected = stances(model)
    with model._lock, multiprocessing.get_context(method).Pool(2) as pool:
        # The parent holds the lock: a worker must not wait for it.
        assert pool.map_async(_score_there, [model] * 4).get(timeout=120) == [expected] * 4


def test_the_library_says_its_version_and_logs_quietly(models: Path) -> None:
    assert stance.__version__ == importlib.metadata.version("stance-pipeline")
    assert run("python", "-m", "stance", "--version", folder=ROOT).stdout == (
        f"stance {stance.__version__}\n"
    )
    code = "from stance import StanceModel; StanceModel.load()"
    assert run("python", "-c", code, folder=models.parent).stderr == ""
    code = f"import logging; logging.basicConfig(level='DEBUG'); {code}"
    logged = run("python", "-c", code, folder=models.parent).stderr
    assert logged == "DEBUG:stance:loaded the model of models/stance.json\n"


def test_a_module_called_pipeline_of_the_users_own_is_in_nobodys_way(models: Path) -> None:
    (models.parent / "pipeline.py").write_text("raise SystemExit('mine')\n", "utf-8")
    code = f"from stance import StanceModel; print(*StanceModel.load().score({TALKS!r}))"
    assert "stance confidence abstain" in run("python", "-c", code, folder=models.parent).stdout
    assert TALKS in run("python", "-m", "stance", "score", TALKS, folder=models.parent).stdout
