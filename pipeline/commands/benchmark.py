"""`stance benchmark`: what the configured classifier is worth on another data set."""

import argparse
import sys
from pathlib import Path

from stance.commands.options import add_table, names
from stance.scoring.rows.formats import JSONL, LABELLED_FORMS, LABELLED_SUFFIXES, Layout


def add_options(parser: argparse.ArgumentParser) -> None:
    """Describe the command and its options."""
    parser.description = (
        "Train the encoder, features and classifier of params.yaml on TRAIN and "
        "measure them on TEST, beside their parts alone and the most frequent label: F1 of each "
        "label, macro-F1 and accuracy, with 95 % bootstrap intervals. CSV is read with quotes; in "
        "tab-separated files quotes are characters like others."
    )
    parser.add_argument("train", type=Path, metavar="TRAIN", help="labelled texts to train on")
    parser.add_argument("test", type=Path, metavar="TEST", help="labelled texts to predict")
    add_table(parser, "both files", {"text": "text", "label": "label", "id": None})
    parser.add_argument(
        "--group-column",
        metavar="NAME",
        help="a column such as the target: macro-F1 is given for each of its values, too",
    )
    parser.add_argument(
        "--per-group",
        action="store_true",
        help="train a classifier for each value of --group-column, on its rows only",
    )
    parser.add_argument(
        "--average",
        type=names,
        default=[],
        metavar="LABEL,LABEL",
        help="the labels whose F1 is averaged; errors on others count (default: all)",
    )
    parser.add_argument(
        "--format",
        choices=LABELLED_FORMS,
        help="of both files (default: by suffix, "
        f"{', '.join(f'{suffix} is {form}' for suffix, form in LABELLED_SUFFIXES.items())})",
    )
    parser.add_argument(
        "--no-header",
        action="store_true",
        help="the first line is a row; columns are named by their numbers, from 1",
    )
    parser.add_argument(
        "--output", type=Path, metavar="FILE", help="where to write the figures as JSON"
    )


def check(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    """Refuse options that do not go together, and settle the layouts of both files."""
    forms = []
    for path in (options.train, options.test):
        form = options.format or LABELLED_SUFFIXES.get(path.suffix.lower())
        if form is None:
            parser.error(f"{path}: no known suffix; name the format with --format")
        forms.append(form)
    if options.no_header and JSONL in forms:
        parser.error("--no-header: JSON lines have no header; leave it out")
    if options.per_group and options.group_column is None:
        parser.error("--per-group needs --group-column NAME")
    options.layouts = tuple(
        Layout(form, options.encoding, not options.no_header, options.delimiter, options.sheet)
        for form in forms
    )


def run(options: argparse.Namespace) -> None:
    """Train on the first file, measure on the second, and write the table and, if asked, JSON."""
    from pipeline.evaluation.benchmark import benchmark, render
    from pipeline.evaluation.datasets import Columns
    from stance.files import write_json

    result = benchmark(
        (options.train, options.test),
        options.layouts,
        Columns(options.text_column, options.label_column, options.group_column, options.id_column),
        options.average,
        per_group=options.per_group,
        names=dict(options.map),
    )
    if options.output is not None:
        write_json(options.output, result)
    sys.stdout.write(render(result))
