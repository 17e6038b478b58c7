"""Markup in a statement: tags and references of HTML, marks of Markdown; found, and taken off.

Only what is known counts: a sentence with an angle, an address or an ampersand is none.
"""

import html
import re
from html.entities import html5

from stance.files import fold
from stance.text.formats.markdown import without_marks

_INLINE = """
    a abbr acronym b bdi bdo big cite code del dfn em font i ins kbd label mark q s samp small span
    strike strong sub sup time tt u var
"""
_BLOCK = """
    address article aside audio blockquote body br button canvas caption center col colgroup dd
    details dialog div dl dt fieldset figcaption figure footer form frame h1 h2 h3 h4 h5 h6 head
    header hr html iframe img input li link main map menu meta nav noscript object ol optgroup
    option p picture pre section select source summary svg table tbody td textarea tfoot th thead
    title tr ul video wbr
"""
_ATTRIBUTES = r"""(?:\s(?:[^<>"']|"[^"<>]*"|'[^'<>]*')*)?/?"""


def _tags(names: str) -> re.Pattern[str]:
    return re.compile(rf"</?(?:{'|'.join(names.split())}){_ATTRIBUTES}>", re.IGNORECASE)


_INLINE_TAG, _BLOCK_TAG = _tags(_INLINE), _tags(_BLOCK)
# No pattern looks further than it must, so that the time stays linear.
_UNSEEN = re.compile(
    r"<(script|style)\b(?:(?!<\1\b).)*?</\1\s*>|<!--(?:(?!<!--).)*?-->", re.IGNORECASE | re.DOTALL
)
_REFERENCE = re.compile(r"&(#\d{1,7};|#[xX][0-9a-fA-F]{1,6};|[a-zA-Z][a-zA-Z0-9]{1,31};)")


def _character(reference: re.Match[str]) -> str:
    name = reference[1]
    return html.unescape(reference[0]) if name[0] == "#" or name in html5 else reference[0]


def _marks_off(text: str) -> str:
    if "<" in text:
        text = _BLOCK_TAG.sub(" ", _INLINE_TAG.sub("", _UNSEEN.sub(" ", text)))
    return _REFERENCE.sub(_character, without_marks(text))


def holds_markup(text: str) -> bool:
    """Tell whether a text holds markup."""
    return _marks_off(text) != text


def without_markup(text: str) -> str:
    """Return a text without markup, its white space folded; one that holds none as it is."""
    plain = _marks_off(text)
    return text if plain == text else fold(plain)
