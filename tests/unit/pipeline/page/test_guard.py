"""What stands before every view, asked as somebody would who means harm."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from pipeline.page.guard import HEADERS, MOST_AT_ONCE, MOST_BYTES, Bucket, Guard, Place
from pipeline.page.people import Person, find_person
from tests.asgi import Client

PLACE = Place("127.0.0.1", 8123, frozenset({"127.0.0.1", "localhost"}))
ANN, BEN = Person("ann", "s" * 32), Person("ben", "t" * 32)


class World(NamedTuple):
    """A guard before a view that writes down who came."""

    guard: Guard
    came: list[str]
    client: Client


# None of them is Ann's whole secret at the place where it belongs.
ADDRESSES = [
    *("", "/", f"/{'x' * 32}", "/static", "/%ff%fe", "/..", "*", f"//{ANN.secret}"),
    *(f"/{ANN.secret[:-1]}", f"/{ANN.secret}x", f"/{ANN.secret}%00", f"/{ANN.secret}%2f"),
    *(f"/static/{ANN.secret}", f"/x/../{ANN.secret}", f"/{ANN.secret.upper()}"),
    f"http://127.0.0.1:8123/{ANN.secret}",
]
HOSTS = [
    *("evil.example:8123", "evil.example", "localhost.evil.example:8123", "localhost:8123."),
    *("127.0.0.1:8124", "127.0.0.1", "", "127.0.0.1:08123", "127.0.0.1:8123:8123"),
    *("0.0.0.0:8123", "[::1]:8123", "10.0.0.1:8123", "127.0.0.1:8123@evil.example"),
]


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as found:
        yield found


@pytest.fixture
def world(runner: asyncio.Runner) -> World:
    came: list[str] = []

    async def view(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        body = await request.body()
        came.append(f"{request.method} {request.state.person.name} {body.decode()}".strip())
        await PlainTextResponse(request.scope["root_path"])(scope, receive, send)

    guard = Guard(view, [ANN, BEN], PLACE)
    return World(guard, came, Client(guard, PLACE.shown, f"/{ANN.secret}", runner))


def test_whoever_has_a_link_is_let_through_as_who_they_are(world: World) -> None:
    answer = world.client.get("/")
    assert (answer.status, answer.text) == (200, f"/{ANN.secret}")
    assert world.client.post("/save", b"name=ben").status == 200
    assert world.came == ["GET ann", "POST ann name=ben"]


@pytest.mark.parametrize("base", ADDRESSES)
def test_without_the_whole_secret_there_is_nothing(world: World, base: str) -> None:
    client = world.client
    for target in ("/", "/static/page.css"):
        asked = Client(world.guard, client.host, base, client.runner).get(target)
        assert asked.status == 404
        assert ANN.secret not in asked.text
        assert "stance" not in asked.text
    assert world.came == []


def test_secrets_differ_and_stay_out_of_what_is_printed() -> None:
    people = [Person(f"coder-{number}") for number in range(50)]
    assert len({person.secret for person in people}) == 50
    assert all(len(person.secret) >= 32 for person in people)
    assert ANN.secret not in repr(ANN)
    assert find_person([ANN, BEN], BEN.secret) is BEN
    assert find_person([ANN, BEN], "ünknown\udcff") is None


@pytest.mark.parametrize("host", HOSTS)
def test_a_name_that_was_made_to_lead_here_shows_nothing(world: World, host: str) -> None:
    assert world.client.get("/", {"host": host}).status == 421
    assert world.client.post("/", headers={"host": host, "origin": f"http://{host}"}).status == 421
    assert world.came == []


def test_what_the_place_is_called() -> None:
    assert PLACE.is_called("LOCALHOST:8123")
    everywhere = Place("192.0.2.7", 80, frozenset({"desk"}), everywhere=True)
    assert everywhere.is_called("198.51.100.3:80")
    assert everywhere.is_called("[2001:db8::5]:80")
    assert everywhere.is_called("Desk:80")
    assert not everywhere.is_called("evil.example:80")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "http://127.0.0.1:8124"}, 403),
        ({"origin": "https://127.0.0.1:8123"}, 403),
        # Of two names of this place each is another origin.
        ({"origin": "http://localhost:8123"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": None}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"sec-fetch-site": "none"}, 403),
        ({"content-type": "text/plain"}, 415),
        ({"content-type": "multipart/form-data; boundary=x"}, 415),
        ({"content-type": "application/json"}, 415),
        ({"content-type": None}, 415),
        ({"content-length": ""}, 411),
        ({"content-length": "-1"}, 411),
        ({"content-length": "1e3"}, 411),
        ({"content-length": "\xb2"}, 411),
        ({"content-length": str(MOST_BYTES + 1)}, 413),
        ({"content-length": "9" * 5_000}, 413),
        ({"transfer-encoding": "chunked"}, 411),
    ],
)
def test_only_a_form_of_the_page_itself_changes_anything(
    world: World, headers: dict[str, str | None], status: int
) -> None:
    assert world.client.post("/save", headers=headers).status == status
    assert world.came == []


@pytest.mark.parametrize("name", ["host", "origin", "content-type", "content-length"])
def test_what_is_said_twice_is_not_said(world: World, name: str) -> None:
    usual = {"host": PLACE.shown, "origin": f"http://{PLACE.shown}", "content-length": "1"}
    usual["content-type"] = "application/x-www-form-urlencoded"
    headers = [*usual.items(), (name, usual[name])]
    assert world.client.ask("POST", "/save", b"a", headers).status == 400
    assert world.came == []


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "get"])
def test_other_methods_are_not_taken(world: World, method: str) -> None:
    assert world.client.ask(method, "/").status == 405
    assert world.came == []


def test_another_site_may_lead_here_but_draw_nothing_from_here(world: World) -> None:
    for site in ("cross-site", "same-site"):
        for mode, dest in [
            ("no-cors", "image"),
            ("cors", "empty"),
            ("navigate", "iframe"),
            ("", ""),
        ]:
            fetch = {"sec-fetch-site": site, "sec-fetch-mode": mode, "sec-fetch-dest": dest}
            assert world.client.get("/", fetch).status == 403
    assert world.came == []
    led = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}
    assert world.client.get("/", {**led, "sec-fetch-dest": "document"}).status == 200


def test_a_long_address_is_refused(world: World) -> None:
    assert world.client.get(f"/?{'x' * 9_000}").status == 414
    assert world.came == []


def test_strangers_are_held_back_and_nobody_else(world: World) -> None:
    stranger = Client(world.guard, PLACE.shown, "/guess", world.client.runner)
    found = [stranger.get("/").status for _ in range(80)]
    assert found[:50] == [404] * 50
    assert found.count(429) > 20
    assert world.client.get("/").status == 200


def test_changes_are_held_back_for_whoever_sends_too_many(world: World) -> None:
    found = [world.client.post("/save").status for _ in range(300)]
    assert found[:200] == [200] * 200
    assert 429 in found
    assert world.client.get("/").status == 200
    other = Client(world.guard, PLACE.shown, f"/{BEN.secret}", world.client.runner)
    assert other.post("/save").status == 200


def test_a_bucket_fills_again() -> None:
    now = [0.0]
    bucket = Bucket(2, 10, lambda: now[0])
    assert [bucket.take() for _ in range(3)] == [True, True, False]
    now[0] += 0.1
    assert [bucket.take() for _ in range(2)] == [True, False]
    now[0] += 1_000
    assert [bucket.take() for _ in range(3)] == [True, True, False]


def test_one_person_cannot_take_all_turns(runner: asyncio.Runner) -> None:
    busy: list[str] = []
    done = asyncio.Event()

    async def view(scope: Scope, receive: Receive, send: Send) -> None:
        name = scope["state"]["person"].name
        busy.append(name)
        if name == ANN.name:
            await done.wait()
        await PlainTextResponse("ok")(scope, receive, send)

    guard = Guard(view, [ANN, BEN], PLACE)

    async def ask(person: Person) -> None:
        async def send(_: object) -> None:
            pass

        path = f"/{person.secret}/"
        scope = {"type": "http", "method": "GET", "path": path, "raw_path": path.encode()}
        scope |= {"query_string": b"", "headers": [(b"host", PLACE.shown.encode())]}
        await guard(scope, _no_body, send)

    async def everybody() -> None:
        waiting = [asyncio.create_task(ask(ANN)) for _ in range(MOST_AT_ONCE + 5)]
        # Hers come first.
        await asyncio.sleep(0)
        await ask(BEN)
        assert (busy.count("ann"), busy.count("ben")) == (MOST_AT_ONCE, 1)
        done.set()
        await asyncio.gather(*waiting)
        assert busy.count("ann") == MOST_AT_ONCE + 5

    runner.run(everybody())


async def _no_body() -> dict[str, object]:
    return {"type": "http.request", "body": b"", "more_body": False}


def test_a_ticket_is_good_for_one_browser(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    base = f"/{world.guard.ticket(ANN)}"
    browser = Client(world.guard, PLACE.shown, base, world.client.runner)
    answer = browser.get("/")
    assert (answer.status, answer.headers["location"]) == (303, f"/{ANN.secret}/")
    assert browser.get("/").status == 404
    late = Client(world.guard, PLACE.shown, f"/{world.guard.ticket(ANN)}", world.client.runner)
    monkeypatch.setattr("time.monotonic", lambda: 1e12)
    assert late.get("/").status == 404


def test_every_answer_has_the_headers(world: World) -> None:
    answers = [
        world.client.get("/"),
        world.client.get("/", {"host": "evil.example"}),
        world.client.post("/", headers={"origin": "null"}),
        world.client.ask("PUT", "/"),
        Client(world.guard, PLACE.shown, "/x", world.client.runner).get("/"),
    ]
    for answer in answers:
        assert {name: answer.headers[name.lower()] for name in HEADERS} == HEADERS
        assert answer.headers["cache-control"] == "no-store"
        assert "server" not in answer.headers


def test_the_policy_lets_nothing_in_from_elsewhere() -> None:
    policy = HEADERS["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "*" not in policy
    assert "http" not in policy
    assert policy.startswith("default-src 'none'")
    page = (Path(__file__).parents[4] / "pipeline/page/templates/layout.html").read_text("utf-8")
    assert "style=" not in page
    assert "onclick" not in page
