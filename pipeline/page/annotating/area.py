"""The documents of a project: to annotate for those who have a name, to read for others."""

from collections.abc import Sequence

from pipeline.annotation.names import BY_DOCUMENT
from pipeline.page.annotating.asking import Asking
from pipeline.page.annotating.desk import Desk
from pipeline.page.annotating.hands import AllHands
from pipeline.page.annotating.own import Own
from pipeline.page.annotating.queues import DISPUTES, FIRST, SECOND, Queues
from pipeline.page.annotating.sheet import Sheets, Suggestions
from pipeline.page.annotating.texts import Texts
from pipeline.page.models import SharedModel
from pipeline.page.people import Person
from pipeline.page.rendering import Tab
from pipeline.project.tables import ANNOTATORS_CSV, read_annotators
from pipeline.project.writing import add_annotator
from stance.errors import DataError


class Annotating:
    """The documents of a project to annotate.

    Parameters
    ----------
    people
        Who has a link.
    model
        Orders sentences, and makes suggestions.
    kind
        What an annotator is whom `annotators.csv` does not know; None if all are known.
    order, sample, seed
        As for `Queues`.
    suggest
        Whether suggestions come before the choice.

    Attributes
    ----------
    desk
        What lies in the project, for other views of it.

    Raises
    ------
    DataError
        If a table cannot be read, an annotator is unknown and nobody says what they are, or a
        model is needed and cannot be loaded.
    """

    def __init__(
        self,
        people: Sequence[Person],
        model: SharedModel,
        *,
        kind: str | None,
        order: str,
        suggest: bool,
        sample: int | None,
        seed: int,
    ) -> None:
        self.desk, hands = Desk(), AllHands()
        self.desk.look()
        _register([person.name for person in people if person.annotates], kind)
        if suggest or order != BY_DOCUMENT:
            with model.use():
                pass
        queues = Queues(hands, model, order, sample, seed)
        if any(person.annotates for person in people):
            queues.prepare(self.desk.look())
        sheets = Sheets(self.desk, hands, queues, Suggestions(model, before=suggest))
        self.routes = [
            *Asking(self.desk, hands, queues, sheets).routes,
            *Texts(self.desk, hands, sheets).routes,
            *Own(self.desk, hands, sheets).routes,
        ]
        self.tabs = [
            Tab(DISPUTES, "Disputes", self._decides),
            Tab(FIRST, "Annotate", lambda person: person.annotates),
            Tab(
                SECOND,
                "Second opinions",
                lambda person: person.annotates and not self._decides(person),
            ),
            Tab("documents", "Documents"),
            Tab("mine", "My votes", lambda person: person.annotates),
            Tab("hard", "Hard cases", lambda person: person.annotates),
        ]

    def _decides(self, person: Person) -> bool:
        return person.annotates and self.desk.last().is_referee(person.name)

    def close(self) -> None:
        """Leave nothing behind: all that was answered is on the disk."""


def _register(names: Sequence[str], kind: str | None) -> None:
    """Add an annotator who is new, as the terminal does."""
    there = read_annotators()
    for name in names:
        if name in there:
            continue
        if kind is None:
            raise DataError(
                f"{name!r} is not in {ANNOTATORS_CSV}; say what they are with --kind, such as "
                "--kind person, opening the page for them alone the first time."
            )
        add_annotator(name, kind)
