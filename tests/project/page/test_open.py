"""`stance open` as a process: how it begins and ends, and what it lets nobody do meanwhile."""

import http.client
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from urllib.parse import urlencode

import pytest

from pipeline.page.connections import MOST_CONNECTIONS
from pipeline.page.guard import FORM, HEADERS, MOST_BYTES
from tests.opened import Link, Opened, opened
from tests.projects import ENVIRONMENT, run, wait_for

OPEN = ["stance", "open", "--no-browser"]
# A stylesheet is there whatever is open.
STATIC = "static/page.css"
SCORE = ["stance", "score", "--input", "data/statements.csv", "--text-column", "sentence"]

NO_REQUESTS = [
    *(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"GET\r\n\r\n", b"x" * 100_000),
    *(b"GET / HTTP/1.1\r\n\r\n", b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"),
    *(b"GET /\x00 HTTP/1.1\r\nHost: a\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    b"\r\n" * 50 + b"x\r\n\r\n",
]
PATHS = [
    *("static", "static/", "static/.", "static/../guard.py", "static/%2e%2e/guard.py"),
    *("static/..%2fguard.py", "static/..%5cguard.py", "static/%c0%ae%c0%ae/guard.py"),
    *("static//etc/passwd", "static/%2fetc/passwd", f"static/{'../' * 9}etc/passwd"),
    *(f"static/{'%2e%2e%2f' * 9}etc/passwd", "static/page.css%00.png", f"static/{'a' * 3_000}"),
    *("static/templates/layout.html", "../data/codebook.md", "%2e%2e/params.yaml"),
    *("file:///etc/passwd", "statements/%00", "statements/..%2f..%2fetc%2fpasswd", "\\..\\x"),
]


@pytest.fixture(scope="module")
def folder(built_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a small project with a scored file; what changes it works in a copy."""
    folder = tmp_path_factory.mktemp("open") / "project"
    shutil.copytree(built_once, folder, symlinks=True)
    run(*SCORE, "--output", "scored.csv", folder=folder)
    return folder


@pytest.fixture
def copy(folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(folder, tmp_path / "project", symlinks=True))


@pytest.fixture(scope="module")
def page(folder: Path) -> Iterator[Opened]:
    """Serve the scored file to all tests that leave the page as it is."""
    with opened(folder, "scored.csv", "--text-column", "sentence") as found:
        yield found


@pytest.fixture
def link(page: Opened) -> Link:
    return page.link


def everything(folder: Path) -> dict[str, bytes]:
    """Return all files of a folder, but for Git's and those that DVC keeps for itself."""
    paths = {path.relative_to(folder): path for path in folder.rglob("*") if path.is_file()}
    return {
        name.as_posix(): path.read_bytes()
        for name, path in paths.items()
        if name.parts[0] != ".git" and name.parts[:2] != (".dvc", "tmp")
    }


def raw(link: Link, content: bytes, *, wait: bool = False) -> bytes:
    """Send bytes as they are and no more, and return all that comes until the other side ends.

    Parameters
    ----------
    link, content
        Where to, and what.
    wait
        Whether more could come for all that the other side knows.
    """
    host, port = link.host.split(":")
    with closing(socket.create_connection((host, int(port)), timeout=60)) as there:
        there.sendall(content)
        if not wait:
            there.shutdown(socket.SHUT_WR)
        found = b""
        while some := there.recv(65_536):
            found += some
    return found


def head(link: Link, method: str, path: str, *lines: str) -> bytes:
    """Return the head of a request."""
    secret = link.address.split("/")[3]
    first = f"{method} /{secret}/{path} HTTP/1.1"
    return "\r\n".join([first, f"Host: {link.host}", *lines, "", ""]).encode("latin-1")


def form_head(link: Link, *lines: str) -> bytes:
    """Return the head of a form that the page itself could have sent."""
    own = [f"Origin: http://{link.host}", f"Content-Type: {FORM}"]
    return head(link, "POST", "try", *own, *lines)


def test_links_go_to_stdout_and_words_to_stderr(folder: Path) -> None:
    process = subprocess.Popen(
        [*OPEN, "--annotator", "coder-1", "--annotator", "coder-2"],
        cwd=folder,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    lines = [process.stdout.readline() for _ in range(2)]
    # Where the tests run in the background, an early signal is not heard.
    Link(lines[0].rstrip("\n").split("\t")[1]).get("", code=303)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    names, links = zip(*(line.rstrip("\n").split("\t") for line in lines), strict=True)
    assert names == ("coder-1", "coder-2")
    assert all(re.fullmatch(r"http://127\.0\.0\.1:\d+/[\w-]{32}/", one) for one in links)
    assert len(set(links)) == 2
    assert (out, process.returncode) == ("", 0)
    assert err == "Whoever has a link can use it until Ctrl-C stops the page.\n"


def test_one_person_cannot_be_another(copy: Path) -> None:
    with opened(copy, "--annotator", "coder-1", "--annotator", "coder-2", people=2) as found:
        one, other = found.links.values()
        assert one.host == other.host
        secrets = [link.address.split("/")[3] for link in (one, other)]
        shown = one.get(one.get("", 303).leads_to).text
        assert "coder-1" in shown
        assert secrets[0] in shown
        assert secrets[1] not in shown


# A run of the tests under `nohup` hands on that a closed terminal is to end nothing.
_UNDER_NOHUP = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN


@pytest.mark.parametrize(
    "name",
    [
        *("SIGINT", "SIGTERM"),
        pytest.param("SIGHUP", marks=pytest.mark.skipif(_UNDER_NOHUP, reason="under nohup")),
    ],
)
def test_a_signal_ends_it_although_somebody_is_connected(copy: Path, name: str) -> None:
    before = everything(copy)
    with opened(copy, "scored.csv", "--text-column", "sentence") as found, ExitStack() as stack:
        link = found.link
        # One that was answered and is kept, one that says nothing, and two that never end.
        kept = http.client.HTTPConnection(link.host, timeout=60)
        stack.callback(kept.close)
        kept.request("GET", f"/{link.address.split('/')[3]}/{STATIC}")
        kept.getresponse().read()
        host, port = link.host.split(":")
        started = [b"", b"GET / HT", form_head(link, "Content-Length: 900") + b"text=a"]
        for content in started:
            there = stack.enter_context(closing(socket.create_connection((host, int(port)))))
            there.sendall(content)
        # When another one has been answered, the server knows of all of them.
        link.get(STATIC)
        found.process.send_signal(getattr(signal, name))
        out, err = found.process.communicate(timeout=60)
        assert (found.process.returncode, out) == (0, "")
        assert "Traceback" not in err
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((host, int(port)))
    assert everything(copy) == before


def test_it_ends_although_somebody_waits_for_an_answer(copy: Path) -> None:
    with opened(copy, "--annotator", "coder-1") as found, ExitStack() as stack:
        link = found.link
        text = re.sub(r"\s+", " ", (copy / "data/articles/britain-ira.txt").read_text("utf-8"))
        body = urlencode({"text": text * 12})[:190_000].encode()
        host, port = link.host.split(":")
        for _ in range(4):
            there = stack.enter_context(closing(socket.create_connection((host, int(port)))))
            there.sendall(form_head(link, f"Content-Length: {len(body)}") + body)
        # Each of them waits for the one before.
        link.get(STATIC)
        found.process.send_signal(signal.SIGINT)
        _, err = found.process.communicate(timeout=60)
        assert (found.process.returncode, "Traceback" in err) == (0, False)


def test_whoever_kills_it_finds_nothing_left(
    copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setitem(ENVIRONMENT, "TMPDIR", str(temporary))
    for arguments in (["scored.csv", "--text-column", "sentence"], ["--annotator", "coder-1"]):
        before = everything(copy)
        with opened(copy, *arguments) as found:
            found.link.get(found.link.get("", 303).leads_to)
            found.process.kill()
            found.process.wait()
        assert everything(copy) == before
        assert list(temporary.iterdir()) == []


def test_a_reader_that_is_gone_ends_it_in_order(folder: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [*OPEN, "scored.csv", "--text-column", "sentence"],
        cwd=folder,
        env=ENVIRONMENT,
        stdout=write,
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
        check=False,
    )
    os.close(write)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)


def test_a_browser_is_started_once_and_not_with_the_secret(folder: Path, tmp_path: Path) -> None:
    log, script = tmp_path / "log", tmp_path / "browser"
    # What everybody on the machine sees of it.
    script.write_text(f'#!/bin/sh\necho chatter\necho "$@" >> {log}\n', "utf-8")
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    process = subprocess.Popen(
        ["stance", "open", "scored.csv", "--text-column", "sentence"],
        cwd=folder,
        env={**ENVIRONMENT, "BROWSER": f"{script} %s"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    link = Link(process.stdout.readline().rstrip("\n"))
    wait_for(lambda: log.exists() and log.read_text("utf-8").endswith("\n"), process)
    shown = Link(log.read_text("utf-8").rstrip("\n"))
    secret = link.address.split("/")[3]
    assert secret not in shown.address
    assert shown.get("", 303).headers["location"] == f"/{secret}/"
    assert shown.get("", 404)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (0, "")
    assert "chatter" not in err
    assert log.read_text("utf-8").count("\n") == 1


@pytest.mark.parametrize(
    ("host", "shown", "local"),
    [
        ("::1", r"\[::1\]", True),
        ("localhost", "localhost", True),
        ("LOCALHOST", "localhost", True),
        ("0.0.0.0", r"[\d.]+", False),  # noqa: S104 - what is told then is what is tested
    ],
)
def test_another_address(folder: Path, host: str, shown: str, *, local: bool) -> None:
    if host == "::1" and not socket.has_ipv6:
        pytest.skip("there is no IPv6 here")
    with opened(folder, "scored.csv", "--text-column", "sentence", "--host", host) as found:
        assert re.match(rf"http://{shown}:\d+/", found.link.address)
        assert found.link.get(STATIC).status == 200
        stranger = found.link.ask("GET", STATIC, headers={"Host": "evil.example"})
        assert stranger.status == 421
        found.process.send_signal(signal.SIGINT)
        _, err = found.process.communicate(timeout=60)
        assert ("is not encrypted" in err) == (not local)


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--host", "nonsense.invalid", "scored.csv"], 1, "name an address of this machine"),
        (["--host", "127.0.0.1:80", "scored.csv"], 1, "without a port"),
        (["--host", "203.0.113.9", "scored.csv"], 1, "203.0.113.9: Cannot assign requested"),
        (["--host", "", "scored.csv"], 1, "name an address of this machine"),
        (["nowhere.csv"], 1, "nowhere.csv: no such file or folder; name what"),
        (["/dev/null"], 1, "/dev/null: not a file"),
        (["scored.csv", "--annotator", "ann"], 1, "a scored file is read, not annotated"),
        (["--annotator", "ann", "--annotator", "ann"], 2, "names somebody twice"),
        (["--annotator", "ann lee"], 2, "no white space and no commas"),
        (["--annotator", "a\tb"], 2, "no white space and no commas"),
        (["--annotator", ""], 2, "no white space and no commas"),
        (["--annotator", "a", "--annotator", "b", "--kind", "person"], 2, "goes with one"),
        (["--suggest"], 2, "--suggest goes with --annotator"),
        (["--edit-codebook"], 2, "--edit-codebook goes with --annotator"),
        (["--text-column", "x"], 2, "--text-column goes with a scored file"),
        (["scored.csv", "--order", "uncertain"], 2, "--order goes with a project"),
        (["--sample", "0"], 2, "'0' is no number from 1"),
    ],
)
def test_what_cannot_be_opened(folder: Path, arguments: list[str], code: int, message: str) -> None:
    done = run(*OPEN, *arguments, folder=folder, code=code)
    assert message in done.stderr
    assert done.stdout == ""
    if code == 1:
        assert done.stderr.count("\n") == 1


def test_a_folder_that_is_no_project(tmp_path: Path) -> None:
    done = run(*OPEN, "--annotator", "ann", folder=tmp_path, code=1)
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("missing", ["starlette", "uvicorn", "markdown_it"])
def test_without_the_extra_it_is_named(folder: Path, missing: str) -> None:
    code = f"""
import sys
sys.modules[{missing!r}] = None
from stance.cli import main
main(["open", "--no-browser", "--annotator", "coder-1"])
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert f"this needs {missing}, which the extra 'page' brings" in done.stderr
    assert done.stderr.count("\n") == 1


def test_many_who_wait_block_nobody(page: Opened) -> None:
    host, port = page.link.host.split(":")
    with ExitStack() as stack:
        for _ in range(MOST_CONNECTIONS + 60):
            there = stack.enter_context(closing(socket.create_connection((host, int(port)))))
            there.sendall(b"GET /")
        assert page.link.get(STATIC).status == 200
        # Those who came first were sent away.
        kept = http.client.HTTPConnection(page.link.host, timeout=60)
        stack.callback(kept.close)
        for _ in range(3):
            kept.request("GET", f"/{page.link.address.split('/')[3]}/{STATIC}")
            assert kept.getresponse().read()


@pytest.mark.parametrize(
    "lines",
    [
        ["Transfer-Encoding: chunked"],
        ["Transfer-Encoding: chunked", "Content-Length: 3"],
        ["Content-Length: 3", "Content-Length: 4"],
        ["Content-Length: 3, 4"],
        ["Content-Length: -3"],
        ["Content-Length: +3"],
        ["Transfer-Encoding: gzip, chunked"],
        [f"Content-Length: {MOST_BYTES + 1}"],
        ["Content-Length: 3", "X\r: y"],
    ],
)
def test_a_body_of_unclear_length_is_not_read(link: Link, lines: list[str]) -> None:
    answer = raw(link, form_head(link, *lines) + b"3\r\na=b\r\n0\r\n\r\n")
    assert re.match(rb"HTTP/1.1 4(00|11|13) ", answer)
    assert answer.count(b"HTTP/1.1 ") == 1
    for name in HEADERS:
        assert name.lower().encode() in answer.lower()
    assert link.get(STATIC).status == 200


def test_a_head_has_an_end(link: Link) -> None:
    lines = [f"X-{number}: {'x' * 1_000}" for number in range(1_000)]
    # It may hang up while more is sent.
    with suppress(OSError):
        answer = raw(link, head(link, "GET", STATIC, *lines))
        assert answer[:12] in (b"HTTP/1.1 400", b"")
    assert link.get(STATIC).status == 200


def test_what_follows_a_form_is_another_request(link: Link) -> None:
    inner = head(link, "GET", STATIC, "Connection: close")
    answer = raw(link, form_head(link, "Content-Length: 0") + inner, wait=True)
    assert answer.count(b"HTTP/1.1 ") == 2


@pytest.mark.parametrize("content", NO_REQUESTS)
def test_what_is_no_request_is_refused(link: Link, content: bytes) -> None:
    # A name of nothing in the header is as wrong as no header.
    assert raw(link, content)[:12] in (b"HTTP/1.1 400", b"HTTP/1.1 421", b"")
    assert link.get(STATIC).status == 200


@pytest.mark.parametrize("path", PATHS)
def test_paths_lead_to_nothing_else(link: Link, path: str) -> None:
    answer = link.ask("GET", path)
    assert answer.status == 404
    assert "root:" not in answer.text
    assert "import" not in answer.text


def test_a_fault_says_nothing_of_the_inside(link: Link) -> None:
    for path in ("statements?page=nan", "no-such-page", "%ff", "static/x"):
        shown = link.ask("GET", path).text
        assert "Traceback" not in shown
        assert "site-packages" not in shown
        assert str(Path(__file__).parents[2]) not in shown
