"""Score statements with the saved model: of the command line, of a file, of many files."""

import math
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from stance.errors import DataError
from stance.files import to_csv
from stance.model.stance_model import StanceModel
from stance.scoring.parts import Part, find_parts, partial_folder, score_part, score_parts
from stance.scoring.rows.formats import ARTICLE_TEXT, CSV, JSONL, Layout
from stance.scoring.rows.sinks import Sink, open_sink
from stance.scoring.rows.sources import ListSource, Source, open_lines, open_source
from stance.scoring.table import Options, Progress, Tally, score_table
from stance.text.paragraphs import paragraph_table

if TYPE_CHECKING:
    import pandas as pd

PROGRAM = "stance score"


@dataclass(frozen=True)
class Request:
    """What `stance score` is asked to do.

    Attributes
    ----------
    texts
        Statements of the command line; empty if there is a source.
    source
        A file, ``-`` for standard input, or with `parts` a pattern of files.
    layout
        How the source holds its rows.
    column
        Its column with the texts.
    parts
        Whether the source is a pattern of files.
    output
        A file, a folder for parts, ``-`` for standard output.
    form
        The format of the output; None for a table if standard output is a terminal, else CSV, or
        JSON lines for explanations.
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
    layout: Layout
    column: str
    parts: bool
    output: str
    form: str | None
    options: Options
    chart: Path | None
    resume: bool
    scheduler: str | None
    workers: int | None
    model: Path

    def fingerprint(self, model: StanceModel) -> dict[str, object]:
        """Return what the scores depend on besides the input."""
        described = repr(sorted(model.about.items())) + repr(model.calibration.describe())
        return {
            "model": sha256(described.encode()).hexdigest(),
            "format": [self.layout.form, self.column, self.layout.encoding, self.form],
            "option": list(asdict(self.options).values()),
        }


def read_article(place: str, encoding: str, max_heading_words: int) -> Source:
    """Return the sentences of an article's text: `paragraph`, `position` and `text`.

    Raises
    ------
    DataError
        If it cannot be read or has no sentence.
    """
    from stance.text.segmentation import segment_article

    with closing(open_lines(place, encoding)) as lines:
        paragraphs = paragraph_table("".join(lines))
    _, sentences = segment_article(paragraphs, max_heading_words, "", [])
    if sentences.empty:
        raise DataError(
            f"{lines.name}: no sentence, only headings and furniture; write the text as lines "
            "that end in a full stop."
        )
    names = ["paragraph", "position", "text"]
    cells = [[str(cell) for cell in row] for row in sentences[names].to_numpy().tolist()]
    return ListSource(lines.name, names, cells)


def _open(request: Request, model: StanceModel) -> Source:
    if request.texts:
        for number, text in enumerate(request.texts, start=1):
            try:
                text.encode()
            except UnicodeEncodeError:
                raise DataError(f"text {number} is not UTF-8; put it into a file.") from None
        return ListSource("the command line", ["text"], [[text] for text in request.texts])
    if request.layout.form == ARTICLE_TEXT:
        words = model.about["params"]["segment"]["max_heading_words"]
        return read_article(request.source, request.layout.encoding, words)
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


def _sink(request: Request, model: StanceModel) -> Sink:
    if request.output == "-":
        if request.options.by is not None:
            return _Nothing()
        if request.form is None and sys.stdout.isatty():
            from stance.scoring.view import TerminalSink

            return TerminalSink(sys.stdout, model.labels, english=model.about["english"])
    elif request.source and _same(request.source, request.output):
        raise DataError(f"{request.output}: it is the input; name another file for the output.")
    form = request.form or (JSONL if request.options.explain else CSV)
    return open_sink(request.output, form, request.fingerprint(model), resume=request.resume)


def _same(source: str, output: str) -> bool:
    return Path(output).exists() and Path(source).exists() and Path(source).samefile(output)


@contextmanager
def _progress(*, shown: bool) -> Iterator[Progress]:
    """Give what shows rows, rate and time left on stderr, if that is a terminal."""
    if not (shown and sys.stderr.isatty()):
        yield lambda *_: None
        return
    from tqdm import tqdm

    start, whole = time.monotonic(), 0
    known = "{percentage:3.0f} % |{bar:20}| {desc}, {remaining} left"
    with tqdm(total=100.0, bar_format=known, leave=False, delay=0.1, file=sys.stderr) as bar:

        def progress(rows: int, share: float | None) -> None:
            nonlocal whole
            whole += rows
            rate = whole / (time.monotonic() - start)
            bar.set_description_str(f"{whole:,} rows, {rate:,.0f}/s", refresh=False)
            if share is None:
                bar.bar_format = "{desc}"
                bar.refresh()
            else:
                bar.update(100 * share - bar.n)

        yield progress


def _score_one(request: Request, model: StanceModel) -> Tally:
    on_terminal = request.output == "-" and request.options.by is None and sys.stdout.isatty()
    with closing(_open(request, model)) as source:
        sink = _sink(request, model)
        try:
            with _progress(shown=not on_terminal) as progress:
                tally = score_table(source, sink, model, request.options, progress, empty=False)
            sink.finish()
        except BaseException as error:
            sink.give_up()
            if not sink.rows:
                raise
            if request.output != "-":
                sys.stderr.write(
                    f"{PROGRAM}: {sink.rows:,} rows are kept; --resume goes on after them.\n"
                )
            if isinstance(error, KeyboardInterrupt):
                raise SystemExit(130) from None
            raise
    return tally


def _score_many(request: Request, model: StanceModel) -> Tally:
    sources = find_parts(request.source)
    run = request.fingerprint(model)

    def make(source: str, folder: Path, records: Path) -> Part:
        name = Path(source).name
        if request.layout.form != request.form:
            name = f"{Path(source).stem}.{request.form}"
        return Part(
            source=str(Path(source).absolute()),
            target=str(folder / name),
            record=str(records / f"{name}.json"),
            layout=request.layout,
            column=request.column,
            form=request.form or CSV,
            options=request.options,
            run=run,
        )

    def score(parts: list[Part]) -> Iterator[Tally]:
        with _scored(request, model, parts) as tallies, _progress(shown=True) as progress:
            for number, tally in enumerate(tallies, start=1):
                progress(tally.rows, number / len(parts))
                yield tally

    target = Path(request.output)
    try:
        tally, before = score_parts(sources, target, make, score, resume=request.resume)
    except BaseException as error:
        if partial_folder(target).exists():
            sys.stderr.write(f"{PROGRAM}: parts that are finished are kept; --resume goes on.\n")
        if isinstance(error, KeyboardInterrupt):
            raise SystemExit(130) from None
        raise
    if before:
        sys.stderr.write(f"{PROGRAM}: {before} of {len(sources)} parts were finished before.\n")
    return tally


@contextmanager
def _scored(request: Request, model: StanceModel, parts: list[Part]) -> Iterator[Iterable[Tally]]:
    """Give what scores the parts, here or on workers, and yields what was counted of each."""
    if request.scheduler is None and request.workers is None:
        yield (score_part(part, model) for part in parts)
        return
    try:
        from stance.scoring import cluster
    except ImportError:
        raise DataError(
            "scoring on workers needs the extra 'cluster'; install it with `make cluster`."
        ) from None
    with cluster.connect(request.scheduler, request.workers) as client:
        yield cluster.run_on(client, parts, request.model, pinned=bool(request.workers))


def _show_mix(request: Request, tally: Tally, model: StanceModel) -> None:
    from stance.scoring.mix import mix_table, write_chart

    by = request.options.by or ""
    table = mix_table(tally, by, model.labels, model.calibration.confusion)
    sys.stdout.write(as_table(table) if sys.stdout.isatty() else to_csv(table))
    if request.chart:
        write_chart(request.chart, table, by, model.labels)


def as_table(mix: "pd.DataFrame") -> str:
    """Return the mix of stances as an aligned table, shares in percent with their intervals."""
    from tabulate import tabulate

    def percent(row: "pd.Series[float]", name: str) -> str:
        if math.isnan(row[name]):
            return ""
        low, high = row[f"{name}_low"], row[f"{name}_high"]
        return f"{row[name]:.0%} ({low:.0%} to {high:.0%})"

    names = [*mix.columns[:5], "share", "corrected"]
    rows = [
        [*row.iloc[:5], percent(row, "share"), percent(row, "corrected")]
        for _, row in mix.iterrows()
    ]
    headers = [name.replace("_", " ") for name in names]
    return tabulate(rows, headers, disable_numparse=True) + "\n"


def run(request: Request) -> None:
    """Score what is asked for, and write it where it is wanted."""
    model = StanceModel.load(request.model)
    tally = (_score_many if request.parts else _score_one)(request, model)
    if request.options.by is not None:
        _show_mix(request, tally, model)
    if tally.empty:
        sys.stderr.write(
            f"{PROGRAM}: {tally.empty:,} of {tally.rows:,} texts are empty and abstain; the first "
            f"is {tally.first_empty}.\n"
        )
