"""The text of a Markdown file: its marks taken off, its front matter told apart."""

import re

_FRONT_MATTER = re.compile(r"---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|$)", re.DOTALL)
_FIELD = re.compile(
    r"^(title|author|date|publisher)\s*:\s*[\"']?(.*?)[\"']?\s*$", re.MULTILINE | re.IGNORECASE
)
_FENCE = re.compile(r"^(?:```|~~~).*$", re.MULTILINE)
_RULE = re.compile(r"^[ \t]*(?:={3,}|(?:[-*_][ \t]*){3,})$", re.MULTILINE)
_HEADING = re.compile(r"^[ ]{0,3}#{1,6}[ \t]+(\S.*)$", re.MULTILINE)
_REFERENCE = re.compile(r"^[ ]{0,3}\[[^\]\n]+\]:[ \t]+\S+.*$", re.MULTILINE)
# No pattern looks further than it must, so that the time stays linear.
_COMMENT = re.compile(r"<!--(?:(?!<!--).)*?-->", re.DOTALL)
_IMAGE = re.compile(r"!\[([^\[\]]*)\](?:\([^()\s]*(?:\([^()]*\))?[^()]*\)|\[[^\[\]]*\])")
_LINK = re.compile(
    r"(?<!\\)\[([^\[\]]+)\](?:\([^()\s]*(?:\([^()\s]*\)[^()\s]*)*(?:\s+[\"'][^\"'\n]*[\"'])?\)"
    r"|\[[^\[\]]*\])"
)
_AUTOLINK = re.compile(r"<(https?://[^<>\s]+)>")
_STRONG = re.compile(
    r"(?<![\\\w])(\*\*|__)(?=\S)((?:(?!\n\n).){1,500}?)(?<=[^\s\\])\1(?!\w)", re.DOTALL
)
_EMPHASIS = re.compile(
    r"(?<![\\\w*_])([*_])(?=[^\s*_])((?:(?!\n\n)[^*]){1,500}?)(?<=[^\s\\])\1(?![\w*])"
)
_CODE = re.compile(r"`+([^`\n]+)`+")
_ESCAPE = re.compile(r"\\([\\`*_{}\[\]()#+.!<>|-])")


def read_markdown(text: str) -> tuple[str, dict[str, str]]:
    """Return the text, a blank line round each heading, and what the front matter says of it."""
    about: dict[str, str] = {}
    if front := _FRONT_MATTER.match(text):
        about = {name.lower(): value for name, value in _FIELD.findall(front[1])}
        text = text[front.end() :]
    text = _COMMENT.sub("", text)
    text = _REFERENCE.sub("", _FENCE.sub("", text))
    text = _RULE.sub("\n", text)
    text = _HEADING.sub(lambda heading: f"\n{heading[1].rstrip(' #')}\n", text)
    text = _IMAGE.sub(lambda image: f"\n\nImage: {image[1]}\n\n" if image[1] else "", text)
    return without_marks(text), about


def without_marks(text: str) -> str:
    """Return text without the marks within lines: of links, code, emphasis, and escapes."""
    text = _AUTOLINK.sub(r"\1", _LINK.sub(r"\1", _IMAGE.sub(r"\1", text)))
    text = _CODE.sub(r"\1", text)
    text = _EMPHASIS.sub(r"\2", _STRONG.sub(r"\2", text))
    return _ESCAPE.sub(r"\1", text)
