"""Votes are written in the same bytes whoever writes them, and nobody's edit is written over."""

from pathlib import Path

import pandas as pd
import pytest

from pipeline.project.frames import read_csv
from pipeline.project.notes import NOTES, read_notes, write_note
from pipeline.project.writing import append_annotations, change_annotation, remove_annotation
from stance.errors import DataError
from stance.files import to_csv
from tests.together import SENTENCES, make_project

ODD = [
    'with "quotes", and commas',
    "a\nline",
    "=1+1",
    " spaces ",
    "\u202eunicode é",
    "",
]


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the file of annotations of a small project, which is the current directory."""
    monkeypatch.chdir(make_project(tmp_path / "project"))
    return Path("data/annotations/doha.csv")


def vote(sentence: str, annotator: str = "ada", **values: str) -> dict[str, str]:
    return {"sentence": sentence, "annotator": annotator, "stance": "none", **values}


def test_files_are_those_that_pandas_writes(path: Path) -> None:
    for number, text in enumerate(ODD):
        append_annotations("doha", [vote(SENTENCES[0], f"coder-{number}", rationale=text)])
    append_annotations("doha", [vote(SENTENCES[1], codebook="0123456789ab")])
    table = read_csv(path)
    assert table["rationale"].tolist() == [*ODD, ""]
    assert table["codebook"].tolist() == [*[""] * len(ODD), "0123456789ab"]
    assert path.read_bytes() == to_csv(table).encode()
    append_annotations("doha", [vote(SENTENCES[2], rationale="a\rreturn")])
    assert read_csv(path)["rationale"].tolist()[-1] == "a\rreturn"


def test_what_others_have_written_stays(path: Path) -> None:
    append_annotations("doha", [vote(SENTENCES[0])])
    by_hand = pd.concat([read_csv(path), pd.DataFrame([vote(SENTENCES[1], "bob")])]).fillna("")
    path.write_text(by_hand.to_csv(index=False), "utf-8")
    append_annotations("doha", [vote(SENTENCES[2])])
    assert read_csv(path)["annotator"].tolist() == ["ada", "bob", "ada"]
    with pytest.raises(DataError, match="bob has annotated the sentence"):
        append_annotations("doha", [vote(SENTENCES[1], "bob")])
    path.unlink()
    append_annotations("doha", [vote(SENTENCES[1])])
    assert read_csv(path)["sentence"].tolist() == [SENTENCES[1]]


def test_a_vote_is_changed_where_it_stands(path: Path) -> None:
    path.write_text(
        "sentence,annotator,stance,confidence,rationale,speaker\n"
        "They  met in Doha.,ada,none,1,why,Moscow\n"
        f"{SENTENCES[1]},bob,hostile,,,\n",
        "utf-8",
    )
    change_annotation("doha", vote("They met in Doha.", stance="hostile", codebook="abc"))
    assert path.read_text("utf-8").splitlines() == [
        "sentence,annotator,stance,confidence,rationale,speaker,codebook",
        "They  met in Doha.,ada,hostile,1,why,Moscow,abc",
        f"{SENTENCES[1]},bob,hostile,,,,",
    ]
    with pytest.raises(DataError, match="ada has no vote on the sentence"):
        change_annotation("doha", vote(SENTENCES[1]))
    remove_annotation("doha", "They met in  Doha.", "ada")
    assert read_csv(path)["annotator"].tolist() == ["bob"]


@pytest.mark.usefixtures("path")
def test_a_note_is_written_changed_and_taken_away() -> None:
    assert read_notes() == {}
    place, other = ("doha", SENTENCES[0], "ada"), ("doha", SENTENCES[0], "bob")
    write_note(place, 'hard, "very"')
    write_note(other, "not at all")
    write_note(place, "hard")
    assert read_notes() == {place: "hard", other: "not at all"}
    write_note(place, "")
    assert read_notes() == {other: "not at all"}
    with NOTES.open("a", encoding="utf-8") as file:
        file.write(f"doha,{SENTENCES[0]},bob,again\n")
    with pytest.raises(DataError, match=r"notes\.csv, line 3: bob has a note on this sentence"):
        read_notes()
