"""Tell whether a file gives away a sentence whose text is not to be passed on.

Every string that a file holds is hashed, whole and in sentences, and looked up among the hashes
of `data/real`. A sentence is found as it stands, with any white space, whatever it stands in; one
that was reworded is not, and neither is half of one: hashes of fragments would give the texts away.
"""

import ast
import csv
import hashlib
import html
import html.parser
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from itertools import pairwise

import numpy as np
import pandas as pd
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from stance.files import fold

# A paragraph is tried from every break to each of the next ones: abbreviations break sentences too.
SPANS = 6
_BREAK = re.compile(r"(?<=[.!?…:;])[\"'”’)\]]*\s+|\s*(?:[|#]|//)\s*|(?<=[.!?…][\"'”’)])\s*")
_EDGES = " \"'“”‘’`*_#>|-–—•()[]{},:;"
_QUOTED = re.compile(r'"((?:[^"\\\n]|\\.)+)"|“([^”]+)”|`([^`]+)`|\'((?:[^\'\\\n]|\\.)+)\'')
# Pickled strings begin with their length, so their ends are known without running anything.
_PICKLE, _NUMPY = b"\x80", b"\x93NUMPY"
_PICKLED = re.compile(rb"(?=\x8c(.)|X(.{4})|\x8d(.{8}))", re.DOTALL)
_BLOCKS = {"p", "td", "th", "li", "div", "summary", "figcaption", "blockquote", "h1", "h2", "h3"}


class Guard:
    """Hashes of sentences, and the texts that may have them.

    Parameters
    ----------
    hashes
        SHA-256 of each sentence's folded text in UTF-8, in hexadecimal digits.
    lengths
        How many characters each has; a text of another length is not hashed.
    """

    def __init__(self, hashes: Iterable[str], lengths: Iterable[int]) -> None:
        self._hashes = frozenset(bytes.fromhex(digits) for digits in hashes)
        self._lengths = frozenset(lengths)
        self._shortest = min(self._lengths, default=0)

    @classmethod
    def of(cls, places: pd.DataFrame) -> "Guard":
        """Return a guard of the sentences of `read_places`."""
        return cls(places["sha256"], places["length"])

    def find(self, name: str, content: bytes) -> Iterator[str]:
        """Yield where a file gives away a sentence: the file, and the hash's first digits.

        Parameters
        ----------
        name
            What the file is called: its suffix tells what it holds.
        content
            Its bytes; a zip file is looked into.
        """
        if content.startswith(b"PK\x03\x04"):
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                for member in archive.namelist():
                    yield from self.find(f"{name}!{member}", archive.read(member))
            return
        strings = dict.fromkeys(_strings(name, content))
        found = {digits for text in strings for digits in self._known(text)}
        yield from (f"{name}: {digits}" for digits in sorted(found))

    def _known(self, text: str) -> Iterator[str]:
        for candidate in self._candidates(text):
            if len(candidate) in self._lengths:
                digest = hashlib.sha256(candidate.encode("utf-8", "surrogatepass")).digest()
                if digest in self._hashes:
                    yield digest.hex()[:12]

    def _candidates(self, text: str) -> Iterator[str]:
        """Yield a string, the runs of sentences in it, and both without what surrounds them."""
        if len(text) < self._shortest:
            return
        whole = fold(text)
        yield whole
        longest = max(self._lengths)
        starts, ends = [0], []
        for match in _BREAK.finditer(whole):
            ends.append(match.end())
            starts.append(match.end())
        ends.append(len(whole))
        for number, start in enumerate(starts):
            for end in ends[number : number + SPANS]:
                if end - start > longest + len(_EDGES):
                    break
                span = whole[start:end].strip()
                yield span
                bare = span.strip(_EDGES)
                # What surrounds a sentence may be its own: a quotation mark on one side only.
                if bare != span:
                    at = span.find(bare)
                    before, after = span[:at], span[at + len(bare) :]
                    for left in range(len(before) + 1):
                        for right in range(len(after) + 1):
                            yield before[left:] + bare + after[:right]


def _strings(name: str, content: bytes) -> Iterator[str]:
    """Yield every string of a file, by what its suffix says that it holds."""
    if content.startswith((_PICKLE, _NUMPY)):
        yield from _packed_strings(content)
        return
    if b"\0" in content[:8192]:
        return
    text = content.decode("utf-8", "replace").removeprefix("\ufeff")
    suffix = name.removesuffix(".j2").rpartition(".")[2].lower()
    try:
        yield from _READERS.get(suffix, _text_strings)(text)
    except (ValueError, SyntaxError, YAMLError, csv.Error):
        # A file that is not what its suffix says is still a text.
        yield from _text_strings(text)


def _text_strings(text: str) -> Iterator[str]:
    """Yield lines, cells, paragraphs, and what stands in quotation marks."""
    for plain in dict.fromkeys([text, html.unescape(text)]):
        lines = plain.splitlines()
        yield from lines
        yield from (cell for line in lines if "\t" in line for cell in line.split("\t"))
        yield from re.split(r"\n\s*\n", plain)
        # A sentence may go over a line's end without a paragraph around it, as in a comment.
        yield from (f"{one} {other.lstrip('#/* ')}" for one, other in pairwise(lines))
        for match in _QUOTED.finditer(plain):
            yield from (part for part in match.groups() if part)


def _leaves(content: object) -> Iterator[str]:
    if isinstance(content, str):
        yield content
    elif isinstance(content, dict):
        for key, value in content.items():
            yield from _leaves(key)
            yield from _leaves(value)
    elif isinstance(content, list):
        for value in content:
            yield from _leaves(value)


def _packed_strings(content: bytes) -> Iterator[str]:
    """Yield the strings of a pickle or of an array of NumPy, without running what is in it."""
    if content.startswith(_NUMPY):
        with suppress(ValueError):
            array = np.load(io.BytesIO(content), allow_pickle=False)
            yield from array.ravel().tolist() if array.dtype.kind == "U" else ()
            return
    for match in _PICKLED.finditer(content):
        length = next(part for part in match.groups() if part is not None)
        start = match.start() + 1 + len(length)
        with suppress(UnicodeDecodeError):
            yield content[start : start + int.from_bytes(length, "little")].decode("utf-8")


def _yaml_strings(text: str) -> Iterator[str]:
    # Comments are no values.
    yield from _text_strings(text)
    yield from _leaves(YAML(typ="safe").load(text))


def _csv_strings(text: str) -> Iterator[str]:
    for row in csv.reader(io.StringIO(text, newline=""), strict=True):
        yield from row


def _python_strings(text: str) -> Iterator[str]:
    yield from _text_strings(text)
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def _page_strings(text: str) -> Iterator[str]:
    page = _Page()
    page.feed(text)
    page.close()
    for string in page.strings:
        yield string
        # Data that a script of the page reads.
        if string.lstrip()[:1] in ("{", "["):
            with suppress(ValueError):
                yield from _leaves(json.loads(string))


class _Page(html.parser.HTMLParser):
    """The text nodes, attributes and comments of a page, and the whole text of each block."""

    def __init__(self) -> None:
        super().__init__()
        self.strings: list[str] = []
        self._open: list[tuple[str, list[str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.strings += [value for _, value in attrs if value]
        if tag in _BLOCKS:
            self._open.append((tag, []))

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS and tag in [name for name, _ in self._open]:
            while self._open:
                name, parts = self._open.pop()
                self.strings.append("".join(parts))
                if name == tag:
                    break

    def handle_data(self, data: str) -> None:
        self.strings.append(data)
        if self._open:
            self._open[-1][1].append(data)

    def handle_comment(self, data: str) -> None:
        self.strings.append(data)


_READERS: dict[str, Callable[[str], Iterator[str]]] = {
    "csv": _csv_strings,
    "json": lambda text: _leaves(json.loads(text)),
    "jsonl": lambda text: _leaves([json.loads(line) for line in text.splitlines() if line.strip()]),
    "html": _page_strings,
    "svg": _page_strings,
    "py": _python_strings,
    "yaml": _yaml_strings,
    "yml": _yaml_strings,
    "lock": _yaml_strings,
}
