"""How the files of each source become plain text, in which a sentence has its place.

The places in `data/real` were counted in texts made by these rules. They are no more than that: a
rule that is no longer the same moves the places, and then the hashes tell.
"""

import csv
import html
import io
import json
import re
from collections.abc import Callable

from stance.errors import DataError
from stance.files import fold

# A link may hold an image, so links are looked for until there is none.
_LINK = re.compile(r"!?\[([^\[\]]*)\]\((?:[^()]|\([^()]*\))*\)(?:\{[^}]*\})?")
_FOOTNOTE = re.compile(r"\[\^[^\]]*\]")
_MARK = re.compile(r"\[[0-9a-z ]{1,12}\]")
_TAG = re.compile(r"<[^>]+>")
_EMPHASIS = re.compile(r"(?<=\S)[*_]{1,3}|[*_]{1,3}(?=\S)")

# What tokenisers part, and how it is joined again, in this order.
_JOIN = [
    (re.compile(r"``|''"), '"'),
    (re.compile(r"\s@-@\s"), "-"),
    (re.compile(r"\s+(n't|N'T|['’]\s?(?:s|S|re|ve|ll|d|m))\b"), r"\1"),
    (re.compile(r"(?<=\w)’ (s|re|ve|ll|d|m)\b"), r"’\1"),
    (re.compile(r"\s+([,.;:?!%)\]}”])"), r"\1"),
    (re.compile(r"([(\[{$£€“‘])\s+"), r"\1"),
    (re.compile(r"(\d)\s*,\s+(\d{3})\b"), r"\1,\2"),
    (re.compile(r'"\s*([^"]*?)\s*"'), r'"\1"'),
    # Single quotation marks: a pair, with apostrophes between them.
    (
        re.compile(r"(?:^|(?<=\s))' ((?:[^']|(?<=\w)'(?=\w))*?) '(?=\s|$|[,.;:?!)])"),
        r"'\1'",
    ),
    # The second quotation of a cell lost the blank before it when the sentences were drawn.
    (re.compile(r"(”[^“”]*) “"), r"\1“"),
    (re.compile(r"s '(?=\s)"), "s'"),
    (re.compile(r"\s' (?=\w)"), " '"),
    (re.compile(r"(\w) / (\w)"), r"\1/\2"),
]


def _unescape(text: str) -> str:
    """Return text without HTML entities; some sources have escaped them twice."""
    return html.unescape(html.unescape(text))


def clean_markdown(text: str) -> str:
    """Return a Markdown file as one line of plain text."""
    text = _FOOTNOTE.sub("", text)
    count = 1
    while count:
        text, count = _LINK.subn(r"\1", text)
    text = _TAG.sub("", _MARK.sub("", text))
    return fold(_unescape(_EMPHASIS.sub("", text)))


def detokenise(text: str) -> str:
    """Return English that a tokeniser has parted into words as it is written."""
    text = fold(_unescape(text).removeprefix("\ufeff"))
    for pattern, joined in _JOIN:
        text = pattern.sub(joined, text)
    return fold(text)


def _markdown_documents(text: str) -> dict[str, str] | str:
    return clean_markdown(text)


def _json_documents(text: str) -> dict[str, str] | str:
    records = [json.loads(line) for line in text.splitlines() if line.strip()]
    return {str(record["_id"]): fold(str(record["text"])) for record in records}


def _csv_documents(text: str) -> dict[str, str] | str:
    rows = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    return {row["index"]: detokenise(row["text"]) for row in rows}


_RULES: dict[str, Callable[[str], dict[str, str] | str]] = {
    "cnc": _csv_documents,
    "congress_record": _markdown_documents,
    "re3d": _json_documents,
    "whitehouse": _markdown_documents,
    "wikipedia": _markdown_documents,
}


def documents_of(source: str, name: str, text: str) -> dict[str, str] | str:
    """Return the plain text of a file of a source.

    Parameters
    ----------
    source
        One that may be trained on.
    name, text
        The file, and what to call it in errors.

    Returns
    -------
    The text of each document in the file, or one text where the file is the document.

    Raises
    ------
    DataError
        If there is no rule for the source, or the file has not the form that the source has.
    """
    if source not in _RULES:
        raise DataError(f"{source}: how its files are cleaned is not known; only training is.")
    try:
        return _RULES[source](text)
    except (KeyError, TypeError, ValueError, csv.Error) as error:
        raise DataError(
            f"{name}: not the form that {source} has ({type(error).__name__}: {error}); "
            "get the file again."
        ) from None
