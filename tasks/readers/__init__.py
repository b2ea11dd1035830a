"""Files to records: one reader a format.

A new format is a signature in `sniff.py`, a reader in a file of its own, and a line in `READERS`,
or in `WALKERS` where it holds files; a new compression is a line in `expand.EXPANDERS`.
"""

import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import BinaryIO, cast

from schemas.config import IngestConfig
from schemas.errors import DocumentRejected
from tasks.readers import (
    archives,
    delimited,
    docx,
    epub,
    expand,
    html,
    json_lines,
    json_rows,
    legacy,
    mail,
    markdown,
    mbox,
    msg,
    notebook,
    opendocument,
    parquet,
    pdf,
    plain,
    pptx_slides,
    protected,
    rst,
    rtf,
    sniff,
    spreadsheet,
    textless,
    xml_text,
)
from tasks.readers.mojibake import mended
from tasks.readers.parts import Budget, Part
from tasks.readers.record import Record, Rejected
from tasks.readers.text import clean, one_line

__all__ = ["READERS", "WALKERS", "Reader", "Record", "Rejected", "media_type", "read", "walk"]

Reader = Callable[[io.BufferedReader, IngestConfig], Iterator[Record | Rejected]]

READERS: Mapping[str, Reader] = MappingProxyType(
    {
        sniff.TEXT: plain.read,
        sniff.MARKDOWN: markdown.read,
        sniff.HTML: html.read,
        sniff.PDF: pdf.read,
        sniff.DOCX: docx.read,
        sniff.PPTX: pptx_slides.read,
        sniff.XLSX: spreadsheet.read,
        sniff.ODT: opendocument.read,
        sniff.ODP: opendocument.read,
        sniff.ODS: opendocument.read,
        sniff.EPUB: epub.read,
        sniff.RTF: rtf.read,
        sniff.RST: rst.read,
        sniff.NOTEBOOK: notebook.read,
        sniff.XML: xml_text.read,
        sniff.OLE: legacy.read,
        sniff.MAIL: mail.read,
        sniff.OUTLOOK: msg.read,
        sniff.CSV: delimited.read,
        sniff.TSV: delimited.read,
        sniff.JSON: json_rows.read,
        sniff.JSON_LINES: json_lines.read,
        sniff.PARQUET: parquet.read,
        sniff.ENCRYPTED_OFFICE: protected.read,
    }
)

Walker = Callable[[BinaryIO, IngestConfig, Budget], Iterator[Part]]

WALKERS: Mapping[str, Walker] = MappingProxyType(
    {
        sniff.ZIP: archives.zipped,
        sniff.TAR: archives.tarred,
        sniff.MAILBOX: mbox.messages,
        sniff.MAIL: mail.attachments,
        sniff.OUTLOOK: msg.attachments,
    }
)
"""What gives the parts of a container; one that is also in `READERS` has a text of its own."""

MESSAGE_CHARS = 300
"""Longest message of a library that is passed on; some quote the whole file."""


def media_type(data: bytes, name: str) -> str:
    """Kind of content of a file: by its bytes, and by the extension of `name` among text kinds."""
    return sniff.media_type(data, name)


def walk(
    stream: BinaryIO, kind: str, name: str, config: IngestConfig, budget: Budget
) -> tuple[Iterator[Part] | None, bool]:
    """The parts of a file of this kind, if it is a container; and whether `read` is for it too."""
    if kind in expand.EXPANDERS:
        return _unpack(stream, kind, name, config, budget)
    if kind not in WALKERS:
        return None, True
    return WALKERS[kind](stream, config, budget), kind in READERS


def _unpack(
    stream: BinaryIO, packed: str, name: str, config: IngestConfig, budget: Budget
) -> tuple[Iterator[Part] | None, bool]:
    """The parts of a compressed file: of a container, those it holds; of another, what it is."""
    try:
        head = expand.expanded(stream, packed, budget.again()).peek(sniff.HEAD_BYTES)
    except Exception:  # noqa: BLE001  # decompressors raise anything; `read` will say what it is
        return None, True
    finally:
        stream.seek(0)
    kind = media_type(head, expand.inner(name))
    if reason := textless.skip_reason(kind):
        return iter([Part(expand.inner(name).rpartition("/")[2], skipped=reason)]), False
    if kind == sniff.TAR:
        whole = expand.expanded(stream, packed, budget.again())
        return archives.tarred(cast("BinaryIO", whole), config, budget), False
    if kind == sniff.ZIP or kind in expand.EXPANDERS:
        whole = expand.expanded(stream, packed, budget.again())
        return expand.content(whole, expand.inner(name), budget), False
    if kind not in WALKERS:
        return None, True
    whole = expand.expanded(stream, packed, budget)
    return WALKERS[kind](cast("BinaryIO", whole), config, budget), kind in READERS


def read(
    data: bytes, name: str, config: IngestConfig, kind: str = "", within: Budget | None = None
) -> Iterator[Record | Rejected]:
    """The records of the file `name`, in their order; at least one item, and no exception.

    A plain document gives one record, a table one a row. What cannot be read is a `Rejected`: with
    its record where a row is at fault, and with an empty one where the file is. `kind` is its media
    type, where that is known already; `within` is the budget of what it lies in.
    """
    found = False
    for item in _guarded(data, name, config, kind, within):
        found = True
        yield item
    if not found:
        yield Rejected("", "empty", "it has no rows")


def _guarded(
    data: bytes, name: str, config: IngestConfig, kind: str, within: Budget | None
) -> Iterator[Record | Rejected]:
    """What the reader gives, with every error turned into a `Rejected`."""
    try:
        yield from _records(data, name, config, kind, within)
    except DocumentRejected as rejected:
        yield Rejected("", rejected.reason, rejected.message)
    except (ImportError, MemoryError):  # of the installation; of the worker, which is watched
        raise
    except Exception as error:  # noqa: BLE001  # parsers raise anything on damaged input
        yield Rejected("", "broken", f"{type(error).__name__}: {error}"[:MESSAGE_CHARS])


def _records(
    data: bytes, name: str, config: IngestConfig, kind: str, within: Budget | None
) -> Iterator[Record | Rejected]:
    """What the reader of this kind of content gives, cleaned and checked."""
    stream: io.BufferedReader = io.BufferedReader(io.BytesIO(data), sniff.HEAD_BYTES)
    kind = kind or media_type(data, name)
    if len(data) > config.max_bytes:
        raise DocumentRejected("too_large", f"{len(data)} bytes; the limit is ingest.max_bytes")
    if kind in expand.EXPANDERS:
        budget = Budget(len(data), config, within)
        stream = expand.expanded(cast("BinaryIO", stream), kind, budget)
        kind = media_type(stream.peek(sniff.HEAD_BYTES), expand.inner(name))
    if kind == sniff.EMPTY:
        raise DocumentRejected("empty", "the file has no bytes")
    if kind not in READERS:
        hint = "; unpack it, or pack it as zip or tar" if kind in sniff.FOREIGN_ARCHIVES else ""
        raise DocumentRejected("unknown_format", f"no reader for {kind}{hint}")
    for item in READERS[kind](stream, config):
        yield item if isinstance(item, Rejected) else _checked(item, kind, config)


def _checked(record: Record, kind: str, config: IngestConfig) -> Record | Rejected:
    """The record with its texts cleaned, or why it is refused."""
    if len(record.text) > config.max_chars:
        message = f"{len(record.text)} characters; the limit is ingest.max_chars"
        return Rejected(record.record, "too_large", message)
    # Pages begin at code points of the text, so that a paged one stays as it is.
    text, wrong = (record.text, "") if record.page_starts else mended(record.text)
    text = clean(text)
    if not text:
        hint = "; if it is a scan, run OCR first" if record.pages else ""
        return Rejected(record.record, "empty", f"no text in it{hint}")
    return replace(
        record,
        text=text,
        title=one_line(mended(record.title)[0]),
        author=one_line(mended(record.author)[0]),
        media_type=kind,
        metadata={**record.metadata, "mended_from": wrong} if wrong else record.metadata,
    )
