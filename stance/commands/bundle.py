"""Write a model as one file that scores anywhere."""

import argparse
import sys
from pathlib import Path

from stance.commands.options import add_model


def add_options(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.description = (
        "Write the model as one file: arrays, encoder, model card, licences and attributions. "
        "It loads as it is: `stance score --model FILE`, or the variable STANCE_MODEL."
    )
    parser.add_argument("output", type=Path, metavar="OUT.zip", help="the file to write")
    add_model(parser)


def check(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    """Refuse what is no file's name."""
    if options.output.suffix.lower() != ".zip":
        parser.error(f"{options.output}: name a file that ends in .zip")


def run(options: argparse.Namespace) -> None:
    """Write the bundle."""
    from stance.model.bundle import bundle_model
    from stance.model.stance_model import StanceModel

    bundle_model(StanceModel.load(options.model), options.output)
    size = options.output.stat().st_size / 1e6
    sys.stderr.write(f"Wrote {options.output} ({size:.0f} MB).\n")
