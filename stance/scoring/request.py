"""What a run of scoring is asked for, and the statements and the output that it means."""

import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from stance.errors import DataError
from stance.model.stance_model import StanceModel
from stance.scoring.rows.formats import ARTICLE_TEXT, CSV, JSONL, Layout, Style
from stance.scoring.rows.sinks import Sink, open_sink
from stance.scoring.rows.sources import ListSource, Source, open_source
from stance.scoring.table import Options


@dataclass(frozen=True)
class Request:
    """What `stance score` is asked to do.

    Attributes
    ----------
    texts
        Statements of the command line; empty if there is a source or articles.
    source
        A file, ``-`` for standard input, or with `parts` a pattern of files.
    articles
        Files, patterns and folders of articles.
    layout
        How the source holds its rows.
    encoding
        Of the input as it was given; None if it is to be told.
    column
        Its column with the texts.
    parts
        Whether the source is a pattern of files.
    output
        A file, a folder for parts, ``-`` for standard output.
    form
        The format of the output; None for a table if standard output is a terminal, else CSV, or
        JSON lines for explanations.
    mark, disarmed
        As in `Style`.
    options
        What is asked for besides the scores.
    chart
        Where to draw the mix of stances, if anywhere.
    resume
        Whether to go on where an interrupted run broke off.
    scheduler, workers
        The address of a Dask scheduler, or how many local processes, if any.
    model
        The model's file.
    """

    texts: list[str]
    source: str
    articles: list[str]
    layout: Layout
    encoding: str | None
    column: str
    parts: bool
    output: str
    form: str | None
    mark: bool
    disarmed: bool
    options: Options
    chart: Path | None
    resume: bool
    scheduler: str | None
    workers: int | None
    model: Path | None

    @property
    def style(self) -> Style:
        """How scored rows are written where there is no terminal."""
        form = self.form or (JSONL if self.options.explain else CSV)
        return Style(form, self.mark, self.disarmed)

    def fingerprint(self, model: StanceModel) -> dict[str, object]:
        """Return what the scores depend on besides the input."""
        return {
            "model": model.about["sha256"],
            "format": [self.column, *asdict(self.layout).values(), *asdict(self.style).values()],
            "option": json.loads(json.dumps(list(asdict(self.options).values()))),
        }


def open_input(request: Request, model: StanceModel) -> Source:
    """Open the statements of the command line, an article or a file.

    Raises
    ------
    DataError
        If they cannot be read.
    """
    if request.texts:
        for number, text in enumerate(request.texts, start=1):
            try:
                text.encode()
            except UnicodeEncodeError:
                raise DataError(f"text {number} is not UTF-8; put it into a file.") from None
        return ListSource("the command line", ["text"], [[text] for text in request.texts])
    if request.layout.form == ARTICLE_TEXT:
        from stance.scoring.articles import ArticleSource

        words = model.about["params"]["segment"]["max_heading_words"]
        return ArticleSource(request.articles, request.encoding, words)
    return open_source(request.source, request.layout, request.column)


class _Nothing:
    """Where rows go that nobody has asked for: `--by` without `--output`."""

    def __init__(self) -> None:
        self.rows = 0
        self.digest = ""
        self.tally: dict[str, object] = {}

    def write(self, *_: object) -> None:
        """Do nothing."""

    def finish(self) -> None:
        """Do nothing."""

    def give_up(self) -> None:
        """Do nothing."""


def open_output(request: Request, model: StanceModel) -> Sink:
    """Open what the scored rows of one table go to: a file, a pipe, a terminal, or nothing.

    Raises
    ------
    DataError
        If it is the input, or cannot be written.
    """
    if request.output == "-":
        if request.options.by is not None:
            return _Nothing()
        if request.form is None and sys.stdout.isatty():
            from stance.scoring.view import TerminalSink

            return TerminalSink(sys.stdout, model.labels, english=model.about["english"])
    elif any(_same(place, request.output) for place in (request.source, *request.articles)):
        raise DataError(f"{request.output}: it is the input; name another file for the output.")
    run = request.fingerprint(model)
    return open_sink(request.output, request.style, run, resume=request.resume)


def _same(source: str, output: str) -> bool:
    there = bool(source) and Path(output).exists() and Path(source).exists()
    return there and Path(source).samefile(output)
