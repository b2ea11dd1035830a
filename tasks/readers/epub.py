"""Electronic books (EPUB 2 and 3): the chapters in the order of the spine."""

import posixpath
from collections.abc import Iterator
from io import BufferedReader
from urllib.parse import unquote

from schemas.config import IngestConfig
from schemas.errors import DocumentRejected
from tasks.readers import dates, html_blocks, office
from tasks.readers.paged import paged
from tasks.readers.record import Record, dated

_CONTAINER = "META-INF/container.xml"
_ENCRYPTION = "META-INF/encryption.xml"
_FONTS = {"http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC"}
"""Ways to garble fonts only (EPUB 3.3, 4.4); any other encrypts the text."""
_DC = "{http://purl.org/dc/elements/1.1/}"
_CHAPTERS = {"application/xhtml+xml", "text/html", "application/x-dtbook+xml"}


def read(stream: BufferedReader, config: IngestConfig) -> Iterator[Record]:
    """One record: all text of the chapters, each of which is a page."""
    package = office.Package(stream, config)
    if _ENCRYPTION in package:
        methods = package.tree(_ENCRYPTION).iter("{*}EncryptionMethod")
        if any(each.get("Algorithm") not in _FONTS for each in methods):
            raise DocumentRejected("encrypted", "the book is under copy protection (DRM)")
    opf = next((e.get("full-path", "") for e in package.tree(_CONTAINER).iter("{*}rootfile")), "")
    book = package.tree(opf)
    items = {each.get("id"): each for each in book.iter("{*}item")}
    listed = (items.get(each.get("idref")) for each in book.iter("{*}itemref"))
    parts = [
        posixpath.normpath(posixpath.join(posixpath.dirname(opf), unquote(item.get("href", ""))))
        for item in listed
        if item is not None and item.get("media-type") in _CHAPTERS
    ]
    if len(parts) > config.max_pages:
        raise DocumentRejected("too_large", f"{len(parts)} chapters; the limit is ingest.max_pages")
    chapters = (package.bytes_of(part) for part in parts if part in package)
    text, starts = paged("\n".join(html_blocks.lines(office.decoded(c)[0])) for c in chapters)
    title, author, date = (
        next((each.text or "" for each in book.iter(f"{_DC}{name}")), "")
        for name in ("title", "creator", "date")
    )
    published_at = dates.parse(date)
    yield Record(
        text,
        title=title,
        author=author,
        published_at=published_at,
        published_from=dated(published_at, "metadata"),
        pages=len(starts),
        page_starts=starts,
    )
