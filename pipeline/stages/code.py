"""Note by which code and libraries each stage would run, so that DVC sees when they are others.

A project that `stance init` has made runs it first, and always: its code is installed elsewhere.
"""

from pipeline.project.code import CODE, DVC_YAML, fingerprints, stages_in
from stance.errors import exit_with
from stance.files import read_text, write_json


def main() -> None:
    """Write `code.json`."""
    write_json(CODE, fingerprints(stages_in(read_text(DVC_YAML))))


if __name__ == "__main__":
    exit_with("code", main)
