"""What goes wrong because of data, params or a model file, told to people in one sentence.

Everything that a user can mend is raised as `DataError`; every program of this project ends
through `exit_with`, so that such an error is one line on stderr and never a traceback.
"""

import os
import sys
from collections.abc import Callable

BAD_DATA = 1


class DataError(Exception):
    """Bad data, params or model: one sentence that says what, where, and what would mend it."""


def exit_with(program: str, main: Callable[[], None]) -> None:
    """Run `main` and leave the process with exit code 0 (done) or 1 (bad data or model).

    Raises
    ------
    SystemExit
        With code 1 after a `DataError`, a failed read or write, or a reader that went away.
    """
    from stance.terminal import guard

    # Stages begin here; the program `stance` has done it before it looked at its options.
    guard()
    try:
        main()
        sys.stdout.flush()
    except DataError as error:
        sys.stderr.write(f"{program}: {error}\n")
        raise SystemExit(BAD_DATA) from None
    except BrokenPipeError:
        # The reader of stdout is gone; point stdout elsewhere, or Python complains at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(BAD_DATA) from None
    except OSError as error:
        sys.stderr.write(f"{program}: {error.filename or 'output'}: {error.strerror}.\n")
        raise SystemExit(BAD_DATA) from None
    except KeyboardInterrupt:
        sys.stderr.write(f"{program}: interrupted, nothing was written.\n")
        raise SystemExit(130) from None
