"""What a file is goes by its bytes; whatever it is, the same article comes out, or one sentence."""

import io
import re
import sys
import zipfile
from collections import Counter
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stance.errors import DataError
from stance.files import fold
from stance.text.article import find_articles, open_article, read_article
from stance.text.formats import kinds
from stance.text.paragraphs import paragraph_table
from stance.text.segmentation import segment_article
from tests.projects import ROOT
from tests.saved import (
    FORMATS,
    LAYOUTS,
    SHOWN_FORMATS,
    SHOWN_LAYOUTS,
    cp1252,
    mail,
    page,
    pdf,
    rtf,
    utf8,
    word,
)

ARTICLE = [
    "The envoy met the movement’s delegation in Doha on Saturday and called the talks useful.",
    "A narrow channel",
    "Nothing was said of recognition. The ministry keeps a line open to free its citizens.",
    (
        "“We will talk,” said Maj. Gen. Omar Farid — and left. Whether the sides will meet again "
        "is not known, but both stayed in their hotels on Sunday."
    ),
]
TEXT = "\n\n".join(ARTICLE) + "\n"
WRAPPED = ["blank lines between", "broken at 72", "broken at 40", "double-spaced", "hyphenated"]


def cut(text: str) -> list[str]:
    _, table = segment_article(paragraph_table(text), 12, "", [])
    return table["text"].tolist()


@pytest.mark.parametrize("layout", WRAPPED)
@pytest.mark.parametrize("form", FORMATS)
def test_the_same_sentences_come_from_every_format(form: str, layout: str) -> None:
    if form in SHOWN_FORMATS and layout not in SHOWN_LAYOUTS:
        layout = "broken at 72"
    paragraphs = [
        fold(line)
        for line in (ROOT / "data/articles/russia-taliban.txt").read_text("utf-8").split("\n")
        if line.strip()
    ]
    article = read_article(FORMATS[form](LAYOUTS[layout](paragraphs)), "x")
    wanted = cut("".join(f"{paragraph}\n" for paragraph in paragraphs))
    assert [each for each in wanted if each not in cut(article.text)] == []
    letters = Counter(filter(str.isalpha, "".join(paragraphs)))
    assert not letters - Counter(filter(str.isalpha, article.text))


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.text(st.sampled_from("aeio rst.’“”—é&<>\\{}()"), min_size=12, max_size=60).map(
            lambda text: f"The envoy {fold(text)} left the room, and nobody else did."
        ),
        min_size=3,
        max_size=6,
    )
)
def test_letters_survive_pages_word_rtf_and_text(paragraphs: list[str]) -> None:
    text = "\n\n".join(paragraphs) + "\n"
    wanted = [fold(paragraph) for paragraph in paragraphs]
    for write in (utf8, word, rtf):
        assert [fold(line) for line in read_article(write(text), "x").text.splitlines()] == wanted


READ_AS = {
    "text in UTF-8": "text in utf-8",
    "with a byte-order mark": "text in utf-8",
    "UTF-16": "text in utf-16",
    "UTF-16, no mark": "text in utf-16-be",
    "cp1252": "text in cp1252",
    "web page": "a web page in utf-8, ",
    "web page as .php": "a web page in windows-1252, ",
    "Word": "a Word document",
    "RTF": "RTF",
    "PDF": "PDF of 1 page",
    "Markdown": "Markdown in utf-8",
    "mail": "a mail or a web archive, its plain part",
    "web archive": "a mail or a web archive, a web page in utf-8, ",
}


@pytest.mark.parametrize("form", FORMATS)
def test_what_was_read_is_said(form: str) -> None:
    article = read_article(FORMATS[form](TEXT), "x")
    assert article.read_as.startswith(READ_AS[form])
    assert cut(article.text) == cut(TEXT)


def test_what_files_say_of_themselves_is_kept() -> None:
    assert read_article(mail(TEXT), "x").about == {
        "title": "Talks",
        "author": "Ada Lovelace",
        "date": "2020-02-29",
    }
    assert read_article(FORMATS["Markdown"](TEXT), "x").about == {
        "title": "Talks",
        "author": "Ada Lovelace",
    }
    assert read_article(page(TEXT), "x").about["title"] == "Talks"


def test_bytes_that_are_of_several_encodings_are_refused_until_one_is_named() -> None:
    content = cp1252("The envoy’s café was closed.\n")
    with pytest.raises(DataError, match=r"byte 10: 0x92 is not UTF-8; name the .* --encoding"):
        read_article(content, "x")
    assert read_article(content, "x", "cp1252").text == "The envoy’s café was closed.\n"
    with pytest.raises(DataError, match="name another with --encoding"):
        read_article(content, "x", "ascii")
    # Quotes and dashes are the same bytes in all code pages of Windows.
    assert read_article(cp1252("“No” – he’s gone…\n"), "x").read_as == "text in cp1252"


def test_angle_brackets_and_headers_in_prose_make_no_page_and_no_mail() -> None:
    for text in (
        "Moscow said <b>no</b> to it. He wrote </p> once.\n",
        "Subject: the talks. From: nobody knows.\n\nThey met.\n",
        "- They met.\n- They left. * * *\n",
        "# 1 in the list is the group. It is led by nobody known.\n",
    ):
        assert read_article(text.encode(), "x").read_as == "text in utf-8"


def test_markup_is_not_text() -> None:
    content = (
        b"---\ntitle: Talks\n---\n# Talks in Doha\n\nThe envoy said *no* to the [group](https://a.b/c_d),"
        b" and **left**\nthe room_with_a_view.\n\n> He came back on Sunday.\n\n"
        b"![The envoy](a.png)\n\n* A first point\n* A second one \\* \n"
    )
    assert read_article(content, "x").text.splitlines() == [
        "Talks in Doha",
        "The envoy said no to the group, and left the room_with_a_view.",
        "He came back on Sunday.",
        "Image: The envoy",
        "A first point",
        "A second one *",
    ]


def test_a_mail_is_reflowed_and_its_attachments_are_named() -> None:
    content = (
        b"From: Ada <ada@example.org>\nMIME-Version: 1.0\nSubject: Talks\n"
        b"Content-Type: multipart/mixed; boundary=x\n\n--x\n"
        b"Content-Type: text/plain; charset=iso-8859-1; format=flowed\n\n"
        b"They met in Doha, which is a \nplace, for talks \non caf\xe9s.\n\nNobody spoke.\n--x\n"
        b"Content-Type: application/pdf\nContent-Disposition: attachment; filename=a.pdf\n\n%PDF\n"
        b"--x--\n"
    )
    article = read_article(content, "x")
    assert article.text == (
        "They met in Doha, which is a place, for talks on cafés.\nNobody spoke.\n"
    )
    assert article.notes == ["the attachment 'a.pdf' is not read"]


def test_insertions_of_a_word_document_count_and_deletions_do_not() -> None:
    office = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    body = (
        '<w:p><w:r><w:t xml:space="preserve">They </w:t></w:r><w:ins w:id="1"><w:r><w:t>met'
        '</w:t></w:r></w:ins><w:del w:id="2"><w:r><w:delText>left</w:delText></w:r></w:del>'
        "<w:r><w:t>.</w:t></w:r></w:p><w:tbl><w:tr><w:tc><w:p><w:r><w:t>In a table."
        "</w:t></w:r></w:p></w:tc></w:tr></w:tbl>"
    )
    old = io.BytesIO(word("x\n"))
    new = io.BytesIO()
    with zipfile.ZipFile(old) as source, zipfile.ZipFile(new, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            if name == "word/document.xml":
                content = (
                    f'<w:document xmlns:w="{office}"><w:body>{body}</w:body></w:document>'.encode()
                )
            target.writestr(name, content)
    assert read_article(new.getvalue(), "x").text == "They met.\nIn a table.\n"


def test_running_heads_of_a_pdf_are_left_out_and_told() -> None:
    lines = ["The Gazette"]
    for number in range(1, 5):
        words = [word * number for word in ("talks ", "peace ", "Doha ", "envoy ")]
        lines += [f"They spoke of {words[row % 4]}for {'a day ' * row}" for row in range(38)]
        lines += [f"Page {number}", "The Gazette"]
    article = read_article(pdf("\n".join(lines[:-1])), "x")
    assert "Gazette" not in article.text
    assert article.notes[:2] == [
        "left out 4 times 'The Gazette' at a page's edge",
        "left out 4 times 'Page #' at a page's edge",
    ]


def zipped(name: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(name, "x")
    return file.getvalue()


REFUSED = {
    "old Word": (
        b"\xd0\xcf\x11\xe0\xa1\xb1",
        "an old Office file, or one with a password; save it as .docx or .xlsx",
    ),
    "gzip": (b"\x1f\x8b\x08", "compressed by gzip; unpack it first"),
    "Parquet": (b"PAR1", "a Parquet table; score it with --input"),
    "a picture": (b"\x89PNG\r\n", "a picture; save the article's text"),
    "a spreadsheet": (zipped("xl/workbook.xml"), "a spreadsheet; score its sheet with --input"),
    "OpenDocument": (zipped("content.xml"), "an OpenDocument file; save it as .docx"),
    "a zip archive": (zipped("a.txt"), "a zip archive; unpack it"),
    "a damaged archive": (b"PK\x03\x04 x", "a damaged zip archive; save the file again"),
    "a damaged Word document": (zipped("word/document.xml"), "the Word document is damaged"),
    "a damaged PDF": (b"%PDF-1.4\nnothing", "the PDF cannot be read"),
    "a PDF of pictures": (
        pdf("\n"),
        "holds no text, only pictures of it; have its",
    ),
    "an empty page": (b"<html><body></body></html>", "no article was found in the page"),
    "an empty mail": (b"From: a\nMIME-Version: 1.0\nSubject: b\n\n", "the mail has no text"),
    "no text": (b"a\x01b", "line 1: the control character 0x01"),
    "nothing": (b" \n", "the article is empty"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_read_is_one_sentence(case: str) -> None:
    content, expected = REFUSED[case]
    with pytest.raises(DataError, match=re.escape(expected)) as raised:
        read_article(content, "x")
    assert str(raised.value).startswith("x")
    assert str(raised.value).endswith(".")


@pytest.mark.parametrize(
    ("module", "content", "command"),
    [
        ("docx", word(TEXT), "make word"),
        ("striprtf.striprtf", rtf(TEXT), "make word"),
        ("pypdf", pdf(TEXT), "make pdf"),
        ("trafilatura", page(TEXT), "make html"),
    ],
)
def test_without_an_extra_the_command_that_adds_it_is_named(
    monkeypatch: pytest.MonkeyPatch, module: str, content: bytes, command: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(DataError, match=command):
        read_article(content, "x")


def test_places_mean_files(tmp_path: Path) -> None:
    for name in ("b.txt", "a.txt", ".hidden"):
        (tmp_path / name).write_text("They met.\n", "utf-8")
    (tmp_path / "deeper").mkdir()
    first, second = str(tmp_path / "a.txt"), str(tmp_path / "b.txt")
    assert find_articles([str(tmp_path)]) == [first, second]
    assert find_articles([f"{tmp_path}/*.txt", first, "-"]) == [first, second, "-"]
    with pytest.raises(DataError, match="there is no article; name files"):
        find_articles([str(tmp_path / "deeper")])
    assert open_article(first).text == "They met.\n"
    with pytest.raises(DataError, match="no such file"):
        open_article(str(tmp_path / "c.txt"))


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    with suppress(DataError):
        assert kinds.find_kind(content, "x")
        assert read_article(content, "x").text.endswith("\n")
