"""The `stance` program: a table of its commands, whose modules are imported when they are called.

So `--help` and a mistyped option answer at once. The workshop's commands stand here as strings,
since the library imports nothing of `pipeline`.
"""

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import NamedTuple, Protocol, cast

from stance.errors import DataError, exit_with
from stance.terminal import guard


class Command(NamedTuple):
    """Where a command is, and what it does in a line."""

    module: str
    summary: str


class CommandModule(Protocol):
    """What the module of every command has."""

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Describe the command and its options."""

    def check(self, parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
        """Leave with a usage error where options do not go together."""

    def run(self, options: argparse.Namespace) -> None:
        """Do it."""


COMMANDS = {
    "score": Command("stance.commands.score", "score statements with the saved model"),
    "bundle": Command("stance.commands.bundle", "write the model as one file that scores anywhere"),
    "audit": Command("pipeline.commands.audit", "find out how right the model is on your texts"),
    "compare": Command(
        "pipeline.commands.compare", "say whether one run is really better than another"
    ),
    "benchmark": Command(
        "pipeline.commands.benchmark", "measure the configured classifier on another data set"
    ),
    "add": Command("pipeline.commands.add", "add an article to the project"),
    "annotate": Command("pipeline.commands.annotate", "annotate sentences on the terminal"),
    "open": Command("pipeline.commands.open", "read, check and annotate in a browser"),
    "export": Command(
        "pipeline.commands.export", "write sentences and votes for another annotation tool"
    ),
    "import": Command("pipeline.commands.import_", "take in votes from another annotation tool"),
    "agreement": Command("pipeline.commands.agreement", "show how far the annotators agree"),
    "hydrate": Command(
        "pipeline.commands.hydrate", "find real sentences again in clones of their repositories"
    ),
    "init": Command("pipeline.commands.init", "make a new project for another codebook"),
}

# Options whose values are labels, which may begin with a minus.
OF_LABELS = ("--labels", "--background", "--average", "--map")


# What the extras bring; everything else that is missing is no user's business.
_OF_SHARES = ["matplotlib", "scipy", "tabulate"]
_OF_PIPELINE = ["dvc", "jinja2", "joblib", "prompt_toolkit", "pydantic", "ruamel", "sklearn"]
_OF_PAGE = ["markdown_it", "starlette", "uvicorn"]
_EXTRAS = {"pipeline": [*_OF_PIPELINE, *_OF_SHARES], "shares": _OF_SHARES, "page": _OF_PAGE}


class _Version(argparse.Action):
    """Show the version; it is looked up when it is asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from stance import __version__

        sys.stdout.write(f"{parser.prog} {__version__}\n")
        parser.exit()


def _run(module: CommandModule, options: argparse.Namespace) -> None:
    try:
        module.run(options)
    except ModuleNotFoundError as error:
        missing = str(error.name).partition(".")[0]
        # What an audit of plain tables needs is what shares need; the rest is the workshop's.
        light = options.command == "score" or (options.command == "audit" and missing in _OF_SHARES)
        extra = "page" if missing in _OF_PAGE else "shares" if light else "pipeline"
        if missing not in _EXTRAS[extra]:
            raise
        raise DataError(
            f"this needs {missing}, which the extra {extra!r} brings; install it with "
            f"`pip install 'stance-pipeline[{extra}]'`."
        ) from None


def _module(command: str) -> CommandModule:
    return cast("CommandModule", import_module(COMMANDS[command].module))


def _attached(words: Sequence[str]) -> list[str]:
    """Return the words with labels that begin with a minus tied to their option.

    argparse takes ``-1,0,1`` for an option of its own.
    """
    tied: list[str] = []
    for word in words:
        if tied and tied[-1] in OF_LABELS and word[:1] == "-" and word[:2] != "--":
            tied[-1] += f"={word}"
        else:
            tied.append(word)
    return tied


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the program; exit code 0 done, 1 bad data or model, 2 bad usage."""
    guard()
    words = _attached(sys.argv[1:] if arguments is None else arguments)
    parser = argparse.ArgumentParser(
        prog="stance", description="The stance of a government toward an armed group, by sentence."
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="show the version and leave")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    parsers = {
        name: commands.add_parser(name, help=command.summary) for name, command in COMMANDS.items()
    }
    for one in (parser, *parsers.values()):
        # Python 3.14 would command the terminal, which is guarded.
        one.color = False  # type: ignore[attr-defined]
    # The program has no options with values of its own, so the first name is the command.
    if called := next((word for word in words if word in COMMANDS), None):
        _module(called).add_options(parsers[called])
    options = parser.parse_args(words)
    module = _module(options.command)
    module.check(parsers[options.command], options)
    exit_with(f"{parser.prog} {options.command}", lambda: _run(module, options))
