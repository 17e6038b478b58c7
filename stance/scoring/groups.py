"""The group that a row belongs to: cells of columns, and the period of a date."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from stance.errors import DataError
from stance.scoring.periods import parse_period
from stance.scoring.rows.records import Chunk

# What the table of shares has besides the parts of a group.
_TAKEN = [
    *("statements", "documents", "abstained", "not_statements", "drawn", "stance"),
    *("share", "share_low", "share_high", "corrected", "corrected_low", "corrected_high"),
]


@dataclass(frozen=True)
class Grouping:
    """What rows are counted by.

    Attributes
    ----------
    by
        Columns whose values are combined.
    period
        `week`, `month`, `quarter` or `year`, which comes behind them, if any.
    date_column, date_format
        The column of the dates, and how they are written, as for `strptime`; None for ISO 8601 and
        for day.month.year.
    document
        The column that says which rows are of one document, if any.
    """

    by: tuple[str, ...]
    period: str | None = None
    date_column: str = "date"
    date_format: str | None = None
    document: str | None = None

    @property
    def names(self) -> list[str]:
        """What the parts of a group are called."""
        return [*self.by, *([self.period] if self.period else [])]

    @property
    def columns(self) -> list[tuple[str, str, str]]:
        """The columns that a table must have, what each is for, and the option that names it."""
        wanted = [(column, "to count by", "--by") for column in self.by]
        if self.period:
            wanted.append((self.date_column, "to take dates from", "--date-column"))
        if self.document:
            wanted.append((self.document, "to tell documents by", "--document"))
        return wanted

    def check(self, name: str) -> None:
        """Raise a `DataError` if the table of shares could not have the columns of a table."""
        for column in self.by:
            if column in _TAKEN:
                raise DataError(
                    f"{name}: the table of shares has a column {column!r} of its own; rename the "
                    "input's to count by it."
                )

    def keys(self, chunk: Chunk, places: Sequence[str]) -> list[str]:
        """Return for each row its group and then its document, as `group_of` reads them.

        Parameters
        ----------
        chunk, places
            n rows, and what to call each in errors.

        Raises
        ------
        DataError
            If a cell is no date; names its row.
        """
        columns = [chunk.values(column) for column in self.by]
        if self.period:
            columns.append(list(map(self._period, chunk.values(self.date_column), places)))
        columns.append(chunk.values(self.document) if self.document else [""] * len(chunk.texts))
        return [json.dumps(parts, ensure_ascii=False) for parts in zip(*columns, strict=True)]

    def _period(self, cell: str, where: str) -> str:
        """Return the period of a date; empty where there is none."""
        cell = cell.strip()
        if not cell:
            return ""
        found = parse_period(cell, str(self.period), self.date_format)
        if found is None:
            mend = (
                "write dates as 2020-02-29, or say with --date-format how they are written, such "
                "as %d/%m/%Y"
                if self.date_format is None
                else f"it is not written as {self.date_format}"
            )
            raise DataError(
                f"{where}: {cell!r} in column {self.date_column!r} is no date that has a "
                f"{self.period}; {mend}."
            )
        return found


def group_of(key: str) -> tuple[tuple[str, ...], str]:
    """Return the group and the document of a key."""
    *group, document = json.loads(key)
    return tuple(group), document
