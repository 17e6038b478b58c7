"""Serving the page until somebody stops it: a socket, uvicorn, and the links."""

import asyncio
import atexit
import ipaddress
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

import uvicorn

from pipeline.page.connections import Connection
from pipeline.page.guard import Guard, Place
from pipeline.page.people import Person
from stance.errors import DataError

# Bytes of a request's head.
_MOST_HEAD = 32_768
# Seconds that an answer has to be whole when the page is stopped: each change takes less.
_GRACE = 2.0
# A terminal that is closed; Windows has none.
_HANGUP: signal.Signals | None = getattr(signal, "SIGHUP", None)
# What stops the page.
_STOPPING = [signal.SIGINT, signal.SIGTERM, *([_HANGUP] if _HANGUP else [])]
# Documentation's own addresses (RFC 5737, RFC 3849), which nobody has.
_ELSEWHERE = {socket.AF_INET: "192.0.2.1", socket.AF_INET6: "2001:db8::1"}


def listen(host: str) -> tuple[socket.socket, Place]:
    """Return a socket at a free port, and what it is called.

    Raises
    ------
    DataError
        If nothing can be served at the address.
    """
    try:
        # An empty name would be every address.
        found = socket.getaddrinfo(host.strip() or "?", 0, type=socket.SOCK_STREAM)
        family, *_, at = min(found, key=lambda one: one[0] != socket.AF_INET)
        listening = socket.create_server((str(at[0]), 0), family=family)
        # Head and body go out apart; the second would wait for the first to be acknowledged.
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except (OSError, UnicodeError) as error:
        # Python adds to what the system says of an address that is not this machine's.
        number = error.errno if isinstance(error, OSError) and error.errno else 0
        why = os.strerror(number) if number > 0 else getattr(error, "strerror", None) or error
        raise DataError(
            f"--host {host}: {why}; name an address of this machine without a port, such as "
            "127.0.0.1."
        ) from None
    return listening, _named(host.strip().lower(), listening)


def _named(host: str, listening: socket.socket) -> Place:
    """Return where a socket listens, by the name that was given."""
    number, port = listening.getsockname()[:2]
    address = ipaddress.ip_address(number)
    names = {_written(host), _written(number)}
    if address.is_loopback or address.is_unspecified:
        names.add("localhost")
    if address.is_unspecified:
        own = socket.gethostname().lower()
        names |= {own, f"{own}.local"}
        host = _outward(listening.family)
    return Place(
        _written(host),
        port,
        frozenset(names),
        everywhere=address.is_unspecified,
        local=address.is_loopback,
    )


def _written(host: str) -> str:
    """Return a host as an address has it."""
    return f"[{host}]" if ":" in host else host


def _outward(family: int) -> str:
    """Return at which address others are likely to reach this machine; nothing is sent."""
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((_ELSEWHERE[socket.AddressFamily(family)], 9))
        except OSError:
            return "127.0.0.1" if family == socket.AF_INET else "::1"
        return str(probe.getsockname()[0])


def link(place: Place, secret: str) -> str:
    """Return the address of the page for a secret."""
    return f"http://{place.shown}/{secret}/"


def tell(place: Place, people: Sequence[Person]) -> None:
    """Print the links, and what there is to know about them."""
    if not place.local:
        sys.stderr.write(
            "What goes between this machine and others is not encrypted: whoever can listen in the "
            "network between can read it, links and texts; on a network that is not yours, "
            "leave --host out and reach the page through SSH.\n"
        )
    sys.stderr.write("Whoever has a link can use it until Ctrl-C stops the page.\n")
    sys.stderr.flush()
    for person in people:
        who = f"{person.name}\t" if person.annotates else ""
        sys.stdout.write(f"{who}{link(place, person.secret)}\n")
    sys.stdout.flush()


class _Server(uvicorn.Server):
    """uvicorn, but that it ends at once, in order, and with 0, whichever signal stops it.

    Parameters
    ----------
    config
        Uvicorn's.
    stopped
        Called at the end.
    """

    def __init__(self, config: uvicorn.Config, stopped: Callable[[], None]) -> None:
        super().__init__(config)
        self._stopped = stopped

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop at a signal in the block, and keep it to ourselves."""
        # `nohup` means what it says.
        ignored = signal.getsignal(_HANGUP) is signal.SIG_IGN if _HANGUP else False
        stopping = [one for one in _STOPPING if one != _HANGUP or not ignored]
        before = {one: signal.signal(one, self.handle_exit) for one in stopping}
        try:
            yield
        finally:
            for one, handler in before.items():
                signal.signal(one, handler)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let what is being saved be saved, and wait for nothing else."""
        for one in self.servers:
            one.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        if self.server_state.tasks:
            await asyncio.wait(self.server_state.tasks, timeout=_GRACE)
        for listening in sockets or []:
            listening.close()
        if self.server_state.tasks:
            # A text is being scored in a thread, which Python would wait for.
            self._stopped()
            # Folders of sheets that are being made.
            atexit._run_exitfuncs()  # noqa: SLF001 - nothing else runs them before this end
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(0)


def _show(address: str) -> subprocess.Popen[bytes]:
    """Open a browser; what it says is not ours, and Ctrl-C is not meant for it."""
    return subprocess.Popen(  # noqa: S603 - our own Python
        [sys.executable, "-I", "-m", "webbrowser", address],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def serve(
    listening: socket.socket,
    app: Guard,
    place: Place,
    people: Sequence[Person],
    *,
    browser: bool,
    stopped: Callable[[], None],
) -> None:
    """Serve the page until Ctrl-C.

    Parameters
    ----------
    listening, place
        As `listen` returns them.
    app
        The application.
    people
        Who has a link.
    browser
        Whether the only link is opened.
    stopped
        Called at the end, whatever it was.
    """
    config = uvicorn.Config(
        app,
        http=Connection,
        ws="none",
        lifespan="off",
        log_config=None,
        # Faults of the program are told, what clients do wrong is not.
        log_level="error",
        access_log=False,
        server_header=False,
        h11_max_incomplete_event_size=_MOST_HEAD,
    )
    try:
        # Ctrl-C is how it ends, also before there is anything to end.
        with suppress(KeyboardInterrupt):
            tell(place, people)
            if browser and len(people) == 1:
                shown = _show(link(place, app.ticket(people[0])))  # noqa: F841 - kept while it runs
            _Server(config, stopped).run(sockets=[listening])
    finally:
        listening.close()
        stopped()
