"""The views of what is open as one application, behind the guard."""

from collections.abc import Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Protocol

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from pipeline.page.guard import Guard, Place
from pipeline.page.people import Person
from pipeline.page.rendering import (
    ConflictError,
    Tab,
    build_environment,
    problem,
    redirect,
    shown_tabs,
)
from stance.errors import DataError


class Area(Protocol):
    """Some views that belong together."""

    @property
    def tabs(self) -> Sequence[Tab]:
        """Which of them stand in the navigation."""

    @property
    def routes(self) -> Sequence[BaseRoute]:
        """Where they are."""

    def close(self) -> None:
        """Leave nothing behind."""


def build(areas: Sequence[Area], people: Sequence[Person], place: Place, title: str) -> Guard:
    """Return the application.

    Parameters
    ----------
    areas
        What there is to see; the first tab of a person is where the link leads.
    people
        Who has a link.
    place
        Where it is served.
    title
        What is open.
    """
    static = StaticFiles(directory=Path(__file__).parent / "static")
    app = Starlette(
        routes=[
            Route("/", _home),
            Mount("/static", static),
            *(route for area in areas for route in area.routes),
        ],
        exception_handlers={
            DataError: _on_bad_data,
            HTTPException: _on_http,
            OSError: _on_bad_disk,
            ClientDisconnect: _on_nobody,
            Exception: _on_fault,
        },
    )
    # An address with a slash too many leads nowhere else.
    app.router.redirect_slashes = False
    app.state.templates = build_environment()
    app.state.tabs = shown_tabs(areas)
    app.state.title = title
    return Guard(app, people, place)


def _home(request: Request) -> Response:
    person = request.state.person
    return redirect(
        request, next(tab.path for tab in request.app.state.tabs if tab.seen_by(person))
    )


def _sentence(said: str) -> str:
    return said[:1].upper() + said[1:]


def _on_bad_data(request: Request, error: Exception) -> Response:
    conflict = isinstance(error, ConflictError)
    status = HTTPStatus.CONFLICT if conflict else HTTPStatus.BAD_REQUEST
    return problem(request, status, _sentence(str(error)))


def _on_bad_disk(request: Request, error: Exception) -> Response:
    # Where the file is, whoever annotates from elsewhere need not know.
    what = Path(str(getattr(error, "filename", None) or "a file")).name
    why = getattr(error, "strerror", None) or "it could not be read or written"
    said = f"{what}: {why}. Nothing was saved; mend it where `stance open` runs, and try again."
    return problem(request, HTTPStatus.SERVICE_UNAVAILABLE, said)


def _on_nobody(_: Request, __: Exception) -> Response:
    """Answer somebody who is gone."""
    return Response(status_code=HTTPStatus.BAD_REQUEST)


def _on_http(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else HTTPStatus.NOT_FOUND
    said = "There is no such page." if status == HTTPStatus.NOT_FOUND else HTTPStatus(status).phrase
    return problem(request, status, said)


def _on_fault(request: Request, _: Exception) -> Response:
    return problem(
        request,
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "This is a fault of the program; what it was stands where `stance open` runs.",
    )
