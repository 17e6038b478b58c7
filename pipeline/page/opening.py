"""What `stance open` opens: a project, a scored file, or the sample of an audit."""

import argparse
import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from pipeline.page.app import Area, build
from pipeline.page.guard import Guard, Place
from pipeline.page.models import SharedModel
from pipeline.page.people import Person
from pipeline.page.server import listen, serve
from stance.audit.record import SUFFIX
from stance.errors import DataError


class Content(NamedTuple):
    """What is open, and for whom."""

    areas: Sequence[Area]
    people: Sequence[Person]
    title: str

    def at(self, place: Place) -> Guard:
        """Return its page, served at a place."""
        return build(self.areas, self.people, place, self.title)

    def close(self) -> None:
        """Leave nothing behind."""
        for area in self.areas:
            area.close()


def open_page(options: argparse.Namespace) -> None:
    """Serve the page until Ctrl-C.

    Raises
    ------
    DataError
        If there is nothing to open at the place, or it cannot be read, or served.
    """
    # What cannot be served need not be read.
    listening, at = listen(options.host)
    with listening:
        content = find_content(options)
        serve(
            listening,
            content.at(at),
            at,
            content.people,
            browser=not options.no_browser,
            stopped=content.close,
        )


def find_content(options: argparse.Namespace) -> Content:
    """Return what the options of `stance open` name.

    Raises
    ------
    DataError
        If there is nothing to open at the place, or it cannot be read.
    """
    place: Path | None = options.place
    people = [Person(name) for name in options.annotators] or [Person()]
    model = SharedModel(options.model)
    if place is None or place.is_dir():
        if place is not None:
            os.chdir(place)
        return Content(_of_project(options, people, model), people, Path.cwd().name)
    if not place.is_file():
        found = "not a file" if place.exists() else "no such file or folder"
        raise DataError(
            f"{place}: {found}; name what `stance score --output` has written, a sample of "
            "`stance audit draw`, or the folder of a project."
        )
    if (record := place.with_name(f"{place.stem}{SUFFIX}")).exists():
        from pipeline.page.auditing.area import Auditing

        return Content([Auditing(place, record, people)], people, place.name)
    if options.annotators:
        raise DataError(
            f"{place}: a scored file is read, not annotated; leave --annotator out, or open a "
            "project or the sample of an audit."
        )
    from pipeline.page.reading.area import Reading
    from pipeline.page.trying import Trying

    reading = Reading(place, options.text_column, options.prefix, model)
    return Content([reading, Trying(model)], people, place.name)


def _of_project(
    options: argparse.Namespace, people: Sequence[Person], model: SharedModel
) -> list[Area]:
    from pipeline.page.annotating.area import Annotating
    from pipeline.page.codebook.area import Codebook
    from pipeline.page.trying import Trying

    annotating = Annotating(
        people,
        model,
        kind=options.kind,
        order=options.order,
        suggest=options.suggest,
        sample=options.sample,
        seed=options.seed,
    )
    codebook = Codebook(
        annotating.desk.documents,
        editable=options.edit_codebook,
        sample=options.sample,
        seed=options.seed,
    )
    return [annotating, codebook, Trying(model)]
