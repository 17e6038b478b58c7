"""An article is added whole or not at all, cleaned, and shown as it was cut."""

import re
import sys
from pathlib import Path

import pytest

from tests.inside import Inside

HOLDER_TARGET = ["--holder", "Qatar", "--target", "Taliban"]
TEXT = """Talks in Doha
By Ada Lovelace

The envoy called the talks useful. Nothing was said of recognition.
Read more: What the envoy wants
A line stays open to free citizens.
"""
PAGE = """<!DOCTYPE html><html lang="en"><head><meta charset="windows-1251">
<title>Talks in Doha – The Gazette</title><meta property="og:title" content="Talks in Doha">
<meta name="author" content="Ada Lovelace"><meta property="og:site_name" content="The Gazette">
<meta property="article:published_time" content="2020-02-29T10:00:00Z"></head>
<body><nav><ul><li><a href="/">Home</a></li><li><a href="/world">World</a></li></ul></nav>
<article><h1>Talks in Doha</h1>
<p>The envoy met the movement’s delegation in Doha on Saturday and called the talks useful.</p>
<h2>A narrow channel</h2>
<p>Nothing was said of recognition. The ministry keeps a line open to free its citizens.</p>
<p>Whether the sides will meet again is not known, but both stayed in their hotels on Sunday.</p>
</article><aside><p>Subscribe to our newsletter!</p></aside><footer>© 2020</footer></body></html>
"""


def rows(folder: Path) -> list[str]:
    return (folder / "data/articles.csv").read_text("utf-8").splitlines()


def test_a_text_is_registered_and_shown_as_it_is_cut(here: Path, inside: Inside) -> None:
    (here / "Doha, again.txt").write_text(TEXT, "utf-8")
    before = rows(here)
    done = inside.stance("add", "Doha, again.txt", *HOLDER_TARGET)
    assert done.out.splitlines() == [
        "doha-again: 5 paragraphs, 3 sentences",
        "   1  heading    Talks in Doha",
        "   2  author     By Ada Lovelace",
        "   3  body       The envoy called the talks useful.",
        "                 Nothing was said of recognition.",
        "   4  furniture  Read more: What the envoy wants",
        "   5  body       A line stays open to free citizens.",
    ]
    assert "stance annotate doha-again --annotator NAME" in done.err
    assert rows(here) == [*before, "doha-again,published,,,,,Qatar,Taliban"]
    inside.stage("segment")
    sentences = (here / "data/sentences.csv").read_text("utf-8")
    assert sentences.count("\ndoha-again:") == 3


def test_a_stream_is_cleaned(here: Path, inside: Inside) -> None:
    text = (
        "\ufeffThe envoy called the talks in the capital use\u00adful, and not\r\n"
        "more than that. Nothing was said of recognition by either\r\n"
        "of the\u00a0two sides.\r\n\r\nA line stays open.\r\n"
    )
    options = ["--title", "Talks in Doha: what’s next?", "--origin", "composed"]
    inside.stance("add", "-", *options, *HOLDER_TARGET, stdin=text)
    path = here / "data/articles/talks-in-doha-whats-next.txt"
    assert path.read_bytes().decode() == (
        "The envoy called the talks in the capital useful, and not more than that. Nothing was "
        "said of recognition by either of the\u00a0two sides.\nA line stays open.\n"
    )
    assert rows(here)[-1] == (
        "talks-in-doha-whats-next,composed,Talks in Doha: what’s next?,,,,Qatar,Taliban"
    )


def test_the_article_in_a_web_page_is_found(here: Path, inside: Inside) -> None:
    (here / "page.html").write_text(PAGE, "utf-8")
    done = inside.stance("add", "page.html", *HOLDER_TARGET)
    assert "talks-in-doha: 5 paragraphs, 4 sentences" in done.out
    assert "heading  A narrow channel" in done.out
    text = (here / "data/articles/talks-in-doha.txt").read_text("utf-8")
    assert "movement’s" in text
    assert "Subscribe" not in text
    assert rows(here)[-1] == (
        "talks-in-doha,published,Talks in Doha,Ada Lovelace,The Gazette,2020-02-29,Qatar,Taliban"
    )


def test_without_the_extra_a_page_is_refused_in_words(
    here: Path, inside: Inside, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "trafilatura", None)
    (here / "page.html").write_text(PAGE, "utf-8")
    done = inside.stance("add", "page.html", *HOLDER_TARGET, code=1)
    assert "needs the extra 'html'; install it with `make html`" in done.err


BAD: dict[str, tuple[bytes, list[str], int, str]] = {
    "not UTF-8": (b"A line.\nA caf\xe9.\n", [], 1, r"line 2, byte 6: 0xe9 is not UTF-8"),
    "no text": (b"A line.\nB\x01\x00\n", [], 1, r"line 2: the control character 0x01"),
    "a zip archive": (b"PK\x03\x04", [], 1, r"a damaged zip archive; save the file again"),
    "empty": (b"\n \n\xc2\xa0\n", [], 1, r"the article is empty"),
    "no sentence": (b"A heading\nShare this\n", ["--document", "x"], 1, r"no sentence was found"),
    "a document that exists": (
        b"They met.\n",
        ["--document", "gulf-rsf"],
        1,
        r"there is a document 'gulf-rsf' \(data/articles\.csv\); give another name",
    ),
    "a name that is none": (b"They met.\n", ["--document", "a/b"], 1, r"'a/b': a name is lower"),
    "the statements": (b"They met.\n", ["--document", "statements"], 1, r"single statements"),
    "no name": (b"They met.\n", [], 1, r"the document needs a name; give one with --document"),
    "no target": (b"They met.\n", ["--target", ""], 2, r"give --target; there is no terminal"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_articles_are_one_sentence_and_nothing_is_written(
    case: str, here: Path, inside: Inside
) -> None:
    content, options, code, expected = BAD[case]
    before = sorted((here / "data/articles").iterdir()), rows(here)
    done = inside.stance("add", "-", *HOLDER_TARGET, *options, code=code, stdin=content)
    assert re.search(expected, done.err.splitlines()[-1])
    assert "Traceback" not in done.err
    assert done.out == ""
    assert (sorted((here / "data/articles").iterdir()), rows(here)) == before


def test_a_folder_is_added_and_what_is_left_out_is_listed(here: Path, inside: Inside) -> None:
    saved = here / "saved"
    saved.mkdir()
    (saved / "doha.txt").write_text(TEXT, "utf-8")
    (saved / "kabul.php").write_text(f"<?php echo 1; ?>\n{PAGE}", "utf-16")
    (saved / ".hidden").write_text("no\n", "utf-8")
    before = rows(here)
    done = inside.stance("add", "saved", *HOLDER_TARGET)
    assert [line.split(",")[0] for line in rows(here)[len(before) :]] == ["doha", "talks-in-doha"]
    assert done.err.splitlines() == [
        "Read saved/doha.txt as text in utf-8.",
        (
            "Left out: 1 heading (3 words), 1 line on the author (3 words), 1 line of furniture "
            "(6 words)."
        ),
        "- heading: Talks in Doha",
        "- author: By Ada Lovelace",
        "- furniture: Read more: What the envoy wants",
        "Added data/articles/doha.txt. Annotate it with `stance annotate doha --annotator NAME`.",
        "Read saved/kabul.php as a web page in utf-16, 53 of its 67 words.",
        "Left out: 2 headings (6 words).",
        "- heading: Talks in Doha",
        "- heading: A narrow channel",
        (
            "Added data/articles/talks-in-doha.txt. Annotate it with `stance annotate "
            "talks-in-doha --annotator NAME`."
        ),
    ]


def test_one_article_that_cannot_be_read_stops_all(here: Path, inside: Inside) -> None:
    (here / "a.txt").write_text(TEXT, "utf-8")
    (here / "b.pdf").write_bytes(b"%PDF-1.4\n")
    before = rows(here)
    done = inside.stance("add", "a.txt", "b.pdf", *HOLDER_TARGET, code=1)
    assert "b.pdf: the PDF cannot be read" in done.err
    assert rows(here) == before
    done = inside.stance("add", "a.txt", "b.pdf", "--title", "x", *HOLDER_TARGET, code=2)
    assert "--title is for a single article" in done.err
