"""A program in a pseudo-terminal, driven key by key, and processes that die where they are told."""

import re
from pathlib import Path

import pexpect

from tests.projects import ENVIRONMENT

# No escape sequence asks the terminal where the cursor is: nobody answers here.
# Whoever runs the tests may have a terminal of another size, and variables that say so.
TERMINAL = {
    **ENVIRONMENT,
    "PROMPT_TOOLKIT_NO_CPR": "1",
    "PAGER": "cat",
    "TERM": "xterm",
    "COLUMNS": "100",
    "LINES": "50",
}
ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")

_DYING = """
import os, signal
_replace, _left = os.replace, [int(os.environ["DIE_AT_RENAME"])]
def replace(*arguments, **options):
    _left[0] -= 1
    if not _left[0]:
        os.kill(os.getpid(), signal.SIGKILL)
    _replace(*arguments, **options)
os.replace = replace
"""


class Terminal:
    """A running program; `steps` are pairs of what must be shown and what is then typed."""

    def __init__(self, *command: str, folder: Path, **variables: str) -> None:
        self.process = pexpect.spawn(
            command[0],
            list(command[1:]),
            cwd=str(folder),
            env={**TERMINAL, **variables},
            encoding="utf-8",
            timeout=60,
            dimensions=(50, 100),
        )
        self.process.delaybeforesend = None
        self.shown = ""

    def step(self, *steps: tuple[str, str]) -> "Terminal":
        """Wait for a text (a regular expression), then type; each text must be shown anew."""
        for text, keys in steps:
            self.process.expect(text)
            self.shown += self.process.before + self.process.after
            self.process.send(keys)
        return self

    def end(self, code: int = 0) -> str:
        """Wait for the end and return all that was shown, without colours."""
        self.process.expect(pexpect.EOF)
        self.shown += self.process.before
        self.process.close()
        assert self.process.exitstatus == code, self.shown
        return plain(self.shown)

    def kill(self) -> None:
        """Kill the process, with no time to say anything."""
        self.process.kill(9)
        self.process.expect(pexpect.EOF)
        self.process.close()


def plain(shown: str) -> str:
    """Return what was shown without escape sequences and with spaces folded."""
    return re.sub(r"\s+", " ", ESCAPE.sub(" ", shown))


def dying(folder: Path, rename: int) -> dict[str, str]:
    """Return variables by which a Python program kills itself before its n-th rename."""
    (folder / "sitecustomize.py").write_text(_DYING, "utf-8")
    return {"PYTHONPATH": str(folder), "DIE_AT_RENAME": str(rename)}
