"""Fits that do not depend on each other, on all processors where that pays."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from joblib import Parallel, delayed

Output = TypeVar("Output")

# Rows to fit on, over all jobs, from which it is worth while to start processes.
WORTH_PROCESSES = 20_000


def run_jobs(
    function: Callable[..., Output], jobs: Sequence[tuple[Any, ...]], rows: int
) -> list[Output]:
    """Return what the function gives for each job's arguments, in their order.

    Parameters
    ----------
    function
        Of the module level, so that other processes find it.
    jobs
        The arguments of each call.
    rows
        How many rows they are fitted on altogether.
    """
    processes = -1 if rows >= WORTH_PROCESSES else 1
    results: list[Output] = Parallel(n_jobs=processes)(delayed(function)(*job) for job in jobs)
    return results
