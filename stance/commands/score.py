"""`stance score`: statements of the command line, of a file, of many files."""

import argparse
from pathlib import Path

from stance.commands.options import add_model, add_table, columns, count
from stance.files import STREAM
from stance.scoring.periods import PERIODS
from stance.scoring.rows.formats import (
    ARTICLE_TEXT,
    CSV,
    JSONL,
    SCORED_SUFFIXES,
    SHEETS,
    STATEMENT_SUFFIXES,
    TSV,
    Layout,
)

CHART_SUFFIXES = [".svg", ".png", ".pdf"]


def add_options(parser: argparse.ArgumentParser) -> None:
    """Describe the command and its options."""
    parser.description = (
        "Score statements: the most probable stance, its probability, and whether "
        "the model abstains. Every row of the input comes back once, with its own columns first."
    )
    parser.add_argument("texts", nargs="*", metavar="TEXT", help="a statement")
    parser.add_argument(
        "--input",
        metavar="FILE",
        help="a file of statements, - for standard input, or a pattern of files such as "
        "'part-*.parquet'",
    )
    parser.add_argument(
        "--article",
        nargs="+",
        metavar="FILE",
        help="articles, which are cut into sentences: files, patterns such as 'articles/*', or "
        "folders; - for standard input. Text, web pages, mails, Markdown, PDF, Word and RTF are "
        "told by their content",
    )
    parser.add_argument(
        "--output",
        default=STREAM,
        metavar="FILE",
        help="where to write; - for standard output, which gets a table if it is a terminal; a "
        "folder for a pattern of files",
    )
    parser.add_argument(
        "--format", choices=[*STATEMENT_SUFFIXES.values()], help="of --input (default: by suffix)"
    )
    parser.add_argument(
        "--output-format",
        choices=[*SCORED_SUFFIXES.values()],
        help="of --output (default: by suffix, csv on standard output)",
    )
    add_table(parser, "--input", {"text": "text", "label": None, "id": None})
    parser.add_argument(
        "--bom",
        action="store_true",
        help="begin CSV and tab-separated text with a byte-order mark, by which Excel knows UTF-8",
    )
    parser.add_argument(
        "--no-formulas",
        action="store_true",
        help="put an apostrophe before each cell of CSV and tab-separated text that a spreadsheet "
        "would take for a formula",
    )
    parser.add_argument(
        "--prefix", default="", metavar="TEXT", help="what the added columns' names begin with"
    )
    parser.add_argument(
        "--explain",
        action="store_true",
        help="say for each statement which words moved the decision, and show the most similar "
        "annotated sentences: coloured on a terminal, else JSON lines",
    )
    parser.add_argument(
        "--novelty",
        action="store_true",
        help="add a column: how unlike the training material a text is, from 0 to 1",
    )
    _add_shares(parser)
    _add_targets(parser)
    _add_review(parser)
    parser.add_argument(
        "--resume",
        action="store_true",
        help="go on where a run that was interrupted broke off, if there was one",
    )
    where = parser.add_mutually_exclusive_group()
    where.add_argument(
        "--scheduler", metavar="ADDRESS", help="score on the workers of a Dask scheduler"
    )
    where.add_argument(
        "--workers", type=count, metavar="N", help="score in N processes, a core each"
    )
    parser.add_argument(
        "--threads",
        type=count,
        metavar="N",
        help="run so many threads of the encoder (default: one per core)",
    )
    parser.add_argument(
        "--device",
        choices=["cpu", "cuda"],
        default="cpu",
        help="what the encoder runs on; cuda needs the package onnxruntime-gpu (default: cpu)",
    )
    add_model(parser)


def _add_shares(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--by",
        type=columns,
        action="extend",
        default=[],
        metavar="COLUMN",
        help="write the mix of stances for each value of a column to standard output, raw and "
        "corrected, with 95 %% intervals; several columns, between commas or with --by again, are "
        "combined; the rows go to --output, if that is given",
    )
    parser.add_argument(
        "--period", choices=PERIODS, help="write it for each of these, too, by the date of a row"
    )
    parser.add_argument(
        "--date-column",
        default="date",
        metavar="NAME",
        help="the column that --period takes dates from (default: date)",
    )
    parser.add_argument(
        "--date-format",
        metavar="FORMAT",
        help="how they are written, such as %%d/%%m/%%Y (default: 2020-02-29 or 29.02.2020)",
    )
    parser.add_argument(
        "--document",
        metavar="COLUMN",
        help="texts with the same value in this column are of one document, and like each other: "
        "widens the intervals by what documents differ",
    )
    parser.add_argument(
        "--chart", type=Path, metavar="FILE", help="draw that mix, as .svg, .png or .pdf"
    )


def _add_targets(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--target",
        action="append",
        default=[],
        metavar="NAME",
        help="say of each text whether it names this group, which ones it names, and whether these "
        "are several; may be given again",
    )
    parser.add_argument(
        "--aliases",
        type=Path,
        metavar="FILE",
        help="a table with the columns target and alias: what else groups are called",
    )
    parser.add_argument(
        "--only-about", action="store_true", help="leave out texts that name none of the targets"
    )


def _add_review(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--abstained",
        metavar="FILE",
        help="write the rows that the model abstains from to this file as well",
    )
    parser.add_argument(
        "--sort",
        choices=["confidence"],
        help="the rows by their confidence, the least sure first; they are held in memory",
    )
    parser.add_argument(
        "--strip-markup",
        action="store_true",
        help="score texts without tags of HTML and marks of Markdown; they come out as they are",
    )


def check(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    """Refuse options that do not go together, and settle the formats."""
    given = [bool(options.texts), options.input is not None, options.article is not None]
    to_file = options.output != STREAM
    many = _is_pattern(options.input)
    by = bool(options.by or options.period)
    groups = [*options.by, *([options.period] if options.period else [])]
    chart: Path | None = options.chart
    problems = {
        "give either statements or --input FILE or --article FILE": sum(given) != 1,
        "--resume needs --output FILE": options.resume and not to_file,
        "--chart needs --by COLUMN or --period": chart and not by,
        "--document needs --by COLUMN or --period": options.document is not None and not by,
        "--date-format needs --period": options.date_format is not None and not options.period,
        "--by and --period name a column twice": len(set(groups)) < len(groups),
        "--aliases and --only-about need --target NAME": (options.aliases or options.only_about)
        and not options.target,
        "--abstained and --sort take one input, no pattern of files": (
            options.abstained or options.sort
        )
        and many,
        "--sort does not go with --resume": options.sort and options.resume,
        "--abstained - is taken by the rows; name a file": options.abstained == STREAM,
        "--explain shows texts as they are; leave --strip-markup out": options.explain
        and options.strip_markup,
        "--chart: name a file that ends in .svg, .png or .pdf": chart
        and chart.suffix.lower() not in CHART_SUFFIXES,
        "--explain with --by needs --output FILE": options.explain and by and not to_file,
        "a pattern of files needs --output FOLDER": many and not to_file,
        "--workers and --scheduler need a pattern of files, such as --input 'part-*.parquet'": (
            options.workers or options.scheduler
        )
        and not many,
    }
    for problem, there in problems.items():
        if there:
            parser.error(problem)
    if not all(name.strip() for name in options.target):
        parser.error("--target: a name is empty")
    options.format, options.output_format = _formats(parser, options)
    written = {options.output_format}
    if options.abstained:
        form = _of_suffix(parser, options.abstained, SCORED_SUFFIXES, "")
        options.abstained = (options.abstained, form)
        written.add(form)
    problems = {
        "--delimiter is for CSV and tab-separated text": options.delimiter is not None
        and options.format not in (CSV, TSV),
        "--sheet is for .xlsx and .ods": options.sheet is not None and options.format not in SHEETS,
        "--map needs --label-column NAME": options.map and options.label_column is None,
        "--bom and --no-formulas are for CSV and tab-separated text": (
            options.bom or options.no_formulas
        )
        and not written & {None, CSV, TSV},
    }
    for problem, there in problems.items():
        if there:
            parser.error(problem)
    if options.explain and not written <= {None, JSONL}:
        parser.error("--explain writes JSON lines; name a .jsonl file, or --output-format jsonl")


def _formats(
    parser: argparse.ArgumentParser, options: argparse.Namespace
) -> tuple[str, str | None]:
    """Return the formats of input and output; None for what suits standard output."""
    given: str | None = options.format
    wanted: str | None = options.output_format
    if options.article is not None:
        given = ARTICLE_TEXT
    elif options.input in (None, STREAM):
        given = given or CSV
    else:
        given = given or _of_suffix(parser, options.input, STATEMENT_SUFFIXES, "--format")
    if wanted is None and _is_pattern(options.input):
        wanted = SCORED_SUFFIXES.get(f".{given}", CSV)
    elif wanted is None and options.output != STREAM:
        wanted = _of_suffix(parser, options.output, SCORED_SUFFIXES, "--output-format")
    return given, wanted


def _of_suffix(
    parser: argparse.ArgumentParser, name: str, suffixes: dict[str, str], option: str
) -> str:
    form = suffixes.get(Path(name).suffix.lower())
    if form is None:
        known = ", ".join(suffixes)
        mend = f"name the format with {option}" if option else "name another file"
        parser.error(f"{name}: its suffix is none of {known}; {mend}")
    return form


def _is_pattern(source: str | None) -> bool:
    return source is not None and any(c in source for c in "*?[") and not Path(source).exists()


def run(options: argparse.Namespace) -> None:
    """Score what is asked for."""
    from stance.model.encoder import Hardware
    from stance.scoring.groups import Grouping
    from stance.scoring.request import Request
    from stance.scoring.run import score
    from stance.scoring.table import Options
    from stance.scoring.targets import find_targets

    grouping = None
    if options.by or options.period:
        grouping = Grouping(
            tuple(options.by),
            options.period,
            options.date_column,
            options.date_format,
            options.document,
        )
    score(
        Request(
            texts=options.texts,
            source=options.input or "",
            articles=options.article or [],
            layout=Layout(
                options.format,
                options.encoding,
                separator=options.delimiter,
                sheet=options.sheet,
            ),
            encoding=options.encoding,
            column=options.text_column,
            parts=_is_pattern(options.input),
            output=options.output,
            form=options.output_format,
            mark=options.bom,
            disarmed=options.no_formulas,
            options=Options(
                prefix=options.prefix,
                explain=options.explain,
                novelty=options.novelty,
                unlike=not options.texts,
                grouping=grouping,
                strip_markup=options.strip_markup,
                targets=find_targets(options.target, options.aliases) if options.target else None,
                only_about=options.only_about,
                label=options.label_column,
                label_names=tuple(options.map),
                identity=options.id_column,
            ),
            chart=options.chart,
            abstained=options.abstained,
            by_confidence=options.sort is not None,
            resume=options.resume,
            scheduler=options.scheduler,
            workers=options.workers,
            model=options.model,
            hardware=Hardware(options.threads, options.device),
        )
    )
