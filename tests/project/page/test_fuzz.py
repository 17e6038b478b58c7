"""Whatever is sent to the page: no fault, nothing from outside, and only what may be written is.

Requests are generated, by the same dice each time, from what the pages themselves offer: their
links and forms, with values that no person would send. What a page offers depends on what was sent
before, so that nothing could be made simpler afterwards, as Hypothesis does.
"""

import argparse
import asyncio
import csv
import os
import random
import re
import shutil
from collections.abc import Iterator, Sequence
from html import unescape
from http import HTTPStatus
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qsl, quote, quote_from_bytes, urlsplit

import pytest
from starlette.routing import Route

from pipeline.commands import open as command
from pipeline.page.guard import HEADERS, Bucket, Guard, Place
from pipeline.page.opening import Content, find_content
from tests.asgi import Client
from tests.opened import FORM, Answer, opened
from tests.page import Page
from tests.projects import MARKED_UP, ROOT, mark_up, run

PLACE = Place("127.0.0.1", 8123, frozenset({"127.0.0.1"}))
CANARY = "what lies outside is nobody's business"
SCORED, SAMPLE = "scored.csv", "sample.csv"
ANN, BEN = ("--annotator", "coder-1"), ("--annotator", "referee")
OPENED = {
    "project": [*ANN, *BEN, "--edit-codebook"],
    "scored": [SCORED],
    "articles": ["articles.csv"],
    "sample": [SAMPLE, *ANN, *BEN],
}
# All that the page may write.
WRITTEN = re.compile(
    r"data/annotations/[^/]+\.csv|data/(?:notes|annotators)\.csv|data/codebook\.md"
    r"|sample\.(?:coder-1|referee)\.csv"
)
MARKUP = ['"><img src=x onerror=alert(1)>', "<script>alert(1)</script>", "{{ 7 * 7 }}", "'-->x"]
VALUES = [
    *("", " ", "0", "-1", "1", "2", "99999999999999999999", "1e309", "nan", "inf", "-inf", "0.5"),
    *(
        "on",
        "hostile",
        "none",
        "coder-1",
        "referee",
        "../canary.txt",
        "/etc/passwd",
        "..",
        "a/../b",
    ),
    *(
        "a" * 5_000,
        "\u00fc\u4e2d\U0001f600\u202e",
        "e\u0301" * 300,
        "%",
        "%00",
        "\\",
        "'",
        '"',
        '""',
    ),
    *("a*", "*", "NEAR(", "a AND", '"a', "2020-W54", "0000", "9999-12-31", "\r\nSet-Cookie: a=b"),
    *("=1+1", "save", "skip", "undo", "withdraw", "russia-taliban", "\ufeff", "\u00a0", "\u2028"),
    *MARKUP,
]
# What a query can hold and no text can.
RAW = [b"\xff\xfe", b"\xed\xa0\x80", b"\x00", b"\x1b[2J", b"\xc0\xae"]
# Requests to each of what is open.
MANY = 150


class Form(NamedTuple):
    """A form of a page: where it goes, what it sends, and how."""

    path: str
    method: str
    fields: list[tuple[str, str]]


class World(NamedTuple):
    """Something that is open, and those who have links."""

    content: Content
    guard: Guard
    clients: list[Client]


def links_of(text: str, base: str) -> list[str]:
    """Return where the links of a page lead, below the secret."""
    found = re.findall(r'(?:href|src)="([^"]*)"', text)
    return [unescape(one).removeprefix(base) for one in found if unescape(one).startswith(base)]


def forms_of(text: str, base: str) -> list[Form]:
    """Return the forms of a page, for each button that leads elsewhere another one.

    Of a choice all that can be chosen is among the fields.
    """
    page = Page()
    page.feed(text)
    page.close()
    found = []
    for form in page.find("form"):
        inside = [one for one in page.elements if form in one.parents]
        fields = [
            (one.attributes["name"], one.attributes.get("value", one.text))
            for one in inside
            if one.tag in ("input", "button", "textarea") and "name" in one.attributes
        ]
        for option in (one for one in inside if one.tag == "option"):
            select = next(one for one in option.parents if one.tag == "select")
            fields.append((select.attributes["name"], option.attributes.get("value", option.text)))
        places = {one.attributes.get("formaction", "") for one in inside if one.tag == "button"}
        for place in {form.attributes.get("action", ""), *places} - {""}:
            method = form.attributes.get("method", "get").upper()
            found.append(Form(place.removeprefix(base), method, fields))
    return found


@pytest.fixture(scope="module")
def folder(small: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project full of markup, with what was scored and a sample of it."""
    above = tmp_path_factory.mktemp("fuzzed")
    (above / "canary.txt").write_text(CANARY, "utf-8")
    folder = Path(shutil.copytree(small, above / "project"))
    mark_up(folder)
    rows = [
        [f"{text} So said speaker {n}.", str(n), f"<i>p{n % 3}</i>", f"2020-0{n % 9 + 1}-01"]
        for n, text in enumerate(MARKED_UP * 20)
    ]
    with (folder / "in.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["text", "id", "party", "day"], *rows])
    (folder / "in-articles").mkdir()
    shutil.copy(folder / "data/articles/marked-up.txt", folder / 'in-articles/a "<b>&.txt')
    score = ["stance", "score", "--output"]
    run(*score, SCORED, "--input", "in.csv", folder=folder)
    run("stance", "score", "--article", "in-articles", "--output", "articles.csv", folder=folder)
    run("stance", "audit", "draw", SCORED, "--size", "12", "--output", SAMPLE, folder=folder)
    return folder


@pytest.fixture(scope="module")
def worlds(folder: Path) -> Iterator[dict[str, World]]:
    """Open everything in this process; nobody is held back by a rate."""
    before = Path.cwd()
    os.chdir(folder)
    found = {}
    with asyncio.Runner() as runner:
        for name, arguments in OPENED.items():
            parser = argparse.ArgumentParser()
            command.add_options(parser)
            content = find_content(parser.parse_args(arguments))
            guard = content.at(PLACE)
            plenty = {person.secret: Bucket(1e9, 1e9) for person in content.people}
            guard._of_person = guard._changes = plenty
            clients = [
                Client(guard, PLACE.shown, f"/{person.secret}/", runner)
                for person in content.people
            ]
            found[name] = World(content, guard, clients)
        yield found
        for world in found.values():
            world.content.close()
    os.chdir(before)


def everything(folder: Path) -> dict[str, bytes]:
    """Return all files of a folder, but for those that DVC keeps for itself."""
    paths = [path for path in folder.parent.rglob("*") if path.is_file() or path.is_symlink()]
    names = {path.relative_to(folder).as_posix(): path for path in paths if folder in path.parents}
    names |= {f"../{path.name}": path for path in paths if folder not in path.parents}
    return {name: path.read_bytes() for name, path in names.items() if ".dvc/tmp" not in name}


def hold(what: str, answer: Answer) -> None:
    """Hold the answer to a request to what every answer is."""
    status, headers, content = answer.status, answer.headers, answer.content
    assert status < HTTPStatus.INTERNAL_SERVER_ERROR, what
    assert {name: headers.get(name.lower()) for name in HEADERS} == HEADERS
    text = content.decode("utf-8", "replace")
    for inside in (CANARY, "root:x:", "Traceback", "site-packages", str(ROOT)):
        assert inside not in text, what
    assert "set-cookie" not in headers
    location = headers.get("location", "/")
    assert location.startswith("/")
    assert not location.startswith("//")
    if headers.get("content-type", "").startswith("text/html"):
        for markup in (*MARKUP[:2], *MARKED_UP[:3]):
            assert markup not in text, what
        for attribute in ("onerror", "onclick", "style"):
            assert not re.search(rf"<[^<>\"]*(?:\"[^\"]*\"[^<>\"]*)*\s{attribute}=", text), what


def crawl(client: Client) -> tuple[list[str], list[Form]]:
    """Return addresses and forms that somebody can come to; each page once, not each row."""
    queue, seen, forms = [""], {""}, {}
    shapes: set[str] = set()
    while queue:
        target = queue.pop(0)
        answer = client.get(target)
        hold(target, answer)
        found = []
        if answer.status == HTTPStatus.SEE_OTHER:
            found = [answer.headers["location"].removeprefix(client.base)]
        elif answer.headers["content-type"].startswith("text/html"):
            found = links_of(answer.text, client.base)
            for form in forms_of(answer.text, client.base):
                forms[form.path, form.method, len(form.fields)] = form
        for one in found:
            split = urlsplit(one)
            names = sorted({name for name, _ in parse_qsl(split.query)})
            shape = f"{re.sub('[0-9a-f]{8,}|[0-9]+', '0', split.path)}?{names}"
            if one not in seen and shape not in shapes:
                seen.add(one)
                shapes.add(shape)
                queue.append(one.split("#")[0])
    return sorted(seen), list(forms.values())


def encoded(value: str | bytes) -> str:
    return quote_from_bytes(value, safe="") if isinstance(value, bytes) else quote(value, safe="")


class Dice(random.Random):
    """What decides what is sent."""

    def odd(self) -> str | bytes:
        """Return a value that nobody would send."""
        letters = [chr(self.choice([*range(32, 127), *range(160, 0x3000)])) for _ in range(9)]
        several: list[str | bytes] = [*VALUES, *VALUES, *RAW, "".join(letters)]
        return self.choice(several)

    def query(self, usual: Sequence[tuple[str, str]]) -> str:
        """Return one field of each name, and now and then an odd value, one too few or too many."""
        names = dict.fromkeys(name for name, _ in usual)
        kept: list[tuple[str, str | bytes]] = [
            (name, self.choice([value for other, value in usual if other == name]))
            for name in names
        ]
        for _ in range(self.choice([0, 0, 1, 1, 3])):
            at, change = self.randrange(len(kept) or 1), self.randrange(6)
            if not kept or change == 0:
                kept.append((self.choice([*names, *VALUES]), self.odd()))
            elif change == 1:
                del kept[at]
            else:
                kept[at] = kept[at][0], self.odd()
        return "&".join(f"{encoded(name)}={encoded(value)}" for name, value in kept)

    def request(self, paths: Sequence[str], forms: Sequence[Form]) -> tuple[str, str, bytes]:
        """Return a method, a target below the secret, and the body of a form."""
        if forms and self.random() < 0.6:
            form = self.choice(forms)
            sent = self.query(form.fields)
            if form.method == "POST":
                return "POST", sendable(form.path), sent.encode()
            return "GET", sendable(f"{form.path}?{sent}"), b""
        split = urlsplit(self.choice(paths))
        path = split.path.split("/")
        if self.random() < 0.25:
            path[self.randrange(len(path))] = encoded(self.odd())
        sent = self.query(parse_qsl(split.query))
        method = self.choice(["GET"] * 7 + ["HEAD", "POST", "PUT"])
        return method, sendable(f"{'/'.join(path)}?{sent}"), b"a=" if method == "POST" else b""


def sendable(target: str) -> str:
    """Return what h11 lets through of a target."""
    return re.sub("[^\\x21-\\x7e]", "", target)[:7_000]


def offered(client: Client, path: str) -> list[Form]:
    """Return the forms of a page as it is now, or of the one that it leads to."""
    here = client.get(path)
    if here.status == HTTPStatus.SEE_OTHER:
        here = client.get(here.headers["location"].removeprefix(client.base))
    if not here.headers.get("content-type", "").startswith("text/html"):
        return []
    return forms_of(here.text, client.base)


@pytest.mark.parametrize("name", OPENED)
def test_generated_requests_bring_no_fault_and_nothing_from_outside(
    name: str, worlds: dict[str, World], folder: Path
) -> None:
    world, before = worlds[name], everything(folder)
    # Each route that there is stands among the addresses, linked or not.
    routes = [
        re.sub(r"\{\w+\}", "1", route.path)[1:]
        for area in world.content.areas
        for route in area.routes
        if isinstance(route, Route)
    ]
    known = [(client, *crawl(client)) for client in world.clients]
    assert all(forms for _, _, forms in known)

    dice = Dice(20)
    forms: list[Form] = []
    for number in range(MANY):
        client, paths, first = dice.choice(known)
        if number % 3 == 0:
            forms = offered(client, dice.choice(paths)) or first
        method, target, body = dice.request([*paths, *routes], forms)
        usual = {"origin": f"http://{client.host}", "content-type": FORM} if body else {}
        answer = client.ask(method, target, body, usual)
        hold(f"{method} {target} {body!r}", answer)
        if answer.headers.get("content-type", "").startswith("text/html"):
            # What is asked before something is done is a form, too.
            forms = forms_of(answer.text, client.base) or forms
    after = everything(folder)
    changed = {one for one in before | after if before.get(one) != after.get(one)}
    assert all(WRITTEN.fullmatch(one) for one in changed), changed
    # It was no walk if nothing was ever saved.
    assert bool(changed) == (name in ("project", "sample"))


def test_a_real_process_stands_the_same(folder: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(folder, tmp_path / "project"))
    with opened(copy, *OPENED["project"], people=2) as found:
        dice = Dice(21)
        for _ in range(60):
            link = dice.choice(list(found.links.values()))
            base = f"/{link.address.split('/')[3]}/"
            page = link.ask("GET", dice.choice(["annotate", "codebook", "mine", "hard"]))
            if page.status == HTTPStatus.SEE_OTHER:
                page = link.get(page.leads_to)
            forms, paths = forms_of(page.text, base), links_of(page.text, base)
            method, target, body = dice.request(paths, forms)
            usual = {"Origin": f"http://{link.host}", "Content-Type": FORM} if body else {}
            hold(f"{method} {target} {body!r}", link.ask(method, target, body or None, usual))
        # It goes on afterwards.
        assert found.process.poll() is None
        assert link.get("codebook").status == HTTPStatus.OK
