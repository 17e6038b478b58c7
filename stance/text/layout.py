"""How a text is laid out: its lines put together into paragraphs, block by block, by evidence.

Prose reaches an analyst as a paragraph per line, broken at some width by a mail program or a PDF,
quoted, indented, hyphenated, with a blank line after every line. A block is what stands between
blank lines. It is taken for broken if its lines go on in small letters: no line that is a paragraph
does. Nothing is left out here except what marks quotations and lists.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import NamedTuple

from stance.files import fold
from stance.text.furniture import is_furniture
from stance.text.rules import CLOSING, WINDOW, ends_sentence, word_set

# A block is broken if this share of its breaks goes on in small letters; prose has about four
# fifths, paragraphs none.
_BROKEN = 0.3
# A line that has room for the next word is a paragraph's last. Programs that even lines out
# leave up to a fifth of the width.
_FULL = 0.78
# A line that is longer than the width by more than this is not broken at that width.
_SLACK = 1.15
_LONGEST_WORD = 60
# Wider than this, a line is a paragraph unless most breaks say otherwise.
_WIDE = 130

_QUOTED = re.compile(r"(?:[ \t]{0,3}>)+[ \t]?")
_BULLET = re.compile(r"\s*(?:[•●▪◦‣∙*]|[-–—](?=\s+\S))\s+(?=\S)")
_NUMBERED = re.compile(r"\s*\(?(?:\d{1,2}|[a-z])[.)]\s+\S")
_TERMINATED = re.compile(rf"[.!?…:][{CLOSING}]*$")
_SMALL = re.compile(r"[\"'“‘«(]?[^\W\d_]")
_HYPHEN = re.compile(r"([^\W\d_]+)[-‐]$")
_OPEN = re.compile(r"[^\s–—-][-‐]$")  # "F-16-", "U.S.-"
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
# What a compound begins or ends with that a typesetter would not have broken at: "five-day".
_HEADS = word_set(
    """
    all anti cease co counter cross eight ex far five four half high ill inter left long low
    mid multi nine non north one peace post power pre pro right second self semi seven short
    six so south state ten third three two under vice well
    """
)
_TAILS = word_set(
    """
    aligned backed based born called controlled dominated elect general held keeping known level
    made minister range scale sharing speaking sponsored torn wing year
    """
)
_SUFFIXES = word_set("een ern erly teen teenth teens tieth ward wards")


class Paragraph(NamedTuple):
    """A paragraph, no line break in it, and the number of its first line, from 1."""

    line: int
    text: str


class _Piece(NamedTuple):
    line: int
    text: str
    page: bool  # whether a page begins with it
    full: bool  # whether its last line has no room for another word


class Layout(NamedTuple):
    """Paragraphs, and what was done to get them, in words (empty if each was a line)."""

    paragraphs: list[Paragraph]
    done: list[str]


class _Line(NamedTuple):
    number: int
    text: str  # without the marks of quotation, indented as it was
    depth: int  # of quotation
    page: bool = False  # whether it is the first of a page

    @property
    def bare(self) -> str:
        return self.text.strip(" \t") if self.text.strip() else ""

    @property
    def indent(self) -> int:
        return len(self.text) - len(self.text.lstrip())


def lay_out(text: str) -> Layout:
    """Return the paragraphs of a text."""
    seen: Counter[str] = Counter()
    blocks = list(_blocks(_undoubled(list(_lines(text, seen)), seen)))
    words = _words(text)
    width = _document_width(blocks)
    pieces = [piece for block in blocks for piece in _pieces(block, width, words, seen)]
    paragraphs = [Paragraph(piece.line, piece.text) for piece in _over_gaps(pieces, words, seen)]
    paragraphs = _unbulleted(paragraphs, seen)
    done = [_count(count, what) for what, count in seen.items() if count]
    return Layout(paragraphs, done)


def _count(count: int, what: str) -> str:
    """Return "1 line" or "2 lines" of "line|lines"."""
    number = r"\1" if count == 1 else r"\2"
    return f"{count:,} {re.sub(r'([a-z]+)[|]([a-z]+)', number, what, count=1)}"


def _lines(text: str, seen: Counter[str]) -> Iterator[_Line]:
    page = False
    for number, whole in enumerate(text.split("\n"), start=1):
        page = page or whole.startswith("\f")
        line = whole.removeprefix("\f")
        mark = _QUOTED.match(line)
        bare = line[mark.end() if mark else 0 :].expandtabs(8).rstrip()
        seen["line|lines of quoted mail"] += bool(mark)
        yield _Line(number, bare, mark[0].count(">") if mark else 0, page and bool(bare))
        page = page and not bare


def _blocks(lines: Iterable[_Line]) -> Iterator[list[_Line]]:
    block: list[_Line] = []
    for line in lines:
        if block and (not line.bare or line.depth != block[-1].depth or line.page):
            yield block
            block = []
        if line.bare:
            block.append(line)
    if block:
        yield block


def _goes_on(before: str, after: str) -> bool:
    """Tell whether a small letter goes on what has not ended."""
    start = _SMALL.match(after)
    return start is not None and start[0][-1].islower() and not _terminated(before, after)


def _terminated(before: str, after: str) -> bool:
    """Tell whether a sentence, or what introduces one, ends at a line's end."""
    if not _TERMINATED.search(before[-8:]):
        return False
    # A small letter says nothing of the abbreviation before it.
    after = "The" if after[0].islower() else after
    return ends_sentence(before[-WINDOW:], after[:WINDOW]) is not False


def _undoubled(lines: list[_Line], seen: Counter[str]) -> list[_Line]:
    """Take the blank line after each line out, if that is how the text is spaced."""
    full = [number for number, line in enumerate(lines) if line.bare]
    gaps = Counter(b - a for a, b in pairwise(full))
    if len(full) < 4 or gaps[1] > 0.1 * len(full):
        return lines
    texts = [lines[number].bare for number in full]
    on = sum(_goes_on(a, b) for a, b in pairwise(texts))
    if on < _BROKEN * (len(full) - 1):
        return lines
    step = min(gap for gap in gaps if gap > 1)
    seen["line|lines with a blank line after each"] += len(full)
    spaced: list[_Line] = []
    for a, b in pairwise([*full, len(lines)]):
        spaced.append(lines[a])
        if b - a > step:
            spaced.append(_Line(lines[a].number + 1, "", 0))
    return spaced


def _evidence(lines: list[_Line]) -> tuple[int, int]:
    """Return how many breaks go on in small letters, and the width of the lines before these."""
    on = [len(a.text) for a, b in pairwise(lines) if _goes_on(a.bare, b.bare)]
    return len(on), max(on, default=0)


def _is_broken(lines: list[_Line], on: int, width: int) -> bool:
    share = on / max(1, len(lines) - 1)
    return on > 0 and share >= (_BROKEN if width <= _WIDE else 0.5)


def _document_width(blocks: list[list[_Line]]) -> int:
    """Return the width at which most of the document is broken, or 0."""
    breaks = sum(len(block) - 1 for block in blocks)
    found = [_evidence(block) for block in blocks]
    on = sum(count for count, _ in found)
    width = max((wide for _, wide in found), default=0)
    return width if on and on >= _BROKEN * breaks and width <= _WIDE else 0


def _pieces(
    block: list[_Line], width: int, words: Counter[str], seen: Counter[str]
) -> Iterator[_Piece]:
    """Yield what of paragraphs stands in one block; `width` is the document's."""
    on, own = _evidence(block)
    if _is_broken(block, on, own):
        longest = max(len(line.text) for line in block)
        known = longest <= _SLACK * width
        width = width if known else max(len(t) for _, t, *_ in block if len(t) <= _SLACK * own)
    elif not width:
        yield from (_Piece(line.number, line.bare, line.page, False) for line in block)
        return
    number, parts, page = block[0].number, [block[0].bare], block[0].page
    for a, b, c in zip(block, block[1:], [*block[2:], None], strict=False):
        if _breaks(a, b, width) or _stands_alone(a, b, c, width):
            yield _Piece(number, _squeezed("".join(parts)), page, False)
            number, parts, page = b.number, [b.bare], False
        else:
            seen[f"line|lines joined, broken at {width} columns"] += 1
            _join(parts, b.bare, words, seen)
    yield _Piece(number, _squeezed("".join(parts)), page, len(block[-1].text) > _FULL * width)


def _squeezed(text: str) -> str:
    """Take out the blanks that straighten a line's end; others, such as no-break spaces, stay."""
    return re.sub("[ \t]+", " ", text)


def _breaks(a: _Line, b: _Line, width: int) -> bool:
    """Tell whether a paragraph ends between two lines of a block that is broken at a width."""
    if max(len(a.text), len(b.text)) > _SLACK * width or _BULLET.match(b.text):
        return True
    number = is_furniture(a.bare) and not any(map(str.isalpha, a.bare))  # a page's
    if not number and (_goes_on(a.bare, b.bare) or _OPEN.search(a.bare[-2:])):
        return False
    ended = _terminated(a.bare, b.bare)
    if ended and (_NUMBERED.match(b.text) or is_furniture(b.bare)):
        return True
    if number or (is_furniture(a.bare) and (ended or _has_room(a, b, width))):
        return True
    if b.indent > a.indent and ended and not (_BULLET.match(a.text) or _NUMBERED.match(a.text)):
        return True
    return _has_room(a, b, width) and (ended or a.bare[-1] not in ",;")


def _has_room(a: _Line, b: _Line | None, width: int) -> bool:
    """Tell whether the first word of the next line, if there is one, had room in a line."""
    return len(a.text) + 1 + (len(b.bare.split()[0]) if b else 0) <= _FULL * width


def _stands_alone(a: _Line, b: _Line, c: _Line | None, width: int) -> bool:
    """Tell whether the second of three lines is a heading after a full line that ends."""
    short = _has_room(b, c, width) and not _TERMINATED.search(b.bare[-8:])
    on = c is not None and _goes_on(b.bare, c.bare)
    ended = a.bare[-1] != ":" and _terminated(a.bare, b.bare)
    return short and not on and b.bare[0].isupper() and ended


def _over_gaps(pieces: list[_Piece], words: Counter[str], seen: Counter[str]) -> list[_Piece]:
    """Join what goes on in small letters over a blank line, or at all over the edge of a page.

    What stands between, such as the page's number, comes before.
    """
    joined: list[_Piece] = []
    parts: list[list[str]] = []  # of the text of each of these
    aside: list[_Piece] = []
    for piece in pieces:
        if is_furniture(fold(piece.text)):
            aside.append(piece)
            continue
        last = joined[-1] if joined else None
        if last and _goes_on_over_gap(last, piece, turned=bool(aside) or piece.page):
            seen["paragraph|paragraphs joined over a gap"] += 1
            _join(parts[-1], piece.text, words, seen)
            joined[-1:] = [*aside, _Piece(last.line, piece.text, last.page, piece.full)]
            parts[-1:] = [*([each.text] for each in aside), parts[-1]]
        else:
            joined += [*aside, piece]
            parts += [[each.text] for each in (*aside, piece)]
        aside = []
    whole = zip(joined, parts, strict=True)
    return [*(piece._replace(text="".join(texts)) for piece, texts in whole), *aside]


def _goes_on_over_gap(before: _Piece, after: _Piece, *, turned: bool) -> bool:
    if _BULLET.match(after.text) or (after.text.startswith("by ") and len(after.text) < 60):
        return False
    if _goes_on(before.text, after.text):
        return True
    return turned and before.full and not _terminated(before.text, after.text)


def _unbulleted(paragraphs: list[Paragraph], seen: Counter[str]) -> list[Paragraph]:
    """Take the bullets off lists; one dash alone opens a speech, not a list."""
    bullets = [bool(_BULLET.match(paragraph.text)) for paragraph in paragraphs]
    if sum(bullets) < 2:
        return paragraphs
    seen["item|items of lists"] += sum(bullets)
    return [
        Paragraph(number, _BULLET.sub("", text, count=1) if bullet else text)
        for (number, text), bullet in zip(paragraphs, bullets, strict=True)
    ]


def _words(text: str) -> Counter[str]:
    """Count the words of a text that stand whole on a line, hyphens kept, small letters."""
    return Counter(word.lower() for word in _WORD.findall(text))


def _join(parts: list[str], after: str, words: Counter[str], seen: Counter[str]) -> None:
    """Add a line to those of a paragraph, and mend the word that a hyphen parts between them."""
    before = parts[-1]
    cut = _HYPHEN.search(before[-_LONGEST_WORD:])
    rest = _WORD.match(after[:_LONGEST_WORD])
    if cut is None or rest is None or not rest[0][0].islower():
        parts += ["" if _OPEN.search(before[-2:]) else " ", after]
        return
    head, tail = cut[1].lower(), rest[0].lower().split("-")[0]
    if words[head + tail] != words[f"{head}-{tail}"]:
        hyphen = words[head + tail] < words[f"{head}-{tail}"]
    else:
        compound = "-" in before[: -len(cut[0])][-1:] or "-" in rest[0]
        hyphen = compound or tail in _TAILS or (head in _HEADS and tail not in _SUFFIXES)
        hyphen = hyphen or (cut[1][0].isupper() and tail in {"led", "run"})
    if not hyphen:
        seen["word|words joined, parted by a hyphen"] += 1
        parts[-1] = before[:-1]
    parts.append(after)
