"""The program and the stages in this process: many runs, and no start of Python for each."""

import csv
import io
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

import pytest

from stance.cli import main
from stance.errors import exit_with


def told(error: str) -> str:
    """Return what a run of scoring told besides what its model was measured to keep, said last."""
    return re.sub(r"stance score: Measured on [^\n]*\n\Z", "", error)


@dataclass(frozen=True)
class Done:
    """What a run has left."""

    code: int
    out: str
    err: str

    @property
    def told(self) -> str:
        """What a run of scoring told besides what its model was measured to keep, said last."""
        return told(self.err)

    def rows(self) -> list[dict[str, str]]:
        """Return the CSV that was written."""
        return list(csv.DictReader(io.StringIO(self.out, newline="")))


@dataclass(frozen=True)
class Inside:
    """What runs here as a user would run it in the current directory."""

    monkeypatch: pytest.MonkeyPatch
    captured: pytest.CaptureFixture[bytes]

    def stance(self, *arguments: str, stdin: str | bytes = b"", code: int | None = 0) -> Done:
        """Run `stance` with arguments and hold it to its exit code, if one is given."""
        given = stdin.encode() if isinstance(stdin, str) else stdin
        self.monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given)))
        return self._run(lambda: main(arguments), code)

    def stage(self, name: str, code: int = 0) -> Done:
        """Run a stage and hold it to its exit code."""
        module = import_module(f"pipeline.stages.{name}")
        return self._run(lambda: exit_with(name, module.main), code)

    def _run(self, call: Callable[[], None], code: int | None) -> Done:
        found = 0
        self.captured.readouterr()
        try:
            call()
        except SystemExit as left:
            found = int(left.code or 0)
        shown = self.captured.readouterr()
        done = Done(found, shown.out.decode(), shown.err.decode())
        assert code in (None, found), done
        return done
