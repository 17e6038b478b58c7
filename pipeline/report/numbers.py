"""Numbers for pages that people read: looked up in a file, written plainly, and traceable.

A number is never computed on its way to the page. It is looked up by its place in one of the
files in `reports/`, and the page says which place that was, so that a reader can follow it and a
test can hold the page against the files.
"""

from collections.abc import Callable, Mapping
from typing import Any

from markupsafe import Markup

_WORDS = ["none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "all"]


def of_ten(share: float) -> str:
    """Return a share as a number of ten, in words; none and all only where it is exactly so."""
    tenths = round(10 * share)
    if tenths == 0 and share > 0:
        return "hardly any"
    if tenths == len(_WORDS) - 1 and share < 1:
        return "nearly all"
    return _WORDS[tenths]


def _of_ten_are(share: float) -> str:
    words = of_ten(share)
    return f"{words} is" if words == "one" else f"{words} are"


FORMS: dict[str, Callable[[Any], str]] = {
    "full": str,
    "score": "{:.2f}".format,
    "precise": "{:.3f}".format,
    "signed": lambda value: f"{value:+.3f}".replace("-", "−"),
    "count": "{:,}".format,
    "percent": lambda share: f"{100 * share:.0f} %",
    "of ten": of_ten,
    "of ten are": _of_ten_are,
}


class Numbers:
    """The numbers of some files.

    Parameters
    ----------
    files
        Their contents by name: what a JSON file holds, or the rows of a CSV file.
    """

    def __init__(self, files: Mapping[str, Any]) -> None:
        self._files = dict(files)

    def value(self, file: str, *path: str | int) -> Any:
        """Return what stands at a place in a file.

        Raises
        ------
        KeyError, IndexError
            If there is no such place.
        """
        found = self._files[file]
        for key in path:
            found = found[key]
        return found

    def text(self, file: str, *path: str | int, form: str = "score") -> str:
        """Return a number in one of the `FORMS`; a dash where the file has none."""
        value = self.value(file, *path)
        return "–" if value is None else FORMS[form](value)

    def html(self, file: str, *path: str | int, form: str = "score") -> Markup:
        """Return a number as an element that tells its full value and its place.

        The place is the file and a JSON pointer into it (RFC 6901); the rows of a CSV file are
        counted from 0.
        """
        value = self.value(file, *path)
        pointer = "".join("/" + str(key).replace("~", "~0").replace("/", "~1") for key in path)
        return Markup('<data value="{}" data-from="{}">{}</data>').format(
            "" if value is None else value,
            f"{file}#{pointer}",
            self.text(file, *path, form=form),
        )
