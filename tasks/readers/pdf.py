"""PDF, page by page, by PDFium."""

import re
from collections.abc import Iterator
from io import BufferedReader
from typing import TYPE_CHECKING

from schemas.config import IngestConfig
from schemas.errors import DocumentRejected
from tasks.readers import dates
from tasks.readers.record import Record, dated, whole
from tasks.readers.text import clean

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument

PASSWORD_ERROR, SECURITY_ERROR = 4, 5  # FPDF_ERR_PASSWORD, FPDF_ERR_SECURITY of fpdfview.h
PAGE_BREAK = "\n\n"
PLACEHOLDERS = {"untitled", "anonymous", "(anonymous)", "unspecified", "(unspecified)"}
"""Titles, authors and subjects that writers put in where they are given none (ReportLab)."""
_HYPHENATED = re.compile("[\ufffe\uffff\x02]\\s*")
"""PDFium's mark for a hyphen that only ends a line, with the line end."""


def read(stream: BufferedReader, config: IngestConfig) -> Iterator[Record]:
    """One record: the text of all pages, and where each of them begins."""
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
        yield _record(document, config)


def _record(document: "PdfDocument", config: IngestConfig) -> Record:
    """The record of an open document."""
    pages = len(document)
    if pages > config.max_pages:
        raise DocumentRejected("too_large", f"{pages} pages; the limit is ingest.max_pages")
    text, starts = _joined(document, config)
    given = document.get_metadata_dict()
    about = {key: "" if text.lower() in PLACEHOLDERS else text for key, text in given.items()}
    published_at = dates.parse_pdf(about["CreationDate"])
    rest = ("Subject", "Keywords", "Creator", "Producer", "ModDate")
    return Record(
        text,
        title=about["Title"],
        author=about["Author"],
        published_at=published_at,
        published_from=dated(published_at, "metadata"),
        pages=pages,
        page_starts=starts,
        metadata={key.lower(): clean(about[key]) for key in rest if about[key]},
    )


def _joined(document: "PdfDocument", config: IngestConfig) -> tuple[str, tuple[int, ...]]:
    """The clean text of all pages, and the offset at which each begins."""
    text, starts = "", []
    for number in range(len(document)):
        page = document[number]
        words = clean(_HYPHENATED.sub("", page.get_textpage().get_text_bounded()))
        page.close()
        separator = PAGE_BREAK if text and words else ""
        starts.append(len(text) + len(separator))
        text += separator + words
        if len(text) > config.max_chars:
            message = f"more than {config.max_chars} characters; the limit is ingest.max_chars"
            raise DocumentRejected("too_large", message)
    return text, tuple(starts)
