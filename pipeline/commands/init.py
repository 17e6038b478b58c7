"""`stance init`: a new project for another codebook."""

import argparse
import sys
from pathlib import Path

from stance.commands.options import parts


def add_options(parser: argparse.ArgumentParser) -> None:
    """Describe the command and its options."""
    parser.description = (
        "Make a folder with all that a project of another codebook needs: data to "
        "fill in, params, stages."
    )
    parser.add_argument("folder", type=Path, metavar="DIR", help="the new folder")
    parser.add_argument(
        "--labels",
        required=True,
        type=parts,
        metavar="A,B,...",
        help="the codebook's stances, which macro-F1 averages",
    )
    parser.add_argument(
        "--background",
        default="none",
        metavar="LABEL",
        help="the label of sentences without a stance; '' if there is none (default: none)",
    )


def check(_parser: argparse.ArgumentParser, _options: argparse.Namespace) -> None:
    """Refuse nothing: params hold the labels to their rules."""


def run(options: argparse.Namespace) -> None:
    """Make the folder, and say what comes next."""
    from pipeline.project.skeleton import make_project

    folder = make_project(options.folder, options.labels, options.background or None)
    sys.stderr.write(
        f"Made {folder}. Next, there: `stance import --from csv FILE --statements --annotator "
        "NAME --kind person`, then `dvc repro`; README.md says more.\n"
    )
