"""The encoding of bytes that say nothing of it: told where all that could be meant read alike.

Every letter beyond English is read in each of the encodings that people still save files in. Most
readings no one can have meant: a letter of Cyrillic within a Latin word, a fraction between two
letters, a capital behind a small one. Where those that are left are one text, that is the text,
whichever of them it was; where they are several, nobody can know, and it is not guessed.
"""

import codecs
import re
import unicodedata
from collections.abc import Iterable

from stance.text.formats.kinds import marked_encoding, typographic

# The first of those that read alike is named.
_CANDIDATES = ["cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1257", "iso-8859-2"]
_CANDIDATES += ["iso-8859-5", "koi8-r", "mac_roman", "cp850", "cp437", "cp866"]
# A letter with what stands beside it: no longer, so that texts without blanks take no longer.
_PLACE = re.compile(rb"[\x00-\x7f]?[\x80-\xff]{1,64}(?=([\x00-\x7f]?))")
# So many different places speak for all.
_MOST_PLACES = 50_000
_INSIDE = frozenset("‘’'–—-…·\xad\xa0")
_SYMBOLS = _INSIDE | frozenset("“”‚„«»‹›•€£¥§°ªº¿¡©®™²³½¼¾×±†‡")
_SCRIPTS = [(0xC0, 0x17F, "Latin"), (0x218, 0x21B, "Latin"), (0x370, 0x3FF, "Greek")]
_SCRIPTS += [(0x400, 0x4FF, "Cyrillic")]


def told_encoding(blocks: Iterable[bytes]) -> str | None:
    """Return the encoding that a file can be read in and no other gives another text.

    Parameters
    ----------
    blocks
        The whole file.

    Returns
    -------
    What a mark or zero bytes tell, UTF-8 where it is valid, or one of the encodings with a byte
    per character; None where there are several readings, or none.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    places: set[bytes] = set()
    others: set[int] = set()
    valid, first = True, True
    for block in blocks:
        if first and (marked := marked_encoding(block)):
            return marked
        first = False
        try:
            if valid:
                decoder.decode(block)
        except UnicodeDecodeError:
            valid = False
        others |= {byte for byte in set(block) if byte >= 0x80}
        if len(places) < _MOST_PLACES:
            places.update(found[0] + found[1] for found in _PLACE.finditer(block))
    if valid:
        try:
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            valid = False
    if valid:
        return "utf-8"
    signs = [place.decode("cp1252", "replace") for place in places]
    # Quotes and dashes: on older systems they were letters, but hardly anybody has those.
    if others <= typographic() and all(map(_can_be_meant, signs)):
        return "cp1252"
    return _only_reading(sorted(places))


def _only_reading(places: list[bytes]) -> str | None:
    readings: dict[tuple[str, ...], str] = {}
    for encoding in _CANDIDATES:
        try:
            reading = tuple(place.decode(encoding) for place in places)
        except UnicodeDecodeError:
            continue
        if all(map(_can_be_meant, reading)):
            readings.setdefault(reading, encoding)
    return next(iter(readings.values())) if len(readings) == 1 else None


def _script(character: str) -> str:
    """Return the script of a letter, nothing for what is none."""
    if character.isascii():
        return "Latin" if character.isalpha() else ""
    code = ord(character)
    if not unicodedata.category(character).startswith("L") or character in _SYMBOLS:
        return ""
    return next((name for low, high, name in _SCRIPTS if low <= code <= high), "other")


def _can_be_meant(place: str) -> bool:
    """Tell whether somebody can have written some characters in a row."""
    scripts = [_script(character) for character in place]
    for character, script in zip(place, scripts, strict=True):
        if script == "other" or not (script or character.isascii() or character in _SYMBOLS):
            return False
    for number in range(1, len(place)):
        before, after = place[number - 1], place[number]
        opening = scripts[number - 1] and after in "„‚"
        unparted = before in ".,;:!?" and scripts[number] and not after.isascii()
        if scripts[number - 1] and scripts[number]:
            if scripts[number - 1] != scripts[number] or (before.islower() and after.isupper()):
                return False
        elif opening or unparted:
            return False
    # A symbol between two letters holds no word together.
    return not any(
        scripts[number - 1] and scripts[number + 1]
        for number in range(1, len(place) - 1)
        if not scripts[number] and place[number] not in _INSIDE and not place[number].isspace()
    )
