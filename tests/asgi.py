"""An application asked in this process, as uvicorn asks it: thousands of requests take seconds."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from starlette.types import ASGIApp, Message, Scope

from tests.opened import FORM, Answer

_NONE: Mapping[str, Any] = {}


@dataclass(frozen=True)
class Client:
    """Somebody who asks an application.

    Attributes
    ----------
    app
        The application.
    host
        What it is called.
    base
        The beginning of each address, such as a secret between slashes.
    runner
        The loop that it runs in.
    """

    app: ASGIApp
    host: str
    base: str
    runner: asyncio.Runner

    def ask(
        self,
        method: str,
        target: str,
        body: bytes = b"",
        headers: Mapping[str, str] | Iterable[tuple[str, str]] = (),
    ) -> Answer:
        """Send a request as it is, below the base, and return the answer.

        Parameters
        ----------
        method, target, body
            Of the request; of the target nothing is encoded that is not.
        headers
            Added to the host and the length of the body; those of the same name replace them.
        """
        raw, _, query = (self.base + target).partition("?")
        given = list(headers.items() if isinstance(headers, Mapping) else headers)
        named = {name.lower() for name, _ in given}
        usual = {"host": self.host, **({"content-length": str(len(body))} if body else {})}
        sent = [*((name, value) for name, value in usual.items() if name not in named), *given]
        scope: Scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "server": ("127.0.0.1", 1),
            "client": ("127.0.0.1", 2),
            "scheme": "http",
            "method": method,
            "root_path": "",
            "path": unquote(raw),
            "raw_path": raw.encode("ascii"),
            "query_string": query.encode("ascii"),
            "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in sent],
            "state": {},
        }
        return self.runner.run(self._answer(scope, body))

    def get(self, target: str, headers: Mapping[str, str] = _NONE) -> Answer:
        """Ask for a view."""
        return self.ask("GET", target, headers=headers)

    def post(
        self, target: str, body: bytes = b"a=b", headers: Mapping[str, str | None] = _NONE
    ) -> Answer:
        """Send a form as the page does, but for some headers; one that is None is left out."""
        own = {"origin": f"http://{self.host}", "content-type": FORM, **headers}
        return self.ask(
            "POST", target, body, {key: text for key, text in own.items() if text is not None}
        )

    async def _answer(self, scope: Scope, body: bytes) -> Answer:
        waiting = [{"type": "http.request", "body": body, "more_body": False}]
        sent: list[Message] = []

        async def receive() -> Message:
            if waiting:
                return waiting.pop()
            # As a browser that goes on listening.
            await asyncio.Event().wait()
            raise AssertionError

        async def send(message: Message) -> None:
            sent.append(message)

        await self.app(scope, receive, send)
        start, *parts = sent
        headers = {
            name.decode().lower(): value.decode("latin-1") for name, value in start["headers"]
        }
        content = b"".join(part.get("body", b"") for part in parts)
        return Answer(start["status"], headers, content)
