"""Score statements with the saved model: of the command line, of a file, of many files."""

import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, cast

from stance.errors import DataError
from stance.files import to_csv
from stance.model.calibration import ABSTAINS_FROM_ALL
from stance.model.novelty import UNLIKE, WORTH_SAYING
from stance.model.reasons import CUT, EMPTY
from stance.model.stance_model import StanceModel
from stance.scoring.groups import Grouping
from stance.scoring.parts import Part, find_parts, partial_folder, score_part, score_parts
from stance.scoring.progress import progress_bar
from stance.scoring.request import Request, open_input, open_output
from stance.scoring.rows.labels import taken_notes
from stance.scoring.table import Options, score_table
from stance.scoring.tally import MARKUP, SEVERAL, Tally
from stance.terminal import visible

if TYPE_CHECKING:
    from stance.scoring.articles import ArticleSource

# Who tells what is kept of a run that broke off, and which texts are empty.
PROGRAM = "stance score"
# Files of which it is said how they were read.
_SHOWN = 5


def score_one(request: Request, model: StanceModel) -> Tally:
    """Score the statements of one source; what is written stays if the run breaks off."""
    on_terminal = request.output == "-" and request.options.grouping is None and sys.stdout.isatty()
    with closing(open_input(request, model)) as source:
        sink = open_output(request, model)
        try:
            with progress_bar(shown=not on_terminal) as progress:
                tally = score_table(source, sink, model, request.options, progress, empty=False)
            sink.finish()
            if request.articles:
                tally.noticed.pop(SEVERAL, None)
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
            style=request.style,
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
        from stance.scoring import cluster, scheduler
    except ImportError:
        raise DataError(
            "scoring on workers needs the extra 'cluster'; install it with `make cluster`."
        ) from None
    with scheduler.connect(request.scheduler, request.workers) as client:
        yield cluster.run_on(client, parts, model, pinned=bool(request.workers))


def _show_articles(source: "ArticleSource") -> None:
    """Say what the articles were taken for, and how much of them is not scored."""
    from stance.text.segmentation import left_out

    lines = [f"{PROGRAM}: {line}.\n" for line in source.read_as]
    if counts := left_out(source.left_out):
        lines.append(f"{PROGRAM}: left out as no text: {counts}.\n")
    sys.stderr.write("".join(lines))


def _show_mix(request: Request, tally: Tally, model: StanceModel, grouping: Grouping) -> None:
    from stance.scoring.mix import mix_table, render_mix

    table = mix_table(tally.groups, grouping, model.labels, model.calibration.confusion)
    sys.stdout.write(render_mix(table, grouping) if sys.stdout.isatty() else to_csv(table))
    if request.chart:
        from stance.scoring.chart import write_chart

        write_chart(request.chart, table, grouping, model.labels)


# What is said of texts that are not what a model expects, after how many of how many there are.
_NOTICES = {
    EMPTY: "are empty and abstain; the first is {first}.",
    CUT: (
        "are longer than what the encoder reads and abstain; the first is {first}. To score their "
        "sentences, give articles with --article."
    ),
    MARKUP: "hold markup{marks}; the first is {first}.{mend}",
    SEVERAL: (
        "hold several sentences and are scored as one statement each; the first is {first}. To "
        "score sentences, give articles with --article, or a sentence a row."
    ),
}


def _notices(tally: Tally, options: Options) -> list[str]:
    """Return what a user is told of the texts, a sentence or two for each kind."""
    lines = []
    if options.targets:
        wanted = " or ".join(options.targets.wanted)
        left = f"; the other {tally.left_out:,} are left out" if tally.left_out else ""
        lines.append(f"{tally.about:,} of {tally.rows:,} texts name {wanted}{left}.")
        if tally.several_targets:
            lines.append(
                f"{tally.several_targets:,} of {tally.scored:,} texts name several groups, and "
                "have one stance for all of them; the column several_targets marks them."
            )
    stripped = options.strip_markup
    words = {
        "marks": ", which is left out" if stripped else "",
        "mend": "" if stripped else " To score them without it, add --strip-markup.",
    }
    for kind, notice in _NOTICES.items():
        if count := tally.noticed.get(kind):
            said = notice.format(first=tally.first[kind], **words)
            lines.append(f"{count:,} of {tally.scored:,} texts {said}")
    if tally.scored and tally.unlike >= WORTH_SAYING * tally.scored:
        lines.append(
            f"{100 * tally.unlike / tally.scored:.0f} % of these texts are unlike what the model "
            f"has learned from, where {100 * (1 - UNLIKE):.0f} % would be usual; expect more "
            "errors than promised; `stance audit draw` measures them."
        )
    return lines


def _reading(tally: Tally) -> list[str]:
    """Return how tables were read, and how far the labels in them are those of the model."""
    lines = tally.read_as[:_SHOWN]
    if more := len(tally.read_as) - len(lines):
        lines.append(f"so much for the first; of {more:,} more files there is as much to say")
    taken: Counter[tuple[str, str]] = Counter()
    for found, label, count in tally.taken:
        taken[found, label] += count
    lines += taken_notes(taken)
    if tally.labelled:
        lines.append(
            f"{tally.agreeing:,} of {tally.labelled:,} rows with a label "
            f"({tally.agreeing / tally.labelled:.0%}) have the one that the model gives"
        )
    return [f"{line}." for line in lines]


def score(request: Request) -> None:
    """Score what is asked for, and write it where it is wanted."""
    model = StanceModel.load(request.model)
    model.hardware = request.hardware
    tally = (score_many if request.parts else score_one)(request, model)
    if request.options.grouping is not None:
        _show_mix(request, tally, model, request.options.grouping)
    lines = [*_reading(tally), *_notices(tally, request.options)]
    if model.calibration.promised.threshold is None:
        lines.insert(0, ABSTAINS_FROM_ALL)
    elif not request.texts:
        lines.append(model.calibration.kept)
    sys.stderr.write("".join(f"{PROGRAM}: {visible(line)}\n" for line in lines))
