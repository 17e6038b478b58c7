"""A data set measured again gives the same bytes, in a process of its own."""

from pathlib import Path

from tests.projects import run
from tests.semeval import SEMEVAL, write_semeval


def test_a_second_run_writes_the_same_bytes(tmp_path: Path) -> None:
    write_semeval(tmp_path)
    written = []
    for name in ("first.json", "second.json"):
        command = ["stance", "benchmark", "train.txt", "test.txt", *SEMEVAL, "--output", name]
        written.append((run(*command, folder=tmp_path).stdout, (tmp_path / name).read_bytes()))
    assert written[0] == written[1]
    assert written[0][0].count("macro-F1 in ") == 2
