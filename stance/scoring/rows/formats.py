"""The formats that rows come in and go out as, and the suffixes that tell them.

Statements to be scored, scored rows and labelled rows are files of the same formats; which suffix
means which of them is said here once.
"""

from dataclasses import dataclass
from typing import NamedTuple

CSV, TSV, JSONL, PARQUET, TXT = "csv", "tsv", "jsonl", "parquet", "txt"
XLSX, ODS = "xlsx", "ods"
SHEETS = (XLSX, ODS)
ARTICLE_TEXT = "article"


class _Suffixes(NamedTuple):
    """The suffixes that tell a format, by what is in the file; none where it cannot hold that."""

    statements: tuple[str, ...]
    scored: tuple[str, ...]
    labelled: tuple[str, ...]


# `.txt` says two things, and what is in the file decides: people keep statements in it one to a
# line, which has no place for a label or a score, and SemEval publishes labelled rows in it parted
# by tabs.
_SUFFIXES = {
    CSV: _Suffixes((".csv",), (".csv",), (".csv",)),
    TSV: _Suffixes((".tsv",), (".tsv",), (".tsv", ".txt")),
    JSONL: _Suffixes((".jsonl",), (".jsonl",), (".jsonl",)),
    PARQUET: _Suffixes((".parquet",), (".parquet",), ()),
    XLSX: _Suffixes((".xlsx",), (".xlsx",), (".xlsx",)),
    ODS: _Suffixes((".ods",), (".ods",), (".ods",)),
    TXT: _Suffixes((".txt",), (), ()),
}

# From a suffix to the format of such a file.
STATEMENT_SUFFIXES = {suffix: form for form, of in _SUFFIXES.items() for suffix in of.statements}
SCORED_SUFFIXES = {suffix: form for form, of in _SUFFIXES.items() for suffix in of.scored}
LABELLED_SUFFIXES = {suffix: form for form, of in _SUFFIXES.items() for suffix in of.labelled}
LABELLED_FORMS = [form for form, of in _SUFFIXES.items() if of.labelled]


@dataclass(frozen=True)
class Style:
    """How rows are written.

    Attributes
    ----------
    form
        The name of the format, as in `Layout`.
    mark
        Whether CSV and tab-separated text begin with a byte-order mark, by which Excel knows UTF-8.
    disarmed
        Whether their cells that Excel would take for formulas begin with an apostrophe.
    """

    form: str
    mark: bool = False
    disarmed: bool = False


@dataclass(frozen=True)
class Layout:
    """How a file holds its rows.

    Attributes
    ----------
    form
        The name of its format: `csv` (quoted where needed, as RFC 4180 says), `tsv` (tabs part the
        fields, a line is a row, and quotes are characters like others), `jsonl` (an object per
        line), `parquet`, `xlsx` or `ods` (a sheet of a spreadsheet), `txt` (a statement a line) or
        `article` (running text, to be cut).
    encoding
        Any encoding of text that Python knows; None to tell it by the bytes. Not for Parquet and
        sheets.
    header
        Whether the first row of CSV, tab-separated text or a sheet names the columns; else they
        are called ``"1"``, ``"2"`` and so on.
    separator
        What parts the fields of CSV; None to tell it by the header. With tab-separated text it
        makes CSV of that.
    sheet
        The name of the sheet; None for the first one that is not hidden.
    """

    form: str
    encoding: str | None = None
    header: bool = True
    separator: str | None = None
    sheet: str | None = None
