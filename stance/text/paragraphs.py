"""The lines of a text as a table."""

import pandas as pd

from stance.files import fold


def paragraph_table(text: str) -> pd.DataFrame:
    """Return the lines of a text that are not blank: `line` (from 1) and `text`, folded."""
    rows = [
        (number, folded)
        for number, line in enumerate(text.splitlines(), start=1)
        if (folded := fold(line))
    ]
    return pd.DataFrame(rows, columns=["line", "text"])
