"""Score statements over HTTP: what a small service round the model looks like.

``python examples/service.py --port 8080`` answers POST /score with a body such as
``{"texts": ["They met for talks."]}``, and GET /health. It takes the model that `stance score`
would take (the variable STANCE_MODEL, or `models`), listens on this machine only unless it is told
otherwise, and ends with Ctrl-C or SIGTERM. One model serves all clients: it may be used by several
threads at once. Put a proxy in front of it that knows who may ask.
"""

import argparse
import json
import signal
import sys
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from stance import StanceModel
from stance.errors import DataError, exit_with

MOST_BYTES = 2_000_000
MOST_TEXTS = 1_000


class BadRequestError(Exception):
    """What the client got wrong, in one sentence."""


def read_texts(body: bytes) -> list[str]:
    """Return the texts of a request's body."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise BadRequestError("the body is no JSON") from None
    texts = found.get("texts") if isinstance(found, dict) else None
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise BadRequestError('the body must be {"texts": [...]}, each of them a string')
    if len(texts) > MOST_TEXTS:
        raise BadRequestError(f"there are {len(texts)} texts; send at most {MOST_TEXTS} at a time")
    return texts


def scored(model: StanceModel, texts: list[str]) -> list[dict[str, Any]]:
    """Return an object per text: its stance, confidence, abstention and probabilities."""
    columns = model.score_columns(texts)
    rows = zip(*(column.tolist() for column in columns.values()), strict=True)
    return [dict(zip(columns, row, strict=True)) for row in rows]


def make_handler(model: StanceModel) -> type[BaseHTTPRequestHandler]:
    """Return what answers requests with a model."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            if self.path == "/health":
                self._answer(HTTPStatus.OK, {"labels": model.labels})
            else:
                self._answer(HTTPStatus.NOT_FOUND, {"error": "ask GET /health or POST /score"})

        def do_POST(self) -> None:
            length = self.headers.get("Content-Length", "")
            if self.path != "/score":
                self._answer(HTTPStatus.NOT_FOUND, {"error": "ask GET /health or POST /score"})
            elif not length.isdecimal() or int(length) > MOST_BYTES:
                self.close_connection = True
                wanted = f"send a Content-Length of at most {MOST_BYTES}"
                self._answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, {"error": wanted})
            else:
                try:
                    texts = read_texts(self.rfile.read(int(length)))
                    self._answer(HTTPStatus.OK, {"scores": scored(model, texts)})
                except BadRequestError as error:
                    self._answer(HTTPStatus.BAD_REQUEST, {"error": str(error)})
                except DataError as error:
                    self._answer(HTTPStatus.INTERNAL_SERVER_ERROR, {"error": str(error)})

        def _answer(self, status: HTTPStatus, content: dict[str, Any]) -> None:
            body = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, template: str, *values: object) -> None:
            sys.stderr.write(f"{self.address_string()} {template % values}\n")

    return Handler


class Server(ThreadingHTTPServer):
    """A thread per client, and room for many that come at once."""

    request_queue_size = 64
    daemon_threads = False


def main() -> None:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser(description="Score statements over HTTP.")
    parser.add_argument(
        "--model", help="a bundle, or a model's folder (default: as `stance score`)"
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 for any that is free (the default)")
    options = parser.parse_args()
    model = StanceModel.load(options.model)
    # The encoder is opened before anybody waits for it.
    model.score_columns(["They met for talks."])
    server = Server((options.host, options.port), make_handler(model))
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
    sys.stdout.write(f"http://{options.host}:{server.server_address[1]}\n")
    sys.stdout.flush()
    server.serve_forever()
    server.server_close()


if __name__ == "__main__":
    exit_with("service", main)
