"""A row of JSON lines as text, or a sentence that says why it is none."""

import json
from typing import Any

from stance.errors import DataError


def json_row(content: str, where: str) -> dict[str, str]:
    """Return a line of JSON as strings; `where` is what to call it in errors.

    Strings are kept, null is ``""``, and other values are as JSON writes them.

    Raises
    ------
    DataError
        If it is no JSON object, has a key twice, is too long or deep to be read, or holds half a
        surrogate pair.
    """

    def to_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            keys = [key for key, _ in pairs]
            twice = next(key for key in keys if keys.count(key) > 1)
            raise DataError(f"{where}: key {twice!r} is there twice; rename one of them.")
        return found

    try:
        found = json.loads(content, object_pairs_hook=to_object)
    except json.JSONDecodeError as error:
        raise DataError(f"{where}, column {error.colno}: not valid JSON ({error.msg}).") from None
    except (ValueError, RecursionError):
        # More digits, or more brackets within brackets, than Python takes.
        raise DataError(
            f"{where}: a number is too long or values are nested too deep; shorten the row."
        ) from None
    if not isinstance(found, dict):
        raise DataError(f'{where}: not an object; write each row as {{"column": "value"}}.')
    row = {key: _as_text(value) for key, value in found.items()}
    for key, value in row.items():
        try:
            (key + value).encode()
        except UnicodeEncodeError:
            raise DataError(
                f"{where}: the value of {key!r} holds half a surrogate pair, which is no "
                "character; remove it."
            ) from None
    return row


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
