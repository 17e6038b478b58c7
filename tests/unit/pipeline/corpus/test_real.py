"""Real prose without its text: the tables, and how a sentence is found again in a clone.

All texts here are invented, as are the repositories, which the tests write.
"""

import io
import json
import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from pipeline.corpus.cleaning import clean_markdown, detokenise
from pipeline.corpus.datasheet import counted
from pipeline.corpus.deposit import deposit
from pipeline.corpus.tables import (
    PLACE_COLUMNS,
    read_places,
    read_real_votes,
    read_sources,
    read_training_texts,
    text_hash,
)
from stance.cli import main
from stance.errors import DataError
from stance.model.names import ENCODER
from tests.projects import ROOT, run
from tests.tiny import write_tiny_encoder

REAL = ROOT / "data/real"
STANCES = {"contact-only", "dialogue", "hostile", "none"}

SPEECH = """# None
## `0c1d`

---

Mr. ALDER of Nowhere. Madam Speaker, I rise once more.

The *Blue Column* has asked for talks[1] in the port[^2] of
Lissen, and the ministry &amp;amp; the navy have said [no](https://example.org/a_(b)).
"""
SPOKEN = (
    "The Blue Column has asked for talks in the port of Lissen, "
    "and the ministry & the navy have said no."
)
REPORT = {"_id": "R1", "text": "Harbour closed.\n\nThe rebels of  Lissen met\nthe envoy twice."}
MET = "The rebels of Lissen met the envoy twice."
CELL = "The envoy did n't meet the rebels ' chief , he said : `` Not in 1 , 000 years . ''"
JOINED = "The envoy didn't meet the rebels' chief, he said: \"Not in 1,000 years.\""


@pytest.fixture(autouse=True)
def _in_the_project(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


def test_the_tables_hold_places_and_hashes_and_no_text():
    places = read_places(REAL / "sentences.csv")
    assert list(places.columns) == PLACE_COLUMNS
    assert places["id"].is_unique
    assert places["sha256"].is_unique
    assert places["sha256"].str.fullmatch(r"[0-9a-f]{64}").all()
    assert set(places["drawn"]) == {"even", "likely"}
    sources = read_sources(REAL / "sources.csv")
    assert set(places["source"]) == set(sources["source"])
    assert sources["commit"].str.fullmatch(r"[0-9a-f]{40}").all()
    trained_on = places["source"].isin(sources.loc[sources["use"] == "train", "source"])
    assert places.loc[trained_on, "start"].notna().all()
    # The BBC's pages may not be trained on, whatever the rest of their collection may.
    assert not places.loc[trained_on, "file"].str.contains("BBC").any()


def test_every_sentence_has_the_votes_of_two_known_annotators_or_more():
    votes = read_real_votes(REAL / "votes.csv")
    assert set(votes["id"]) == set(read_places(REAL / "sentences.csv")["id"])
    assert set(votes["stance"]) <= STANCES
    assert not votes.duplicated(["id", "annotator"]).any()
    assert (votes.groupby("id").size() >= 2).all()
    annotators = pd.read_csv(ROOT / "data/annotators.csv").set_index("annotator")
    assert set(annotators.loc[votes["annotator"].unique(), "kind"]) == {"language model"}


def test_the_datasheet_counts_what_the_tables_hold():
    text = (REAL / "README.md").read_text("utf-8")
    assert counted(text) == text, "run `python -m pipeline.corpus.datasheet`"
    assert counted(text.replace("| wikipedia | train | 359", "| wikipedia | train | 3")) == text


@pytest.mark.parametrize(
    ("markdown", "plain"),
    [
        ("A **bold**, _plain_ word_.", "A bold, plain word."),
        ("See [the [^3]list](http://a.org/b_(c)){.x}, ![a flag](f.png).", "See the list, a flag."),
        ("[![a flag](f.png)](http://a.org) flies[12] here [note b].", "a flag flies here ."),
        ("An aside [Sic] stays,<br/> a tag goes.", "An aside [Sic] stays, a tag goes."),
        ("Twice &amp;quot;escaped&amp;quot;\u00a0and\nfolded.", 'Twice "escaped" and folded.'),
        ("2 * 3 is * six", "2 * 3 is * six"),
    ],
)
def test_markdown_becomes_plain_text(markdown, plain):
    assert clean_markdown(markdown) == plain


@pytest.mark.parametrize(
    ("parted", "joined"),
    [
        ("They did n't say \" no \" , they 're told .", "They didn't say \"no\", they're told."),
        (
            "The rebels ' chief ( and 1 , 000 men ) left .",
            "The rebels' chief (and 1,000 men) left.",
        ),
        ("They cried ' It 's ours ! ' and left .", "They cried 'It's ours!' and left."),
        ("It ’ s the city ’ s “ old ” quay .", "It’s the city’s “old” quay."),
        ("A cease @-@ fire of 3 / 4 days : `` none '' .", 'A cease-fire of 3/4 days: "none".'),
    ],
)
def test_parted_words_are_joined_as_english_is_written(parted, joined):
    assert detokenise(parted) == joined


def place(
    id_: str, source: str, file: str, document: str, start: int | str, text: str
) -> dict[str, Any]:
    """Return a row of `data/real/sentences.csv`."""
    row: dict[str, Any] = dict.fromkeys(PLACE_COLUMNS, "")
    row |= {"id": id_, "source": source, "file": file, "document": document}
    return row | {"start": start, "length": len(text), "sha256": text_hash(text)}


def repository(folder: Path, files: Mapping[str, str]) -> str:
    """Write a Git repository and return its commit."""
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content, "utf-8")
    run("git", "init", "--quiet", folder=folder)
    run("git", "add", "--all", folder=folder)
    run("git", "commit", "--quiet", "--message", "texts", folder=folder)
    return run("git", "rev-parse", "HEAD", folder=folder).stdout.strip()


@pytest.fixture
def clones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder of three repositories, in a project whose tables have places in them."""
    folder = tmp_path / "clones"
    files = {
        "congress-scope": {"docs/0c1d.md": SPEECH},
        "owner/re3d": {"UK Government/documents.json": json.dumps(REPORT) + "\n"},
        "CausalNewsCorpus": {"data/dev.csv": f'index,text\nd1,"{CELL}"\n'},
    }
    commits = {name: repository(folder / name, content) for name, content in files.items()}
    sources = [
        ("congress_record", "host.org/owner/congress-scope", commits["congress-scope"]),
        ("re3d", "host.org/owner/re3d", commits["owner/re3d"]),
        ("cnc", "host.org/owner/CausalNewsCorpus", commits["CausalNewsCorpus"]),
    ]
    write_sources(tmp_path, sources)
    places = [
        place("s1", "congress_record", "docs/0c1d.md", "0c1d", 75, SPOKEN),
        place("s2", "re3d", "UK Government/documents.json", "R1", 16, MET),
        place("s3", "cnc", "data/dev.csv", "d1", 0, JOINED),
    ]
    write_places(tmp_path, places)
    monkeypatch.chdir(tmp_path)
    return folder


def write_sources(folder: Path, sources: Sequence[tuple[str, str, str]]) -> None:
    table = [(source, "train", "", where, commit, "") for source, where, commit in sources]
    (folder / "data/real").mkdir(parents=True, exist_ok=True)
    columns = ["source", "use", "what", "repository", "commit", "rights"]
    pd.DataFrame(table, columns=columns).to_csv(folder / "data/real/sources.csv", index=False)


def write_places(folder: Path, places: "list[dict[str, Any]] | pd.DataFrame") -> None:
    pd.DataFrame(places).to_csv(folder / "data/real/sentences.csv", index=False)


def hydrate(clones: Path, capsys: pytest.CaptureFixture[str]) -> tuple[dict[str, str], list[str]]:
    """Run the command; return what it has found, and what it says about the rest."""
    main(["hydrate", str(clones)])
    done = capsys.readouterr()
    found = pd.read_csv(io.StringIO(done.out))
    return dict(zip(found["id"], found["text"], strict=True)), done.err.splitlines()


def test_sentences_are_found_again_in_clones(clones, capsys):
    found, said = hydrate(clones, capsys)
    assert found == {"s1": SPOKEN, "s2": MET, "s3": JOINED}
    assert said == ["3 of 3 sentences found."]


def test_a_sentence_is_read_at_its_commit_whatever_is_checked_out(clones, capsys):
    clone = clones / "congress-scope"
    run("git", "rm", "--quiet", "docs/0c1d.md", folder=clone)
    run("git", "commit", "--quiet", "--message", "gone", folder=clone)
    assert hydrate(clones, capsys)[0]["s1"] == SPOKEN


def test_what_stands_before_a_sentence_may_have_changed_its_place(clones, capsys):
    places = read_places()
    places["start"] += [40, -16, 0]
    places["mentions_group"] = "false"
    write_places(clones.parent, places)
    assert len(hydrate(clones, capsys)[0]) == 3


def test_what_is_missing_is_counted_with_the_reason(clones, capsys):
    shutil.rmtree(clones / "CausalNewsCorpus")
    sources = read_sources()
    sources.loc[sources["source"] == "re3d", "commit"] = "0" * 40
    sources.to_csv("data/real/sources.csv", index=False)
    places = pd.read_csv("data/real/sentences.csv", keep_default_na=False)
    other = "The Blue Column has asked for talks in the port of Lossen."
    more = [
        place("s4", "congress_record", "docs/ffff.md", "ffff", 0, MET),
        place("s5", "congress_record", "docs/0c1d.md", "0c1d", 75, other),
    ]
    write_places(clones.parent, pd.concat([places, pd.DataFrame(more)]))
    found, said = hydrate(clones, capsys)
    assert found == {"s1": SPOKEN}
    fetch = f"in the clone of host.org/owner/re3d: git fetch origin {'0' * 40}"
    assert said == [
        "cnc: 1 missing: no clone; clone host.org/owner/CausalNewsCorpus.",
        "congress_record: 1 missing: another text at the place.",
        "congress_record: 1 missing: no such file at the commit.",
        f"re3d: 1 missing: commit not in the clone; {fetch}.",
        "1 of 5 sentences found.",
    ]


def test_a_clone_that_lacks_a_file_is_not_made_to_fetch_it(clones, capsys):
    origin = clones / "owner/re3d"
    run("git", "config", "uploadpack.allowFilter", "true", folder=origin)
    partial = clones / "re3d"
    address = origin.as_uri()
    command = ["git", "clone", "--quiet", "--filter=blob:none", "--no-checkout", address, "re3d"]
    run(*command, folder=clones)
    found, said = hydrate(clones, capsys)
    assert "re3d: 1 missing: no such file at the commit." in said
    assert "s2" not in found
    # Once its owner has fetched it, it is there.
    run("git", "checkout", "--quiet", folder=partial)
    assert hydrate(clones, capsys)[0]["s2"] == MET


@pytest.mark.parametrize("content", ["no JSON\n", '{"_id": "R1"}\n', "[1]\n"])
def test_a_file_of_another_form_is_named(clones, capsys, content):
    clone = clones / "owner/re3d"
    commit = repository(clone, {"UK Government/documents.json": content})
    sources = read_sources()
    sources.loc[sources["source"] == "re3d", "commit"] = commit
    sources.to_csv("data/real/sources.csv", index=False)
    with pytest.raises(SystemExit, match="1"):
        main(["hydrate", str(clones)])
    assert "UK Government/documents.json: not the form that re3d has" in capsys.readouterr().err


def test_a_folder_without_any_clone_is_an_error(clones, capsys):
    for folder, message in (("nowhere", "no such folder"), (".", "no sentence of")):
        with pytest.raises(SystemExit, match="1"):
            main(["hydrate", str(clones / folder if folder != "." else clones.parent)])
        assert message in capsys.readouterr().err


@pytest.fixture
def texts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder of texts and votes as the maintainer has them, in a project without any."""
    write_sources(tmp_path, [("cnc", "host.org/owner/CausalNewsCorpus", "1" * 40)])
    (tmp_path / "data/real/README.md").write_text("<!-- agreement -->\n<!-- /agreement -->\n")
    columns = [*PLACE_COLUMNS, "text", "previous", "raw"]
    coded = place("s1", "cnc", "data/dev.csv", "d1", "", JOINED) | {"drawn": "even"}
    uncoded = place("s2", "cnc", "data/dev.csv", "d2", "", MET)
    rows = [coded | {"text": JOINED, "raw": f"It rained . {CELL}"}, uncoded | {"text": MET}]
    folder = tmp_path / "texts"
    folder.mkdir()
    pd.DataFrame(rows, columns=columns).to_csv(folder / "train.csv", index=False)
    pd.DataFrame(columns=columns).to_csv(folder / "measure.csv", index=False)
    (folder / "votes.csv").write_text("id,annotator,stance\ns1,b,hostile\ns1,a,hostile\n")
    write_tiny_encoder(tmp_path / ENCODER)
    monkeypatch.chdir(tmp_path)
    return folder


def test_only_places_of_coded_sentences_are_kept(texts):
    deposit(texts)
    (kept,) = read_places().to_dict("records")
    assert kept["id"] == "s1"
    assert kept["start"] == len("It rained. ")
    assert kept["length"] == len(JOINED)
    assert read_real_votes()["annotator"].tolist() == ["a", "b"]
    real = texts.parent / "data/real"
    written = b"".join(path.read_bytes() for path in real.iterdir())
    assert b"envoy" not in written
    assert np.load(real / "vectors.npy").shape == (1, 16)
    assert b"| cnc | train | 1 | 1 | 0 | 1.000 |" in written


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("train.csv", "1,000", "2,000", "does not have the hash"),
        ("train.csv", "The envoy did n't", "The envoy did", "is not found in its column 'raw'"),
        ("train.csv", "cnc", "cnn", "'cnn' is no source to train"),
        ("votes.csv", "s1,a", "s9,a", "'s9' is in neither of the files"),
        ("votes.csv", "s1,b", "s2,b", "'s1' is coded by a only"),
    ],
)
def test_a_text_that_does_not_fit_is_not_deposited(texts, file, old, new, message):
    content = (texts / file).read_text("utf-8")
    assert old in content
    (texts / file).write_text(content.replace(old, new), "utf-8")
    with pytest.raises(DataError, match=re.escape(message)):
        deposit(texts)


def test_only_the_very_sentences_that_may_be_learned_from_are_texts(texts):
    deposit(texts)
    path = texts.parent / "data/real/texts.csv"
    with pytest.raises(DataError, match="are not there; clone their repositories"):
        read_training_texts()
    pd.DataFrame({"id": ["s1"], "text": [JOINED]}).to_csv(path, index=False)
    assert read_training_texts()["text"].tolist() == [JOINED]
    pd.DataFrame({"id": ["s1"], "text": [f"{JOINED}!"]}).to_csv(path, index=False)
    with pytest.raises(DataError, match=r"texts.csv, line 2: another text than"):
        read_training_texts()
    pd.DataFrame({"id": ["s2"], "text": [MET]}).to_csv(path, index=False)
    with pytest.raises(DataError, match="1 of 1 sentences are missing, s1 among them"):
        read_training_texts()
