"""What `stance.json` says of a model, validated whole: nothing in it is believed unchecked.

The description carries a hash of its own content, so that a value that was edited is noticed, and
the hash of each file that belongs to the model. Hashes tell damage and confusion, not malice; what
scores is data in any case, and no code of a model is run.
"""

import hashlib
import json
import math
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from stance.errors import DataError

FORMAT = 2
DESCRIPTION, ARRAYS, ENCODER_FOLDER = "stance.json", "stance.npz", "encoder"

_AGAIN = "train the model again with `dvc repro --force train`, or copy its files again"
_HASH = 64


def own_hash(described: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a description without the hash itself, as 64 hexadecimal digits."""
    content = {key: value for key, value in described.items() if key != "sha256"}
    text = json.dumps(content, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def parse_description(text: str, name: str) -> dict[str, Any]:
    """Return a description that holds what it must.

    Parameters
    ----------
    text
        The content of `stance.json`.
    name
        What to call the file in errors.

    Raises
    ------
    DataError
        If it is no description, of another format, changed since it was written, or a value in it
        cannot be; names the value and what it must be.
    """
    found = _read_object(text, name)
    if "format" not in found:
        raise DataError(
            f"{name}: the model was saved by an earlier version of this package; train it again "
            "with `dvc repro --force train`."
        )
    if not _is_count(found["format"]) or found["format"] < FORMAT:
        raise DataError(f"{name}: format is {found['format']!r}, and must be {FORMAT}; {_AGAIN}.")
    if found["format"] > FORMAT:
        raise DataError(
            f"{name}: the model is of format {found['format']}, and this version of the package "
            f"reads format {FORMAT}; update the package."
        )
    if found.get("sha256") != own_hash(found):
        raise DataError(
            f"{name}: it was changed after it was written (its own hash does not agree); {_AGAIN}."
        )
    for key, (holds, wanted) in _RULES.items():
        value = _value(found, key)
        if not holds(value):
            raise DataError(f"{name}: {key} is {value!r}, and must be {wanted}; {_AGAIN}.")
    named = found["params"]["labels"]
    if [*named["stances"], *([named["background"]] if named["background"] else [])] != found[
        "labels"
    ]:
        raise DataError(f"{name}: labels and params.labels differ; {_AGAIN}.")
    return found


def _read_object(text: str, name: str) -> dict[str, Any]:
    def no_number(constant: str) -> NoReturn:
        raise ValueError(constant)

    try:
        found = json.loads(text, parse_constant=no_number)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or not {"labels", "calibration"} <= found.keys():
        raise DataError(f"{name}: not the description of a model; {_AGAIN}.")
    return found


def _value(found: Any, key: str) -> Any:
    for part in key.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    return found


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_hash(value: Any) -> bool:
    return (
        isinstance(value, str) and len(value) == _HASH and not set(value) - set("0123456789abcdef")
    )


def _are_names(value: Any) -> bool:
    return (
        isinstance(value, list)
        and all(isinstance(name, str) and name for name in value)
        and len(set(value)) == len(value)
    )


def _are_files(value: Any) -> bool:
    return isinstance(value, dict) and all(
        name not in ("", ".", "..") and not set(name) & set("/\\:\0") and _is_hash(digest)
        for name, digest in value.items()
    )


def _is_measured(shares: set[str], counts: set[str]) -> Callable[[Any], bool]:
    def fits(value: Any) -> bool:
        return (
            isinstance(value, dict)
            and value.keys() == shares | counts
            and all(_is_number(value[key]) and 0 <= value[key] <= 1 for key in shares)
            and all(_is_count(value[key]) for key in counts)
        )

    return fits


_SHARES, _COUNTS = {"error", "coverage"}, {"answered", "sentences"}
_PROMISED = (
    _is_measured(_SHARES, _COUNTS),
    "an error, a coverage, and how many were answered of how many",
)
_KEPT = (
    _is_measured(_SHARES | {"low", "high"}, _COUNTS | {"groups", "exceeded"}),
    "an error with its interval, a coverage, and how many were answered of how many",
)
_RULES: dict[str, tuple[Callable[[Any], bool], str]] = {
    "labels": (lambda v: _are_names(v) and len(v) >= 2, "two labels or more, each named once"),
    "encoder": (lambda v: isinstance(v, str) and v != "", "the name of an encoder"),
    "encoder_files": (_are_files, "names of files with their SHA-256"),
    "english": (lambda v: isinstance(v, bool), "true or false"),
    "dimensions": (_is_count, "a whole number from 0"),
    "files": (
        lambda v: _are_files(v) and v.keys() == {ARRAYS},
        f"the name {ARRAYS} with its SHA-256",
    ),
    "params.labels.stances": (_are_names, "labels, each named once"),
    "params.segment.max_heading_words": (lambda v: _is_count(v) and v > 0, "a number from 1"),
    "params.encode.hypotheses": (
        lambda v: isinstance(v, list) and all(isinstance(one, str) for one in v),
        "a list of sentences",
    ),
    "calibration.protocol": (lambda v: isinstance(v, str), "the name of a protocol"),
    "calibration.temperature": (lambda v: _is_number(v) and v > 0, "a number above 0"),
    "calibration.max_error": (lambda v: _is_number(v) and 0 < v < 1, "a share between 0 and 1"),
    "calibration.threshold": (
        lambda v: v is None or (_is_number(v) and 0 <= v <= 1),
        "a probability, or null",
    ),
    "calibration.promise": (lambda v: isinstance(v, str), "a sentence"),
    "calibration.promised": _PROMISED,
    "calibration.measured": _KEPT,
}
