"""Weeks, months, quarters and years: from a date as people write it to a name that sorts."""

from datetime import date, datetime

WEEK, MONTH, QUARTER, YEAR = "week", "month", "quarter", "year"
PERIODS = [WEEK, MONTH, QUARTER, YEAR]
_DOTTED = "%d.%m.%Y"


def parse_period(cell: str, period: str, form: str | None) -> str | None:
    """Return the period that a date lies in; None if it is no date, or may be one of two.

    Parameters
    ----------
    cell
        What was written: ISO 8601, day.month.year, or less where that is enough: 2020-02 has a
        month, 2020 a year.
    period
        One of `PERIODS`.
    form
        How it is written instead, as for `strptime`.
    """
    if form is None and period == YEAR and len(cell) == 4 and cell.isdecimal():
        return cell
    if form is None and period != WEEK and len(cell) == 7:
        cell += "-01"
    day = parse_day(cell, form)
    return None if day is None else period_of(day, period)


def period_of(day: date, period: str) -> str:
    """Return the name of the period that a day lies in, such as 2020-W09, 2020-02 or 2020-Q1."""
    if period == WEEK:
        year, week, _ = day.isocalendar()
        return f"{year:04}-W{week:02}"
    if period == MONTH:
        return f"{day.year:04}-{day.month:02}"
    if period == QUARTER:
        return f"{day.year:04}-Q{(day.month + 2) // 3}"
    return f"{day.year:04}"


def place_in_time(period: str) -> int:
    """Return how many periods of its kind lie before the one of this name, from a fixed one on."""
    year, _, part = period.partition("-")
    if part.startswith("W"):
        return date.fromisocalendar(int(year), int(part[1:]), 1).toordinal() // 7
    if part.startswith("Q"):
        return 4 * int(year) + int(part[1:])
    return 12 * int(year) + int(part) if part else int(year)


def parse_day(cell: str, form: str | None = None) -> date | None:
    """Return a date; None where it is none, or may be one of two; parameters as above."""
    try:
        if form is not None:
            return datetime.strptime(cell, form).date()  # noqa: DTZ007 - the day as it is written
        if "." in cell[:3]:
            return datetime.strptime(cell.split(maxsplit=1)[0], _DOTTED).date()  # noqa: DTZ007 - as above
        return datetime.fromisoformat(cell).date()
    except ValueError:
        return None
