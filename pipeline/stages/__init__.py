"""The stages of `dvc.yaml`: one module each, a few pure functions and a thin `main`."""
