"""OpenDocument: texts (odt), presentations (odp) and spreadsheets (ods)."""

from collections.abc import Iterator
from datetime import datetime
from io import BufferedReader
from typing import TYPE_CHECKING

from schemas.config import IngestConfig
from schemas.errors import DocumentRejected
from tasks.readers import dates
from tasks.readers.office import Package
from tasks.readers.paged import paged
from tasks.readers.record import Record, dated

if TYPE_CHECKING:
    from lxml.etree import _Element

_OASIS = "urn:oasis:names:tc:opendocument:xmlns:"
_TEXT, _TABLE, _DRAW = (f"{{{_OASIS}{name}:1.0}}" for name in ("text", "table", "drawing"))
_OFFICE, _META = f"{{{_OASIS}office:1.0}}", f"{{{_OASIS}meta:1.0}}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_ENCRYPTED = b"encryption-data"
_PARAGRAPHS = (f"{_TEXT}p", f"{_TEXT}h")
_UNSEEN = (f"{_TEXT}tracked-changes", f"{_OFFICE}annotation", f"{_TEXT}note-citation")
"""What was deleted, what was remarked in the margin, and the numbers of notes."""
_SPACES = {f"{_TEXT}s": " ", f"{_TEXT}tab": "\t", f"{_TEXT}line-break": "\n"}


def read(stream: BufferedReader, config: IngestConfig) -> Iterator[Record]:
    """One record: paragraphs, notes and rows of tables; slides and sheets are pages."""
    package = Package(stream, config)
    manifest = "META-INF/manifest.xml"
    if manifest in package and _ENCRYPTED in package.bytes_of(manifest):
        raise DocumentRejected("encrypted", "it needs a password; provide a copy without")
    root = package.tree("content.xml")
    for tag in _UNSEEN:
        for unseen in list(root.iter(tag)):
            _remove(unseen)
    body = root.find(f"{_OFFICE}body")
    kept = [] if body is None else list(body.iterfind(f"*/{_DRAW}page"))
    if body is not None and not kept:
        kept = list(body.iterfind(f"{_OFFICE}spreadsheet/{_TABLE}table"))
    if len(kept) > config.max_pages:
        raise DocumentRejected("too_large", f"{len(kept)} pages; the limit is ingest.max_pages")
    whole = [] if body is None else [body]
    text, starts = paged("\n".join(_lines(each)) for each in kept or whole)
    title, author, published_at = _about(package)
    yield Record(
        text,
        title=title,
        author=author,
        published_at=published_at,
        published_from=dated(published_at, "metadata"),
        pages=len(kept),
        page_starts=starts if kept else (),
    )


def _about(package: Package) -> tuple[str, str, datetime | None]:
    """Title, author and time of creation by meta.xml."""
    if "meta.xml" not in package:
        return "", "", None
    meta = package.tree("meta.xml")
    title, first, last, created, changed = (
        next((each.text or "" for each in meta.iter(tag)), "")
        for tag in (
            f"{_DC}title",
            f"{_META}initial-creator",
            f"{_DC}creator",
            f"{_META}creation-date",
            f"{_DC}date",
        )
    )
    return title, first or last, dates.parse(created) or dates.parse(changed)


def _lines(parent: "_Element") -> Iterator[str]:
    """The paragraphs and rows under `parent`; what lies in another of them belongs to that."""
    for block in parent.iter(*_PARAGRAPHS, f"{_TABLE}table-row"):
        if block.tag == f"{_TABLE}table-row":
            cells = block.iterchildren(f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell")
            yield "\t".join(_cell(cell) for cell in cells).rstrip("\t")
        elif next(block.iterancestors(f"{_TABLE}table-cell"), None) is None:
            yield _said(block)


def _cell(cell: "_Element") -> str:
    """The paragraphs of a cell in one line; rows of a table in it are rows of their own."""
    own = (
        each
        for each in cell.iter(*_PARAGRAPHS)
        if next(each.iterancestors(f"{_TABLE}table-cell"), None) is cell
    )
    return " ".join(" ".join(_said(each).split()) for each in own)


def _said(paragraph: "_Element") -> str:
    """The text of a paragraph without that of paragraphs in it (notes, text boxes)."""
    from lxml import etree

    pieces: list[str] = []
    inner: _Element | None = None
    for event, each in etree.iterwalk(paragraph, events=("start", "end")):
        if each is paragraph:
            pieces += [each.text or ""] if event == "start" else []
        elif event == "start" and inner is None:
            if each.tag in _PARAGRAPHS:
                inner = each
                continue
            pieces += [_SPACES.get(each.tag, ""), each.text or ""]
        elif event == "end" and (inner is None or inner is each):
            inner = None
            pieces.append(each.tail or "")
    return "".join(pieces)


def _remove(element: "_Element") -> None:
    """Take an element out, and leave what follows it in its place."""
    parent, before, tail = element.getparent(), element.getprevious(), element.tail or ""
    if parent is None:
        return
    if before is not None:
        before.tail = (before.tail or "") + tail
    else:
        parent.text = (parent.text or "") + tail
    parent.remove(element)
