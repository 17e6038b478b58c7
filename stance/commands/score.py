"""`stance score`: statements of the command line, of a file, of many files."""

import argparse
from pathlib import Path

from stance.commands.options import add_encoding, add_model, count
from stance.files import STREAM
from stance.scoring.rows.formats import (
    ARTICLE_TEXT,
    CSV,
    JSONL,
    SCORED_SUFFIXES,
    STATEMENT_SUFFIXES,
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
    add_encoding(parser, "the input", None)
    parser.add_argument(
        "--text-column",
        default="text",
        metavar="NAME",
        help="the column of --input that holds the statement (default: text)",
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
    parser.add_argument(
        "--by",
        metavar="COLUMN",
        help="write the mix of stances for each value of a column to standard output, raw and "
        "corrected, with 95 %% intervals; the rows go to --output, if that is given",
    )
    parser.add_argument(
        "--chart", type=Path, metavar="FILE", help="draw that mix, as .svg, .png or .pdf"
    )
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
    add_model(parser)


def check(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    """Refuse options that do not go together, and settle the formats."""
    given = [bool(options.texts), options.input is not None, options.article is not None]
    to_file = options.output != STREAM
    many = _is_pattern(options.input)
    by = options.by is not None
    chart: Path | None = options.chart
    problems = {
        "give either statements or --input FILE or --article FILE": sum(given) != 1,
        "--resume needs --output FILE": options.resume and not to_file,
        "--chart needs --by COLUMN": chart and not by,
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
    options.format, options.output_format = _formats(parser, options)
    if options.explain and options.output_format not in (None, JSONL):
        parser.error("--explain writes JSON lines; name a .jsonl file, or --output-format jsonl")


def _formats(
    parser: argparse.ArgumentParser, options: argparse.Namespace
) -> tuple[str, str | None]:
    """Return the formats of input and output; None for what suits standard output."""

    def of_suffix(option: str, name: str, suffixes: dict[str, str]) -> str:
        form = suffixes.get(Path(name).suffix.lower())
        if form is None:
            known = ", ".join(suffixes)
            parser.error(f"{name}: its suffix is none of {known}; name the format with {option}")
        return form

    given: str | None = options.format
    wanted: str | None = options.output_format
    if options.article is not None:
        given = ARTICLE_TEXT
    elif options.input in (None, STREAM):
        given = given or CSV
    else:
        given = given or of_suffix("--format", options.input, STATEMENT_SUFFIXES)
    if wanted is None and _is_pattern(options.input):
        wanted = SCORED_SUFFIXES.get(f".{given}", CSV)
    elif wanted is None and options.output != STREAM:
        wanted = of_suffix("--output-format", options.output, SCORED_SUFFIXES)
    return given, wanted


def _is_pattern(source: str | None) -> bool:
    return source is not None and any(c in source for c in "*?[") and not Path(source).exists()


def run(options: argparse.Namespace) -> None:
    """Score what is asked for."""
    from stance.scoring.request import Request
    from stance.scoring.run import score
    from stance.scoring.table import Options

    score(
        Request(
            texts=options.texts,
            source=options.input or "",
            articles=options.article or [],
            layout=Layout(options.format, options.encoding or "utf-8"),
            encoding=options.encoding,
            column=options.text_column,
            parts=_is_pattern(options.input),
            output=options.output,
            form=options.output_format,
            options=Options(options.prefix, options.explain, options.by, options.novelty),
            chart=options.chart,
            resume=options.resume,
            scheduler=options.scheduler,
            workers=options.workers,
            model=options.model,
        )
    )
