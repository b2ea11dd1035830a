"""Spreadsheets (xlsx): cells as text."""

from collections.abc import Iterator
from io import BufferedReader

from schemas.config import IngestConfig
from schemas.errors import DocumentRejected
from tasks.readers import tables
from tasks.readers.office import Package
from tasks.readers.paged import paged
from tasks.readers.record import Record, dated


def read(stream: BufferedReader, config: IngestConfig) -> Iterator[Record]:
    """One record: rows with cells parted by tabs; a sheet is a page, its name the first line.

    Of a formula, the value that was last saved is taken: nothing is computed.
    """
    from openpyxl import load_workbook

    package = Package(stream, config)
    book = load_workbook(package.checked(), read_only=True, data_only=True, keep_links=False)
    if len(book.worksheets) > config.max_pages:
        message = f"{len(book.worksheets)} sheets; the limit is ingest.max_pages"
        raise DocumentRejected("too_large", message)
    pages: list[str] = []
    left = config.max_chars
    for sheet in book.worksheets:
        sheet.reset_dimensions()
        rows: list[str] = []
        for row in _rows(sheet.iter_rows(values_only=True)):
            rows.append(row)
            left -= len(row)
            if left < 0:
                message = "more characters than the limit ingest.max_chars"
                raise DocumentRejected("too_large", message)
        pages.append("\n".join([sheet.title, *rows]) if rows else "")
    text, starts = paged(pages)
    title, author, published_at = package.about()
    yield Record(
        text,
        title=title,
        author=author if author != "openpyxl" else "",
        published_at=published_at,
        published_from=dated(published_at, "metadata"),
        pages=len(starts),
        page_starts=starts,
    )


def _rows(rows: Iterator[tuple[object, ...]]) -> Iterator[str]:
    """Each row that holds something, up to its last cell that does."""
    for row in rows:
        if text := tables.line(row):
            yield text
