"""Stance of governments toward armed groups: a library that scores statements with a saved model.

`StanceModel` and `StanceClassifier` are imported on first use, so that the command line does not
pay for what it does not need. `StanceClassifier` is made of the workshop's parts, which are named
as a string: the library imports nothing of `pipeline`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipeline.classifier.stance_classifier import StanceClassifier
    from stance.model.stance_model import StanceModel

    __version__: str

__all__ = ["StanceClassifier", "StanceModel", "__version__"]

_MODULES = {
    "StanceClassifier": "pipeline.classifier.stance_classifier",
    "StanceModel": "stance.model.stance_model",
}


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import PackageNotFoundError, version

        try:
            return version("stance-pipeline")
        except PackageNotFoundError:
            return "0+unknown"
    if name in _MODULES:
        try:
            return getattr(import_module(_MODULES[name]), name)
        except ModuleNotFoundError as error:
            raise ImportError(
                f"{name} needs {error.name}, which the extra 'pipeline' brings; install it with "
                "`pip install 'stance-pipeline[pipeline]'`."
            ) from error
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
