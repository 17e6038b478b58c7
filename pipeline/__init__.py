"""Stance of governments toward armed groups: from a codebook and annotated articles to scores.

`StanceModel` and `StanceClassifier` are imported on first use, so that the stages and the command
line do not pay for scikit-learn where they do not need it.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipeline.model.classifier import StanceClassifier
    from pipeline.model.stance_model import StanceModel

__all__ = ["StanceClassifier", "StanceModel"]


def __getattr__(name: str) -> Any:
    if name == "StanceModel":
        from pipeline.model.stance_model import StanceModel

        return StanceModel
    if name == "StanceClassifier":
        from pipeline.model.classifier import StanceClassifier

        return StanceClassifier
    raise AttributeError(f"module 'pipeline' has no attribute {name!r}")
