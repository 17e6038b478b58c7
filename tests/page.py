"""What stands on a page of the report, read by Python's own parser."""

import csv
import json
from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

VOID = {"meta", "br", "link", "img", "input"}


@dataclass
class Element:
    """An element with its attributes, and with all text in it."""

    tag: str
    attributes: dict[str, str]
    parents: list["Element"]
    text: str = ""

    @property
    def classes(self) -> list[str]:
        """Return its classes."""
        return self.attributes.get("class", "").split()

    def within(self, *names: str) -> bool:
        """Tell whether it is, or lies in, an element of one of these tags or classes."""
        return any(
            one.tag in names or set(one.classes) & set(names) for one in [self, *self.parents]
        )


@dataclass
class Page(HTMLParser):
    """The elements of a page, and the pieces of text with the element that each lies in."""

    elements: list[Element] = field(default_factory=list)
    pieces: list[tuple[Element, str]] = field(default_factory=list)
    open: list[Element] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open an element, unless it is one that holds nothing."""
        attributes = {name: value or "" for name, value in attrs}
        element = Element(tag, attributes, list(self.open))
        self.elements.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open and close an element, as in a picture."""
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        """Close the innermost element, which it must be."""
        assert self.open.pop().tag == tag, f"</{tag}> closes nothing"

    def handle_data(self, data: str) -> None:
        """Add a text to all elements that it lies in."""
        for element in self.open:
            element.text += data
        if self.open:
            self.pieces.append((self.open[-1], data))

    def find(self, tag: str, class_: str = "") -> list[Element]:
        """Return the elements of a tag and class, in order."""
        return [
            one for one in self.elements if one.tag == tag and (not class_ or class_ in one.classes)
        ]


@cache
def read_page(folder: Path) -> Page:
    """Return the report of a project, which is not to change."""
    page = Page()
    page.feed((folder / "reports/report.html").read_text("utf-8"))
    page.close()
    assert page.open == []
    return page


def look_up(folder: Path, place: str) -> Any:
    """Return what stands at a place such as ``metrics.json#/article/accuracy``."""
    name, pointer = place.split("#")
    path = folder / "reports" / name
    found: Any
    if path.suffix == ".json":
        found = json.loads(path.read_text("utf-8"))
    else:
        with path.open(encoding="utf-8", newline="") as file:
            found = list(csv.DictReader(file))
    for key in pointer.split("/")[1:]:
        name = key.replace("~1", "/").replace("~0", "~")
        found = found[int(name)] if isinstance(found, list) else found[name]
    return found
