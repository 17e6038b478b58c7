"""The `stance` program: one subcommand per module of `pipeline.commands`.

A command's module is imported when it is called, so that `--help` and a mistyped option answer at
once.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from pipeline.project.tables import ORIGINS
from pipeline.prompts import is_terminal
from stance.errors import exit_with
from stance.model.names import MODEL
from stance.scoring.rows.formats import (
    ARTICLE_TEXT,
    CSV,
    JSONL,
    LABELLED_FORMS,
    LABELLED_SUFFIXES,
    SCORED_SUFFIXES,
    STATEMENT_SUFFIXES,
    Layout,
)

INTERCHANGE = ["csv", "doccano", "label-studio", "prodigy"]

CHART_SUFFIXES = [".svg", ".png", ".pdf"]


def _add_score(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    score = commands.add_parser(
        "score",
        help="score statements with the saved model",
        description="Score statements: the most probable stance, its probability, and whether "
        "the model abstains. Every row of the input comes back once, with its own columns first.",
    )
    score.add_argument("texts", nargs="*", metavar="TEXT", help="a statement")
    score.add_argument(
        "--input",
        metavar="FILE",
        help="a file of statements, - for standard input, or a pattern of files such as "
        "'part-*.parquet'",
    )
    score.add_argument(
        "--article", metavar="FILE", help="an article's plain text, which is cut into sentences"
    )
    score.add_argument(
        "--output",
        default="-",
        metavar="FILE",
        help="where to write; - for standard output, which gets a table if it is a terminal; a "
        "folder for a pattern of files",
    )
    score.add_argument(
        "--format", choices=[*STATEMENT_SUFFIXES.values()], help="of --input (default: by suffix)"
    )
    score.add_argument(
        "--output-format",
        choices=[*SCORED_SUFFIXES.values()],
        help="of --output (default: by suffix, csv on standard output)",
    )
    score.add_argument(
        "--encoding",
        type=_encoding,
        default="utf-8",
        metavar="NAME",
        help="of the input, such as cp1252 (default: utf-8)",
    )
    score.add_argument(
        "--text-column",
        default="text",
        metavar="NAME",
        help="the column of --input that holds the statement (default: text)",
    )
    score.add_argument(
        "--prefix", default="", metavar="TEXT", help="what the added columns' names begin with"
    )
    score.add_argument(
        "--explain",
        action="store_true",
        help="say for each statement which words moved the decision, and show the most similar "
        "annotated sentences: coloured on a terminal, else JSON lines",
    )
    score.add_argument(
        "--by",
        metavar="COLUMN",
        help="write the mix of stances for each value of a column to standard output, raw and "
        "corrected, with 95 %% intervals; the rows go to --output, if that is given",
    )
    score.add_argument(
        "--chart", type=Path, metavar="FILE", help="draw that mix, as .svg, .png or .pdf"
    )
    score.add_argument(
        "--resume",
        action="store_true",
        help="go on where a run that was interrupted broke off, if there was one",
    )
    where = score.add_mutually_exclusive_group()
    where.add_argument(
        "--scheduler", metavar="ADDRESS", help="score on the workers of a Dask scheduler"
    )
    where.add_argument(
        "--workers", type=_positive, metavar="N", help="score in N processes, a core each"
    )
    score.add_argument(
        "--model", type=Path, default=MODEL, metavar="FILE", help=f"the model (default: {MODEL})"
    )

    score.set_defaults(
        run=lambda options: _run_score(score, options),
        check=lambda options: _check_score(score, options),
    )


def _score_forms(
    score: argparse.ArgumentParser, options: argparse.Namespace
) -> tuple[str, str | None]:
    """Return the formats of input and output; None for what suits standard output."""

    def of_suffix(option: str, name: str, suffixes: dict[str, str]) -> str:
        form = suffixes.get(Path(name).suffix.lower())
        if form is None:
            known = ", ".join(suffixes)
            score.error(f"{name}: its suffix is none of {known}; name the format with {option}")
        return form

    given: str | None = options.format
    wanted: str | None = options.output_format
    if options.article is not None:
        given = ARTICLE_TEXT
    elif options.input in (None, "-"):
        given = given or CSV
    else:
        given = given or of_suffix("--format", options.input, STATEMENT_SUFFIXES)
    if wanted is None and _is_pattern(options.input):
        wanted = SCORED_SUFFIXES.get(f".{given}", CSV)
    elif wanted is None and options.output != "-":
        wanted = of_suffix("--output-format", options.output, SCORED_SUFFIXES)
    return given, wanted


def _run_score(score: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    from stance.commands.score import Request, run
    from stance.scoring.table import Options

    given, wanted = _score_forms(score, options)
    run(
        Request(
            texts=options.texts,
            source=options.input or options.article or "",
            layout=Layout(given, options.encoding),
            column=options.text_column,
            parts=_is_pattern(options.input),
            output=options.output,
            form=wanted,
            options=Options(options.prefix, options.explain, options.by),
            chart=options.chart,
            resume=options.resume,
            scheduler=options.scheduler,
            workers=options.workers,
            model=options.model,
        )
    )


def _check_score(score: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    given = [bool(options.texts), options.input is not None, options.article is not None]
    to_file = options.output != "-"
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
            score.error(problem)
    _, wanted = _score_forms(score, options)
    if options.explain and wanted not in (None, JSONL):
        score.error("--explain writes JSON lines; name a .jsonl file, or --output-format jsonl")


def _is_pattern(source: str | None) -> bool:
    return source is not None and any(c in source for c in "*?[") and not Path(source).exists()


def _positive(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1")
    return int(text)


def _add_compare(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    compare = commands.add_parser(
        "compare",
        help="say whether one run is really better than another",
        description="Compare the predictions that two revisions committed: paired differences of "
        "macro-F1 with intervals and p-values, and the sentences that changed.",
    )
    compare.add_argument(
        "a", nargs="?", metavar="A", help="a revision, tag, experiment or `workspace` (HEAD)"
    )
    compare.add_argument("b", nargs="?", metavar="B", help="what is compared with it (workspace)")
    compare.add_argument(
        "--all",
        action="store_true",
        help="compare all experiments of the current commit with the best of them",
    )
    compare.add_argument(
        "--protocol",
        default="unseen_article",
        metavar="NAME",
        help="the protocol that --all orders by (default: unseen_article)",
    )
    compare.add_argument(
        "--format",
        choices=["table", "md", "json", "csv"],
        default="table",
        help="how to write the result (default: table)",
    )
    compare.add_argument(
        "--fail-if-worse",
        action="store_true",
        help="exit with code 1 if B is significantly worse under any protocol",
    )

    def run(options: argparse.Namespace) -> None:
        from pipeline.commands.compare import run, run_all

        if options.all:
            run_all(options.protocol, options.format)
        else:
            a, b = options.a or "HEAD", options.b or "workspace"
            run(a, b, options.format, fail_if_worse=options.fail_if_worse)

    def check(options: argparse.Namespace) -> None:
        if options.all and (options.a or options.fail_if_worse):
            compare.error("--all takes neither revisions nor --fail-if-worse")

    compare.set_defaults(run=run, check=check)


def _names(cell: str) -> list[str]:
    names = [name.strip() for name in cell.split(",")]
    if "" in names or len(set(names)) < len(names):
        raise argparse.ArgumentTypeError(f"{cell!r} must name labels, each once, between commas")
    return names


def _encoding(name: str) -> str:
    try:
        # Looking a codec up is not enough: some turn bytes into bytes.
        bytes(4).decode(name)
    except (LookupError, UnicodeError):
        raise argparse.ArgumentTypeError(f"{name!r} is no encoding of text") from None
    return name


def _add_benchmark(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    benchmark = commands.add_parser(
        "benchmark",
        help="measure the configured classifier on another data set",
        description="Train the encoder, features and classifier of params.yaml on TRAIN and "
        "measure them on TEST, beside their parts alone and the most frequent label: F1 of each "
        "label, macro-F1 and accuracy, with 95 % bootstrap intervals. CSV is read with quotes; in "
        "tab-separated files quotes are characters like others.",
    )
    benchmark.add_argument("train", type=Path, metavar="TRAIN", help="labelled texts to train on")
    benchmark.add_argument("test", type=Path, metavar="TEST", help="labelled texts to predict")
    for option, held in (("--text-column", "text"), ("--label-column", "label")):
        benchmark.add_argument(
            option,
            default=held,
            metavar="NAME",
            help=f"the column that holds the {held}; with --no-header its number, from 1 "
            f"(default: {held})",
        )
    benchmark.add_argument(
        "--group-column",
        metavar="NAME",
        help="a column such as the target: macro-F1 is given for each of its values, too",
    )
    benchmark.add_argument(
        "--per-group",
        action="store_true",
        help="train a classifier for each value of --group-column, on its rows only",
    )
    benchmark.add_argument(
        "--average",
        type=_names,
        default=[],
        metavar="LABEL,LABEL",
        help="the labels whose F1 is averaged; errors on others count (default: all)",
    )
    benchmark.add_argument(
        "--format",
        choices=LABELLED_FORMS,
        help="of both files (default: by suffix, "
        f"{', '.join(f'{suffix} is {form}' for suffix, form in LABELLED_SUFFIXES.items())})",
    )
    benchmark.add_argument(
        "--no-header", action="store_true", help="the first line is a row; columns are numbered"
    )
    benchmark.add_argument(
        "--encoding",
        type=_encoding,
        default="utf-8",
        metavar="NAME",
        help="of both files, such as cp1252 (default: utf-8)",
    )
    benchmark.add_argument(
        "--output", type=Path, metavar="FILE", help="where to write the figures as JSON"
    )

    def form(options: argparse.Namespace, path: Path) -> str:
        found: str | None = options.format or LABELLED_SUFFIXES.get(path.suffix.lower())
        if found is None:
            benchmark.error(f"{path}: no known suffix; name the format with --format")
        return found

    def run(options: argparse.Namespace) -> None:
        from pipeline.commands.benchmark import Columns, run

        files = options.train, options.test
        train, test = (
            Layout(form(options, path), options.encoding, not options.no_header) for path in files
        )
        columns = Columns(options.text_column, options.label_column, options.group_column)
        run(
            files,
            (train, test),
            columns,
            options.average,
            options.output,
            per_group=options.per_group,
        )

    def check(options: argparse.Namespace) -> None:
        forms = [form(options, path) for path in (options.train, options.test)]
        if options.no_header and JSONL in forms:
            benchmark.error("--no-header: JSON lines have no header; leave it out")
        if options.per_group and options.group_column is None:
            benchmark.error("--per-group needs --group-column NAME")

    benchmark.set_defaults(run=run, check=check)


def _add_add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    add = commands.add_parser(
        "add",
        help="add an article to the project",
        description="Add an article: clean its text, register it in data/articles.csv, and show "
        "how it is cut. What no option says is asked for on a terminal.",
    )
    add.add_argument(
        "article", metavar="ARTICLE", help="a text, or a saved web page (.html); - for stdin"
    )
    add.add_argument(
        "--document", metavar="NAME", help="its name here (default: from the title or the file)"
    )
    for name, about in {
        "title": "its title",
        "author": "who wrote it",
        "publisher": "who published it",
        "date": "when",
        "holder": "whose stance its sentences are about",
        "target": "toward whom",
    }.items():
        add.add_argument(f"--{name}", metavar="TEXT", help=about)
    add.add_argument(
        "--origin", choices=ORIGINS, help=f"where it comes from (default: {ORIGINS[0]})"
    )

    def run(options: argparse.Namespace) -> None:
        from pipeline.commands.add import QUESTIONS, run

        given = {name: getattr(options, name) for name in QUESTIONS}
        run(options.article, options.document, given)

    def check(options: argparse.Namespace) -> None:
        for name in ("holder", "target"):
            if not (getattr(options, name) or is_terminal()):
                add.error(f"give --{name}; there is no terminal to ask on")

    add.set_defaults(run=run, check=check)


def _add_annotate(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    annotate = commands.add_parser(
        "annotate",
        help="annotate sentences on the terminal",
        description="Annotate one sentence after the other; each answer is saved at once. The "
        "model's suggestion is shown after your own choice.",
    )
    annotate.add_argument(
        "document", nargs="?", metavar="DOCUMENT", help="one document (default: all)"
    )
    who = annotate.add_mutually_exclusive_group(required=True)
    who.add_argument("--annotator", metavar="NAME", help="annotate what nobody has annotated")
    who.add_argument(
        "--second", metavar="NAME", help="annotate what others have annotated, without their votes"
    )
    who.add_argument("--referee", metavar="NAME", help="decide what the others dispute")
    annotate.add_argument("--kind", metavar="TEXT", help="what a new annotator is, such as person")
    annotate.add_argument("--count", type=_count, metavar="N", help="stop after N sentences")
    annotate.add_argument(
        "--order",
        choices=["document", "uncertain", "diverse"],
        help="as the documents have them (the default), those first of which the model is least "
        "sure, or such ones from all over the material",
    )
    annotate.add_argument(
        "--suggest", action="store_true", help="show the model's suggestion before your choice"
    )
    annotate.add_argument(
        "--sample", type=_count, metavar="N", help="with --second: of N sentences drawn at random"
    )
    annotate.add_argument(
        "--seed", type=int, metavar="N", help="with --second: which sample (default: 0)"
    )

    def run(options: argparse.Namespace) -> None:
        from pipeline.commands.annotate import run, run_referee, run_second

        document, count = options.document, options.count
        if options.second:
            sample, seed = options.sample, options.seed or 0
            run_second(
                document, options.second, options.kind, sample=sample, seed=seed, count=count
            )
        elif options.referee:
            run_referee(document, options.referee, count=count, suggest=options.suggest)
        else:
            order, suggest = options.order or "document", options.suggest
            run(
                document, options.annotator, options.kind, order=order, count=count, suggest=suggest
            )

    def check(options: argparse.Namespace) -> None:
        if not options.second and (options.sample or options.seed is not None):
            annotate.error("--sample and --seed go with --second")
        if not options.annotator and options.order:
            annotate.error("--order goes with --annotator")
        if options.second and options.suggest:
            annotate.error("a second pass is blind: --suggest does not go with --second")
        if options.referee and options.kind:
            annotate.error("--kind does not go with --referee")

    annotate.set_defaults(run=run, check=check)


def _add_agreement(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    agreement = commands.add_parser(
        "agreement",
        help="show how far the annotators agree",
        description="Show Krippendorff's alpha with its interval by document and label, which "
        "labels the annotators confuse, and what is left for a referee.",
    )
    agreement.add_argument(
        "documents", nargs="*", metavar="DOCUMENT", help="some documents (default: all)"
    )
    agreement.add_argument(
        "--format",
        choices=["table", "json"],
        default="table",
        help="how to write it (default: table)",
    )

    def run(options: argparse.Namespace) -> None:
        from pipeline.commands.agreement import run

        run(options.documents, options.format)

    agreement.set_defaults(run=run, check=lambda _: None)


def _add_export(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    export = commands.add_parser(
        "export",
        help="write sentences and votes for another annotation tool",
        description="Write documents as a file of another annotation tool, with the votes that "
        "there are.",
    )
    export.add_argument("--to", required=True, choices=INTERCHANGE, help="whose file it is")
    export.add_argument(
        "documents", nargs="*", metavar="DOCUMENT", help="some documents (default: all)"
    )
    export.add_argument(
        "--output", default="-", metavar="FILE", help="where to write; - for standard output"
    )

    def run(options: argparse.Namespace) -> None:
        from pipeline.commands.export import run

        run(options.documents, options.to, options.output)

    export.set_defaults(run=run, check=lambda _: None)


def _add_import(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    import_ = commands.add_parser(
        "import",
        help="take in votes from another annotation tool",
        description="Take in the votes of a file: all of them, or none where a row does not fit.",
    )
    import_.add_argument(
        "--from", dest="form", required=True, choices=INTERCHANGE, help="whose file it is"
    )
    import_.add_argument("file", metavar="FILE", help="the file that the tool has exported")
    import_.add_argument(
        "--annotator", required=True, metavar="NAME", help="whose votes those are that name nobody"
    )
    import_.add_argument("--kind", metavar="TEXT", help="what a new annotator is, such as person")
    import_.add_argument(
        "--statements",
        action="store_true",
        help="take sentences that no document has for single statements",
    )

    def run(options: argparse.Namespace) -> None:
        from pipeline.commands.import_ import run

        run(
            options.form,
            options.file,
            options.annotator,
            options.kind,
            statements=options.statements,
        )

    import_.set_defaults(run=run, check=lambda _: None)


def _add_init(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    init = commands.add_parser(
        "init",
        help="make a new project for another codebook",
        description="Make a folder with all that a project of another codebook needs: data to "
        "fill in, params, stages.",
    )
    init.add_argument("folder", type=Path, metavar="DIR", help="the new folder")
    init.add_argument(
        "--labels",
        required=True,
        type=lambda text: [label.strip() for label in text.split(",")],
        metavar="A,B,...",
        help="the codebook's stances, which macro-F1 averages",
    )
    init.add_argument(
        "--background",
        default="none",
        metavar="LABEL",
        help="the label of sentences without a stance; '' if there is none (default: none)",
    )

    def run(options: argparse.Namespace) -> None:
        from pipeline.commands.init import run

        run(options.folder, options.labels, options.background or None)

    init.set_defaults(run=run, check=lambda _: None)


def _count(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1")
    return int(text)


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the program with all its commands."""
    parser = argparse.ArgumentParser(
        prog="stance", description="The stance of a government toward an armed group, by sentence."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_score(commands)
    _add_compare(commands)
    _add_benchmark(commands)
    _add_add(commands)
    _add_annotate(commands)
    _add_export(commands)
    _add_import(commands)
    _add_agreement(commands)
    _add_init(commands)
    return parser


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the program; exit code 0 done, 1 bad data or model, 2 bad usage."""
    parser = build_parser()
    options = parser.parse_args(arguments)
    options.check(options)
    exit_with(f"{parser.prog} {options.command}", lambda: options.run(options))
