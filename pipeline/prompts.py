"""Questions and single keys on a terminal, for the commands that talk with somebody.

prompt_toolkit, which DVC brings along, edits lines and reads keys on every system; Textual would
be a second toolkit of that kind for screens that this project does not draw. A terminal that knows
no commands gets lines, and answers with lines.
"""

import shutil
import sys
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from stance.errors import DataError
from stance.terminal import harmless, is_dumb

if TYPE_CHECKING:
    from prompt_toolkit.key_binding.key_processor import KeyPressEvent

Fragments = list[tuple[str, str]]

ENTER = "enter"
_MAX_WIDTH = 100


class LeftError(DataError):
    """Whoever sits at the terminal has left: Ctrl-C, or the end of the input."""

    def __init__(self) -> None:
        super().__init__("left without an answer; nothing was written.")


def is_terminal() -> bool:
    """Tell whether somebody can be asked and shown something."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def ask(question: str, default: str = "", option: str | None = None) -> str:
    """Return the line that is typed after a question.

    Parameters
    ----------
    question
        Without its colon.
    default
        Stands there to be edited.
    option
        What answers the question on the command line, if anything does.

    Raises
    ------
    DataError
        If there is no terminal, but an option.
    LeftError
        If nobody answers.
    """
    if option and not is_terminal():
        raise DataError(f"{question}? There is no terminal to ask on; say it with {option}.")
    question = f"{harmless(question)}: "
    try:
        if is_dumb():
            return input(question).strip() or default
        from prompt_toolkit import prompt

        return prompt(question, default=default).strip()
    except (EOFError, KeyboardInterrupt):
        raise LeftError from None


def ask_key(keys: Collection[str], message: Sequence[tuple[str, str]]) -> str:
    """Show a message and return the first of the keys that is pressed; others do nothing.

    Parameters
    ----------
    keys
        Characters, several in a row to be pressed one after the other, or `ENTER`.
    message
        Styled text.

    Raises
    ------
    LeftError
        If nobody answers.
    """
    if is_dumb():
        return _typed_key(keys, message)
    from prompt_toolkit import Application
    from prompt_toolkit.formatted_text import FormattedText
    from prompt_toolkit.key_binding import KeyBindings
    from prompt_toolkit.layout import FormattedTextControl, Layout, Window

    bindings = KeyBindings()
    for name in keys:

        @bindings.add(*([name] if name == ENTER else name))
        def _pressed(event: "KeyPressEvent", name: str = name) -> None:
            event.app.exit(result=name)

        if name == ENTER:
            # What Enter sends while the terminal is not yet in raw mode.
            bindings.add("c-j")(_pressed)

    @bindings.add("c-c")
    @bindings.add("c-d")
    def _left(event: "KeyPressEvent") -> None:
        event.app.exit(exception=LeftError())

    window = Window(
        FormattedTextControl(FormattedText(_harmless(message))),
        dont_extend_height=True,
        wrap_lines=True,
    )
    application: Application[str] = Application(Layout(window), key_bindings=bindings)
    # However long somebody looks for the second key of two, the first one counts.
    application.timeoutlen = 86_400.0
    try:
        return application.run()
    except EOFError:
        raise LeftError from None


def _typed_key(keys: Collection[str], message: Sequence[tuple[str, str]]) -> str:
    """Return the first line that is one of the keys; an empty one is `ENTER`."""
    show(message)
    try:
        while (typed := input().strip() or ENTER) not in keys:
            pass
    except (EOFError, KeyboardInterrupt):
        raise LeftError from None
    return typed


def _harmless(fragments: Sequence[tuple[str, str]]) -> Fragments:
    return [(style, harmless(text)) for style, text in fragments]


def width() -> int:
    """Return how many columns text is wrapped at."""
    return min(shutil.get_terminal_size().columns, _MAX_WIDTH)


def wrap(fragments: Sequence[tuple[str, str]], columns: int) -> Fragments:
    """Break styled text into lines at its spaces.

    Parameters
    ----------
    fragments
        Pairs of style and text; no line breaks in the texts.
    columns
        The longest line; a longer word stands on a line of its own.
    """
    wrapped: Fragments = []
    column = 0
    for style, text in fragments:
        for word in text.split():
            if column and column + 1 + len(word) > columns:
                wrapped.append(("", "\n"))
                column = 0
            elif column:
                # Between two words of one style the space has it, too.
                wrapped.append((style if wrapped[-1][0] == style else "", " "))
                column += 1
            wrapped.append((style, word))
            column += len(word)
    return wrapped


def show(fragments: Sequence[tuple[str, str]]) -> None:
    """Write styled text and a line break."""
    if is_dumb():
        sys.stdout.write("".join(text for _, text in fragments) + "\n")
        return
    from prompt_toolkit import print_formatted_text
    from prompt_toolkit.formatted_text import FormattedText

    print_formatted_text(FormattedText(_harmless(fragments)))
