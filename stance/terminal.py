"""Text for a terminal: in colour where that is wanted, as wide as it is, never a command to it.

The libraries that draw on terminals bring four others along; a line that is cut, a line that is
wrapped and five styles are all that scores need.
"""

import os
import shutil
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from typing import IO, Any, TextIO

# Text and its style: words of `_CODES`, or nothing.
Fragment = tuple[str, str]

_CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "cyan": "36"}
_ELLIPSIS = "…"
_NARROWEST = 20
# Controls, formats such as marks of direction, surrogates, and ends of lines and paragraphs.
_COMMANDING = {"Cc", "Cf", "Cs", "Zl", "Zp"}


def harmless(text: str) -> str:
    """Return text without characters that would command a terminal; lines and tabs stay.

    Control characters, bidirectional and other invisible marks, line ends of other kinds, and
    halves of surrogate pairs become the replacement character.
    """
    if text.isascii() and text.replace("\n", "").replace("\t", "").isprintable():
        return text
    return "".join(
        "\ufffd" if c not in "\n\t" and unicodedata.category(c) in _COMMANDING else c for c in text
    )


def visible(text: str) -> str:
    """Return text on one line, as `harmless` has it."""
    return harmless(" ".join(text.split()))


class Guarded:
    """A terminal that is written to without commands to it.

    Parameters
    ----------
    terminal
        The stream; its other methods and its buffer are as they were.
    """

    def __init__(self, terminal: TextIO) -> None:
        self.terminal = terminal

    def write(self, text: str) -> int:
        """Write text as `harmless` has it."""
        return self.terminal.write(harmless(text))

    def writelines(self, lines: Iterable[str]) -> None:
        """Write lines as `harmless` has them."""
        self.terminal.writelines(map(harmless, lines))

    def __getattr__(self, name: str) -> Any:
        return getattr(self.terminal, name)


def guard() -> None:
    """Keep commands in data, names and messages from the terminals of this process."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if not isinstance(stream, Guarded) and stream is not None and stream.isatty():
            setattr(sys, name, Guarded(stream))


def unguarded(stream: Any) -> Any:
    """Return the terminal behind a guard, for those who command it themselves."""
    return stream.terminal if isinstance(stream, Guarded) else stream


def is_dumb() -> bool:
    """Tell whether the terminal knows no commands (``TERM=dumb``, or nobody says what it is)."""
    # On Windows nobody ever says.
    return os.environ.get("TERM", "" if os.name == "nt" else "dumb") == "dumb"


def width_of(text: str) -> int:
    """Return how many columns a text takes: two for wide characters, none for combining ones."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )


def has_colours(stream: IO[str]) -> bool:
    """Tell whether a stream is a terminal that wants colours (`NO_COLOR`, ``TERM=dumb``)."""
    wanted = not os.environ.get("NO_COLOR") and "TERM" in os.environ
    return wanted and not is_dumb() and stream.isatty()


class Screen:
    """Lines onto a terminal.

    Parameters
    ----------
    stream
        The terminal, or what stands for it.
    """

    def __init__(self, stream: IO[str]) -> None:
        self._stream = unguarded(stream)
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
            written += harmless(text)
        self._stream.write(f"{written}\033[0m\n" if before else f"{written.rstrip()}\n")
