"""PDF by PDFium: the text as a person reads it, page after page.

PDFium runs no script here and follows no link: the library is built without JavaScript and XFA, and
only its functions that read are called. It is not thread safe: one process reads one file.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from io import BufferedReader
from typing import TYPE_CHECKING

from schemas.config import IngestConfig
from schemas.errors import DocumentRejected
from tasks.readers import dates
from tasks.readers.pdf_columns import in_reading_order
from tasks.readers.pdf_lines import Page, page_of
from tasks.readers.pdf_paragraphs import text_of
from tasks.readers.pdf_running import without_running
from tasks.readers.record import Json, Record, dated, whole
from tasks.readers.text import clean, one_line

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument

PASSWORD_ERROR, SECURITY_ERROR = 4, 5  # FPDF_ERR_PASSWORD, FPDF_ERR_SECURITY of fpdfview.h
MAX_ATTACHMENTS, MAX_RUNNING = 100, 100
"""Names of attachments, and headers and footers, that are kept in the metadata."""
PLACEHOLDERS = {"untitled", "anonymous", "(anonymous)", "unspecified", "(unspecified)"}
"""Titles, authors and subjects that writers put in where they are given none (ReportLab)."""
_XMP_DATE = re.compile(rb"<xmp:CreateDate>([^<]{4,40})<|\bxmp:CreateDate=[\"']([^\"'<]{4,40})[\"']")


def read(stream: BufferedReader, config: IngestConfig) -> Iterator[Record]:
    """One record: the text of all pages, and where each of them begins.

    Headers, footers and page numbers are left out of the text and kept in the metadata as
    `running`, the names of embedded files as `attachments`.
    """
    from pypdfium2 import PdfDocument, PdfiumError

    data = whole(stream, config)
    try:
        document = PdfDocument(data)
    except PdfiumError as error:
        if error.err_code in {PASSWORD_ERROR, SECURITY_ERROR}:
            message = "the PDF needs a password; provide a copy without one"
            raise DocumentRejected("encrypted", message) from error
        raise
    with document:
        yield _record(document, data, config)


def _record(document: "PdfDocument", data: bytes, config: IngestConfig) -> Record:
    """The record of an open document."""
    count = len(document)
    if count > config.max_pages:
        raise DocumentRejected("too_large", f"{count} pages; the limit is ingest.max_pages")
    pages, running = without_running(_pages(document, config))
    text, starts = text_of([in_reading_order(lines) for lines in pages])
    given = document.get_metadata_dict()
    about = {key: "" if text.lower() in PLACEHOLDERS else text for key, text in given.items()}
    published_at = dates.parse_pdf(about["CreationDate"]) or _xmp_date(data)
    rest = ("Subject", "Keywords", "Creator", "Producer", "ModDate")
    metadata: dict[str, Json] = {key.lower(): clean(about[key]) for key in rest if about[key]}
    if running:
        metadata["running"] = [clean(line) for line in running[:MAX_RUNNING]]
    if attachments := _attachments(document):
        metadata["attachments"] = attachments
    return Record(
        text,
        title=about["Title"],
        author=about["Author"],
        published_at=published_at,
        published_from=dated(published_at, "metadata"),
        pages=count,
        page_starts=starts,
        metadata=metadata,
    )


def _pages(document: "PdfDocument", config: IngestConfig) -> list[Page]:
    """What stands on each page; a page that PDFium cannot load is empty.

    Raises `DocumentRejected` as soon as there are more characters than the limit.
    """
    from pypdfium2 import PdfiumError

    pages = []
    chars = 0
    for number in range(len(document)):
        try:
            page = document[number]
        except PdfiumError:
            pages.append(Page([], 0.0, 0.0))
            continue
        pages.append(page_of(page))
        page.close()
        chars += sum(len(line.text) for line in pages[-1].lines)
        if chars > config.max_chars:
            message = f"more than {config.max_chars} characters; the limit is ingest.max_chars"
            raise DocumentRejected("too_large", message)
    return pages


def _attachments(document: "PdfDocument") -> list[str]:
    """The names of the embedded files."""
    from pypdfium2 import PdfiumError

    names = []
    for number in range(min(document.count_attachments(), MAX_ATTACHMENTS)):
        try:
            names.append(one_line(document.get_attachment(number).get_name()))
        except PdfiumError:  # its entry is damaged; the text is not
            continue
    return names


def _xmp_date(data: bytes) -> datetime | None:
    """When the file says in XMP that it was made: its metadata stream stands uncompressed.

    Pictures in a PDF may have XMP of their own: different dates are none.
    """
    if b"xmp:CreateDate" not in data:  # finding that out by the pattern takes far longer
        return None
    found = {(one or other).decode("latin-1") for one, other in _XMP_DATE.findall(data)}
    return dates.parse(found.pop()) if len(found) == 1 else None
