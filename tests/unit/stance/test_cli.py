"""The program answers at once: it loads the command that is called, and no more than it needs."""

import re
import sys
from importlib import import_module

import pytest

from stance.cli import COMMANDS
from tests.projects import ROOT, run

HEAVY = ["jinja2", "numpy", "pandas", "prompt_toolkit", "pydantic", "rich", "scipy", "sklearn"]
PROGRAM = f"""
import sys
from stance.cli import COMMANDS, main
try:
    main()
finally:
    print("loaded:", *[one.module for one in COMMANDS.values() if one.module in sys.modules])
    print("heavy:", *[name for name in {HEAVY} if name in sys.modules])
"""
WIDE = {"COLUMNS": "100"}


def loaded(*arguments: str, code: int) -> dict[str, list[str]]:
    """Return which commands' modules, and which heavy libraries, a run of the program loads."""
    done = run(sys.executable, "-c", PROGRAM, *arguments, folder=ROOT, code=code)
    found = re.findall(r"^(loaded|heavy):(.*)$", done.stdout, re.MULTILINE)
    return {name: names.split() for name, names in found}


def test_help_lists_the_commands_and_loads_none_of_them() -> None:
    assert loaded("--help", code=0) == {"loaded": [], "heavy": []}
    done = run("stance", "--help", folder=ROOT, variables=WIDE)
    for name, command in COMMANDS.items():
        assert re.search(rf"^    {name}\s+{re.escape(command.summary)}$", done.stdout, re.MULTILINE)
    # As a module it is the same program.
    module = run(sys.executable, "-m", "stance", "--help", folder=ROOT, variables=WIDE)
    assert module.stdout == done.stdout


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize(("option", "code"), [("--help", 0), ("--nonsense", 2)])
def test_help_and_a_mistyped_option_load_one_command_and_nothing_heavy(
    name: str, option: str, code: int
) -> None:
    expected = {"loaded": [COMMANDS[name].module], "heavy": []}
    assert loaded(name, option, code=code) == expected


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_has_its_options_its_check_and_its_run(name: str) -> None:
    module = import_module(COMMANDS[name].module)
    assert all(callable(getattr(module, part)) for part in ("add_options", "check", "run"))


def test_a_command_that_is_none_is_a_usage_error_that_names_those_there_are() -> None:
    done = run("stance", "scroe", "They met.", folder=ROOT, code=2)
    assert re.search(r"invalid choice: 'scroe' \(choose from '?score'?, ", done.stderr)
