"""Office formats, books and notebooks."""

import io
import json
import zipfile
from datetime import UTC, datetime

import pytest

from schemas.config import IngestConfig
from tasks.readers import Record, Rejected, read, sniff

CONFIG = IngestConfig()
W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
OASIS = "urn:oasis:names:tc:opendocument:xmlns"
BILLION_LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><a>&b;</a>'
)
FROM_A_FILE = '<!DOCTYPE a [<!ENTITY a SYSTEM "file:///etc/hostname">]><a>&a;</a>'


def packed(**parts: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return buffer.getvalue()


def odf(kind: str, body: str, **parts: str) -> bytes:
    content = (
        f'<o:document-content xmlns:o="{OASIS}:office:1.0" xmlns:x="{OASIS}:text:1.0" '
        f'xmlns:t="{OASIS}:table:1.0" xmlns:d="{OASIS}:drawing:1.0">'
        f"<o:body><o:{kind}>{body}</o:{kind}></o:body></o:document-content>"
    )
    mimetype = f"application/vnd.oasis.opendocument.{kind}"
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("mimetype", mimetype)
        for name, text in {"content.xml": content, **parts}.items():
            archive.writestr(name, text)
    return buffer.getvalue()


def presentation() -> bytes:
    from pptx import Presentation
    from pptx.util import Inches

    deck = Presentation()
    deck.core_properties.title = "The deck"
    deck.core_properties.author = "Ada"
    deck.core_properties.created = datetime(2024, 5, 6, tzinfo=UTC)
    first = deck.slides.add_slide(deck.slide_layouts[1])
    first.shapes.title.text = "Tides"
    first.placeholders[1].text = "The moon pulls."
    first.notes_slide.notes_text_frame.text = "Speak slowly."
    second = deck.slides.add_slide(deck.slide_layouts[6])
    size = (Inches(1),) * 4
    table = second.shapes.add_table(1, 2, *size).table
    table.cell(0, 0).text, table.cell(0, 1).text = "high", "low"
    group = second.shapes.add_group_shape()
    group.shapes.add_textbox(*size).text_frame.text = "In a group"
    buffer = io.BytesIO()
    deck.save(buffer)
    return buffer.getvalue()


def workbook() -> bytes:
    from openpyxl import Workbook

    book = Workbook()
    book.active.title = "Prices"
    book.active.append(["tea", 2.0, datetime(2024, 5, 6)])  # noqa: DTZ001  # sheets know no zones
    book.active.append([None, "=1+1"])
    book.create_sheet("More").append(["salt"])
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def word(body: str, **parts: str) -> bytes:
    import docx

    buffer, changed = io.BytesIO(), io.BytesIO()
    docx.Document().save(buffer)
    with zipfile.ZipFile(buffer) as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():
            text = f'<w:document xmlns:w="{W}"><w:body>{body}</w:body></w:document>'
            new.writestr(name, text if name == "word/document.xml" else old.read(name))
        for name, text in parts.items():
            new.writestr(name, text)
    return changed.getvalue()


def record(data: bytes, name: str) -> Record:
    (item,) = read(data, name, CONFIG)
    assert isinstance(item, Record), item
    return item


def refusal(data: bytes, name: str) -> Rejected:
    (item,) = read(data, name, CONFIG)
    assert isinstance(item, Rejected)
    return item


def test_slides_are_pages_with_their_notes() -> None:
    """The title comes first, notes after the slide, rows of a table parted by tabs."""
    deck = record(presentation(), "a.pptx")

    assert deck.text == "Tides\nThe moon pulls.\nSpeak slowly.\n\nhigh\tlow\nIn a group"
    assert (deck.pages, deck.page_starts) == (2, (0, 37))
    assert (deck.title, deck.author) == ("The deck", "Ada")
    assert deck.published_at == datetime(2024, 5, 6, tzinfo=UTC)
    assert deck.published_from == "metadata"


def test_sheets_are_pages_of_cells() -> None:
    """Values are as they were saved; a formula without a saved value gives nothing."""
    book = record(workbook(), "a.xlsx")

    assert book.text == "Prices\ntea\t2\t2024-05-06\n\nMore\nsalt"
    assert book.page_starts == (0, 25)


def test_an_open_text_keeps_its_order() -> None:
    """Spaces and tabs are those of the format; notes follow; what was deleted is out."""
    body = (
        "<x:tracked-changes><x:p>gone</x:p></x:tracked-changes>"
        "<x:h>Head</x:h><x:p>a<x:s/>b<x:tab/>c<x:note><x:note-citation>1</x:note-citation>"
        "<x:note-body><x:p>below</x:p></x:note-body></x:note> d</x:p>"
        "<t:table><t:table-row><t:table-cell><x:p>l</x:p></t:table-cell>"
        "<t:table-cell><x:p>r</x:p></t:table-cell></t:table-row></t:table>"
    )

    assert record(odf("text", body), "a.odt").text == "Head\na b\tc d\nbelow\nl\tr"


@pytest.mark.parametrize(
    ("kind", "page"),
    [
        ("presentation", "<d:page><x:p>{}</x:p></d:page>"),
        (
            "spreadsheet",
            (
                "<t:table><t:table-row><t:table-cell><x:p>{}</x:p></t:table-cell></t:table-row>"
                "</t:table>"
            ),
        ),
    ],
)
def test_open_slides_and_sheets_are_pages(kind: str, page: str) -> None:
    """Each slide and each sheet begins a page."""
    found = record(odf(kind, page.format("one") + page.format("two")), "a")

    assert (found.text, found.page_starts) == ("one\n\ntwo", (0, 5))


def test_a_locked_open_document_is_called_encrypted() -> None:
    """The manifest says so; the parts themselves are no XML then."""
    manifest = {"META-INF/manifest.xml": "<a><encryption-data/></a>"}

    assert refusal(odf("text", "", **manifest), "a.odt").reason == "encrypted"


def book(**parts: str) -> bytes:
    package = (
        '<package xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata><dc:title>Sea</dc:title>'
        "<dc:creator>Ada</dc:creator><dc:date>1851-10-18</dc:date></metadata><manifest>"
        '<item id="b" href="b.xhtml" media-type="application/xhtml+xml"/>'
        '<item id="a" href="a%20b.xhtml" media-type="application/xhtml+xml"/></manifest>'
        '<spine><itemref idref="a"/><itemref idref="b"/></spine></package>'
    )
    page = (
        "<html><head><title>no</title></head><body><h1>{0}</h1><p>of <i>{0}</i></p></body></html>"
    )
    return packed(
        **{
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": '<c><rootfile full-path="o/p.opf"/></c>',
            "o/p.opf": package,
            "o/a b.xhtml": page.format("One"),
            "o/b.xhtml": page.format("Two"),
            **parts,
        }
    )


def test_chapters_come_in_the_order_of_the_spine() -> None:
    """Chapters are pages; title, author and date are those of the package."""
    (found,) = read(book(), "a.epub", CONFIG, sniff.EPUB)

    assert isinstance(found, Record)
    assert found.text == "One\nof One\n\nTwo\nof Two"
    assert (found.title, found.author, found.page_starts) == ("Sea", "Ada", (0, 12))
    assert found.published_at == datetime(1851, 10, 18, tzinfo=UTC)


@pytest.mark.parametrize(
    ("method", "opens"),
    [("http://www.idpf.org/2008/embedding", True), ("http://w3.org/aes128-cbc", False)],
)
def test_only_garbled_fonts_are_no_lock(method: str, *, opens: bool) -> None:
    """A book whose fonts alone are garbled is read; one under copy protection is encrypted."""
    lock = {"META-INF/encryption.xml": f'<e><EncryptionMethod Algorithm="{method}"/></e>'}
    (found,) = read(book(**lock), "a.epub", CONFIG, sniff.EPUB)

    assert isinstance(found, Record) if opens else found.reason == "encrypted"


def test_a_notebook_gives_cells_and_outputs() -> None:
    """Text outputs follow their cell; pictures stay out; the first heading is the title."""
    outputs = [
        {"output_type": "stream", "text": ["4\n"]},
        {"data": {"image/png": "iVBO", "text/plain": "<Figure>"}},
    ]
    cells = [
        {"cell_type": "markdown", "source": ["# Sums\n", "Adding."]},
        {"cell_type": "code", "source": "print(2 + 2)", "outputs": outputs},
    ]
    found = record(json.dumps({"cells": cells}).encode(), "a.ipynb")

    assert found.text == "# Sums\nAdding.\n\nprint(2 + 2)\n\n4\n\n<Figure>"
    assert found.title == "Sums"


def test_rich_text_gives_rows_and_what_it_says_about_itself() -> None:
    """Cells are parted by tabs; title, author and date are those of its information group."""
    source = (
        rb"{\rtf1\ansi\ansicpg1252{\info{\title Caf\'e9}{\author Ada}"
        rb"{\creatim\yr2024\mo5\dy6\hr7\min8}}Words.\par\trowd\intbl l\cell r\cell\row}"
    )
    found = record(source, "a.rtf")

    assert found.text == "Words.\nl\tr"
    assert (found.title, found.author) == ("Café", "Ada")
    assert found.published_at == datetime(2024, 5, 6, 7, 8, tzinfo=UTC)


def test_marks_of_restructured_text_are_taken_away() -> None:
    """Nothing is included, comments are out, and an unknown directive stays as it is written."""
    source = (
        b"Head\n====\n\n:Author: Ada\n:Date: 2024-05-06\n\n*Soft* and ``hard``.\n\n.. a comment\n\n"
        b".. include:: /etc/hostname\n\n== ==\na  b\n== ==\nc  d\n== ==\n\n.. note::\n\n   Mind.\n"
    )
    found = record(source, "a.rst")

    assert "Soft and hard." in found.text
    assert "a comment" not in found.text
    assert "c\td" in found.text
    assert "Mind." in found.text
    assert (found.title, found.author) == ("Head", "Ada")
    assert found.published_at == datetime(2024, 5, 6, tzinfo=UTC)


def test_changes_in_word_count_as_made() -> None:
    """What was inserted is text, what was deleted is not; text boxes follow their paragraph."""
    run = "<w:r><w:t>{}</w:t></w:r>"
    box = "<w:r><w:pict><w:txbxContent><w:p>" + run.format("boxed") + "</w:p></w:txbxContent>"
    body = (
        f"<w:p>{run.format('a')}<w:ins>{run.format('b')}</w:ins>"
        f"<w:del><w:r><w:delText>c</w:delText></w:r></w:del>"
        f"<w:moveFrom>{run.format('d')}</w:moveFrom>{box}</w:pict></w:r></w:p>"
    )

    assert record(word(body), "a.docx").text == "ab\nboxed"


def test_word_files_say_themselves_what_their_main_part_is() -> None:
    """Without properties there is neither title nor author; a paragraph in Title is a title."""
    kinds = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    links = "http://schemas.openxmlformats.org/package/2006/relationships"
    main = f'<Relationship Id="a" Type="{kinds}/officeDocument" Target="/word/main.xml"/>'
    styles = (
        f'<w:styles xmlns:w="{W}"><w:style w:styleId="T1"><w:name w:val="Title"/></w:style>'
        "</w:styles>"
    )
    body = (
        '<w:p><w:r><w:t>first</w:t></w:r></w:p><w:p><w:pPr><w:pStyle w:val="T1"/></w:pPr>'
        "<w:r><w:t>Head</w:t></w:r></w:p>"
    )
    data = packed(
        **{
            "_rels/.rels": f'<Relationships xmlns="{links}">{main}</Relationships>',
            "word/main.xml": f'<w:document xmlns:w="{W}"><w:body>{body}</w:body></w:document>',
            "word/styles.xml": styles,
            "word/document.xml": "<no/>",
        }
    )

    found = record(data, "a.docx")

    assert (found.text, found.title, found.author) == ("first\nHead", "Head", "")
    assert (found.published_at, found.metadata) == (None, {})


def test_notes_in_word_follow_the_text() -> None:
    """Footnotes come at the end; the separators that Word keeps among them do not."""
    paragraph = "<w:p><w:r><w:t>{}</w:t></w:r></w:p>"
    notes = (
        f'<w:footnotes xmlns:w="{W}"><w:footnote w:type="separator">{paragraph.format("no")}'
        f"</w:footnote><w:footnote>{paragraph.format('note')}</w:footnote></w:footnotes>"
    )
    data = word(paragraph.format("text"), **{"word/footnotes.xml": notes})

    assert record(data, "a.docx").text == "text\nnote"


def test_old_office_files_name_the_remedy() -> None:
    """No permissive library reads them: the message says how to convert."""
    found = refusal(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "a.doc")

    assert found.reason == "unknown_format"
    assert "soffice" in found.message


@pytest.mark.parametrize("xml", [BILLION_LAUGHS, FROM_A_FILE])
@pytest.mark.parametrize("wide", ["utf-8", "utf-16"])
def test_declared_entities_are_refused(xml: str, wide: str) -> None:
    """Whether they would grow or fetch, and in whatever encoding."""
    found = refusal(xml.encode(wide), "a.xml")

    assert found.reason == "broken"
    assert "entities" in found.message


@pytest.mark.parametrize("part", ["word/document.xml", "xl/workbook.xml", "ppt/presentation.xml"])
def test_entities_in_a_part_are_refused(part: str) -> None:
    """So they are where the XML lies in an office file."""
    found = refusal(packed(**{part: BILLION_LAUGHS}), "a")

    assert "entities" in found.message


@pytest.mark.parametrize("deep", ["<a>" * 100_000, "<a>" * 100_000 + "</a>" * 100_000])
def test_deep_nesting_is_refused(deep: str) -> None:
    """Without an end of the stack; in an office file too."""
    assert refusal(b"<?xml version='1.0'?>" + deep.encode(), "a.xml").reason == "broken"
    assert refusal(odf("text", deep), "a.odt").reason == "broken"


@pytest.mark.parametrize("part", ["word/document.xml", "xl/workbook.xml", "ppt/presentation.xml"])
def test_a_part_that_swells_is_refused(part: str) -> None:
    """Bytes are counted while a part is unpacked; a part has a limit of its own."""
    found = refusal(packed(**{part: " " * (17 * 2**20)}), "a")

    assert found.reason == "too_large"
    assert part in found.message


@pytest.mark.parametrize(("name", "data"), [("a.pptx", presentation()), ("a.xlsx", workbook())])
def test_a_cut_file_is_broken(name: str, data: bytes) -> None:
    """Half a zip file is refused as damaged."""
    assert refusal(data[: len(data) // 2], name).reason == "broken"
