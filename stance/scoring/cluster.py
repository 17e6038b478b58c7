"""Score parts on the workers of Dask distributed: processes of this machine, or a cluster.

Dask is an extra, so this module is imported only where it is asked for. What it brings is a
scheduler that survives its workers: a part whose worker died goes to another one, which continues
after the last whole chunk.
"""

import logging
import os
import threading
from collections.abc import Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager
from typing import Any

from distributed import (
    Client,
    KilledWorker,
    LocalCluster,
    Worker,
    WorkerPlugin,
    as_completed,
    get_worker,
)

from stance.errors import DataError
from stance.model.stance_model import StanceModel
from stance.scoring.parts import Part, score_part
from stance.scoring.tally import Tally

# How long to wait for a scheduler, or for its first worker.
_PATIENCE = "5s"


class ModelPlugin(WorkerPlugin):  # type: ignore[misc]
    """The model on each worker: sent once, also to workers that come later, loaded when needed.

    Parameters
    ----------
    model
        What scores; its encoder is opened on the worker, where the model's files must be, too.
    pinned
        Whether each worker keeps to one core, as workers of one machine do: an encoder takes all
        the cores that it sees, and several would be in each other's way.
    """

    def __init__(self, model: StanceModel, *, pinned: bool) -> None:
        self.name = f"stance-model-{os.getpid()}"
        self._model = model
        self._pinned = pinned

    def setup(self, worker: Worker) -> None:
        """Remember the worker's number; called on the worker."""
        self._number = worker.name
        self._lock = threading.Lock()
        if self._pinned:
            _pin(self._number)

    def score(self, part: Part) -> Tally:
        """Score a part with the worker's model, one part at a time."""
        with self._lock:
            return score_part(part, self._model)


def _pin(number: Any) -> None:
    if isinstance(number, int) and hasattr(os, "sched_setaffinity"):
        cores = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {cores[number % len(cores)]})


def _score_here(part: Part, plugin: str) -> Tally:
    model: ModelPlugin = get_worker().plugins[plugin]
    return model.score(part)


@contextmanager
def connect(scheduler: str | None, workers: int | None) -> Iterator[Client]:
    """Give a client of a scheduler, or of a cluster of local processes that ends with it.

    Raises
    ------
    DataError
        If no scheduler answers at the address.
    """
    # Deaths of workers are survived, and told where they are not.
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    if scheduler is None:
        with (
            LocalCluster(
                n_workers=workers,
                threads_per_worker=1,
                processes=True,
                host="127.0.0.1",
                # Any free port: another run may have the usual one.
                dashboard_address="127.0.0.1:0",
                memory_limit=0,
                silence_logs=logging.CRITICAL,
            ) as cluster,
            Client(cluster, set_as_default=False) as client,
        ):
            yield client
        return
    try:
        client = Client(scheduler, timeout=_PATIENCE, set_as_default=False)
    except (OSError, ValueError, TypeError):
        raise DataError(
            f"{scheduler}: no scheduler answers there; start one with `dask scheduler`, and "
            "workers with `dask worker ADDRESS` in a copy of this folder."
        ) from None
    with client:
        try:
            client.wait_for_workers(1, timeout=_PATIENCE)
        except TimeoutError:
            raise DataError(
                f"{scheduler}: the scheduler has no workers; start some with "
                f"`dask worker {scheduler}` in a copy of this folder."
            ) from None
        yield client


def run_on(
    client: Client, parts: list[Part], model: StanceModel, *, pinned: bool
) -> Iterator[Tally]:
    """Score parts on the workers of a client, and yield what was counted of each.

    Parameters
    ----------
    client
        Of a scheduler whose workers see the same files under the same names.
    parts
        What is to be scored.
    model
        What scores.
    pinned
        As for `ModelPlugin`.

    Raises
    ------
    DataError
        If a part cannot be scored, or its workers died again and again.
    """
    plugin = ModelPlugin(model, pinned=pinned)
    try:
        client.register_plugin(plugin, name=plugin.name)
    except Exception as error:  # noqa: BLE001 - whatever goes wrong on a worker comes back as it is
        raise DataError(
            f"the workers cannot take the model ({error}); run them in an environment with this "
            "version of the program."
        ) from None
    futures = client.map(_score_here, parts, plugin=plugin.name, pure=False)
    try:
        for future in as_completed(futures, loop=client.loop):
            try:
                yield future.result()
            except KilledWorker:
                part = parts[futures.index(future)]
                raise DataError(
                    f"{part.source}: one worker after the other died over it; score it alone to "
                    "see why."
                ) from None
            except CancelledError:
                raise DataError("the scheduler has gone; start it again and resume.") from None
    finally:
        client.cancel(futures)
