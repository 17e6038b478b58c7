"""Score statements with the saved model: of the command line, of a file, of many files."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, cast

from stance.errors import DataError
from stance.files import to_csv
from stance.model.calibration import ABSTAINS_FROM_ALL
from stance.model.novelty import UNLIKE, WORTH_SAYING
from stance.model.stance_model import StanceModel
from stance.scoring.parts import Part, find_parts, partial_folder, score_part, score_parts
from stance.scoring.progress import progress_bar
from stance.scoring.request import Request, open_input, open_output
from stance.scoring.rows.formats import CSV
from stance.scoring.table import Tally, score_table

if TYPE_CHECKING:
    from stance.scoring.articles import ArticleSource

# Who tells what is kept of a run that broke off, and which texts are empty.
PROGRAM = "stance score"


def score_one(request: Request, model: StanceModel) -> Tally:
    """Score the statements of one source; what is written stays if the run breaks off."""
    on_terminal = request.output == "-" and request.options.by is None and sys.stdout.isatty()
    with closing(open_input(request, model)) as source:
        sink = open_output(request, model)
        try:
            with progress_bar(shown=not on_terminal) as progress:
                tally = score_table(source, sink, model, request.options, progress, empty=False)
            sink.finish()
            if request.articles:
                tally.several = 0
                _show_articles(cast("ArticleSource", source))
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


def score_many(request: Request, model: StanceModel) -> Tally:
    """Score a pattern of files into a folder; finished parts stay if the run breaks off."""
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
        with _scored(request, model, parts) as tallies, progress_bar(shown=True) as progress:
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
        yield cluster.run_on(client, parts, model, pinned=bool(request.workers))


def _show_articles(source: "ArticleSource") -> None:
    """Say what the articles were taken for, and how much of them is not scored."""
    from stance.text.segmentation import left_out

    lines = [f"{PROGRAM}: {line}.\n" for line in source.read_as]
    if counts := left_out(source.left_out):
        lines.append(f"{PROGRAM}: left out as no text: {counts}.\n")
    sys.stderr.write("".join(lines))


def _show_mix(request: Request, tally: Tally, model: StanceModel) -> None:
    from stance.scoring.mix import mix_table, render_mix, write_chart

    by = request.options.by or ""
    table = mix_table(tally, by, model.labels, model.calibration.confusion)
    sys.stdout.write(render_mix(table) if sys.stdout.isatty() else to_csv(table))
    if request.chart:
        write_chart(request.chart, table, by, model.labels)


def score(request: Request) -> None:
    """Score what is asked for, and write it where it is wanted."""
    model = StanceModel.load(request.model)
    tally = (score_many if request.parts else score_one)(request, model)
    if request.options.by is not None:
        _show_mix(request, tally, model)
    if model.calibration.promised.threshold is None:
        sys.stderr.write(f"{PROGRAM}: {ABSTAINS_FROM_ALL}\n")
    if tally.rows and tally.unlike >= WORTH_SAYING * tally.rows:
        sys.stderr.write(
            f"{PROGRAM}: {100 * tally.unlike / tally.rows:.0f} % of these texts are unlike what "
            f"the model has learned from, where {100 * (1 - UNLIKE):.0f} % would be usual; expect "
            "more errors than promised; `stance audit draw` measures them.\n"
        )
    if tally.empty:
        sys.stderr.write(
            f"{PROGRAM}: {tally.empty:,} of {tally.rows:,} texts are empty and abstain; the first "
            f"is {tally.first_empty}.\n"
        )
    if tally.several:
        sys.stderr.write(
            f"{PROGRAM}: {tally.several:,} of {tally.rows:,} texts hold several sentences and are "
            f"scored as one statement each; the first is {tally.first_several}. To score "
            "sentences, give articles with --article, or a sentence a row.\n"
        )
