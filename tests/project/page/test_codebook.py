"""The codebook as annotators see and change it: no markup of its own, blind, and nothing lost."""

import html
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from markupsafe import escape
from ruamel.yaml import YAML

from pipeline.annotation.queue import second_sample
from pipeline.page.annotating.desk import Desk
from pipeline.page.codebook.area import Codebook
from pipeline.page.codebook.change import GONE, LEFT_OUT, NEW, SAME, compare, hash_of, weigh_change
from pipeline.page.codebook.examples import (
    choose_confusions,
    choose_examples,
    still_to_judge,
    weigh_votes,
)
from pipeline.page.codebook.text import codebook_html, mentioned
from pipeline.project.documents import Documents
from pipeline.project.skeleton import make_project
from stance.statistics.agreement import disputed
from tests.inside import Inside
from tests.opened import Link, Opened, opened
from tests.projects import MARKED_UP, ROOT

LABELS = ["contact-only", "dialogue", "hostile", "none"]
TRICKS = f"""# A <script>alert(1)</script> codebook

#### Deep

{" ".join(MARKED_UP)}

<img src=x onerror=alert(1)> <div style="color: red">in a block</div>

<div onclick=alert(1)>
a block
</div>

[run](javascript:alert(1)) [data](data:text/html,x) [file](file:///etc/passwd) [web](https://a.org/?a="b)
![picture](https://a.org/x.png) <https://b.org> [up](../secret)

| left | | right |
| --- | :-: | --: |
| `a` | <b>b</b> | 3 |

```python
<script>alert(2)</script>
```
"""


def test_a_codebook_brings_no_markup_of_its_own() -> None:
    found = codebook_html(TRICKS)
    tags = set(re.findall(r"<(/?\w+)", found))
    assert not tags & {"script", "img", "b", "style", "svg", "i", "iframe"}
    assert re.findall(r"<div[^>]*>", found) == [
        '<div class="wide" tabindex="0" role="region" aria-label="Table 1 of the codebook">'
    ]
    inside = " ".join(re.findall(r"<\w+( [^>]*)>", found))
    names = set(re.findall(r' ([\w-]+)="', inside))
    assert names == {"class", "tabindex", "role", "aria-label", "scope", "href", "rel", "target"}
    links = re.findall(r'href="([^"]*)"', found)
    assert all(one.startswith("https://") for one in links)
    assert len(links) == found.count('rel="noopener noreferrer"') == 3
    assert "javascript:alert(1)" in found
    assert '<th class="number" scope="col">' in found or '<th scope="col" class="number">' in found
    # A head that says nothing is none.
    assert found.count("<th ") == 2


def test_headings_stand_below_that_of_the_page_and_none_is_skipped() -> None:
    text = "### a\n\n# b\n\n###### c\n\n### d\n"
    for below in (1, 2):
        levels = [int(one) for one in re.findall(r"<h(\d)", codebook_html(text, below=below))]
        assert levels == [below + 1, below + 1, below + 2, below + 2]


def test_a_label_that_is_a_word_is_mentioned_only_as_code_where_others_are() -> None:
    assert mentioned("None of it, none, `hostile`", ["hostile", "none"]) == ["hostile"]
    assert mentioned("favor: for it. none: neither.", ["favor", "against", "none"]) == [
        "favor",
        "none",
    ]
    assert mentioned("pro-active", ["pro"]) == []


def votes_of(*rows: tuple[str, str, str]) -> Documents:
    """Return documents with votes: text, annotator and label; each text is a document."""
    texts = list(dict.fromkeys(text for text, _, _ in rows))
    sentences = pd.DataFrame({"id": texts, "document": texts, "text": texts})
    votes = pd.DataFrame(rows, columns=["text", "annotator", "stance"])
    votes = votes.assign(id=votes["text"], document=votes["text"], codebook="")
    return Documents(sentences, votes)


def test_examples_are_what_two_agree_on_or_a_referee_decides() -> None:
    documents = votes_of(
        *(("two agree", who, "a") for who in "xy"),
        ("one alone", "x", "a"),
        *(("two of three", who, label) for who, label in zip("xyz", "aab", strict=True)),
        *(("one to one", who, label) for who, label in zip("xy", "ab", strict=True)),
        *(("refereed", who, label) for who, label in zip("xyr", "aab", strict=True)),
    )
    votes = weigh_votes(documents, ["a", "b"], ["r"])
    found = choose_examples(votes, ["a", "b"], set())
    assert {label: {text for _, text in some} for label, some in found.items()} == {
        "a": {"two agree", "two of three"},
        "b": {"refereed"},
    }
    (pair,) = choose_confusions(votes, set())
    # Of six pairs of votes two of the three and the one to one differ; a referee's are no pairs.
    assert (pair.labels, pair.times, pair.of) == (("a", "b"), 3, 6)
    assert {text: decided for (_, text), decided in pair.sentences} == {
        "two of three": "a",
        "one to one": "",
    }


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("sample", [40, None])
def test_nobody_is_shown_what_they_have_still_to_judge(sample: int | None) -> None:
    params, documents = Desk().documents()
    referees = params.label.referees
    votes = weigh_votes(documents, LABELS, referees)
    hidden = still_to_judge(documents, "anna", referees, sample, 7)
    waiting = second_sample(documents, "anna", referees, sample, 7)
    assert hidden == set(zip(waiting["document"], waiting["text"], strict=True))
    shown = {
        *(one for some in choose_examples(votes, LABELS, hidden).values() for one in some),
        *(one for some in choose_confusions(votes, hidden) for one, _ in some.sentences),
    }
    assert not shown & hidden
    assert bool(shown) == bool(sample)
    before = choose_examples(votes, LABELS, set())
    assert before == choose_examples(weigh_votes(documents, LABELS, referees), LABELS, set())
    for some in before.values():
        assert len({document for document, _ in some}) > 1


def test_a_referee_is_shown_no_dispute_that_is_still_open(here: Path) -> None:
    path = here / "data/annotations/russia-taliban.csv"
    table = pd.read_csv(path, dtype="str", keep_default_na=False)
    table = table[table["annotator"] != "referee"]
    same = table["sentence"] == table["sentence"].iloc[0]
    table.loc[same, "stance"] = ["hostile", "none", "none"]
    table.to_csv(path, index=False)
    params, documents = Desk().documents()
    referees = params.label.referees
    open_ones = documents.of(set(disputed(documents.votes, referees)))
    assert len(open_ones)
    hidden = still_to_judge(documents, "referee", referees, None, 0)
    assert hidden == set(zip(open_ones["document"], open_ones["text"], strict=True))


def test_what_a_change_does_to_votes_is_counted() -> None:
    documents = votes_of(
        *((f"text {n}", who, "a") for n in range(3) for who in ("x", "y")), ("text 4", "x", "a")
    )
    old, new, older = "Old `a`, `b`.\n", "New `a`.\n", "Older.\n"
    assert weigh_change(old, new, documents.votes, []).now == {}
    hashes = [hash_of(old)] * 3 + [hash_of(new)] * 2 + [hash_of(older), ""]
    votes = documents.votes.assign(codebook=hashes)
    change = weigh_change(old, new, votes, ["a", "b", "c"])
    assert change.now == {"x": 2, "y": 1}
    assert change.back == {"y": 1, "x": 1}
    assert (change.others, change.unknown) == (1, 1)
    assert (change.lost, change.lacking) == (["b"], ["c"])
    assert not change.same_question
    folded = weigh_change(old, "Old\n`a`,   `b`.\n", votes, ["a", "b", "c"])
    assert folded.same_question
    assert not folded.nothing
    assert weigh_change(old, old, votes, []).nothing


def test_a_comparison_gives_both_texts_back() -> None:
    old = "one\ntwo words here\nthree\n" + "same\n" * 9 + "last\n"
    new = "one\ntwo other words\nthree\n" + "same\n" * 9 + "added\nlast\n"
    lines = list(compare(old, new))
    pieces = [piece for line in lines for piece in line]
    assert [piece.text.strip() for piece in pieces if piece.kind == GONE] == ["here"]
    assert [piece.text.strip() for piece in pieces if piece.kind == NEW] == ["other", "added"]
    assert sum(int(piece.text) for piece in pieces if piece.kind == LEFT_OUT) == 8
    assert "".join(piece.text for piece in pieces if piece.kind == SAME).count("same") == 1


def test_only_the_stage_of_labels_depends_on_the_codebook(tmp_path: Path) -> None:
    make_project(tmp_path / "new", ["favor", "against"], "neutral")
    for folder in (ROOT, tmp_path / "new"):
        stages = YAML(typ="safe").load(folder / "dvc.yaml")["stages"]
        users = [name for name, of in stages.items() if "data/codebook.md" in of.get("deps", [])]
        assert users == ["label"]
        assert "reports/agreement.json" in stages["report"]["deps"]
        trained_on = {"data/labelled.csv", "reports/agreement.json"}
        assert trained_on & set(stages["train"]["deps"]) == {"data/labelled.csv"}


def test_a_changed_codebook_leaves_the_labels_as_they_are(here: Path, inside: Inside) -> None:
    before = (here / "data/labelled.csv").read_bytes(), (here / "data/votes.csv").read_bytes()
    (here / "data/codebook.md").write_text("Another.\n", "utf-8")
    inside.stage("label")
    after = (here / "data/labelled.csv").read_bytes(), (here / "data/votes.csv").read_bytes()
    assert after == before


@pytest.fixture
def page(here: Path) -> Iterator[Opened]:
    """Return the page of the small project, open for two who may change the codebook."""
    with (here / "data/annotators.csv").open("a") as file:
        file.write("anna,person,\nben,person,\n")
    people = ["--annotator", "anna", "--annotator", "ben"]
    with opened(here, *people, "--edit-codebook", "--sample", "20", people=2) as served:
        yield served


def begin(link: Link) -> tuple[str, str]:
    """Return the text that an edit begins with, and what tells which it was."""
    form = link.get("codebook/edit").text
    text = re.search(r"<textarea[^>]*>\n(.*?)</textarea>", form, re.DOTALL)
    began = re.search(r'name="began" value="(\w*)"', form)
    assert text
    assert began
    return html.unescape(text[1]), began[1]


def test_a_codebook_is_changed_after_it_was_said_what_that_does(here: Path, page: Opened) -> None:
    anna = page.links["anna"]
    path = here / "data/codebook.md"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    text, began = begin(anna)
    text = text.replace("\r\n", "\n")
    assert text == path.read_text("utf-8")
    new = text.replace("`hostile`", "enmity") + "\r\n14. *<b>New</b>:* a rule."
    said = anna.post("codebook/preview", 200, text=new, began=began).text
    assert "It asks another question" in said
    assert "no longer says what counts as hostile" in said
    assert "<ins>" in said
    assert "&lt;b&gt;New&lt;/b&gt;" in said
    assert path.read_text("utf-8") == text
    # What the preview would send is what was previewed.
    sent = re.search(r'name="text" value="([^"]*)"', said)
    assert sent
    anna.post("codebook/change", text=html.unescape(sent[1]), began=began)
    assert path.read_bytes().decode() == new.replace("\r\n", "\n").replace("\n", "\r\n") + "\r\n"
    shown = anna.get("codebook", changed="yes").text
    assert "The codebook is changed" in shown
    assert "does not say what counts as" in shown
    assert "&lt;b&gt;New&lt;/b&gt;" in shown


def test_what_was_typed_is_kept_when_the_codebook_has_changed(here: Path, page: Opened) -> None:
    anna, ben = page.links["anna"], page.links["ben"]
    text, began = begin(anna)
    ben.post("codebook/change", text=f"{text}Ben’s rule.\n", began=began)
    for action in ("preview", "change"):
        kept = anna.post(f"codebook/{action}", 409, text=f"{text}Anna’s rule.\n", began=began).text
        assert "has changed since you began" in kept
        typed = re.search(r"<textarea[^>]*>\n(.*?)</textarea>", kept, re.DOTALL)
        assert typed
        assert html.unescape(typed[1]) == f"{text}Anna’s rule.\n"
        assert "Ben’s rule." in kept[typed.end() :]
    assert (here / "data/codebook.md").read_text("utf-8") == f"{text}Ben’s rule.\n"
    # From there the preview shows what would be taken away.
    now = re.search(r'name="began" value="(\w*)"', kept)
    assert now
    said = anna.post("codebook/preview", 200, text=f"{text}Anna’s rule.\n", began=now[1]).text
    assert "<del>Ben’s</del>" in said


def test_white_space_is_no_other_question_and_bad_texts_are_kept(here: Path, page: Opened) -> None:
    anna = page.links["anna"]
    before = (here / "data/codebook.md").read_bytes()
    text, began = begin(anna)
    said = anna.post("codebook/preview", 200, text=text.replace("\n", "\n\n"), began=began).text
    assert "It asks the same question" in said
    same = anna.post("codebook/preview", 200, text=text, began=began).text
    assert "Nothing: the text is the one that lies there" in same
    assert "Change it" not in same
    for bad, why in [("  ", "is empty"), ("a\0b", "no text"), ("é" * 100_001, "100,000")]:
        for action in ("preview", "change"):
            kept = anna.post(f"codebook/{action}", 400, text=bad, began=began).text
            assert why in kept
    assert (here / "data/codebook.md").read_bytes() == before


def test_a_codebook_is_changed_only_where_it_was_allowed(here: Path, page: Opened) -> None:
    text, began = begin(page.links["anna"])
    with (
        opened(here) as reader,
        opened(here, "--annotator", "anna") as plain,
    ):
        for link in (reader.link, plain.link):
            assert "Edit the codebook" not in link.get("codebook").text
            link.get("codebook/edit", 403)
            for action in ("edit", "preview", "change"):
                link.post(f"codebook/{action}", 403, text="Mine.", began=began)
    assert (here / "data/codebook.md").read_text("utf-8") == text


def test_no_annotator_is_named_to_another(here: Path, page: Opened) -> None:
    names = set(pd.read_csv(here / "data/annotators.csv")["annotator"])
    # The word that decides is one of the page's own.
    names -= {"anna", "referee"}
    with opened(here) as reader:
        for shown in (page.links["anna"].get("codebook").text, reader.link.get("codebook").text):
            body = shown[shown.index("Examples that annotators") :]
            assert not [name for name in names if re.search(rf"\b{name}\b", body)]


def test_texts_of_the_project_are_text(marked_up: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(marked_up, tmp_path / "project"))
    (folder / "data/codebook.md").write_text(TRICKS, "utf-8")
    for name in ("articles", "annotations"):
        for path in (folder / "data" / name).iterdir():
            if path.stem != "marked-up":
                path.unlink()
    articles = pd.read_csv(folder / "data/articles.csv", dtype="str", keep_default_na=False)
    articles[articles["document"] == "marked-up"].to_csv(folder / "data/articles.csv", index=False)
    with opened(folder) as served:
        shown = served.link.get("codebook").text
    assert str(escape(MARKED_UP[0])) in shown
    assert "Its envoy met them &lt;/details&gt;&lt;/main&gt;" in shown
    assert not re.search(r"<script>|<b onclick|<img|<[^>]*style=", shown)


def test_the_area_is_open_without_a_codebook(here: Path) -> None:
    (here / "data/codebook.md").unlink()
    area = Codebook(Desk().documents, editable=True, sample=None, seed=0)
    assert [tab.path for tab in area.tabs] == ["codebook"]
    people = ["--annotator", "anna", "--kind", "person", "--edit-codebook"]
    with opened(here, *people) as served:
        assert "There is no codebook yet" in served.link.get("codebook").text
        served.link.post("codebook/change", text="One: `hostile`.", began="")
        assert (here / "data/codebook.md").read_text("utf-8") == "One: `hostile`.\n"
