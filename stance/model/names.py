"""Where the saved model and its encoder lie, and what encoders are called in `params.yaml`."""

from pathlib import Path

MODELS = Path("models")
# What scores: a description, and arrays and texts beside it.
MODEL = MODELS / "stance.json"
# The fitted pipeline for whoever goes on in scikit-learn; nothing here reads it.
ESTIMATOR = MODELS / "stance.joblib"
ENCODER = MODELS / "encoder"

NO_ENCODER = "none"
HUB_PREFIX = "sentence-transformers:"
ENTAILMENT_PREFIX = "entailment:"
FINETUNED = "finetuned"
