"""The text of an RTF file, by striprtf (the extra `word`)."""

import re

from stance.errors import DataError

# striprtf writes a line's end and a paragraph's alike.
_PARAGRAPH = re.compile(r"(?<!\\)\\par(?![a-z]) ?")


def read_rtf(content: bytes, name: str) -> str:
    """Return the text, a blank line between paragraphs.

    Raises
    ------
    DataError
        If the extra is not installed, or the file is damaged.
    """
    try:
        from striprtf.striprtf import rtf_to_text
    except ImportError:
        raise DataError(
            f"{name}: RTF needs the extra 'word'; install it with `make word` (or `pip install "
            "striprtf`), or save the article as plain text and add that."
        ) from None
    try:
        # RTF is ASCII; what stands in it beyond that is in the code page that it names.
        source = content.decode("latin-1").lstrip("\xef\xbb\xbf")
        text: str = rtf_to_text(_PARAGRAPH.sub(r"\\par\\par ", source), errors="strict")
    except (UnicodeError, LookupError, ValueError) as error:
        raise DataError(
            f"{name}: the RTF cannot be read ({error}); save it as plain text in UTF-8."
        ) from None
    return text
