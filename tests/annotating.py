"""The form of a sentence on the page, filled and sent as a browser does."""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.project.frames import read_csv
from tests.opened import Answer, Link

FIELDS = ["sentence", "text", "codebook", "shown", "noted", "document", "back", "confidence"]
FIELDS += ["rationale", "note"]


@dataclass(frozen=True)
class Sheet:
    """The page of a sentence.

    Attributes
    ----------
    link
        Whose page it is.
    view
        Where it is.
    answer
        The page.
    """

    link: Link
    view: str
    answer: Answer

    @property
    def text(self) -> str:
        """The page's source."""
        return self.answer.text

    @property
    def sentence(self) -> str:
        """The marked sentence."""
        (found,) = re.findall(r"<mark>.*?<bdi>(.*?)</bdi></mark>", self.text)
        return html.unescape(found)

    @property
    def fields(self) -> dict[str, Any]:
        """The fields of the form as they are shown, with the label that is chosen."""
        found = {
            name: html.unescape(re.findall(rf'name="{name}" value="([^"]*)"', self.text)[0])
            for name in FIELDS
        }
        chosen = re.findall(r'name="stance" value="([^"]*)" required checked', self.text)
        return {**found, **({"stance": html.unescape(chosen[0])} if chosen else {})}

    def send(self, code: int = 303, **changes: str) -> Answer:
        """Send the form with some fields changed, and hold the answer to its status."""
        fields = {**self.fields, **changes}
        return self.link.post(self.view, code, **fields)

    def go(self, **changes: Any) -> "Sheet":
        """Send the form, and return the page that it leads to."""
        return sheet(self.link, self.send(**changes).leads_to)

    def again(self, **changes: Any) -> "Sheet":
        """Send the form, which does not fit any more, and return it as it comes back."""
        return Sheet(self.link, self.view, self.send(409, **changes))


def sheet(link: Link, path: str, query: Mapping[str, str] | None = None) -> Sheet:
    """Return the page of the sentence that an address leads to."""
    answer = link.ask("GET", path) if not query else link.get(path, 303, **query)
    if answer.status == 303:
        path = answer.leads_to
        answer = link.get(path)
    assert answer.status == 200, answer.text
    return Sheet(link, path.split("?")[0], answer)


def votes(folder: Path, document: str = "doha") -> list[tuple[str, ...]]:
    """Return sentence, annotator, label and confidence of the votes in a document's file."""
    path = folder / f"data/annotations/{document}.csv"
    columns = ["sentence", "annotator", "stance", "confidence"]
    return list(read_csv(path)[columns].itertuples(index=False, name=None))
