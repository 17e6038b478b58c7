"""What goes wrong with a cluster is one sentence after some seconds, or the work is done.

A worker that is killed while others live is in `test_interruption`.
"""

import os
import shutil
import signal
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from distributed import LocalCluster

from stance.scoring import cluster, scheduler
from tests.inside import Inside
from tests.projects import ENVIRONMENT, wait_for

SILENT = "no scheduler answers there; start one with `dask scheduler`"
NO_ADDRESS = "it is no address of a Dask scheduler; write it as tcp://HOST:PORT"


@pytest.fixture
def folder(small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with a model and a file of many statements."""
    shutil.copytree(small / "models", tmp_path / "models")
    rows = "".join(f"They met and spoke of {n} things.\n" for n in range(40_000))
    (tmp_path / "part-1.txt").write_text(rows, "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def fails(
    folder: Path, inside: Inside, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str, str], None]:
    """Return what holds a scheduler's address to a sentence."""
    monkeypatch.setattr(scheduler, "PATIENCE", 1.0)

    def hold(address: str, expected: str) -> None:
        command = ["score", "--input", "part-*.txt", "--output", "out", "--scheduler", address]
        done = inside.stance(*command, code=1)
        (line,) = done.err.splitlines()
        assert line.startswith("stance score: ")
        assert expected in line
        assert not list(folder.glob("*out*"))

    return hold


@pytest.fixture
def serve() -> Iterator[Callable[[bytes | None], str]]:
    """Return what starts a server that answers bytes to all who come, and gives its address."""
    sockets: list[socket.socket] = []

    def start(answer: bytes | None) -> str:
        server = socket.create_server(("127.0.0.1", 0))
        sockets.append(server)

        def run() -> None:
            while True:
                try:
                    taken, _ = server.accept()
                except OSError:
                    return
                sockets.append(taken)
                if answer == b"":
                    taken.close()
                elif answer:
                    taken.sendall(answer)

        threading.Thread(target=run, daemon=True).start()
        return f"tcp://127.0.0.1:{server.getsockname()[1]}"

    yield start
    for one in sockets:
        one.close()


@pytest.mark.parametrize(
    ("answer", "expected"),
    [(None, SILENT), (b"", SILENT), (b"HTTP/1.1 400 Bad Request\r\n\r\n" * 9, NO_ADDRESS)],
    ids=["never answers", "hangs up", "is another server"],
)
def test_a_server_that_is_no_scheduler(
    fails: Callable[[str, str], None],
    serve: Callable[[bytes | None], str],
    answer: bytes | None,
    expected: str,
) -> None:
    fails(serve(answer), expected)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("tcp://127.0.0.1:9", SILENT),
        ("tcp://no-such-host.invalid:8786", SILENT),
        ("tcp://127.0.0.1", NO_ADDRESS),
        ("tcp://127.0.0.1:port", NO_ADDRESS),
        ("http://127.0.0.1:8787", NO_ADDRESS),
        ("nonsense", NO_ADDRESS),
        ("tls://127.0.0.1:8786", "it needs certificates; name them in Dask's configuration"),
    ],
)
def test_a_wrong_address(fails: Callable[[str, str], None], address: str, expected: str) -> None:
    fails(address, expected)


def threads(workers: int) -> LocalCluster:
    """Return a cluster in threads of this process."""
    return LocalCluster(
        n_workers=workers,
        threads_per_worker=1,
        processes=False,
        protocol="tcp",
        host="127.0.0.1",
        # Any free port: another test may have the usual one.
        dashboard_address="127.0.0.1:0",
    )


def test_a_scheduler_that_does_not_help(
    fails: Callable[[str, str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    with threads(0) as none:
        fails(none.scheduler_address, "the scheduler has no workers; start some with `dask worker")
    with threads(1) as one:
        (worker,) = one.workers.values()
        fails(worker.address, "a Dask worker answers there, and no scheduler; give")
        monkeypatch.setattr(cluster, "__version__", "0.0.1")
        expected = "the workers need version 0.0.1 of it, and "
        fails(one.scheduler_address, expected)


def start(*command: str, folder: Path, **variables: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command,
        cwd=folder,
        env={**ENVIRONMENT, **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def running(folder: Path) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """Return a scheduler of its own process, and the file in which its address stands."""
    file = folder / "scheduler.json"
    command = ["dask", "scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard"]
    process = start(*command, "--scheduler-file", str(file), folder=folder)
    yield process, file
    process.send_signal(signal.SIGCONT)
    process.kill()
    process.communicate()


def worker_of(file: Path, folder: Path, **variables: str) -> subprocess.Popen[str]:
    command = ["dask", "worker", "--scheduler-file", str(file), "--no-nanny", "--no-dashboard"]
    return start(*command, "--host", "127.0.0.1", folder=folder, **variables)


def address_in(file: Path) -> str:
    from json import loads

    return str(loads(file.read_text("utf-8"))["address"])


def scoring(file: Path, folder: Path) -> subprocess.Popen[str]:
    command = ["stance", "score", "--input", "part-*.txt", "--output", "out"]
    return start(*command, "--scheduler", address_in(file), folder=folder)


def test_workers_without_the_program(
    running: tuple[subprocess.Popen[str], Path], folder: Path
) -> None:
    process, file = running
    wait_for(file.exists, process)
    (folder / "other/stance").mkdir(parents=True)
    (folder / "other/stance/__init__.py").write_text("raise ImportError('not here')\n", "utf-8")
    worker = worker_of(file, folder, PYTHONPATH=str(folder / "other"))
    try:
        run = scoring(file, folder)
        _, said = run.communicate()
    finally:
        worker.kill()
        worker.communicate()
    assert run.returncode == 1
    (line,) = said.splitlines()
    assert "lacks it (not here); run them in an environment with this version" in line


@pytest.mark.parametrize(
    ("killed", "with_signal", "expected"),
    [
        ("worker", signal.SIGKILL, "the workers have all gone; start some again, and go on"),
        ("scheduler", signal.SIGKILL, "the scheduler has gone; start it again, and go on"),
        ("scheduler", signal.SIGSTOP, "the scheduler has gone; start it again, and go on"),
    ],
)
def test_who_goes_away_in_the_middle_of_a_part(
    running: tuple[subprocess.Popen[str], Path],
    folder: Path,
    killed: str,
    with_signal: signal.Signals,
    expected: str,
) -> None:
    process, file = running
    wait_for(file.exists, process)
    worker = worker_of(file, folder)
    try:
        run = scoring(file, folder)
        wait_for((folder / ".out.partial/.part-1.csv.partial.json").exists, run)
        os.kill({"worker": worker, "scheduler": process}[killed].pid, with_signal)
        _, said = run.communicate()
    finally:
        worker.kill()
        worker.communicate()
    assert run.returncode == 1
    assert len(said.splitlines()) == 2, said
    kept, line = said.splitlines()
    assert kept == "stance score: parts that are finished are kept; --resume goes on."
    assert expected in line
