"""PDF to one record: order, pages, metadata, and what cannot be read."""

import io
import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

from schemas.config import IngestConfig
from tasks.readers import Record, Rejected, read
from tests.pdf_files import LEADING, TOP, column, pdf, prose, raw, stream

CONFIG = IngestConfig()
LEFT, RIGHT = prose("L", 24), prose("R", 24)
PAGES = b"<</Type/Pages/Kids[3 0 R]/Count 1>>"
FONTS = b"/Resources<</Font<</F 4 0 R>>>>"
PAGE = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 5 0 R" + FONTS + b">>"


def record(data: bytes, config: IngestConfig = CONFIG) -> Record:
    (item,) = read(data, "a.pdf", config)
    assert isinstance(item, Record), item
    return item


def rejected(data: bytes, config: IngestConfig = CONFIG) -> Rejected:
    (item,) = read(data, "a.pdf", config)
    assert isinstance(item, Rejected), item
    return item


def marks(text: str) -> list[str]:
    return re.findall(r"\b[LR]\d+\b|TITLE", text)


def by_columns(canvas: Canvas) -> None:
    column(LEFT, 50)(canvas)
    column(RIGHT, 320)(canvas)


def by_rows(canvas: Canvas) -> None:
    for number, (left, right) in enumerate(zip(LEFT, RIGHT, strict=True)):
        canvas.drawString(50, TOP - LEADING * number, left)
        canvas.drawString(320, TOP - LEADING * number, right)


def by_shifted_rows(canvas: Canvas) -> None:
    for number, (left, right) in enumerate(zip(LEFT, RIGHT, strict=True)):
        canvas.drawString(50, TOP - LEADING * number, left)
        canvas.drawString(320, TOP - LEADING * number - LEADING / 2, right)


def right_first(canvas: Canvas) -> None:
    column(RIGHT, 320)(canvas)
    column(LEFT, 50)(canvas)


@pytest.mark.parametrize("draw", [by_columns, by_rows, by_shifted_rows, right_first])
@pytest.mark.parametrize("title_at", ["first", "last"])
def test_two_columns(draw: Callable[[Canvas], None], title_at: str) -> None:
    """One after the other, below the title across both, in whatever order they are drawn."""

    def title(canvas: Canvas) -> None:
        canvas.drawString(150, 800, "TITLE of a page that has two columns below it")

    def page(canvas: Canvas) -> None:
        for step in (title, draw) if title_at == "first" else (draw, title):
            step(canvas)

    found = record(pdf(page))

    columns = [line.split()[0] for line in LEFT + RIGHT]
    assert marks(found.text) == ["TITLE", *columns]


def test_table_stays_in_rows() -> None:
    """Its cells are no columns to be read."""
    rows = [[f"L{n}", f"{n} EUR", f"{n * n} pieces", f"R{n}"] for n in range(20)]

    def draw(canvas: Canvas) -> None:
        for number, row in enumerate(rows):
            for left, cell in zip((60, 180, 300, 450), row, strict=True):
                canvas.drawString(left, TOP - LEADING * number, cell)

    assert record(pdf(draw)).text.split("\n") == [" ".join(row) for row in rows]


def test_pages_begin_where_they_say() -> None:
    """Also after headers went, words were joined, and a paragraph crossed the page."""

    def page(number: int) -> Callable[[Canvas], None]:
        def draw(canvas: Canvas) -> None:
            canvas.drawString(72, 800, f"Yearly report, page {number}")
            ending = "and on the next page it goes" if number < 4 else "That is all."
            column([f"p{number} a line ends in a hyphen-", "ated word,", *prose("x", 9), ending])(
                canvas
            )

        return draw

    found = record(pdf(*map(page, range(1, 5))))

    starts = [found.text[start : start + 2] for start in found.page_starts]
    assert starts == ["p1", "p2", "p3", "p4"]
    assert "a hyphenated word," in found.text
    assert "on the next page it goes p2 a line" in found.text
    assert "Yearly" not in found.text
    assert found.metadata["running"] == ["Yearly report, page 1"]


def test_characters_beyond_the_basic_plane() -> None:
    """They are two to PDFium and one to us; a ligature is its letters."""
    names = (
        b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap 1 begincodespacerange "
        b"<00> <FF> endcodespacerange 2 beginbfchar <41> <D83DDE00> <42> <FB01> endbfchar "
        b"endcmap end end"
    )
    font = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/ToUnicode 6 0 R>>"
    text = b"BT /F 12 Tf 50 700 Td (AA yes) Tj 0 -60 Td (A no) Tj 0 -60 Td (Brst) Tj ET"
    data = raw([b"<</Type/Catalog/Pages 2 0 R>>", PAGES, PAGE, font, stream(text), stream(names)])

    assert record(data).text == "😀😀 yes\n\n😀 no\n\nfirst"


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_turned_pages(turn: int) -> None:
    """Text that is turned on its page reads as if it were not."""

    def draw(canvas: Canvas) -> None:
        canvas.translate(300, 400)
        canvas.rotate(turn)
        column(["A first line of text that is long,", "and a second one."], -100, 0)(canvas)

    assert record(pdf(draw)).text == "A first line of text that is long, and a second one."


def test_what_lies_outside_of_the_page_is_not_read() -> None:
    """A reader does not see it."""
    found = record(pdf(column(["seen"]), column(["hidden"], left=-900)))

    assert (found.text, found.page_starts) == ("seen", (0, 4))


@pytest.mark.parametrize(("user", "outcome"), [("", "open"), ("secret", "encrypted")])
def test_passwords(user: str, outcome: str) -> None:
    """An empty one opens the file; for another a copy is asked for."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer, encrypt=StandardEncryption(user, ownerPassword="owner"))
    canvas.drawString(72, 700, "words")
    canvas.save()

    (item,) = read(buffer.getvalue(), "a.pdf", CONFIG)

    found = "open" if isinstance(item, Record) else item.reason
    assert found == outcome


def test_damaged_files() -> None:
    """Half a file is read as far as it goes; what is no PDF is broken."""
    data = pdf(column(prose("L", 5)))
    lost = re.sub(rb"startxref\s+\d+", b"startxref\n1", data)

    assert marks(record(lost).text) == ["L0", "L1", "L2", "L3", "L4"]
    assert rejected(b"%PDF-1.4\n" + b"\x00\xff" * 500).reason == "broken"


def test_scan_names_the_remedy() -> None:
    assert "OCR" in rejected(pdf(lambda canvas: canvas.rect(9, 9, 99, 99))).message


@pytest.mark.parametrize(("limit", "value"), [("max_pages", 2), ("max_chars", 500)])
def test_limits_are_named(limit: str, value: int) -> None:
    data = pdf(*[column(prose("L", 9))] * 3)

    found = rejected(data, CONFIG.model_copy(update={limit: value}))

    assert found.reason == "too_large"
    assert f"ingest.{limit}" in found.message


@pytest.mark.parametrize(
    ("info", "packets", "expected"),
    [
        ("D:20250102030405Z", ["2020-01-01"], datetime(2025, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("", ["2024-05-06T07:08:09+02:00"], datetime(2024, 5, 6, 5, 8, 9, tzinfo=UTC)),
        ("", ["2024-05-06", "2011-01-01"], None),
        ("", [], None),
    ],
)
def test_date(info: str, packets: list[str], expected: datetime | None) -> None:
    """Of the file's information, else of its XMP, where that has but one."""
    xmp = "".join(f"<xmp:CreateDate>{date}</xmp:CreateDate>" for date in packets)
    said = f"<</CreationDate({info})>>" if info else "<<>>"
    text = b"BT /F 12 Tf 50 700 Td (words) Tj ET"
    font = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"
    catalog = b"<</Type/Catalog/Pages 2 0 R>>"
    objects = [catalog, PAGES, PAGE, font, stream(text), said.encode(), stream(xmp.encode())]
    data = raw(objects).replace(b"/Root 1 0 R", b"/Root 1 0 R/Info 6 0 R")

    found = record(data)

    assert found.published_at == expected
    assert found.published_from == ("metadata" if expected else "")


def test_embedded_files_are_named() -> None:
    """And not read."""
    files = b"<</Type/Catalog/Pages 2 0 R/Names<</EmbeddedFiles<</Names[(a)6 0 R]>>>>>>"
    text = b"BT /F 12 Tf 50 700 Td (words) Tj ET"
    font = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"
    named = b"<</Type/Filespec/F(list.csv)/UF(list.csv)/EF<</F 7 0 R>>>>"
    data = raw([files, PAGES, PAGE, font, stream(text), named, stream(b"secret")])

    found = record(data)

    assert found.metadata["attachments"] == ["list.csv"]
    assert found.text == "words"
