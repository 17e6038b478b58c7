"""Connections whose clients say too little for too long."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send
from uvicorn.server import ServerState

from pipeline.page import connections
from pipeline.page.connections import Connection
from pipeline.page.guard import HEADERS

Visit = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[bytes]]


async def answer(_: Scope, receive: Receive, send: Send) -> None:
    """Answer once all is here."""
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"done"})


async def answer_at_length(_: Scope, _receive: Receive, send: Send) -> None:
    """Answer more than anybody holds who does not read it."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for _number in range(4_000):
        await send({"type": "http.response.body", "body": bytes(100_000), "more_body": True})
    raise AssertionError


def visit(app: Any, what: Visit) -> bytes:
    """Return what somebody gets from an application."""

    async def walk() -> bytes:
        config = uvicorn.Config(app, lifespan="off", log_config=None, log_level="critical")
        state = ServerState()
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: Connection(config, state, {}), "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                return await what(reader, writer)
            finally:
                writer.close()

    return asyncio.run(walk())


async def rest(reader: asyncio.StreamReader) -> bytes:
    """Return all that comes until the other side hangs up."""
    found = b""
    try:
        while some := await reader.read(65_536):
            found += some
    except ConnectionError:
        pass
    return found


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"GET / HTTP/1.1\r\nHost: a\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\na",
    ],
)
def test_whoever_says_half_is_not_waited_for(sent: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "PATIENCE", 0.05)

    async def say_half(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        writer.write(sent)
        return await rest(reader)

    assert visit(answer, say_half) == b""


def test_whoever_says_all_is_answered_and_may_ask_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "PATIENCE", 5.0)

    async def ask_twice(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        writer.write(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\na")
        await writer.drain()
        writer.write(b"b")
        first = await reader.readuntil(b"done")
        writer.write(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        return first + await rest(reader)

    assert visit(answer, ask_twice).count(b"HTTP/1.1 200 OK") == 2


def test_whoever_does_not_read_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "PATIENCE", 0.05)
    ended = asyncio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await answer_at_length(scope, receive, send)
        except AssertionError:
            # What is sent to nobody is sent quickly.
            ended.set()

    async def read_nothing(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        await ended.wait()
        return b"ended"

    assert visit(app, read_nothing) == b"ended"


def test_what_is_no_request_gets_the_headers_of_all_answers() -> None:
    async def say_nonsense(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        writer.write(b"\x16\x03\x01\r\n\r\n")
        return await rest(reader)

    answered = visit(answer, say_nonsense)
    assert answered.startswith(b"HTTP/1.1 400 ")
    for name, value in HEADERS.items():
        assert f"{name}: {value}\r\n".encode() in answered


def test_what_is_no_request_after_one_ends_it_in_order() -> None:
    async def answer_late(_: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await receive()

    async def say_more(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        writer.write(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n")
        return await rest(reader)

    assert visit(answer_late, say_more).count(b"HTTP/1.1") <= 1
