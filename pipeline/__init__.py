"""Stance of governments toward armed groups: from a codebook and annotated articles to scores.

`StanceModel` is imported on first use, so that the stages and the command line do not pay for
scikit-learn where they do not need it.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipeline.model.stance_model import StanceModel

__all__ = ["StanceModel"]


def __getattr__(name: str) -> Any:
    if name == "StanceModel":
        from pipeline.model.stance_model import StanceModel

        return StanceModel
    raise AttributeError(f"module 'pipeline' has no attribute {name!r}")
