"""Whether a Dask scheduler is there, and stays there: every fault of it ends within seconds.

The library waits for a server that takes connections and never answers, and forever for workers
that do not come back. So nothing is asked of it here without a limit.
"""

import asyncio
import logging
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from queue import Empty, Queue
from ssl import SSLError
from typing import Any, TypeVar

from distributed import Client, LocalCluster, Security
from distributed.core import connect as open_comm
from distributed.versions import VersionMismatchWarning

from stance.errors import DataError

Answer = TypeVar("Answer")

# Seconds: for a first answer and a first worker; for later answers, and how long there may be none;
# for a farewell. Whatever goes wrong is told within ten.
PATIENCE = 3.0
LOOK, GONE = 2.0, 5.0
FAREWELL = 1.0


def within(seconds: float, call: Callable[[], Answer]) -> Answer:
    """Return what a call returns.

    Raises
    ------
    TimeoutError
        If it takes longer; it goes on in a thread that holds nobody up.
    """
    answers: Queue[tuple[Answer | None, BaseException | None]] = Queue()

    def run() -> None:
        try:
            answers.put((call(), None))
        except BaseException as error:  # noqa: BLE001 - it is raised where it was asked for
            answers.put((None, error))

    threading.Thread(target=run, daemon=True).start()
    try:
        answer, error = answers.get(timeout=seconds)
    except Empty:
        raise TimeoutError from None
    if error is not None:
        raise error
    return answer  # type: ignore[return-value]


@contextmanager
def connect(scheduler: str | None, workers: int | None) -> Iterator[Client]:
    """Give a client of a scheduler, or of a cluster of local processes that ends with it.

    Raises
    ------
    DataError
        If no scheduler answers at the address, or none that can be used.
    """
    _hush()
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
    _check(scheduler)
    try:
        client = within(
            2 * PATIENCE, lambda: Client(scheduler, timeout=f"{PATIENCE}s", set_as_default=False)
        )
    except Exception:  # noqa: BLE001 - it went away since
        raise _silent(scheduler) from None
    try:
        yield client
    finally:
        # One that does not answer is not waited for.
        with suppress(Exception):
            within(FAREWELL, lambda: client.close(FAREWELL))


def _hush() -> None:
    """Let Dask log nothing: what it survives is nobody's business, and what not is told here."""
    for name in ("asyncio", *logging.root.manager.loggerDict):
        # Some of its loggers have levels of their own.
        if name.partition(".")[0] in ("asyncio", "distributed", "tornado"):
            logging.getLogger(name).setLevel(logging.CRITICAL)
    warnings.simplefilter("ignore", VersionMismatchWarning)


def _silent(address: str) -> DataError:
    return DataError(
        f"{address}: no scheduler answers there; start one with `dask scheduler`, and workers with "
        "`dask worker ADDRESS` in a copy of this folder."
    )


def _check(address: str) -> None:
    """Raise a `DataError` if there is no scheduler at an address, or it has no workers."""
    start = time.monotonic()
    while True:
        try:
            found = within(PATIENCE, lambda: asyncio.run(_identity(address)))
        except Exception as error:  # noqa: BLE001 - a wrong address or another server: any type
            certificates = isinstance(error, TypeError | FileNotFoundError | SSLError)
            if certificates and address.startswith(("tls:", "wss:")):
                raise DataError(
                    f"{address}: it needs certificates; name them in Dask's configuration, as "
                    "DASK_DISTRIBUTED__COMM__TLS__CA_FILE, …__TLS__CLIENT__CERT and …__KEY."
                ) from None
            if isinstance(error, OSError):
                raise _silent(address) from None
            raise DataError(
                f"{address}: it is no address of a Dask scheduler; write it as tcp://HOST:PORT, "
                "as `dask scheduler` shows it."
            ) from None
        if found.get("type") != "Scheduler":
            raise DataError(
                f"{address}: a Dask {str(found.get('type', 'server')).lower()} answers there, and "
                "no scheduler; give the scheduler's address."
            )
        if found["workers"]:
            return
        if time.monotonic() - start > PATIENCE:
            raise DataError(
                f"{address}: the scheduler has no workers; start some with "
                f"`dask worker {address}` in a copy of this folder."
            )
        time.sleep(0.1)


async def _identity(address: str) -> dict[str, Any]:
    arguments = Security().get_connection_args("client")
    comm = await open_comm(address, timeout=PATIENCE, **arguments)
    try:
        await comm.write({"op": "identity", "reply": True})
        found = await comm.read()
    finally:
        comm.abort()
    if not isinstance(found, dict):
        raise TypeError(found)
    return found


def gone(what: str = "scheduler has", start: str = "it") -> DataError:
    """Return the error to raise where who was there is not any more."""
    return DataError(f"the {what} gone; start {start} again, and go on with --resume.")


class Watch:
    """Looks now and then whether a scheduler still answers and still has workers.

    Parameters
    ----------
    client
        Of the scheduler.
    restarted
        Whether workers that die are replaced for certain, as those of a local cluster are.
    """

    def __init__(self, client: Client, *, restarted: bool) -> None:
        self._client, self._restarted = client, restarted
        self._seen = time.monotonic()

    def look(self) -> None:
        """Raise a `DataError` if there was no scheduler, or no worker, for some seconds."""
        workers: dict[str, Any] | None = None
        with suppress(Exception):
            workers = within(LOOK, self._client.scheduler_info)["workers"]
        if workers or (workers is not None and self._restarted):
            self._seen = time.monotonic()
        elif time.monotonic() - self._seen > GONE:
            raise gone() if workers is None else gone("workers have all", "some")
