"""From what a view has found to a page: templates, in which all that is no markup is escaped."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from pipeline.page.people import Person
from stance.errors import DataError

# Fields of a form.
_MOST_FIELDS = 200
# What no text of a table holds, and no keyboard sends: controls, but for tab and ends of lines.
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")

Fields = dict[str, str]


class ConflictError(DataError):
    """A form that no longer fits what lies on disk: nothing was written."""


def _everybody(_: Person) -> bool:
    return True


@dataclass(frozen=True)
class Tab:
    """A part of the page that stands in its navigation.

    Attributes
    ----------
    path
        Below the secret, without a slash before it.
    title
        What it is called.
    seen_by
        Tells for whom it is there.
    """

    path: str
    title: str
    seen_by: Callable[[Person], bool] = _everybody


def build_environment() -> Environment:
    """Return the templates' environment."""
    return Environment(
        loader=PackageLoader("pipeline.page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )


def render(
    request: Request, template: str, status: int = HTTPStatus.OK, **values: Any
) -> HTMLResponse:
    """Return a page.

    Every template has, besides `values`: `base` (the beginning of every address), `person`, `tabs`,
    `title` (of what is open) and `here` (the path of this page below the secret).
    """
    app = request.app.state
    person: Person = request.state.person
    base = request.scope["root_path"]
    content = app.templates.get_template(template).render(
        base=base,
        person=person,
        tabs=[tab for tab in app.tabs if tab.seen_by(person)],
        title=app.title,
        here=request.scope["path"].removeprefix(base).strip("/"),
        **values,
    )
    # JSON can name halves of characters that no file can hold.
    return HTMLResponse(content.encode("utf-8", "replace"), status)


def redirect(request: Request, path: str, **query: str) -> RedirectResponse:
    """Return what leads to another view after a form, so that reloading sends nothing again."""
    asked = f"?{urlencode(query)}" if query else ""
    return RedirectResponse(
        f"{request.scope['root_path']}/{path}{asked}", status_code=HTTPStatus.SEE_OTHER
    )


def parse_fields(content: bytes) -> Fields:
    """Return the fields of a form or of a query; of one that is there twice the last.

    Raises
    ------
    DataError
        If it is not UTF-8, holds control characters, or has too many fields.
    """
    try:
        found = dict(
            parse_qsl(
                content.decode("ascii"),
                keep_blank_values=True,
                errors="strict",
                max_num_fields=_MOST_FIELDS,
            )
        )
    except ValueError:
        raise DataError(
            f"the form or the address is not UTF-8, or has more than {_MOST_FIELDS} fields; go "
            "back and send it again."
        ) from None
    for name, text in found.items():
        if control := _CONTROLS.search(name + text):
            raise DataError(
                f"the field {name!r} holds the character {control[0]!r}, which is no text; take it "
                "out and send it again."
            )
    return found


def form_route(path: str, view: Callable[[Request, Fields], Response]) -> Route:
    """Return a route for a form, which only those may send who annotate."""

    async def endpoint(request: Request) -> Response:
        fields = parse_fields(await request.body())
        return await run_in_threadpool(view, request, fields)

    return Route(path, endpoint, methods=["POST"])


def only_annotators(view: Callable[[Request, Fields], Response]) -> Callable[..., Response]:
    """Return a view of a form that changes something, for those only who annotate."""

    def guarded(request: Request, fields: Fields) -> Response:
        if not request.state.person.annotates:
            return problem(
                request,
                HTTPStatus.FORBIDDEN,
                "This link only reads; `stance open --annotator NAME` makes one that annotates.",
            )
        return view(request, fields)

    return guarded


def problem(request: Request, status: int, said: str) -> HTMLResponse:
    """Return a page that says what is wrong, and what would mend it."""
    return render(request, "problem.html", status, said=said)


def shown_tabs(areas: Sequence[Any]) -> list[Tab]:
    """Return the tabs of all areas, in their order."""
    return [tab for area in areas for tab in area.tabs]
