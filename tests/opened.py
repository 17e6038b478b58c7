"""`stance open` as its users meet it: a process of its own, asked over HTTP."""

import http.client
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from tests.projects import ENVIRONMENT

FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Answer:
    """What the page has answered."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def text(self) -> str:
        """The content as text."""
        return self.content.decode()

    @property
    def leads_to(self) -> str:
        """Where it leads, below the secret."""
        return self.headers["location"].split("/", 2)[2]


@dataclass(frozen=True)
class Link:
    """Somebody's address of a page."""

    address: str

    @property
    def host(self) -> str:
        """The host and port."""
        return urlsplit(self.address).netloc

    def at(self, path: str) -> str:
        """Return the address of a view."""
        return f"{self.address}{path}"

    def ask(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str | None] | None = None,
    ) -> Answer:
        """Send a request as it is, and return the answer; a header that is None is left out."""
        sent = {"Host": self.host, **(headers or {})}
        connection = http.client.HTTPConnection(self.host, timeout=60)
        try:
            target = urlsplit(self.address).path + path
            connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
            if body is not None and "Content-Length" not in sent:
                sent["Content-Length"] = str(len(body))
            for name, value in sent.items():
                if value is not None:
                    connection.putheader(name, value)
            connection.endheaders(body)
            answer = connection.getresponse()
            found = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, found, answer.read())
        finally:
            connection.close()

    def get(self, path: str, code: int = 200, **query: str) -> Answer:
        """Ask for a view and hold it to its status."""
        answer = self.ask("GET", f"{path}?{urlencode(query)}" if query else path)
        assert answer.status == code, answer.text
        return answer

    def post(self, path: str, code: int = 303, **fields: str) -> Answer:
        """Send a form as the page itself does, and hold the answer to its status."""
        headers = {"Origin": f"http://{self.host}", "Content-Type": FORM}
        answer = self.ask("POST", path, urlencode(fields).encode(), headers)
        assert answer.status == code, answer.text
        return answer


@dataclass(frozen=True)
class Opened:
    """A page that is served; `links` are those that it has printed, by name."""

    process: subprocess.Popen[str]
    links: dict[str, Link] = field(default_factory=dict)

    @property
    def link(self) -> Link:
        """The only link."""
        (only,) = self.links.values()
        return only


@contextmanager
def opened(folder: Path, *arguments: str, people: int = 1) -> Iterator[Opened]:
    """Serve a page from a folder for the block; it must end by itself at Ctrl-C.

    Parameters
    ----------
    folder
        Where the command runs.
    arguments
        Of `stance open`.
    people
        How many links it prints.
    """
    process = subprocess.Popen(
        ["stance", "open", "--no-browser", *arguments],
        cwd=folder,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    assert process.stderr
    try:
        links = {}
        for _ in range(people):
            line = process.stdout.readline().rstrip("\n")
            assert line, process.stderr.read()
            name, _, address = line.rpartition("\t")
            links[name] = Link(address)
        yield Opened(process, links)
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            _, told = process.communicate(timeout=60)
            assert process.returncode == 0, told
            assert "Traceback" not in told
    finally:
        process.kill()
        process.communicate()
