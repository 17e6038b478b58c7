"""Params as DVC writes them are params as the stages read them."""

from pathlib import Path

from tests.projects import run


def test_numbers_as_dvc_writes_them_are_numbers(project: Path) -> None:
    run("dvc", "exp", "run", "--quiet", "-S", "train.C=1e-05", "train", folder=project)
    assert "1e-05" in (project / "params.yaml").read_text("utf-8")
