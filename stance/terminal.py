"""Text for a terminal: in colour where that is wanted, as wide as it is, never a command to it.

The libraries that draw on terminals bring four others along; a line that is cut, a line that is
wrapped and five styles are all that scores need.
"""

import os
import shutil
import unicodedata
from collections.abc import Sequence
from typing import IO

# Text and its style: words of `_CODES`, or nothing.
Fragment = tuple[str, str]

_CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "cyan": "36"}
_ELLIPSIS = "…"
_NARROWEST = 20


def visible(text: str) -> str:
    """Return text on one line, without characters that would command the terminal.

    Control characters, bidirectional and other invisible marks, and halves of surrogate pairs
    become the replacement character.
    """
    return " ".join(
        "".join("\ufffd" if unicodedata.category(c) in ("Cc", "Cf", "Cs") else c for c in word)
        for word in text.split()
    )


def width_of(text: str) -> int:
    """Return how many columns a text takes: two for wide characters, none for combining ones."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )


def has_colours(stream: IO[str]) -> bool:
    """Tell whether a stream is a terminal that wants colours (`NO_COLOR`, ``TERM=dumb``)."""
    wanted = not os.environ.get("NO_COLOR") and os.environ.get("TERM", "dumb") != "dumb"
    return wanted and stream.isatty()


class Screen:
    """Lines onto a terminal.

    Parameters
    ----------
    stream
        The terminal, or what stands for it.
    """

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream
        self._colours = has_colours(stream)

    @property
    def width(self) -> int:
        """How many columns there are."""
        return max(_NARROWEST, shutil.get_terminal_size().columns)

    def cut(self, fragments: Sequence[Fragment]) -> None:
        """Write one line, cut with an ellipsis where it would not fit."""
        room = self.width
        if sum(width_of(text) for text, _ in fragments) <= room:
            self._write(fragments)
            return
        kept: list[Fragment] = []
        room -= 1
        for text, style in fragments:
            fitting = ""
            for character in text:
                if width_of(fitting + character) > room:
                    break
                fitting += character
            kept.append((fitting, style))
            room -= width_of(fitting)
            if fitting != text:
                break
        self._write([*kept, (_ELLIPSIS, kept[-1][1])])

    def wrap(self, fragments: Sequence[Fragment], indent: int = 0) -> None:
        """Write text broken at spaces, each line after so many blanks; longer words are broken."""
        room = self.width - indent
        line: list[Fragment] = []
        used = 0
        for character, style in ((c, style) for text, style in fragments for c in text):
            size = width_of(character)
            if used + size > room:
                if character == " ":
                    self._write([(" " * indent, ""), *line])
                    line, used = [], 0
                    continue
                at = max((n for n, (c, _) in enumerate(line) if c == " "), default=None)
                head, line = (line, []) if at is None else (line[:at], line[at + 1 :])
                self._write([(" " * indent, ""), *head])
                used = sum(width_of(c) for c, _ in line)
            line.append((character, style))
            used += size
        self._write([(" " * indent, ""), *line])

    def _write(self, fragments: Sequence[Fragment]) -> None:
        """Write fragments and a line end."""
        written = before = ""
        for text, style in fragments:
            shown = style if self._colours else ""
            if shown != before:
                codes = ";".join(_CODES[word] for word in shown.split())
                written += ("\033[0m" if before else "") + (f"\033[{codes}m" if shown else "")
                before = shown
            written += text
        self._stream.write(f"{written}\033[0m\n" if before else f"{written.rstrip()}\n")
