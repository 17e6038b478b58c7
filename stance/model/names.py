"""Where the saved model and its encoder lie, and what encoders are called in `params.yaml`."""

from pathlib import Path

MODEL = Path("models/stance.joblib")
ENCODER = Path("models/encoder")

NO_ENCODER = "none"
HUB_PREFIX = "sentence-transformers:"
ENTAILMENT_PREFIX = "entailment:"
FINETUNED = "finetuned"
