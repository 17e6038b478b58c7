"""One article as people save it: in many layouts, encodings and formats, written by hand here.

An article is a list of paragraphs; each function gives the text or the bytes that some program
would write for it. Nothing of them comes from the code that reads them.
"""

import base64
import html
import quopri
import textwrap
import zipfile
from collections.abc import Callable
from io import BytesIO


def _wrapped(paragraph: str, width: int, **options: str) -> list[str]:
    return textwrap.wrap(
        paragraph,
        width,
        break_long_words=False,
        break_on_hyphens=False,
        initial_indent=options.get("first", ""),
        subsequent_indent=options.get("others", ""),
    )


def lines(paragraphs: list[str]) -> str:
    """Put a paragraph on a line."""
    return "".join(f"{paragraph}\n" for paragraph in paragraphs)


def spaced(paragraphs: list[str]) -> str:
    """Put a blank line between paragraphs, which are lines."""
    return "\n\n".join(paragraphs) + "\n"


def wrapped(paragraphs: list[str], width: int = 72) -> str:
    """Broken at a width, a blank line between paragraphs."""
    return "\n\n".join("\n".join(_wrapped(text, width)) for text in paragraphs) + "\n"


def narrow(paragraphs: list[str]) -> str:
    """Broken at forty columns, as newspapers are."""
    return wrapped(paragraphs, 40)


def wide(paragraphs: list[str]) -> str:
    """Broken at 120 columns."""
    return wrapped(paragraphs, 120)


def solid(paragraphs: list[str]) -> str:
    """Broken at a width, and no blank line: a paragraph ends with a shorter line."""
    return "\n".join("\n".join(_wrapped(text, 72)) for text in paragraphs) + "\n"


def indented(paragraphs: list[str]) -> str:
    """Broken at a width, the first line of a paragraph indented, no blank line."""
    return "\n".join("\n".join(_wrapped(text, 72, first="    ")) for text in paragraphs) + "\n"


def shifted(paragraphs: list[str]) -> str:
    """Broken at a width, all lines indented, a blank line between paragraphs."""
    return "\n\n".join(
        "\n".join(_wrapped(t, 80, first="        ", others="        ")) for t in paragraphs
    )


def evened(paragraphs: list[str]) -> str:
    """Break at a width so that lines are about as long as each other, as `fmt` does."""

    def even(paragraph: str) -> list[str]:
        words = paragraph.split(" ")
        # The least sum of squares of what lines lack of 67 columns, from each word on.
        best: list[tuple[float, int]] = [(0.0, len(words))]
        for start in range(len(words) - 1, -1, -1):
            width, options = -1, []
            for end in range(start + 1, len(words) + 1):
                width += 1 + len(words[end - 1])
                if width > 72 and end > start + 1:
                    break
                rest = best[len(words) - end][0]
                options.append((rest if end == len(words) else rest + (67 - width) ** 2, end))
            best.append(min(options))
        lines, start = [], 0
        while start < len(words):
            end = best[len(words) - start][1]
            lines.append(" ".join(words[start:end]))
            start = end
        return lines

    return "\n\n".join("\n".join(even(text)) for text in paragraphs) + "\n"


def justified(paragraphs: list[str]) -> str:
    """Broken at a width, blanks added until both edges are straight."""

    def justify(line: str) -> str:
        words = line.split(" ")
        for number in range(max(0, 72 - len(line)) if len(words) > 1 else 0):
            words[number % (len(words) - 1)] += " "
        return " ".join(words)

    blocks = (_wrapped(text, 72) for text in paragraphs)
    return "\n\n".join("\n".join([*map(justify, block[:-1]), block[-1]]) for block in blocks)


def doubled(paragraphs: list[str]) -> str:
    """Broken at a width, a blank line after each line, and two between paragraphs."""
    return "\n\n\n".join("\n\n".join(_wrapped(text, 72)) for text in paragraphs) + "\n"


def quoted(paragraphs: list[str]) -> str:
    """Quoted in a mail."""
    return "".join(f"> {line}".rstrip() + "\n" for line in wrapped(paragraphs).split("\n"))


def quoted_twice(paragraphs: list[str]) -> str:
    """Quoted in a mail that is quoted."""
    return "".join(f">> {line}".rstrip() + "\n" for line in wrapped(paragraphs, 68).split("\n"))


def hyphenated(paragraphs: list[str]) -> str:
    """Broken at a width, long words parted by a hyphen."""

    def part(paragraph: str) -> list[str]:
        found: list[str] = [""]
        for word in paragraph.split(" "):
            room = 60 - len(found[-1]) - 1
            if not found[-1] or len(word) <= room:
                found[-1] = f"{found[-1]} {word}".strip()
            elif word.isalpha() and word.islower() and len(word) >= 8 and room >= 5:
                cut = min(len(word) - 3, room - 1)
                found[-1] += f" {word[:cut]}-"
                found.append(word[cut:])
            else:
                found.append(word)
        return found

    return "\n\n".join("\n".join(part(text)) for text in paragraphs) + "\n"


def paged(paragraphs: list[str]) -> str:
    """Broken at a width, with a form feed, a number and a running head every forty lines."""
    text = wrapped(paragraphs).split("\n")
    pages = [text[start : start + 40] for start in range(0, len(text), 40)]
    return "\n\f".join("\n".join([*page, "", f"{number}"]) for number, page in enumerate(pages, 1))


def windows(paragraphs: list[str]) -> str:
    """Broken at a width, with the line ends of Windows."""
    return wrapped(paragraphs).replace("\n", "\r\n")


LAYOUTS: dict[str, Callable[[list[str]], str]] = {
    "a line per paragraph": lines,
    "blank lines between": spaced,
    "broken at 72": wrapped,
    "broken evenly, as fmt does": evened,
    "broken at 40": narrow,
    "broken at 120": wide,
    "broken, no blank lines": solid,
    "broken, first lines indented": indented,
    "broken, all indented": shifted,
    "broken and justified": justified,
    "double-spaced": doubled,
    "quoted in a mail": quoted,
    "quoted twice": quoted_twice,
    "hyphenated": hyphenated,
    "pages with numbers": paged,
    "line ends of Windows": windows,
}


def utf8(text: str) -> bytes:
    """UTF-8."""
    return text.encode()


def utf8_marked(text: str) -> bytes:
    """UTF-8 with a byte-order mark."""
    return text.encode("utf-8-sig")


def utf16(text: str) -> bytes:
    """UTF-16 with a byte-order mark."""
    return text.encode("utf-16")


def utf16_bare(text: str) -> bytes:
    """UTF-16 without a byte-order mark."""
    return text.encode("utf-16-be")


def cp1252(text: str) -> bytes:
    """Windows's code page for Western Europe, a question mark for what it lacks."""
    return text.encode("cp1252", "replace")


def page(text: str) -> bytes:
    """Write a web page; line breaks of the text stay in its source."""
    blocks = [block for block in text.replace("\f", "").split("\n\n") if block.strip()]
    body = "\n".join(f"<p>{html.escape(block)}</p>" for block in blocks)
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>Talks</title></head>'
        '<body><nav><ul><li><a href="/">Home</a></li><li><a href="/world">World</a></li></ul></nav>'
        f"<article>{body}</article><footer>© 2020 The Gazette</footer></body></html>\n"
    ).encode()


def page_cp1252(text: str) -> bytes:
    """Write a web page as `.php`: code first, in an encoding that it names."""
    code = page(text).decode().replace('charset="utf-8"', 'charset="windows-1252"')
    return f"<?php include 'head.php'; ?>\n{code}".encode("cp1252", "xmlcharrefreplace")


def word(text: str) -> bytes:
    """Write the least that is a Word document."""
    blocks = [block for block in text.replace("\f", "").split("\n\n") if block.strip()]
    body = "".join(
        "<w:p><w:r>"
        + "<w:br/>".join(
            f'<w:t xml:space="preserve">{html.escape(line)}</w:t>' for line in block.split("\n")
        )
        + "</w:r></w:p>"
        for block in blocks
    )
    office = "http://schemas.openxmlformats.org"
    main = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    members = {
        "[Content_Types].xml": f'<Types xmlns="{office}/package/2006/content-types"><Default '
        'Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/word/document.xml" ContentType="{main}"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{office}/package/2006/relationships"><Relationship '
        f'Id="rId1" Type="{office}/officeDocument/2006/relationships/officeDocument" '
        'Target="word/document.xml"/></Relationships>',
        "word/document.xml": f'<w:document xmlns:w="{office}/wordprocessingml/2006/main"><w:body>'
        f"{body}</w:body></w:document>",
    }
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, f'<?xml version="1.0" encoding="UTF-8"?>{content}')
    return file.getvalue()


def rtf(text: str) -> bytes:
    """RTF, as WordPad writes it."""
    blocks = [block for block in text.replace("\f", "").split("\n\n") if block.strip()]

    def escape(character: str) -> str:
        if character in "\\{}":
            return f"\\{character}"
        if character == "\n":
            return "\\line\n"
        return character if ord(character) < 128 else f"\\u{ord(character)}?"

    body = "\\par\n".join("".join(map(escape, block)) for block in blocks)
    head = r"{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0 Calibri;}}\uc1\pard\f0\fs22 "
    return f"{head}{body}\\par}}".encode("ascii")


def pdf(text: str) -> bytes:
    """Write a PDF of lines, forty a page, each at its place; a blank line is a gap."""
    written = text.replace("\r\n", "\n").split("\n")
    pages = [written[start : start + 40] for start in range(0, len(written), 40)]
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [%s] /Count %d >>"
        % (b" ".join(b"%d 0 R" % (4 + 2 * n) for n in range(len(pages))), len(pages)),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Courier /Encoding /WinAnsiEncoding >>",
    ]
    for number, some in enumerate(pages):
        drawn = []
        for row, line in enumerate(some):
            shown = line.encode("cp1252", "replace").replace(b"\\", b"\\\\")
            shown = shown.replace(b"(", b"\\(").replace(b")", b"\\)")
            if shown.strip():
                drawn.append(b"1 0 0 1 50 %d Tm (%s) Tj" % (760 - 17 * row, shown))
        stream = b"BT /F1 7 Tf\n" + b"\n".join(drawn) + b"\nET"
        objects += [
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R /Resources "
            b"<< /Font << /F1 3 0 R >> >> >>" % (5 + 2 * number),
            b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        ]
    file = bytearray(b"%PDF-1.4\n")
    places = []
    for number, content in enumerate(objects, start=1):
        places.append(len(file))
        file += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    start = len(file)
    file += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    file += b"".join(b"%010d 00000 n \n" % place for place in places)
    file += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        start,
    )
    return bytes(file)


def markdown(text: str) -> bytes:
    """Markdown with front matter, a heading, emphasis and a link."""
    marked = text.replace("Moscow", "**Moscow**").replace("Doha", "[Doha](https://example.org/a_b)")
    head = "---\ntitle: Talks\nauthor: Ada Lovelace\n---\n\n"
    return f"{head}{marked}\n\n[note]: https://example.org/\n".encode()


def mail(text: str) -> bytes:
    """Write a mail in quoted-printable, the text twice: plain and as HTML."""
    plain = quopri.encodestring(text.replace("\r\n", "\n").encode()).decode()
    other = base64.encodebytes(page(text)).decode()
    return (
        "Return-Path: <ada@example.org>\nFrom: Ada Lovelace <ada@example.org>\n"
        "To: someone@example.org\nSubject: Talks\nDate: Sat, 29 Feb 2020 10:00:00 +0000\n"
        "Message-ID: <1@example.org>\nMIME-Version: 1.0\n"
        'Content-Type: multipart/alternative; boundary="=-1"\n\n--=-1\n'
        "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n"
        f"{plain}\n--=-1\nContent-Type: text/html; charset=utf-8\n"
        f"Content-Transfer-Encoding: base64\n\n{other}\n--=-1--\n"
    ).encode()


def web_archive(text: str) -> bytes:
    """Save a page as a browser does that makes one file of it (.mht)."""
    part = quopri.encodestring(page(text)).decode()
    return (
        "From: <Saved by Blink>\nSnapshot-Content-Location: https://example.org/\nSubject: Talks\n"
        'MIME-Version: 1.0\nContent-Type: multipart/related; type="text/html"; boundary="-1"\n\n'
        "---1\nContent-Type: text/html\nContent-Transfer-Encoding: quoted-printable\n"
        f"Content-Location: https://example.org/\n\n{part}\n---1\nContent-Type: image/png\n"
        "Content-Transfer-Encoding: base64\nContent-Location: https://example.org/a.png\n\n"
        "iVBORw0KGgo=\n---1--\n"
    ).encode()


FORMATS: dict[str, Callable[[str], bytes]] = {
    "text in UTF-8": utf8,
    "with a byte-order mark": utf8_marked,
    "UTF-16": utf16,
    "UTF-16, no mark": utf16_bare,
    "cp1252": cp1252,
    "web page": page,
    "web page as .php": page_cp1252,
    "Word": word,
    "RTF": rtf,
    "PDF": pdf,
    "Markdown": markdown,
    "mail": mail,
    "web archive": web_archive,
}

# What a browser shows and saves are paragraphs; quotations and the like are no lines there.
SHOWN_FORMATS = {"web page", "web page as .php", "web archive"}
SHOWN_LAYOUTS = {"blank lines between", "broken at 72", "broken at 40", "broken at 120"}
