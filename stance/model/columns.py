"""What the columns are called that hold a label's figures."""


def probability_column(label: str) -> str:
    """Return the name of the column that holds a label's probability."""
    return f"p_{label.replace('-', '_')}"


def decision_column(label: str) -> str:
    """Return the name of the column that holds a label's decision value."""
    return f"d_{label.replace('-', '_')}"
