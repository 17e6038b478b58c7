"""The model is data: found anywhere, believed only when it is whole, and used by many at once."""

import importlib.metadata
import multiprocessing
import shutil
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pytest

import stance
from pipeline.classifier.estimator import decision_values, feature_frame
from stance import StanceModel
from tests.models import TALKS, give_tiny_encoder, stances
from tests.projects import ROOT, run

# What only making a model needs.
NOT_FOR_SCORING = ["dvc", "joblib", "matplotlib", "pandas", "pydantic", "scipy", "sklearn"]


@pytest.fixture
def models(built_once: Path, tmp_path: Path) -> Path:
    """Return a folder with a small model, to do with as a test likes."""
    return Path(shutil.copytree(built_once / "models", tmp_path / "models"))


def test_what_scores_gives_the_probabilities_of_scikit_learns_pipeline(
    full: Path, full_model: StanceModel
) -> None:
    model = full_model
    labelled = pd.read_csv(full / "data/labelled.csv", dtype="str", keep_default_na=False)
    texts, vectors = labelled["text"].tolist(), np.load(full / "data/embeddings.npy")
    estimator = joblib.load(full / "models/stance.joblib")
    features = estimator.named_steps["features"].transform(feature_frame(texts, vectors))
    decisions = decision_values(estimator.named_steps["classifier"], features, model.labels)
    expected = model.calibration.probabilities(decisions)
    found = model.calibration.probabilities(model._decision.values(texts, vectors))
    assert len(texts) == len(vectors) > 2000
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-6)
    # The whole way from the text, for a quarter, since encoding is what takes long.
    scored = model.score(texts[::4])
    columns = [f"p_{label.replace('-', '_')}" for label in model.labels]
    np.testing.assert_allclose(scored[columns].to_numpy(), expected[::4], atol=0.5e-4 + 1e-6)
    np.testing.assert_allclose(model._probabilities(texts[::4]), expected[::4], atol=1e-6)


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


@pytest.fixture
def encoded(models: Path) -> Path:
    """Return a model that says of itself to have the tiny encoder."""
    give_tiny_encoder(models)
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
