"""Annotating on the page: with the files, locks and queues of the terminal, and nothing lost."""

import html
import http.client
import os
import re
import resource
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.annotation.selection import order_uncertain
from pipeline.project.frames import read_csv
from pipeline.project.tables import codebook_hash
from stance import StanceModel
from tests import projects
from tests.annotating import sheet, votes
from tests.opened import Link, opened
from tests.projects import MARKED_UP, run, set_params
from tests.terminal import Terminal, dying
from tests.together import (
    SENTENCES,
    STATEMENTS,
    adding,
    contents,
    held,
    importing,
    make_project,
)

SAVE = "save with confidence.*?undo"
DOHA: dict[str, Any] = {"document": "doha"}


def at(number: int, of: int) -> str:
    return rf"{number} of {of} .*?quit"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a project of three sentences and eight statements, for ada, bob and eve."""
    made = make_project(tmp_path / "project")
    with (made / "data/annotators.csv").open("a", encoding="utf-8") as file:
        file.write("bob,person,\neve,person,\n")
    set_params(made, {"label": {"referees": ["eve"]}})
    return made


@pytest.fixture
def modelled(here: Path) -> Path:
    """Return a project with a model, and an article that nobody has annotated."""
    (here / "data/articles/doha.txt").write_text(" ".join(SENTENCES) + "\n", "utf-8")
    with (here / "data/articles.csv").open("a", encoding="utf-8") as file:
        file.write("doha,published,,,,,Qatar,Taliban\n")
    return here


def ada(*options: str) -> list[str]:
    return ["--annotator", "ada", *options]


@pytest.fixture
def link(folder: Path) -> Iterator[Link]:
    """Return ada's link."""
    with opened(folder, *ada()) as page:
        yield page.link


def test_a_newcomer_is_added_with_a_kind_only(folder: Path) -> None:
    done = run("stance", "open", "--annotator", "zoe", "--no-browser", folder=folder, code=1)
    assert "'zoe' is not in data/annotators.csv; say what they are with --kind" in done.stderr
    with opened(folder, "--annotator", "zoe", "--kind", "person") as page:
        assert sheet(page.link, "annotate").sentence == SENTENCES[0]
    assert (folder / "data/annotators.csv").read_text("utf-8").endswith("\nzoe,person,\n")
    done = run("stance", "open", "--annotator", "a b", "--kind", "x", folder=folder, code=2)
    assert "a name has no white space" in done.stderr
    done = run("stance", "open", *ada("--suggest"), "--no-browser", folder=folder, code=1)
    assert "there is no model" in done.stderr


def test_answers_are_saved_and_counted(folder: Path, link: Link) -> None:
    first = sheet(link, "annotate")
    assert first.sentence == SENTENCES[0]
    assert "Holder: <b>Qatar</b> · Target: <b>Taliban</b>" in first.text
    assert "0 of 3" in first.text
    assert "0 of 11" in first.text
    second = first.go(stance="dialogue", confidence="2", rationale=" because,\n of it ")
    assert second.sentence == SENTENCES[1]
    assert "1 of 3" in second.text
    assert re.search(r"dialogue</span> <span class=\"note\">1 by you", second.text)
    assert re.search(r"Saved: <[^>]*>dialogue</span> with confidence 2", second.text)
    table = read_csv(folder / "data/annotations/doha.csv")
    assert table.iloc[0].tolist() == [
        *(SENTENCES[0], "ada", "dialogue", "2", "because, of it"),
        codebook_hash(folder / "data/codebook.md"),
    ]
    # The same address shows the same sentence again, with the vote that it has now.
    again = sheet(link, f"annotate?sentence={first.fields['sentence']}")
    assert again.fields["stance"] == "dialogue"
    assert again.fields["rationale"] == "because, of it"


def test_the_order_is_that_of_the_document_or_of_one(link: Link) -> None:
    page = sheet(link, "annotate", {"document": "statements"})
    seen = []
    while True:
        seen.append(page.sentence)
        answer = page.send(stance="none")
        if len(seen) == len(STATEMENTS):
            break
        page = sheet(link, answer.leads_to)
    assert seen == STATEMENTS
    assert "sentence=" not in answer.leads_to
    assert "has been annotated" in link.get(answer.leads_to).text
    assert sheet(link, "annotate").sentence == SENTENCES[0]
    assert "There is no document" in link.get("annotate", 400, document="gohst").text


def test_skip_undo_and_what_survives_a_restart(folder: Path) -> None:
    with opened(folder, *ada()) as page:
        link = page.link
        first = sheet(link, "annotate", DOHA)
        second = first.go(stance="hostile", rationale="why")
        third = second.go(do="skip", rationale="is not kept", note="hard to say")
        assert "Skipped" in third.text
        last = third.go(stance="none")
        # What was skipped comes back at the end.
        assert last.sentence == SENTENCES[1]
        assert last.fields["note"] == "hard to say"
        back = sheet(link, last.send(do="undo").leads_to)
        assert back.sentence == SENTENCES[2]
        assert votes(folder) == [(SENTENCES[0], "ada", "hostile", "")]
        back = sheet(link, back.send(do="undo").leads_to)
        assert back.sentence == SENTENCES[1]
        back = sheet(link, back.send(do="undo").leads_to)
        assert back.sentence == SENTENCES[0]
        assert "Taken back" in back.text
        assert back.fields["rationale"] == "why"
        assert "stance" not in back.fields
        assert votes(folder) == []
        assert "nothing to undo" in back.send(409, do="undo").text
        # On it goes, in the old order.
        assert back.go(stance="none").sentence == SENTENCES[1]
    with opened(folder, *ada()) as page:
        link = page.link
        assert sheet(link, "annotate").sentence == SENTENCES[1]
        (address,) = re.findall(r'href="/[^/]*/(annotate\?[^"]*)"', link.get("mine").text)
        mine = sheet(link, html.unescape(address))
        assert (mine.sentence, mine.fields["stance"]) == (SENTENCES[0], "none")
        answer = mine.send(stance="dialogue", confidence="3")
        assert answer.leads_to.startswith("mine?")
        assert "Saved" in link.get(answer.leads_to).text
        assert votes(folder) == [(SENTENCES[0], "ada", "dialogue", "3")]
        mine = sheet(link, html.unescape(address))
        mine.send(do="withdraw")
        assert votes(folder) == []
        # What was withdrawn can be had back, and what was changed, too.
        for expected in ("dialogue", "none"):
            sheet(link, "annotate").send(do="undo")
            assert [row[2] for row in votes(folder)] == [expected]


def test_a_double_click_is_one_vote(folder: Path, link: Link) -> None:
    first = sheet(link, "annotate")
    answers = [first.send(stance="none", confidence="1") for _ in range(3)]
    assert len({answer.leads_to for answer in answers}) == 1
    assert votes(folder) == [(SENTENCES[0], "ada", "none", "1")]
    second = sheet(link, answers[0].leads_to)
    assert second.send(do="skip").leads_to == second.send(do="skip").leads_to
    back = sheet(link, second.send(do="undo").leads_to)
    assert back.sentence == SENTENCES[1]


def test_several_people_get_different_sentences_and_lose_nothing(folder: Path) -> None:
    with opened(folder, "--annotator", "ada", "--annotator", "bob", people=2) as page:
        ours = [sheet(page.links[name], "annotate", DOHA) for name in ("ada", "bob")]
        assert [one.sentence for one in ours] == SENTENCES[:2]
        # Whoever looks elsewhere comes back to what they have not answered.
        page.links["ada"].get("documents/text", name="doha")
        assert sheet(page.links["ada"], "annotate").sentence == SENTENCES[0]
        last = ours[0].go(stance="dialogue")
        assert last.sentence == SENTENCES[2]
        ours[1].send(stance="hostile", rationale="a secret of bob")
        last.send(stance="none")
        assert sorted(votes(folder)) == sorted(
            [
                (SENTENCES[0], "ada", "dialogue", ""),
                (SENTENCES[1], "bob", "hostile", ""),
                (SENTENCES[2], "ada", "none", ""),
            ]
        )
        # Each is blind to the other.
        for view in ("mine", "hard", "documents", "documents/text?name=doha", "second"):
            shown = page.links["ada"].ask("GET", view).text
            assert "bob" not in shown
            assert "a secret" not in shown
        text = page.links["ada"].get("documents/text", name="doha").text
        assert "dialogue</span>" in text
        assert "hostile</span>" not in text


def test_a_form_that_was_overtaken_in_another_window_comes_back(folder: Path, link: Link) -> None:
    first = sheet(link, "annotate")
    other = sheet(link, f"annotate?sentence={first.fields['sentence']}")
    other.send(stance="none")
    stale = first.again(stance="hostile", confidence="3", rationale="typed at length", note="hm")
    assert "&#39;none&#39; meanwhile, in another window" in stale.text
    assert stale.fields["stance"] == "hostile"
    assert stale.fields["rationale"] == "typed at length"
    assert votes(folder) == [(SENTENCES[0], "ada", "none", "")]
    stale.send()
    assert votes(folder) == [(SENTENCES[0], "ada", "hostile", "3")]
    assert read_csv(folder / "data/notes.csv")["note"].tolist() == ["hm"]


def test_terminal_and_page_share_a_document(folder: Path, link: Link) -> None:
    terminal = Terminal("stance", "annotate", "doha", "--annotator", "bob", folder=folder)
    terminal.step((at(1, 3), "3"), (SAVE, "\r"), (at(2, 3), ""))
    second = sheet(link, "annotate", DOHA)
    assert second.sentence == SENTENCES[1]
    second.send(stance="none")
    # Who began before somebody else was at it has a vote all the same.
    terminal.step(("", "2"), (SAVE, "1"), (at(3, 3), "q")).end()
    assert votes(folder) == [
        (SENTENCES[0], "bob", "hostile", ""),
        (SENTENCES[1], "ada", "none", ""),
        (SENTENCES[1], "bob", "dialogue", "1"),
    ]
    assert sheet(link, "annotate", DOHA).sentence == SENTENCES[2]
    # And what the page has skipped, the terminal has.
    terminal = Terminal("stance", "annotate", "doha", "--annotator", "ada", folder=folder)
    terminal.step((at(1, 1), "4"), (SAVE, "\r")).end()
    assert "has been annotated" in link.get("annotate", **DOHA).text


def test_files_that_change_underneath(folder: Path, link: Link) -> None:
    first = sheet(link, "annotate")
    # Another's votes come in: this one is a second one, and is kept.
    run(*importing(folder, "bob"), folder=folder)
    first.send(stance="none")
    assert (SENTENCES[0], "ada", "none", "") in votes(folder)
    # So does one of one's own, which is not written over.
    third = sheet(link, f"annotate?sentence={sheet_key(link, SENTENCES[2])}")
    run(*importing(folder, "ada"), folder=folder, code=1)
    (folder / "more.csv").write_text(f"sentence,stance\n{SENTENCES[2]},hostile\n", "utf-8")
    run("stance", "import", "--from", "csv", "more.csv", "--annotator", "ada", folder=folder)
    before = votes(folder)
    assert "&#39;hostile&#39; meanwhile" in third.again(stance="none").text
    assert votes(folder) == before
    # An article is added, and offered.
    run(*adding(folder, "talks"), folder=folder)
    assert sheet(link, "annotate").sentence == "Nobody spoke of talks."


def sheet_key(link: Link, text: str) -> str:
    """Return what addresses call a sentence of the document doha."""
    shown = link.get("documents/text", name="doha").text
    (key,) = re.findall(rf'sentence=(\w+)[^>]*><bdi class="t">{re.escape(text)}<', shown)
    return str(key)


def test_a_sentence_that_is_gone(folder: Path, link: Link) -> None:
    first = sheet(link, "annotate")
    (folder / "data/articles/doha.txt").write_text("Nobody met anywhere.\n", "utf-8")
    before = contents(folder)
    gone = first.send(409, stance="hostile", rationale="typed at length", note="a note")
    for text in (SENTENCES[0], "hostile", "typed at length", "a note", "nothing was saved"):
        assert text in gone.text
    first.send(409, do="skip", note="a note")
    link.get(f"annotate?sentence={first.fields['sentence']}", 409)
    assert contents(folder) == before
    assert sheet(link, "annotate").sentence == "Nobody met anywhere."


def test_a_codebook_that_changes(folder: Path, link: Link) -> None:
    first = sheet(link, "annotate")
    with (folder / "data/codebook.md").open("a", encoding="utf-8") as file:
        file.write("14. *Another rule:* it is new.\n")
    stale = first.again(stance="none", confidence="3", rationale="why")
    assert "The codebook has changed since" in stale.text
    assert "it is new" in stale.text
    assert votes(folder) == []
    stale.send()
    assert votes(folder) == [(SENTENCES[0], "ada", "none", "3")]
    (hash_,) = read_csv(folder / "data/annotations/doha.csv")["codebook"]
    assert hash_ == codebook_hash(folder / "data/codebook.md")


def test_a_table_that_cannot_be_read_is_named_until_it_is_mended(folder: Path, link: Link) -> None:
    first = sheet(link, "annotate")
    path = folder / "data/annotations/doha.csv"
    whole = path.read_text("utf-8")
    path.write_text(f"{whole}They met in Paris.,bob,none,,\n", "utf-8")
    for answer in (link.get("documents", 400), first.send(400, stance="none", rationale="why")):
        assert "line 2: the sentence &#39;They met in Paris.&#39; is not in doha" in answer.text
    assert 'value="why"' in answer.text
    path.write_text(whole, "utf-8")
    first.send(stance="none")
    assert votes(folder) == [(SENTENCES[0], "ada", "none", "")]


def test_what_cannot_be_written_is_said(folder: Path) -> None:
    with opened(folder, *ada()) as page:
        first = sheet(page.link, "annotate")
        before = contents(folder)
        # No file of this process may have a byte more.
        resource.prlimit(page.process.pid, resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))
        stale = first.again(stance="none", rationale="why")
        assert "cannot be written (File too large)" in stale.text
        assert contents(folder) == before
        assert sheet(page.link, "annotate").sentence
        limits = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
        resource.prlimit(page.process.pid, resource.RLIMIT_FSIZE, limits)
        stale.send()
        # Nor does anybody vote whom the project does not know any more.
        (folder / "data/annotators.csv").write_text("annotator,kind,coded\n", "utf-8")
        (folder / "data/annotations/doha.csv").unlink()
        second = first.again(stance="none")
        assert "is not in data/annotators.csv any more" in second.text
    assert not list((folder / "data/annotations").glob("doha.csv"))


def test_a_lock_that_is_held_for_long_holds_no_view_up(folder: Path, link: Link) -> None:
    first = sheet(link, "annotate")
    with held(folder):
        stale = first.again(stance="none", rationale="why")
        assert "another command has been writing in data/" in stale.text.lower()
        assert sheet(link, "annotate").sentence
        assert votes(folder) == []
    stale.send()
    assert votes(folder) == [(SENTENCES[0], "ada", "none", "")]


def test_what_was_answered_survives_a_kill(folder: Path, tmp_path: Path, monkeypatch) -> None:
    with opened(folder, *ada()) as page:
        first = sheet(page.link, "annotate")
        second = first.go(stance="hostile", note="hard")
        page.process.send_signal(signal.SIGKILL)
        page.process.wait()
    assert votes(folder) == [(SENTENCES[0], "ada", "hostile", "")]
    # Killed between writing and renaming: the file is the old one, and whole.
    before = contents(folder)
    dead = dying(tmp_path, 1)
    paths = [dead["PYTHONPATH"], os.environ.get("PYTHONPATH", "")]
    dead["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
    for name, value in dead.items():
        monkeypatch.setitem(projects.ENVIRONMENT, name, value)
    with opened(folder, *ada()) as page:
        second = sheet(page.link, "annotate")
        with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
            second.send(stance="none")
        page.process.wait()
    assert contents(folder) == before
    monkeypatch.undo()
    with opened(folder, *ada()) as page:
        second = sheet(page.link, "annotate")
        assert second.sentence == SENTENCES[1]
        second.send(stance="none")
        assert SENTENCES[0] in page.link.get("hard").text
    assert [row[2] for row in votes(folder)] == ["hostile", "none"]


def test_suggestions_come_after_the_choice(modelled: Path) -> None:
    with opened(modelled, "--annotator", "coder-1") as page:
        first = sheet(page.link, "annotate")
        assert "The model" not in first.text
        second = first.go(stance="none")
        assert re.search(r"Saved: <[^>]*>none</span>.*The model: \w", second.text, re.DOTALL)
        # It is said of the sentence before, and no more when that was taken back.
        back = sheet(page.link, second.send(do="undo").leads_to)
        assert back.sentence == first.sentence
        assert "The model" not in back.text
    with opened(modelled, "--annotator", "coder-1", "--suggest", "--order", "uncertain") as page:
        model = StanceModel.load(modelled)
        order = order_uncertain(model.score(SENTENCES).filter(like="p_").to_numpy())
        link = page.link
        shown = sheet(link, "annotate")
        for number, row in enumerate(order):
            assert shown.sentence == SENTENCES[row]
            assert "The model: " in shown.text
            if number < 2:
                shown = shown.go(do="skip")
        # A second opinion is blind, also of a suggestion.
        second = sheet(link, "second")
        assert "The model" not in second.text
        assert "The model" not in second.go(stance="none").text


def test_a_second_opinion_is_blind_and_its_sample_stays(modelled: Path) -> None:
    options = ["--annotator", "coder-6", "--sample", "3", "--seed", "1"]
    with opened(modelled, *options) as page:
        one = sheet(page.link, "second")
        seen = [one.sentence]
        assert "0 of 3" in one.text
        two = one.go(stance="none")
        seen.append(two.sentence)
        for shown in (one.text, two.text):
            assert not re.search("author-|coder-[1-57-9]|The model", shown)
    with opened(modelled, *options) as page:
        two = sheet(page.link, "second")
        assert two.sentence == seen[1]
        assert "1 of 3" in two.text
        three = two.go(stance="none")
        assert three.sentence not in seen
        answer = three.send(stance="hostile")
        assert "You have annotated all that others have" in page.link.get(answer.leads_to).text


def test_a_referee_decides_with_the_votes_in_sight(folder: Path) -> None:
    header = "sentence,annotator,stance,confidence,rationale\n"
    rows = f"{SENTENCES[0]},ada,none,1,no reason\n{SENTENCES[0]},bob,hostile,3,a good one\n"
    rows += f"{SENTENCES[1]},ada,none,,\n{SENTENCES[1]},bob,none,,\n"
    (folder / "data/annotations/doha.csv").write_text(header + rows, "utf-8")
    (folder / "data/notes.csv").write_text(
        f"document,sentence,annotator,note\ndoha,{SENTENCES[0]},bob,I was torn\n", "utf-8"
    )
    with opened(folder, "--annotator", "ada", "--annotator", "eve", people=2) as page:
        eve = page.links["eve"]
        # It is what the link leads to.
        assert eve.get("", 303).leads_to == "disputes"
        one = sheet(eve, "disputes")
        assert one.sentence == SENTENCES[0]
        for text in ("ada", "no reason", "bob", "a good one", "I was torn"):
            assert text in one.text
        answer = one.send(stance="dialogue", confidence="2")
        assert "Nothing is disputed" in eve.get(answer.leads_to).text
        assert votes(folder)[-1] == (SENTENCES[0], "eve", "dialogue", "2")
        assert "Decided by a referee" in eve.get("documents/text", name="doha").text
        # Nobody else is asked, and nobody else sees the others' words.
        assert "Only a referee decides" in page.links["ada"].get("disputes", 403).text
        page.links["ada"].post("disputes", 403, **one.fields, do="save")
        eve.get("second", 403)
        address = f"annotate?sentence={one.fields['sentence']}"
        shown = page.links["ada"].get(address).text
        assert "no reason" in shown
        assert not re.search(r"\bbob\b|a good one|I was torn|\beve\b", shown)


def test_hard_cases_are_kept_and_resolved(folder: Path, link: Link) -> None:
    first = sheet(link, "annotate")
    first.go(do="skip", note="pronoun?").send(stance="none", note="irony")
    shown = link.get("hard").text
    assert shown.index("irony") < shown.index("pronoun?")
    (address, _) = re.findall(r'href="/[^/]*/(annotate\?sentence[^"]*hard)"', shown)[::-1]
    back = sheet(link, html.unescape(address))
    assert (back.sentence, back.fields["note"]) == (SENTENCES[0], "pronoun?")
    assert back.send(stance="hostile").leads_to.startswith("hard?")
    notes = folder / "data/notes.csv"
    assert read_csv(notes)["note"].tolist() == ["pronoun?", "irony"]
    # A note that was changed elsewhere is not taken away unseen.
    place: dict[str, Any] = {"document": "doha", "text": SENTENCES[0]}
    assert "&#39;pronoun?&#39; meanwhile" in link.post("hard", 409, **place, noted="other").text
    link.post("hard", **place, noted="pronoun?")
    assert read_csv(notes)["note"].tolist() == ["irony"]
    # Nor is one that stands on a sentence that is gone out of reach.
    (folder / "data/annotations/doha.csv").write_text(
        "sentence,annotator,stance,confidence,rationale\n", "utf-8"
    )
    (folder / "data/articles/doha.txt").write_text("Nobody met anywhere.\n", "utf-8")
    assert "does not have this sentence any more" in link.get("hard").text
    link.post("hard", document="doha", text=SENTENCES[1], noted="irony")
    assert read_csv(notes).empty


def test_notes_are_in_nobodys_way(project: Path) -> None:
    sentences = read_csv(project / "data/sentences.csv")
    row = sentences.iloc[0]
    with opened(project, "--annotator", "coder-1") as page:
        text = page.link.get("documents/text", name=row["document"]).text
        key = re.findall(r"sentence=(\w+)", text)[0]
        page_ = sheet(page.link, f"annotate?sentence={key}")
        page_.send(do="skip", note="hard")
    changed = run("git", "status", "--porcelain", folder=project).stdout
    assert changed == "?? data/notes.csv\n"
    assert "up to date" in run("dvc", "status", folder=project).stdout
    run("stance", "agreement", folder=project)


def test_a_link_that_only_reads_changes_nothing(folder: Path) -> None:
    with opened(folder, *ada()) as page:
        fields = sheet(page.link, "annotate").fields
        sheet(page.link, "annotate").send(stance="none", note="hard")
    before = contents(folder)
    with opened(folder) as page:
        link = page.link
        assert link.get("", 303).leads_to == "documents"
        for view in ("annotate", "second", "disputes", "mine", "hard"):
            link.get(view, 403)
        for view in ("annotate", "second", "disputes"):
            for do in ("save", "skip", "withdraw", "undo"):
                link.post(view, 403, **{**fields, "stance": "hostile", "do": do, "note": "x"})
        link.post("hard", 403, document="doha", text=SENTENCES[0], noted="hard")
        text = link.get("documents/text", name="doha").text
        assert "ada" in text
        assert "hard" not in text.split("<main")[1]
    assert contents(folder) == before


@pytest.mark.parametrize(
    ("changes", "code", "said"),
    [
        ({"stance": "friendly"}, 400, "the label &#39;friendly&#39; is none of the codebook"),
        ({"stance": ""}, 400, "no label is chosen"),
        ({"stance": "none", "confidence": "4"}, 400, "the confidence &#39;4&#39; must be 1, 2, 3"),
        ({"stance": "none", "do": "delete"}, 400, "the form asks for &#39;delete&#39;"),
        ({"stance": "none", "rationale": "a\0b"}, 400, "which is no text"),
        ({"stance": "none", "note": "x" * 2_001}, 400, "the note has 2,001 characters"),
        ({"stance": "none", "sentence": "0"}, 409, "do not have this sentence any more"),
        ({"stance": "none", "sentence": "../../x"}, 409, "do not have this sentence any more"),
        ({"stance": "none", "codebook": "x"}, 409, "the codebook has changed"),
        ({"stance": "none", "shown": "x"}, 409, "was withdrawn meanwhile"),
        ({"do": "skip", "note": "x", "noted": "y"}, 409, "your note on this sentence was removed"),
    ],
)
def test_bad_fields(
    shared: tuple[Path, Link], changes: dict[str, str], code: int, said: str
) -> None:
    folder, link = shared
    before = contents(folder)
    answer = sheet(link, "annotate").send(code, **changes)
    assert said.lower() in answer.text.lower()
    assert contents(folder) == before


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("mine?page=0", 400),
        ("mine?page=" + "9" * 5_000, 400),
        ("mine?page=%c2%b2", 400),
        ("mine?page=99", 200),
        ("mine?label=friendly", 400),
        ("mine?document=../x", 400),
        ("documents?page=-1", 400),
        ("documents/text", 400),
        ("documents/text?name=../../params", 400),
        ("documents/text?name=doha&page=x", 400),
        ("annotate?document=..%2fx", 400),
        ("annotate?sentence=%ff", 400),
        ("annotate?sentence=x", 409),
        ("annotate?saved=1&sentence=&back=%2f%2fevil", 303),
        ("hard?saved=" + "1" * 5_000, 200),
    ],
)
def test_bad_addresses(shared: tuple[Path, Link], address: str, code: int) -> None:
    _, link = shared
    answer = link.ask("GET", address)
    assert answer.status == code, answer.text


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Link]]:
    """Return a project in which nothing is to change, and ada's link."""
    folder = make_project(tmp_path_factory.mktemp("shared") / "project")
    with opened(folder, *ada()) as page:
        yield folder, page.link


def test_markup_in_every_field_is_text(marked_up: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(marked_up, tmp_path / "project"))
    name, evil = "<img/src=x>", '"><script>alert(1)</script>{{ 77 * 77 }}'
    options = ["--annotator", name, "--kind", "<i>person</i>"]
    set_params(folder, {"label": {"referees": ["referee"]}})
    with opened(folder, *options) as page:
        link = page.link
        first = sheet(link, "annotate")
        assert first.sentence == MARKED_UP[3]
        shown = [first.text]
        second = first.send(stance="none", rationale=evil, note=evil)
        shown.append(link.get(second.leads_to).text)
        shown.append(first.send(409, stance=evil, rationale=evil, codebook="x").text)
        shown.append(first.send(409, sentence="x", text=evil, stance=evil).text)
        shown.append(first.send(400, do=evil, document=evil, back=evil, confidence=evil).text)
        views = ("mine", "hard", "documents", "documents/text?name=marked-up")
        shown += [link.get(view).text for view in views]
        bad = ("mine", "annotate", "documents/text")
        shown += [link.get(one, 400, document=evil, label=evil, name=evil).text for one in bad]
        shown.append(sheet(link, "second").text)
    with opened(folder) as page:
        shown.append(page.link.get("documents/text", name="marked-up").text)
    with opened(folder, "--annotator", "referee") as page:
        shown.append(sheet(page.link, "disputes").text)
    for text in shown:
        assert not re.search(r"<script>|<img|<b onclick|<em>[\"&]|<i>|</details></main>", text)
        assert "5929" not in text
    assert read_csv(folder / "data/notes.csv")["note"].tolist() == [evil]
