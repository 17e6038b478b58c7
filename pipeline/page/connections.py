"""Connections that wait for nobody for ever, and make room for others.

uvicorn has no time limit for a request that comes in byte by byte, and turns everybody away once
there are too many connections, for which nobody needs a secret.
"""

import asyncio
from contextlib import suppress
from http import HTTPStatus
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from pipeline.page.guard import HEADERS

# Connections; of more, the one goes that has waited longest for its client.
MOST_CONNECTIONS = 200
# Seconds in which a request has to be here as a whole; in which somebody has to take what is sent.
PATIENCE = 30.0


class Connection(H11Protocol):
    """A connection whose client has to hurry; what it is made of is uvicorn's."""

    _overdue: asyncio.TimerHandle | None = None
    _stalled: asyncio.TimerHandle | None = None
    _since = 0.0

    @property
    def receiving(self) -> bool:
        """Whether it is the client's turn."""
        return self.conn.their_state in (h11.IDLE, h11.SEND_BODY)

    def connection_made(self, transport: Any) -> None:
        """Begin, and end another one if there are too many."""
        super().connection_made(transport)
        self._watch()
        if len(self.connections) > MOST_CONNECTIONS:
            waiting = [one for one in self.connections if isinstance(one, Connection)]
            waiting = [one for one in waiting if one.receiving and one is not self]
            min(waiting, key=lambda one: one._since, default=self).abort()  # noqa: SLF001 - its own

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        for timer in (self._overdue, self._stalled):
            if timer is not None:
                timer.cancel()
        super().connection_lost(exc)

    def handle_events(self) -> None:
        """Take what has come."""
        super().handle_events()
        self._watch()

    def _watch(self) -> None:
        if not self.receiving:
            if self._overdue is not None:
                self._overdue.cancel()
            self._overdue = None
        elif self._overdue is None:
            self._since = self.loop.time()
            self._overdue = self.loop.call_later(PATIENCE, self.abort)

    def pause_writing(self) -> None:
        """Wait until somebody takes what was sent."""
        super().pause_writing()
        self._stalled = self.loop.call_later(PATIENCE, self.abort)

    def resume_writing(self) -> None:
        """Send more."""
        super().resume_writing()
        if self._stalled is not None:
            self._stalled.cancel()

    def send_400_response(self, msg: str) -> None:
        """Answer what is no request, with the headers of all answers."""
        headers = {"Content-Type": "text/plain; charset=utf-8", "Connection": "close", **HEADERS}
        answer = h11.Response(
            status_code=HTTPStatus.BAD_REQUEST,
            headers=[(name.encode(), value.encode()) for name, value in headers.items()],
        )
        # Where an answer has begun there is none to be given.
        with suppress(h11.LocalProtocolError):
            for event in (answer, h11.Data(data=f"{msg}\n".encode()), h11.EndOfMessage()):
                self.transport.write(self.conn.send(event) or b"")
        self.transport.close()

    def shutdown(self) -> None:
        """End once what is under way is answered; whoever only waits is not waited for."""
        if self.receiving:
            self.abort()
        else:
            super().shutdown()

    def abort(self) -> None:
        """End at once."""
        self.transport.abort()
