"""The formats that statements come in and go out as, and the suffixes that tell them."""

from dataclasses import dataclass

CSV, TSV, JSONL, PARQUET, TXT = "csv", "tsv", "jsonl", "parquet", "txt"
ARTICLE = "article"
INPUT_SUFFIXES = {".csv": CSV, ".tsv": TSV, ".jsonl": JSONL, ".parquet": PARQUET, ".txt": TXT}
OUTPUT_SUFFIXES = {suffix: form for suffix, form in INPUT_SUFFIXES.items() if form != TXT}

FORMATS = [CSV, TSV, JSONL]
SUFFIXES = {".csv": CSV, ".tsv": TSV, ".txt": TSV, ".jsonl": JSONL}


@dataclass(frozen=True)
class Layout:
    """How a file holds its rows.

    Attributes
    ----------
    form
        `csv` (quoted where needed, as RFC 4180 says), `tsv` (tabs part the fields, a line is a
        row, and quotes are characters like others) or `jsonl` (an object per line).
    encoding
        Any encoding of text that Python knows.
    header
        Whether the first line of CSV or tab-separated text names the columns.
    """

    form: str
    encoding: str = "utf-8"
    header: bool = True
