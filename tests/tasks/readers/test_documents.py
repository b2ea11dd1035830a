"""PDF, Word, web pages, mail and Markdown to records."""

import io
from collections.abc import Callable
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import docx
import pytest
from docx.document import Document as DocxDocument

from schemas.config import IngestConfig
from tasks.readers import Record, Rejected, read

CONFIG = IngestConfig()
SAMPLE = Path(__file__).parents[3] / "data" / "sample"


def record(data: bytes, name: str) -> Record:
    """The only record of a file."""
    (item,) = read(data, name, CONFIG)
    assert isinstance(item, Record), item
    return item


def word(fill: Callable[[DocxDocument], object], **properties: object) -> bytes:
    document = docx.Document()
    fill(document)
    for name, value in properties.items():
        setattr(document.core_properties, name, value)
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def test_pdf_keeps_its_pages() -> None:
    """Each page begins where `page_starts` says."""
    found = record((SAMPLE / "reports/city-budget-2026.pdf").read_bytes(), "a.pdf")

    pages = [found.text[start:] for start in found.page_starts]
    assert found.pages == 3
    assert [page.split("\n")[0] for page in pages] == [
        "City of Leeds: draft budget 2026/27",
        "Where the money goes",
        "How to take part",
    ]
    assert (found.title, found.author) == (
        "City of Leeds: draft budget 2026/27",
        "Office of the City Treasurer",
    )
    assert found.published_at == datetime(2026, 1, 12, 9, tzinfo=UTC)
    assert found.published_from == "metadata"


def test_pdf_with_too_many_pages() -> None:
    """The limit on pages is named."""
    data = (SAMPLE / "reports/city-budget-2026.pdf").read_bytes()

    (item,) = read(data, "a.pdf", CONFIG.model_copy(update={"max_pages": 2}))

    assert isinstance(item, Rejected)
    assert item.reason == "too_large"
    assert "ingest.max_pages" in item.message


def test_word_paragraphs_and_tables_in_order() -> None:
    """Text before, in and after a table; who wrote it, and when."""

    def fill(document: DocxDocument) -> None:
        document.add_paragraph("The title", style="Title")
        document.add_paragraph("before")
        table = document.add_table(rows=1, cols=2)
        table.cell(0, 0).text, table.cell(0, 1).text = "left", "right"
        document.add_paragraph("after")

    data = word(fill, author="Ann", created=datetime(2025, 5, 6, 7, tzinfo=UTC))

    found = record(data, "a.docx")

    assert found.text == "The title\nbefore\nleft\tright\nafter"
    assert (found.title, found.author) == ("The title", "Ann")
    assert found.published_at == datetime(2025, 5, 6, 7, tzinfo=UTC)


def test_word_template_is_no_source_of_facts() -> None:
    """What python-docx writes into every file is neither author nor date."""
    found = record(word(lambda document: document.add_paragraph("words")), "a.docx")

    assert (found.author, found.published_at, found.published_from) == ("", None, "")


@pytest.mark.parametrize(
    ("head", "body", "expected"),
    [
        ('<meta property="article:published_time" content="2025-06-07">', "", "2025-06-07"),
        (
            '<script type="application/ld+json">{"datePublished": "2025-06-07"}</script>',
            "",
            "2025-06-07",
        ),
        ("", '<time datetime="2025-06-07">Saturday</time>', "2025-06-07"),
        ('<link rel="canonical" href="https://a.example/2025/06/07/x">', "", "2025-06-07"),
        ("", "<footer>Copyright 2021-05-06</footer>", None),
        ("", "<p>On 3 March 2019 the bridge fell.</p>", None),
    ],
)
def test_web_page_date(head: str, body: str, expected: str | None) -> None:
    """A date counts where the markup says what it is, and not in the text."""
    filler = "<p>" + "The council met and talked about the bridge for a long time. " * 8 + "</p>"
    page = f"<html><head>{head}</head><body><article>{filler}{body}</article></body></html>"

    found = record(page.encode(), "a.html")

    assert (found.published_at.date().isoformat() if found.published_at else None) == expected


def test_web_page_without_navigation() -> None:
    """The main content stays, what surrounds it goes; rows of a table are parted by tabs."""
    found = record((SAMPLE / "shop/aeris-9.html").read_bytes(), "a.html")

    assert found.title == "Aeris 9 heat pump"
    assert "Weight\t94 kg\n" in found.text
    assert "Basket" not in found.text
    assert "Newsletter" not in found.text


def test_web_page_in_a_declared_encoding() -> None:
    """The encoding that a page declares counts where UTF-8 does not fit."""
    page = '<html><head><meta charset="windows-1251"></head><body><p>Добрый день</p></body></html>'

    found = record(page.encode("cp1251"), "a.html")

    assert (found.text, found.encoding) == ("Добрый день", "cp1251")


def test_web_page_reads_no_files(tmp_path: Path) -> None:
    """External entities are not resolved."""
    secret = tmp_path / "secret.txt"
    secret.write_text("the secret")
    page = f"""<?xml version="1.0"?><!DOCTYPE html [<!ENTITY x SYSTEM "file://{secret}">]>
    <html><body><p>open &x; words</p></body></html>"""

    found = record(page.encode(), "a.html")

    assert "open" in found.text
    assert "the secret" not in found.text


def test_mail_headers_and_attachments() -> None:
    """Headers become fields; attachments are named and not read."""
    message = EmailMessage()
    message["Subject"] = "Grüße aus Köln"
    message["From"] = "Jörg <joerg@post.example>"
    message["Date"] = "Fri, 05 Sep 2025 16:42:10 +0200"
    message.set_content("Der Körper der Nachricht", charset="iso-8859-1")
    message.add_alternative("<p>HTML</p>", subtype="html")
    message.add_attachment(b"secret", maintype="text", subtype="plain", filename="list.txt")

    found = record(message.as_bytes(), "a.eml")

    assert found.text == "Der Körper der Nachricht"
    assert (found.title, found.author) == ("Grüße aus Köln", "Jörg <joerg@post.example>")
    assert found.published_at == datetime(2025, 9, 5, 14, 42, 10, tzinfo=UTC)
    assert found.published_from == "header"
    assert found.metadata["attachments"] == ["list.txt"]


def test_mail_with_an_unknown_charset() -> None:
    """A charset that nobody knows is guessed, not believed."""
    data = b"Subject: x\nContent-Type: text/plain; charset=klingon\n\n" + "déjà vu".encode()

    assert record(data, "a.eml").text == "déjà vu"


def test_markdown_without_markup() -> None:
    """What a reader sees: no signs, no tags; the front matter tells the rest."""
    source = """---
title: "The title"
author: Ann
date: 2025-06-07
tags: [a, b]
---
# Heading

Some *strong* [words](https://a.example) and `code`,<br>
over two lines.

- one
- two

| a | b |
|---|---|
| 1 | 2 |

<div>block</div>
<!-- comment -->
"""

    found = record(source.encode(), "a.md")

    assert found.text == (
        "Heading\n\nSome strong words and code, over two lines.\n\none\ntwo\n\na\tb\n1\t2\n\nblock"
    )
    assert (found.title, found.author) == ("The title", "Ann")
    assert found.published_at == datetime(2025, 6, 7, tzinfo=UTC)
    assert found.published_from == "front_matter"
    assert dict(found.metadata) == {"tags": "[a, b]"}


def test_markdown_title_is_its_first_heading() -> None:
    """Without front matter the first heading of the first level is the title."""
    assert record(b"Hello.\n\n## Minor\n\nMajor\n=====\n", "a.md").title == "Major"
