"""`stance audit`: is the model right on my texts? Draw a sample, read it, learn from it."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.annotation.names import CSV as PLAIN
from pipeline.annotation.names import ODS, SPREADSHEETS, TOOLS, XLSX
from stance.commands.options import CSV, JSON, add_kind, add_model, count, parts
from stance.files import STREAM

if TYPE_CHECKING:
    from stance.audit.coded import Coded
    from stance.audit.record import Record

DRAW, READ, ADOPT = "draw", "read", "adopt"
TEXT, HTML = "text", "html"
# Suffixes of a sample that make a sheet of it.
_SHEETS = {f".{form}": form for form in (XLSX, ODS)}
_SCORED = "what `stance score` has written: a file, or the folder of its parts"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Describe the command and its options."""
    parser.description = (
        "Find out how right the model is on what it has scored: draw a random sample, code it "
        "without seeing the model's answers, and read what that says of the whole."
    )
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    draw = actions.add_parser(DRAW, help="draw texts to be coded, with known probabilities")
    draw.add_argument("scored", metavar="SCORED", help=_SCORED)
    draw.add_argument(
        "--size", type=count, default=200, metavar="N", help="how many texts (default: 200)"
    )
    draw.add_argument("--by", metavar="COLUMN", help="groups that each need figures")
    draw.add_argument(
        "--context",
        type=parts,
        default=[],
        metavar="COLUMN,COLUMN",
        help="columns that coders may see beside a text; of articles they see the sentence before",
    )
    draw.add_argument(
        "--output",
        type=Path,
        default=Path("sample.csv"),
        metavar="FILE",
        help="where to write the sample (default: sample.csv); how it was drawn is recorded beside "
        "it, in a file that ends in .audit.json",
    )
    draw.add_argument(
        "--to", choices=TOOLS, default=PLAIN, help="whose file the sample is (default: csv)"
    )
    draw.add_argument(
        "--text-column", default="text", metavar="NAME", help="as of `stance score` (default: text)"
    )
    draw.add_argument("--prefix", default="", metavar="TEXT", help="as of `stance score`")
    draw.add_argument(
        "--seed", type=int, default=0, metavar="N", help="another seed, another sample (default: 0)"
    )
    add_model(draw)
    for action, about in (
        (READ, "say from the coded sample how right the model is, and what the shares are"),
        (ADOPT, "take the coded sample into the project, to be trained on"),
    ):
        of_action = actions.add_parser(action, help=about)
        of_action.add_argument("scored", metavar="SCORED", help=_SCORED)
        of_action.add_argument(
            "coded",
            nargs="+",
            type=Path,
            metavar="CODED",
            help="the coded sample, a file per coder",
        )
        of_action.add_argument(
            "--from", dest="form", choices=TOOLS, default=PLAIN, help="whose files (default: csv)"
        )
        of_action.add_argument(
            "--record", type=Path, metavar="FILE", help="how it was drawn (default: found beside)"
        )
        if action == ADOPT:
            add_kind(of_action)
            continue
        of_action.add_argument(
            "--format", choices=[TEXT, JSON, CSV, HTML], default=TEXT, help="default: text"
        )
        of_action.add_argument(
            "--output", default=STREAM, metavar="FILE", help="where to write (default: stdout)"
        )


def check(_parser: argparse.ArgumentParser, _options: argparse.Namespace) -> None:
    """Refuse nothing: all options of an action go together."""


def run(options: argparse.Namespace) -> None:
    """Draw, read or adopt."""
    {DRAW: _draw, READ: _read, ADOPT: _adopt}[options.action](options)


def _draw(options: argparse.Namespace) -> None:
    from stance.audit.draw import draw_sample
    from stance.audit.record import SUFFIX
    from stance.audit.scored import Columns
    from stance.errors import DataError
    from stance.files import replacing
    from stance.model.stance_model import StanceModel

    record = options.output.with_name(f"{options.output.stem}{SUFFIX}")
    for path in (options.output, record):
        if path.exists():
            raise DataError(
                f"{path}: it is there already, perhaps with codes in it; name another file with "
                "--output."
            )
    columns = Columns(options.text_column, options.prefix, options.by, tuple(options.context))
    model = StanceModel.load(options.model)
    sample = draw_sample(options.scored, columns, model, options.size, options.seed)
    form = options.to
    if form == PLAIN:
        form = _SHEETS.get(options.output.suffix.lower(), PLAIN)
    if form == PLAIN:
        content = sample.as_csv().encode()
    else:
        from pipeline.audit.exchange import sample_file

        content = sample_file(sample, form)
    with replacing(options.output) as file:
        file.write(content)
    sample.record.write(record)
    sys.stderr.write(sample.told(options.output, record))


def _coded(options: argparse.Namespace) -> "tuple[Record, Coded]":
    from stance.audit.coded import match_codes, read_codes
    from stance.audit.record import find_record
    from stance.audit.scored import files_hash
    from stance.scoring.rows.labels import LabelNames
    from stance.terminal import visible

    digest = files_hash(options.scored)
    record = find_record(options.scored, digest, options.coded, options.record)
    labels = LabelNames(record.labels)
    notes: list[str] = []
    files = []
    for path in options.coded:
        if options.form in SPREADSHEETS:
            codes, of_file = read_codes(path, labels)
            notes += of_file
        else:
            from pipeline.audit.exchange import read_tool

            codes = read_tool(path, options.form, labels)
        files.append((str(path), codes))
    for note in [*notes, *labels.notes()]:
        sys.stderr.write(f"stance audit: {visible(note)}.\n")
    coded = match_codes(files, record)
    if coded.uncoded:
        names = ", ".join(record.units[number].name for number in coded.uncoded[:5])
        sys.stderr.write(
            f"stance audit: {len(coded.uncoded):,} of {len(record.units):,} texts of the sample "
            f"have no code ({names}{', …' if len(coded.uncoded) > 5 else ''}); those of each "
            "stratum that have stand for them.\n"
        )
    return record, coded


def _read(options: argparse.Namespace) -> None:
    from stance.audit.judging import judge
    from stance.files import write_text

    record, coded = _coded(options)
    content = _rendered(judge(record, coded), options.format)
    if options.output == STREAM:
        sys.stdout.write(content)
    else:
        write_text(Path(options.output), content)


def _rendered(result: "dict[str, Any]", form: str) -> str:
    if form == JSON:
        import json

        return json.dumps(result, indent=2, ensure_ascii=False) + "\n"
    if form == CSV:
        import pandas as pd

        from stance.audit.telling import share_rows
        from stance.files import to_csv

        return to_csv(pd.DataFrame(share_rows(result)))
    if form == HTML:
        from pipeline.report.audit import render_audit

        return render_audit(result)
    from stance.audit.telling import render

    return render(result)


def _adopt(options: argparse.Namespace) -> None:
    from pipeline.audit.adopting import adopt

    adopt(*_coded(options), options.kind)
