"""An article as somebody saved it, cleaned into the form that the project keeps.

A paragraph is a line. What is published stays as published, no-break spaces and quotes included;
only line ends, characters that nobody sees, and the line breaks of a fixed width go.
"""

import re
import unicodedata

from stance.errors import DataError
from stance.files import decode
from stance.text.segmentation import ENDS_SENTENCE

# Soft hyphens, zero-width spaces and byte-order marks, which copies of web pages are full of.
_INVISIBLE = re.compile("[\u00ad\u200b\u2060\ufeff]")
_LINE_END = re.compile("\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")
# Mail and plain-text files are broken at 72 to 80 columns; paragraphs are longer.
_MAX_BROKEN_LINE = 100
_MAX_SLUG = 60


def clean(content: bytes, name: str) -> str:
    """Return an article's text: UTF-8, a line per paragraph, blank lines left out.

    Parameters
    ----------
    content
        The file as it was saved.
    name
        What to call it in errors.

    Raises
    ------
    DataError
        If it is not UTF-8, is no text, or is empty.
    """
    text = _INVISIBLE.sub("", _LINE_END.sub("\n", decode(content, name)))
    for number, line in enumerate(text.split("\n"), start=1):
        if control := re.search("[\x00-\x08\x0e-\x1b\x7f]", line):
            raise DataError(
                f"{name}, line {number}: the control character 0x{ord(control[0]):02x}; this is "
                "no plain text: save the article's text as UTF-8."
            )
    lines = [line.rstrip() for line in text.split("\n")]
    paragraphs = [line.strip(" \t") for line in unwrap(lines) if line.strip()]
    if not paragraphs:
        raise DataError(f"{name}: the article is empty; save its text there first.")
    return "\n".join(paragraphs) + "\n"


def unwrap(lines: list[str]) -> list[str]:
    """Join the lines of a text that was broken at a fixed width; leave any other text alone.

    A text is taken for broken if no line is longer than a hundred characters and most breaks
    between two lines that are not blank stand in the middle of a sentence. Lines are then joined
    where the next word had no room; a shorter line, such as a heading, keeps its break.
    """
    longest = max(map(len, lines))
    breaks = [
        number
        for number in range(1, len(lines))
        if lines[number - 1].strip() and lines[number].strip()
    ]
    broken = [
        number
        for number in breaks
        if len(lines[number - 1]) + 1 + len(lines[number].split()[0]) > longest
    ]
    inside = [number for number in broken if not ENDS_SENTENCE.search(lines[number - 1])]
    if longest > _MAX_BROKEN_LINE or 2 * len(inside) <= len(breaks):
        return lines
    joined = lines[:1]
    for number in range(1, len(lines)):
        if number in broken:
            joined[-1] += " " + lines[number].strip()
        else:
            joined.append(lines[number])
    return joined


def slug(title: str) -> str:
    """Return a document name from a title: words in lower case with hyphens, ASCII, 60 at most.

    Letters lose their accents; a title in another alphabet has no slug.
    """
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    words = re.findall("[a-z0-9]+", re.sub("['’]", "", plain))
    name = ""
    for word in words:
        longer = f"{name}-{word}" if name else word
        if len(longer) > _MAX_SLUG:
            break
        name = longer
    return name
