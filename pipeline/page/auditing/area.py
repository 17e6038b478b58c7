"""The sample of an audit: coded text by text, and read as it grows."""

import re
from collections.abc import Sequence
from pathlib import Path
from threading import Lock

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pipeline.page.auditing import growing
from pipeline.page.auditing.coder import Coder
from pipeline.page.auditing.codes import check_coders, file_of
from pipeline.page.auditing.gathering import Gathering, count_by_coder
from pipeline.page.auditing.growing import Reading, check_scored, read_codes_so_far
from pipeline.page.auditing.sample import SampleFile, Text
from pipeline.page.auditing.tables import Row
from pipeline.page.codebook.text import codebook_of
from pipeline.page.people import Person
from pipeline.page.rendering import (
    Fields,
    Tab,
    form_route,
    only_annotators,
    parse_fields,
    redirect,
    render,
)
from pipeline.project.disk import Signature, signature
from stance.audit import telling
from stance.audit.record import SUFFIX, read_record
from stance.errors import DataError
from stance.files import fold

# What would make a file of codes unreadable.
_NO_TEXT = re.compile(r"[\x00-\x1f\x7f]")
# Characters of a reason.
_LONGEST = 2_000
# Disputes that are listed.
_DISPUTES = 200

Seen = dict[str, list[Row]]


class Auditing:
    """The sample of an audit: coded text by text, and read as it grows.

    Parameters
    ----------
    sample
        What `stance audit draw` has written.
    record
        How it was drawn.
    people
        Who codes it.

    Raises
    ------
    DataError
        If one of the files cannot be read, or a name cannot be that of a file.
    """

    def __init__(self, sample: Path, record: Path, people: Sequence[Person]) -> None:
        names = [person.name for person in people if person.annotates]
        check_coders(names)
        self._record = read_record(record)
        self._sample = SampleFile(sample, self._record)
        self._sample.read()
        for name in names:
            path = file_of(sample, name)
            if path.with_name(f"{path.stem}{SUFFIX}").exists():
                raise DataError(f"{path}: it is another sample; take another name than {name}.")
        self._coders = {name: Coder(name, self._sample, self._record) for name in names}
        for coder in self._coders.values():
            coder.codes.read()
        self._gathering = Gathering(self._sample, self._record)
        self._lock = Lock()
        self._readings: dict[str, tuple[Seen, Reading]] = {}
        self._checked: tuple[Signature | None, str] | None = None
        self.tabs = [
            Tab("code", "Code", lambda person: person.annotates),
            Tab("result", "Result"),
        ]
        self.routes = [
            Route("/code", self._code),
            form_route("/code/save", only_annotators(self._save)),
            form_route("/code/skip", only_annotators(self._skip)),
            form_route("/code/undo", only_annotators(self._undo)),
            form_route("/code/all", only_annotators(self._all)),
            Route("/result", self._result),
        ]

    def close(self) -> None:
        """Leave nothing behind: codes are on disk, and nothing else is."""

    def _code(self, request: Request) -> Response:
        coder = self._coders.get(request.state.person.name)
        if coder is None:
            return redirect(request, "result")
        wanted = parse_fields(request.scope["query_string"]).get("text", "")
        text, progress = coder.look(wanted)
        sample = self._sample.read()
        return render(
            request,
            "code.html",
            text=text,
            progress=progress,
            labels=self._record.labels,
            background=self._record.background,
            sample=self._sample.path.name,
            file=coder.codes.path.name,
            missing=sample.missing,
            notes=[*sample.notes, *coder.codes.read().notes],
            codebook=codebook_of(self._record.labels),
            longest=_LONGEST,
        )

    def _save(self, request: Request, fields: Fields) -> Response:
        coder, text = self._of(request, fields)
        stance = fields.get("stance", "")
        if stance not in self._record.labels:
            raise DataError(
                f"no label was chosen; go back and choose one of {', '.join(self._record.labels)}."
            )
        rationale = fold(fields.get("rationale", ""))
        if _NO_TEXT.search(rationale):
            raise DataError("the reason has a character that is no text; go back and take it out.")
        if len(rationale) > _LONGEST:
            raise DataError(
                f"the reason has {len(rationale):,} characters; go back and write {_LONGEST:,} at "
                "most."
            )
        coder.codes.add([(text, stance, rationale)])
        return redirect(request, "code")

    def _skip(self, request: Request, fields: Fields) -> Response:
        coder, text = self._of(request, fields)
        coder.skip(text.number)
        return redirect(request, "code")

    def _undo(self, request: Request, fields: Fields) -> Response:
        coder, text = self._of(request, fields)
        coder.codes.take_back(text.number, fields.get("stance", ""))
        return redirect(request, "code", text=text.name)

    def _all(self, request: Request, _: Fields) -> Response:
        self._coders[request.state.person.name].code_all()
        return redirect(request, "code")

    def _of(self, request: Request, fields: Fields) -> tuple[Coder, Text]:
        """Return who sends a form, and the text that it is about."""
        coder = self._coders[request.state.person.name]
        return coder, coder.find(fields.get("text", ""))

    def _result(self, request: Request) -> Response:
        person: Person = request.state.person
        coder = self._coders.get(person.name)
        faults: list[str] = []
        notes: list[str] = []
        if coder is None:
            gathered = self._gathering.gather()
            seen, faults, notes = gathered.files, gathered.faults, gathered.notes
        else:
            seen = coder.seen_files()
        reading, contradiction = None, ""
        try:
            reading = self._read(person.name, seen)
        except DataError as error:
            contradiction = str(error)
        result = reading.result if reading else None
        return render(
            request,
            "reading_of_audit.html",
            reading=reading,
            result=result,
            verdict=telling.verdict(result) if result else "",
            methods=telling.methods(result) if result else "",
            percent=telling.percent,
            number=telling.number,
            difference=telling.points,
            coder=coder,
            progress=coder.look()[1] if coder else None,
            step=growing.STEP,
            enough=growing.ENOUGH,
            stopping=growing.STOPPING,
            counts=count_by_coder(seen, self._record.labels),
            labels=self._record.labels,
            background=self._record.background,
            record=self._record,
            drawn=len(self._record.units),
            sample=self._sample.path.name,
            files=[name for name, rows in seen.items() if rows],
            faults=faults,
            contradiction=contradiction,
            notes=notes,
            scored=self._check(),
            disputes=reading.disputes[:_DISPUTES] if reading and coder is None else [],
            unlisted=max(0, len(reading.disputes) - _DISPUTES) if reading else 0,
        )

    def _read(self, name: str, seen: Seen) -> Reading:
        """Return what codes say; the same codes are judged once."""
        with self._lock:
            known = self._readings.get(name)
            if known is None or known[0] != seen:
                known = seen, read_codes_so_far(self._record, seen)
                self._readings[name] = known
            return known[1]

    def _check(self) -> str:
        """Return what there is to say of the scored file, which is hashed when it has changed."""
        now = signature(Path(self._record.scored))
        with self._lock:
            if self._checked is None or self._checked[0] != now:
                self._checked = now, check_scored(self._record, self._sample.path)
            return self._checked[1]
