"""How far a run has come: rows, rate and time left, on a terminal and nowhere else."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from stance.scoring.table import Progress
from stance.terminal import is_dumb, unguarded


@contextmanager
def progress_bar(*, shown: bool) -> Iterator[Progress]:
    """Give what shows rows, rate and time left on stderr, if that is a terminal that can."""
    if not (shown and sys.stderr.isatty()) or is_dumb():
        yield lambda *_: None
        return
    from tqdm import tqdm

    start, whole = time.monotonic(), 0
    known = "{percentage:3.0f} % |{bar:20}| {desc}, {remaining} left"
    stream = unguarded(sys.stderr)
    with tqdm(total=100.0, bar_format=known, leave=False, delay=0.1, file=stream) as bar:

        def progress(rows: int, share: float | None) -> None:
            nonlocal whole
            whole += rows
            rate = whole / (time.monotonic() - start)
            bar.set_description_str(f"{whole:,} rows, {rate:,.0f}/s", refresh=False)
            if share is None:
                bar.bar_format = "{desc}"
                bar.refresh()
            else:
                bar.update(100 * share - bar.n)

        yield progress
