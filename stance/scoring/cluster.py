"""Score parts on the workers of Dask distributed: processes of this machine, or a cluster.

Dask is an extra, so this module is imported only where it is asked for. What it brings is a
scheduler that survives its workers: a part whose worker died goes to another one, which continues
after the last whole chunk.
"""

import os
import threading
from collections.abc import Iterator
from concurrent.futures import CancelledError
from contextlib import suppress
from typing import Any

from distributed import Client, Future, KilledWorker, Worker, WorkerPlugin, get_worker, wait

from stance import __version__
from stance.errors import DataError
from stance.model.stance_model import StanceModel
from stance.scoring.parts import Part, score_part
from stance.scoring.scheduler import FAREWELL, Watch, gone, within
from stance.scoring.tally import Tally

# Seconds: how often to look whether anybody is there, for workers to say which version they have,
# which may be the first that they import, and to take the model.
_LOOK = 1.0
_SAY = 6.0
_TAKE = 60.0


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
        If a part cannot be scored, its workers died again and again, or workers or the scheduler
        went away or have another version.
    """
    if not pinned:
        _check_versions(client)
    plugin = ModelPlugin(model, pinned=pinned)
    try:
        within(_TAKE, lambda: client.register_plugin(plugin, name=plugin.name))
    except Exception as error:  # noqa: BLE001 - whatever goes wrong on a worker comes back as it is
        raise _unfit(f"cannot take the model ({_first_line(error)})") from None
    futures = client.map(_score_here, parts, plugin=plugin.name, pure=False)
    watch = Watch(client, restarted=pinned)
    left = set(futures)
    try:
        while left:
            try:
                with client.as_current():
                    done, left = wait(left, timeout=_LOOK, return_when="FIRST_COMPLETED")
            except TimeoutError:
                watch.look()
                continue
            except CancelledError:
                raise gone() from None
            for future in done:
                yield _result(future, parts[futures.index(future)])
    finally:
        # A scheduler that does not answer is not waited for.
        with suppress(Exception):
            within(FAREWELL, lambda: client.cancel(futures))


def _check_versions(client: Client) -> None:
    """Raise a `DataError` if a worker has not this version of the program."""

    # A function in a function travels as code, which a worker without the program can run, too.
    def version() -> str:
        from stance import __version__

        return __version__

    try:
        found = within(_SAY, lambda: client.run(version, on_error="return"))
    except Exception as error:  # noqa: BLE001 - as above
        raise _unfit(f"do not answer ({_first_line(error)})") from None
    for worker, theirs in found.items():
        if theirs != __version__:
            what = f"has {theirs}" if isinstance(theirs, str) else f"lacks it ({theirs})"
            raise _unfit(f"need version {__version__} of it, and {worker} {what}")


def _unfit(what: str) -> DataError:
    return DataError(
        f"the workers {what}; run them in an environment with this version of the program."
    )


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")


def _result(future: Future, part: Part) -> Tally:
    """Return what was counted of a part; errors as `run_on` raises them."""
    try:
        tally: Tally = future.result()
    except (DataError, OSError):
        raise
    except KilledWorker:
        raise DataError(
            f"{part.source}: one worker after the other died over it; score it alone to see why."
        ) from None
    except CancelledError:
        raise gone() from None
    except Exception as error:  # noqa: BLE001 - as above
        raise _unfit(
            f"failed over {part.source} ({type(error).__name__}: {_first_line(error)})"
        ) from None
    return tally
