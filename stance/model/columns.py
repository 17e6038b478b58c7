"""What the columns are called that hold a label's figures."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray


def probability_column(label: str) -> str:
    """Return the name of the column that holds a label's probability."""
    return f"p_{label.replace('-', '_')}"


def decision_column(label: str) -> str:
    """Return the name of the column that holds a label's decision value."""
    return f"d_{label.replace('-', '_')}"


def probability_table(
    probabilities: NDArray[np.float64], labels: Sequence[str], index: pd.Index | None = None
) -> pd.DataFrame:
    """Return probabilities, shape (n, labels), as a data frame of four decimals."""
    columns = [probability_column(label) for label in labels]
    return pd.DataFrame(probabilities.round(4), columns=columns, index=index)
