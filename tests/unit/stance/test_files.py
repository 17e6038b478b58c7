"""What is written is whole, in its place, and nowhere else: not where a link leads unasked."""

import os
import threading
from pathlib import Path

import numpy as np
import pytest

from stance.errors import DataError
from stance.files import replacing, write_text
from stance.scoring.rows.formats import Style
from stance.scoring.rows.records import TextChunk
from stance.scoring.rows.sinks import FileSink, open_sink

ROWS = TextChunk(["text"], [["They met."]], [2], "text")
ADDED = {"stance": np.array(["none"])}
CONTENT = "text,stance\nThey met.,none\n"


def write_rows(target: Path) -> None:
    sink = open_sink(str(target), Style("csv"), {}, resume=False)
    try:
        sink.write(ROWS, ADDED, None, "digest", {})
        sink.finish()
    except BaseException:
        sink.give_up()
        raise


WRITERS = {"text": lambda path: write_text(path, CONTENT), "rows": write_rows}


@pytest.mark.parametrize("writer", WRITERS)
def test_a_link_is_written_through(tmp_path: Path, writer: str) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept/file.csv").write_text("before")
    for name in ("file.csv", "new.csv"):
        (tmp_path / name).symlink_to(tmp_path / "kept" / name)
        WRITERS[writer](tmp_path / name)
        assert (tmp_path / name).is_symlink()
        assert (tmp_path / "kept" / name).read_text() == CONTENT
    assert {path.name for path in tmp_path.iterdir()} == {"file.csv", "kept", "new.csv"}
    assert {path.name for path in (tmp_path / "kept").iterdir()} == {"file.csv", "new.csv"}


@pytest.mark.parametrize("writer", WRITERS)
def test_a_pipe_is_written_to_and_stays(tmp_path: Path, writer: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("pipe")
    for name in ("pipe", "link"):
        thread = threading.Thread(target=WRITERS[writer], args=(tmp_path / name,))
        thread.start()
        assert (tmp_path / "pipe").read_text() == CONTENT
        thread.join()
    assert (tmp_path / "pipe").is_fifo()


@pytest.mark.parametrize("writer", WRITERS)
def test_a_stream_of_the_process_is_written_to_where_it_stands(tmp_path: Path, writer: str) -> None:
    """Opened by its name, `/dev/fd/N` would write over what its file holds already."""
    with (tmp_path / "out").open("wb") as file:
        file.write(b"before\n")
        file.flush()
        WRITERS[writer](Path(f"/dev/fd/{file.fileno()}"))
        (tmp_path / "link").symlink_to(f"/dev/fd/{file.fileno()}")
        WRITERS[writer](tmp_path / "link")
    assert (tmp_path / "out").read_text() == "before\n" + 2 * CONTENT
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link", "out"]


@pytest.mark.parametrize("plant", ["symlink_to", "hardlink_to"])
def test_a_planted_link_is_not_followed(tmp_path: Path, plant: str) -> None:
    (tmp_path / "theirs").write_text("theirs")
    getattr(tmp_path / ".out.csv.partial", plant)(tmp_path / "theirs")
    with pytest.raises(DataError, match=r"\.out\.csv\.partial: a link stands where"):
        write_rows(tmp_path / "out.csv")
    (tmp_path / ".out.csv.partial").unlink()
    (tmp_path / ".out.csv.partial.json").symlink_to(tmp_path / "theirs")
    with pytest.raises(DataError, match=r"partial\.json: a link stands where the run is recorded"):
        FileSink(tmp_path / "out.csv", Style("csv"), {}, resume=True)
    write_rows(tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_text() == CONTENT
    assert (tmp_path / "theirs").read_text() == "theirs"


def test_what_fails_leaves_what_was_there(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("before")
    with pytest.raises(UnicodeEncodeError), replacing(tmp_path / "file") as file:
        file.writelines(text.encode() for text in ("half", "\ud800"))
    assert (tmp_path / "file").read_text() == "before"
    assert len(list(tmp_path.iterdir())) == 1
