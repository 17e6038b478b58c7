"""Annotating on a real terminal: every confirmed answer is on disk, whatever happens next."""

import re

import pytest

from tests.inside import Inside

SENTENCES = ["They met in Doha.", "Nothing was said of recognition."]
SENTENCES += ["The group was banned as terrorist."]


@pytest.mark.parametrize(
    ("arguments", "code", "expected"),
    [
        (["--annotator", "coder-1"], 1, "needs a terminal; .* `stance import`"),
        ([], 2, "one of the arguments --annotator --second --referee is required"),
        (["--annotator", "a", "--second", "b"], 2, "not allowed with argument --annotator"),
        (["--annotator", "a", "--sample", "3"], 2, "--sample and --seed go with --second"),
        (["--second", "a", "--suggest"], 2, "a second pass is blind"),
        (["--referee", "a", "--order", "diverse"], 2, "--order goes with --annotator"),
        (["--annotator", "a", "--count", "0"], 2, "'0' is no number from 1"),
    ],
)
@pytest.mark.usefixtures("here")
def test_usage(inside: Inside, arguments: list[str], code: int, expected: str) -> None:
    done = inside.stance("annotate", *arguments, code=code)
    assert re.search(expected, done.err.splitlines()[-1])
