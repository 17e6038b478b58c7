"""`stance hydrate`: the real sentences again, from clones of where they come from."""

import argparse
import sys
from pathlib import Path

from stance.files import STREAM


def add_options(parser: argparse.ArgumentParser) -> None:
    """Describe the command and its options."""
    parser.description = (
        "Write the texts of the real sentences that may be trained on: data/real says where they "
        "stand. Clones are only read, and nothing is fetched."
    )
    parser.add_argument(
        "clones",
        type=Path,
        metavar="DIR",
        help="the folder of the clones, each named like its repository, or below its owner's name",
    )
    parser.add_argument(
        "--output", default=STREAM, metavar="FILE", help="where to write; - for standard output"
    )


def check(_parser: argparse.ArgumentParser, _options: argparse.Namespace) -> None:
    """Refuse nothing."""


def run(options: argparse.Namespace) -> None:
    """Write `id` and `text` of all that is found, and say on stderr what is missing, and why."""
    from pipeline.corpus.hydration import hydrate_training
    from stance.files import to_csv, write_text

    found, told = hydrate_training(options.clones)
    for line in told:
        sys.stderr.write(f"{line}\n")
    if options.output == STREAM:
        sys.stdout.write(to_csv(found))
    else:
        write_text(Path(options.output), to_csv(found))
