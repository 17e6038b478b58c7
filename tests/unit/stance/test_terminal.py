"""No text, name or message commands a terminal, whoever writes it."""

import io
import sys

import pytest

from stance.terminal import Screen, guard, harmless
from tests.inside import Inside

EVIL = "a\x1b[31m\x07\x9b2J\r\u202e\u2066\u200b\u2028\ud800b"


class Terminal(io.StringIO):
    """What takes itself for a terminal."""

    def isatty(self) -> bool:
        """Say so."""
        return True


def commands(text: str) -> set[str]:
    return {c for c in text if not (c.isprintable() or c in "\n\t")}


def test_only_what_commands_is_replaced() -> None:
    assert not commands(harmless(EVIL))
    kept = "Zürich\tБанк 日本 “é”…\n"
    assert harmless(kept) == kept


def test_whatever_is_written_to_a_guarded_terminal_is_harmless(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "stdout", out := Terminal())
    monkeypatch.setattr(sys, "stderr", plain := io.StringIO())
    guard()
    guard()
    sys.stdout.write(f"{EVIL}\n")
    sys.stdout.writelines([EVIL])
    print(EVIL, file=sys.stdout)  # noqa: T201 - libraries do
    assert out.getvalue().count("b") == 3
    assert not commands(out.getvalue())
    sys.stderr.write("a\x1b")
    assert plain.getvalue() == "a\x1b"


def test_a_dumb_terminal_gets_no_colours_and_another_gets_ours_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for term, expected in (
        ("xterm", "\x1b[1mbold \ufffd[31m\x1b[0m\n"),
        ("dumb", "bold \ufffd[31m\n"),
    ):
        monkeypatch.setenv("TERM", term)
        monkeypatch.delenv("NO_COLOR", raising=False)
        monkeypatch.setattr(sys, "stdout", out := Terminal())
        guard()
        Screen(sys.stdout).cut([("bold \x1b[31m", "bold")])
        assert out.getvalue() == expected


def test_names_on_the_command_line_are_harmless_too(
    inside: Inside, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stderr", shown := Terminal())
    inside.stance("score", "--nonsense=\x1b[31m", code=2)
    inside.stance("score", "--model", "\x1b[31m.zip", "A", code=1)
    assert shown.getvalue().count("\ufffd[31m") == 2
    assert not commands(shown.getvalue())
