"""What stands before every view: secret, host, origin, sizes and rates, and headers for the answer.

The secret is in the address, so that no other site knows where to send a form, several annotators
can sit at one browser, and nothing has to be kept there. Host and origin are held to the address
that is served all the same, since secrets get about.
"""

import asyncio
import ipaddress
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import unquote_to_bytes

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pipeline.page.people import SECRET_SIZE, Person, find_person

# Bytes of a form: an article fits into it.
MOST_BYTES = 1_000_000
# Bytes of an address.
MOST_ADDRESS = 8_000
# Requests of one person that are answered at the same time; two browsers send no more.
MOST_AT_ONCE = 12
FORM = "application/x-www-form-urlencoded"
# Seconds that a browser has to come for the page that it was started with.
_TICKET_LASTS = 60
# Two of one of these would let two readers of a request read two things.
_SINGLE = (b"host", b"origin", b"content-type", b"content-length", b"sec-fetch-site")

# No script, style or picture from elsewhere, none inside the page, and no frame around it.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    # With none at all, forms would not say where they come from.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Robots-Tag": "noindex",
}


class Bucket:
    """So many at once, and so many a second from then on.

    Parameters
    ----------
    burst, rate
        How many at once; how many a second.
    clock
        Tells the time in seconds.
    """

    def __init__(
        self, burst: float, rate: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._burst, self._rate, self._clock = burst, rate, clock
        self._left, self._at = burst, clock()

    def take(self) -> bool:
        """Take one, if there is one."""
        now = self._clock()
        self._left = min(self._burst, self._left + (now - self._at) * self._rate)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True


@dataclass(frozen=True)
class Place:
    """Where the page is served.

    Attributes
    ----------
    host, port
        The address that links have.
    names
        All that the host may be called, in small letters, as an address has it.
    everywhere
        Whether it is served at each address of the machine.
    local
        Whether no other machine can reach it.
    """

    host: str
    port: int
    names: frozenset[str] = frozenset()
    everywhere: bool = False
    local: bool = True

    @property
    def shown(self) -> str:
        """The host and port as an address has them."""
        return f"{self.host}:{self.port}"

    def is_called(self, host: str) -> bool:
        """Tell whether a header `Host` names this place."""
        name, colon, port = host.lower().rpartition(":")
        if not colon or port != str(self.port):
            return False
        # Whoever makes a name of theirs lead here has no address of this machine as their own.
        return name in {self.host, *self.names} or (self.everywhere and _is_address(name))


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name.removeprefix("[").removesuffix("]"))
    except ValueError:
        return False
    return True


class Guard:
    """Let through what comes from this page and a person with a link.

    Views find the person as `request.state.person`, and the beginning of every address of theirs
    as `request.scope["root_path"]`.

    Parameters
    ----------
    app
        The views.
    people
        Who has a link.
    place
        Where the page is served.
    """

    def __init__(self, app: ASGIApp, people: Sequence[Person], place: Place) -> None:
        self._app, self._people, self._place = app, people, place
        self._of_person = {person.secret: Bucket(2_000, 400) for person in people}
        self._changes = {person.secret: Bucket(200, 50) for person in people}
        self._turns = {person.secret: asyncio.Semaphore(MOST_AT_ONCE) for person in people}
        self._strangers = Bucket(50, 5)
        self._ticket: tuple[str, Person, float] | None = None

    def ticket(self, person: Person) -> str:
        """Return what stands for the secret once, within a minute.

        A browser is started with it, since everybody on a machine sees what programs are started
        with.
        """
        ticket = secrets.token_urlsafe(SECRET_SIZE)
        self._ticket = ticket, person, time.monotonic() + _TICKET_LASTS
        return ticket

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or leave it to the views."""
        if scope["type"] != "http":
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = [(key.encode(), value.encode()) for key, value in HEADERS.items()]
                given = {key.lower() for key, _ in message["headers"]}
                if b"cache-control" not in given:
                    headers.append((b"Cache-Control", b"no-store"))
                message["headers"] = [*message["headers"], *headers]
            await send(message)

        try:
            person = self._admit(scope)
        except _RefusedError as refused:
            await refused.answer(scope, receive, send_with_headers)
            return
        async with self._turns[person.secret]:
            await self._app(scope, receive, send_with_headers)

    def _admit(self, scope: Scope) -> Person:
        """Return who sends a request that is to be answered, with them in its scope."""
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        if not self._place.is_called(headers.get(b"host", "")):
            raise _RefusedError(
                HTTPStatus.MISDIRECTED_REQUEST, "This page is served at another address."
            )
        raw = scope.get("raw_path") or b""
        if len(raw) + len(scope["query_string"]) > MOST_ADDRESS:
            raise _RefusedError(HTTPStatus.REQUEST_URI_TOO_LONG, "The address is too long.")
        secret = unquote_to_bytes(raw.split(b"/")[1] if b"/" in raw else b"")
        person = find_person(self._people, secret.decode("utf-8", "surrogateescape"))
        if person is None:
            raise self._refuse_stranger(secret)
        names = [name for name, _ in scope["headers"]]
        if any(names.count(name) > 1 for name in _SINGLE):
            raise _RefusedError(HTTPStatus.BAD_REQUEST, "The request says something twice.")
        if not self._of_person[person.secret].take():
            raise _RefusedError(HTTPStatus.TOO_MANY_REQUESTS, "Too many requests; wait a moment.")
        if scope["method"] in ("GET", "HEAD"):
            _check_sight(headers)
        elif scope["method"] == "POST":
            _check_change(headers)
            if not self._changes[person.secret].take():
                raise _RefusedError(
                    HTTPStatus.TOO_MANY_REQUESTS, "Too many changes; wait a moment."
                )
        else:
            raise _RefusedError(HTTPStatus.METHOD_NOT_ALLOWED, "The page takes GET, HEAD and POST.")
        scope["root_path"] = f"/{person.secret}"
        scope.setdefault("state", {})["person"] = person
        return person

    def _refuse_stranger(self, secret: bytes) -> "_RefusedError":
        """Return what there is for whoever has no secret: nothing, or a page for a ticket."""
        if self._ticket is not None:
            ticket, person, until = self._ticket
            if time.monotonic() > until:
                self._ticket = None
            elif secrets.compare_digest(ticket.encode(), secret):
                self._ticket = None
                return _RefusedError(HTTPStatus.SEE_OTHER, "", {"Location": f"/{person.secret}/"})
        if not self._strangers.take():
            return _RefusedError(
                HTTPStatus.TOO_MANY_REQUESTS, "Too many wrong addresses; wait a moment."
            )
        return _RefusedError(
            HTTPStatus.NOT_FOUND, "There is nothing at this address. A link works as a whole only."
        )


class _RefusedError(Exception):
    """A request that no view gets to see.

    Parameters
    ----------
    status, said
        What is answered.
    headers
        Of the answer.
    """

    def __init__(
        self, status: HTTPStatus, said: str, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(said)
        self.answer = PlainTextResponse(f"{said}\n", status, headers)


def _check_sight(headers: dict[bytes, str]) -> None:
    """Refuse what another site draws into its own page; it may lead to this one.

    Browsers keep such answers from it as they are, but there would be work, and time to measure.
    """
    if headers.get(b"sec-fetch-site", "none") in ("none", "same-origin"):
        return
    if (headers.get(b"sec-fetch-mode"), headers.get(b"sec-fetch-dest")) != ("navigate", "document"):
        raise _RefusedError(
            HTTPStatus.FORBIDDEN, "Another page asks for this one; nothing was shown."
        )


def _check_change(headers: dict[bytes, str]) -> None:
    """Refuse a form of another page, and what is no form or too long for one."""
    foreign = headers.get(b"sec-fetch-site", "same-origin") != "same-origin"
    if foreign or headers.get(b"origin", "").lower() != f"http://{headers[b'host'].lower()}":
        raise _RefusedError(
            HTTPStatus.FORBIDDEN, "The form comes from another page; nothing was changed."
        )
    if headers.get(b"content-type", "").split(";")[0].strip().lower() != FORM:
        raise _RefusedError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"The page takes forms ({FORM}).")
    size = headers.get(b"content-length", "")
    # What comes in chunks is as long as its sender likes, whatever else they say.
    if b"transfer-encoding" in headers or not (size.isascii() and size.isdecimal()):
        raise _RefusedError(HTTPStatus.LENGTH_REQUIRED, "The form does not say how long it is.")
    if len(size) > len(str(MOST_BYTES)) or int(size) > MOST_BYTES:
        raise _RefusedError(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            f"The form has more than {MOST_BYTES:,} bytes; give longer texts to `stance score`.",
        )
