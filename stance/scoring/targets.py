"""Which armed groups a text names, by names and aliases; whom "the movement" means is not known.

A statement has one stance. One that fights a group and talks to another one has two, so whoever
asks for a target has to be told which other ones a statement names.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import as_file, files
from pathlib import Path

from stance.errors import DataError
from stance.files import fold
from stance.scoring.rows.formats import CSV, STATEMENT_SUFFIXES, Layout
from stance.scoring.rows.sources import open_source

# Groups that are in the news, so that a second target is noticed without a file.
_KNOWN = "armed_groups.csv"
_TARGET, _ALIAS = "target", "alias"


@dataclass(frozen=True)
class Targets:
    """Armed groups to look for.

    Attributes
    ----------
    wanted
        The targets that are asked for.
    names
        Pairs of a name or alias and the target that it means, the known groups' among them.
    """

    wanted: tuple[str, ...]
    names: tuple[tuple[str, str], ...]

    @cached_property
    def _targets(self) -> dict[str, str]:
        return {_key(name): target for name, target in self.names}

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        # The longest one first: "Pakistani Taliban" is another group than "Taliban".
        longest = sorted((name for name, _ in self.names), key=lambda name: (-len(name), name))
        return re.compile(rf"(?<!\w)(?:{'|'.join(map(_alternative, longest))})(?!\w)")

    def find(self, text: str) -> list[str]:
        """Return the targets that a text names, each once, in the order of the text."""
        found = map(_clean, self._pattern.findall(unicodedata.normalize("NFC", text)))
        known = self._targets
        return list(
            dict.fromkeys(known[name if name in known else name.casefold()] for name in found)
        )

    def are_about(self, names: Iterable[str]) -> bool:
        """Tell whether one of the targets that are asked for is among some."""
        return not set(self.wanted).isdisjoint(names)

    def __getstate__(self) -> dict[str, object]:
        """Leave behind what is made when it is needed."""
        return {"wanted": self.wanted, "names": self.names}


def _is_acronym(name: str) -> bool:
    return name.upper() == name


def _clean(name: str) -> str:
    return fold(unicodedata.normalize("NFC", name))


def _key(name: str) -> str:
    name = _clean(name)
    return name if _is_acronym(name) else name.casefold()


def _alternative(name: str) -> str:
    """Return a pattern for a name: acronyms as they are, since "IS" is no "is"."""
    pattern = r"\s+".join(map(re.escape, name.split(" ")))
    return pattern if _is_acronym(name) else f"(?i:{pattern})"


def find_targets(wanted: Sequence[str], aliases: Path | None) -> Targets:
    """Return what to look for.

    Parameters
    ----------
    wanted
        Names or aliases of the targets that are asked for; others than the known ones are taken as
        they are.
    aliases
        A table with the columns `target` and `alias`, if any. It goes before the known groups.

    Raises
    ------
    DataError
        If the table cannot be read, or an alias means two targets.
    """
    with as_file(files("stance.scoring") / _KNOWN) as known:
        names = _read(known)
    if aliases is not None:
        names |= _read(aliases)
    asked = []
    for name in wanted:
        target = names.setdefault(_key(name), (_clean(name), _clean(name)))[1]
        asked.append(target)
    return Targets(tuple(dict.fromkeys(asked)), tuple(sorted(names.values())))


def _read(path: Path) -> dict[str, tuple[str, str]]:
    """Return the names of a table: from what is compared to how it is written, and the target."""
    names: dict[str, tuple[str, str]] = {}
    layout = Layout(STATEMENT_SUFFIXES.get(path.suffix.lower(), CSV))
    with closing(open_source(str(path), layout, _ALIAS, option=None)) as source:
        if _TARGET not in source.names:
            raise DataError(
                f"{path}: no column {_TARGET!r}; a table of aliases has the columns {_TARGET!r} "
                f"and {_ALIAS!r}."
            )
        for chunk in source.chunks():
            rows = zip(chunk.values(_TARGET), chunk.texts, chunk.places(), strict=True)
            for target, alias, place in rows:
                if not (target := _clean(target)):
                    raise DataError(f"{path}, {place}: there is no target; name it.")
                for name in (target, _clean(alias)):
                    before = names.setdefault(_key(name), (name, target))[1] if name else target
                    if before != target:
                        raise DataError(
                            f"{path}, {place}: {name!r} means {before!r} already; leave it out of "
                            "one of them."
                        )
    return names
