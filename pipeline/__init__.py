"""The DVC pipeline and the workshop round it: it makes the model, judges it, and improves it."""

from typing import Any

_MOVED = ("StanceClassifier", "StanceModel")


def __getattr__(name: str) -> Any:
    if name in _MOVED:
        raise ImportError(f"{name} is in the library now: `from stance import {name}`.")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
