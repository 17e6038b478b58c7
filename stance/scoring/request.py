"""What a run of scoring is asked for, and the statements and the output that it means."""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from stance.errors import DataError
from stance.model.encoder import Hardware
from stance.model.stance_model import StanceModel
from stance.scoring.review import AbstainedSink, SortedSink
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
    abstained
        Where the rows go besides that the model abstains from, if anywhere.
    by_confidence
        Whether rows come out by their confidence, the least sure first.
    resume
        Whether to go on where an interrupted run broke off.
    scheduler, workers
        The address of a Dask scheduler, or how many local processes, if any.
    model
        The model's file.
    hardware
        What the encoder runs on.
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
    abstained: tuple[str, str] | None
    by_confidence: bool
    resume: bool
    scheduler: str | None
    workers: int | None
    model: Path | None
    hardware: Hardware

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
            # As it is read again from a record.
            "option": json.loads(json.dumps([asdict(self.options), self.abstained])),
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
    """Open what the scored rows of one table go to, in which order, and those abstained from.

    Raises
    ------
    DataError
        If it is the input, or cannot be written.
    """
    sink = _open_main(request, model)
    if request.by_confidence:
        sink = SortedSink(sink, f"{request.options.prefix}confidence")
    if request.abstained is None:
        return sink
    place, form = request.abstained
    try:
        _check_other(request, place, [request.output])
        run = request.fingerprint(model)
        style = replace(request.style, form=form)
        abstained = open_sink(place, style, run, resume=request.resume)
    except BaseException:
        sink.give_up()
        raise
    if request.by_confidence:
        abstained = SortedSink(abstained, f"{request.options.prefix}confidence")
    return AbstainedSink(sink, abstained, f"{request.options.prefix}abstain")


def _open_main(request: Request, model: StanceModel) -> Sink:
    """Open what the scored rows of one table go to: a file, a pipe, a terminal, or nothing.

    Raises
    ------
    DataError
        If it is the input, or cannot be written.
    """
    if request.output == "-":
        if request.options.grouping is not None:
            return _Nothing()
        if request.form is None and sys.stdout.isatty():
            from stance.scoring.view import TerminalSink

            return TerminalSink(sys.stdout, model.labels)
    else:
        _check_other(request, request.output, [])
    run = request.fingerprint(model)
    return open_sink(request.output, request.style, run, resume=request.resume)


def _check_other(request: Request, output: str, outputs: Sequence[str]) -> None:
    """Raise a `DataError` if an output is the input, or another output."""
    for place in (request.source, *request.articles, *outputs):
        if _same(place, output) or (place in outputs and Path(place) == Path(output) != Path("-")):
            what = "an output already" if place in outputs else "the input"
            raise DataError(f"{output}: it is {what}; name another file for the output.")


def _same(source: str, output: str) -> bool:
    there = bool(source) and Path(output).exists() and Path(source).exists()
    return there and Path(source).samefile(output)
