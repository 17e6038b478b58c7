"""The paragraphs of a text as a table."""

import pandas as pd

from stance.files import fold
from stance.text.layout import lay_out


def paragraph_table(text: str) -> pd.DataFrame:
    """Return the paragraphs of a text, put together as `lay_out` does.

    Returns
    -------
    `line`, the number of a paragraph's first line (from 1), and `text`, white space folded.
    """
    paragraphs = [(number, fold(text)) for number, text in lay_out(text).paragraphs]
    return pd.DataFrame(paragraphs, columns=["line", "text"])
