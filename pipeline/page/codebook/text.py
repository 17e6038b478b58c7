"""The codebook's Markdown as HTML: without markup of its own, scripts or pictures."""

import re
from collections.abc import MutableMapping, Sequence
from functools import lru_cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import OptionsDict
from markupsafe import Markup

from pipeline.project.tables import CODEBOOK
from stance.files import read_text

_WEB = re.compile(r"https?://", re.IGNORECASE)
# Deeper headings there are none.
_DEEPEST = 6


class _Renderer(RendererHTML):
    """What comes out fits into a page: see the methods.

    Each gets the tokens and the place of one of them.
    """

    def link_open(
        self, tokens: Sequence[Token], at: int, options: OptionsDict, env: MutableMapping[str, Any]
    ) -> str:
        """Open elsewhere, so that nothing typed here is lost, and tell nobody where from."""
        tokens[at].attrSet("rel", "noopener noreferrer")
        tokens[at].attrSet("target", "_blank")
        return self.renderToken(tokens, at, options, env)

    def table_open(self, _: Sequence[Token], __: int, ___: OptionsDict, env: dict[str, Any]) -> str:
        """Let a table that is wider than a phone scroll by itself, with the keyboard, too."""
        env["tables"] = env.get("tables", 0) + 1
        name = f"Table {env['tables']} of the codebook"
        return f'<div class="wide" tabindex="0" role="region" aria-label="{name}">\n<table>\n'

    def table_close(self, *_: object) -> str:
        """End it."""
        return "</table>\n</div>\n"


@lru_cache(maxsize=4)
def codebook_html(text: str, *, below: int = 1) -> Markup:
    """Return a codebook as HTML.

    Parameters
    ----------
    text
        Markdown. HTML in it is text, pictures are links, and links that do not lead to the web are
        text.
    below
        The level of the heading that it stands under.
    """
    parser = MarkdownIt("commonmark", {"html": False}, renderer_cls=_Renderer)
    parser.enable("table").disable(["image", "html_block", "html_inline"])
    parser.validateLink = lambda url: bool(_WEB.match(url))  # type: ignore[method-assign]
    tokens = parser.parse(text)
    _fit_headings(tokens, below)
    _fit_cells(tokens)
    # The renderer escapes whatever is not its own.
    return Markup(parser.renderer.render(tokens, parser.options, {}))  # noqa: S704


def _fit_headings(tokens: Sequence[Token], below: int) -> None:
    """Put headings below that of the page, and let none be skipped."""
    headings = [token for token in tokens if token.type in ("heading_open", "heading_close")]
    levels = {tag: place for place, tag in enumerate(sorted({one.tag for one in headings}))}
    last = below
    for opened, closed in zip(headings[::2], headings[1::2], strict=True):
        last = min(below + 1 + levels[opened.tag], last + 1, _DEEPEST)
        opened.tag = closed.tag = f"h{last}"


def _fit_cells(tokens: Sequence[Token]) -> None:
    """Take styles off, which pages may not have, and let a head that says nothing be none."""
    for token, inside, closed in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if token.type in ("th_open", "td_open"):
            if "right" in str(token.attrs.pop("style", "")):
                token.attrSet("class", "number")
            if token.type == "th_open" and not inside.content.strip():
                token.tag = closed.tag = "td"
            elif token.type == "th_open":
                token.attrSet("scope", "col")


def mentioned(text: str, labels: Sequence[str]) -> list[str]:
    """Return which labels a codebook mentions.

    Where it sets any of them as code, only those that it sets so are meant: a label such as `none`
    is a word, too.
    """
    as_code = [label for label in labels if f"`{label}`" in text]
    if as_code:
        return as_code
    return [label for label in labels if re.search(rf"(?<![\w-]){re.escape(label)}(?![\w-])", text)]


def codebook_of(labels: Sequence[str]) -> Markup | None:
    """Return the codebook of the project here, under a heading of the second level.

    Returns
    -------
    None where there is none, or it is not about these labels.
    """
    if not CODEBOOK.is_file():
        return None
    text = read_text(CODEBOOK)
    return codebook_html(text, below=2) if set(labels) <= set(mentioned(text, labels)) else None
