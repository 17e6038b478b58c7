"""A scored file to read: its statements, their shares, and articles as text."""

from pathlib import Path

from pipeline.page.models import SharedModel
from pipeline.page.reading import articles, details, export, shares, statements
from pipeline.page.reading.index import Index
from pipeline.page.reading.texts import has_articles
from pipeline.page.rendering import Tab
from stance.errors import DataError


class Reading:
    """The views of a scored file.

    Parameters
    ----------
    place
        The file.
    text_column, prefix
        As of `stance score`.
    model
        That may have scored it.

    Raises
    ------
    DataError
        If it is no scored file.
    """

    def __init__(self, place: Path, text_column: str, prefix: str, model: SharedModel) -> None:
        self._index = Index(place, text_column, prefix, _labels(model))
        self.tabs = [Tab("statements", "Statements"), Tab("shares", "Shares")]
        if has_articles(self._index):
            self.tabs.append(Tab("articles", "Articles"))
        self.routes = [
            *statements.routes(self._index),
            *export.routes(self._index),
            *details.routes(self._index, model),
            *shares.routes(self._index, model),
            *articles.routes(self._index, model),
        ]

    def close(self) -> None:
        """Let the copy of the file go."""
        self._index.close()


def _labels(shared: SharedModel) -> tuple[list[str], str | None]:
    """Return the labels of the model and its background; none where there is no model."""
    try:
        with shared.use() as model:
            return model.labels, model.about["params"]["labels"]["background"]
    except DataError:
        return [], None
