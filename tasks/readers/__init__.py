"""Files to records: one reader a format.

A new format is a signature in `sniff.py`, a reader in a file of its own, and a line in `READERS`;
a new compression is a line in `EXPANDERS`.
"""

import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType

from schemas.config import IngestConfig
from schemas.errors import DocumentRejected
from tasks.readers import (
    delimited,
    docx,
    expand,
    html,
    json_lines,
    json_rows,
    mail,
    markdown,
    parquet,
    pdf,
    plain,
    protected,
    sniff,
)
from tasks.readers.record import Record, Rejected
from tasks.readers.text import clean, one_line

__all__ = ["EXPANDERS", "READERS", "Reader", "Record", "Rejected", "media_type", "read"]

Reader = Callable[[io.BufferedReader, IngestConfig], Iterator[Record | Rejected]]

READERS: Mapping[str, Reader] = MappingProxyType(
    {
        sniff.TEXT: plain.read,
        sniff.MARKDOWN: markdown.read,
        sniff.HTML: html.read,
        sniff.PDF: pdf.read,
        sniff.DOCX: docx.read,
        sniff.MAIL: mail.read,
        sniff.CSV: delimited.read,
        sniff.TSV: delimited.read,
        sniff.JSON: json_rows.read,
        sniff.JSON_LINES: json_lines.read,
        sniff.PARQUET: parquet.read,
        sniff.ENCRYPTED_OFFICE: protected.read,
    }
)

EXPANDERS: Mapping[str, expand.Expander] = MappingProxyType({sniff.GZIP: expand.gzipped})

MESSAGE_CHARS = 300
"""Longest message of a library that is passed on; some quote the whole file."""


def media_type(data: bytes, name: str) -> str:
    """Kind of content of a file: by its bytes, and by the extension of `name` among text kinds."""
    return sniff.media_type(data, name)


def read(data: bytes, name: str, config: IngestConfig) -> Iterator[Record | Rejected]:
    """The records of the file `name`, in their order; at least one item, and no exception.

    A plain document gives one record, a table one a row. What cannot be read is a `Rejected`: with
    its record where a row is at fault, and with an empty one where the file is.
    """
    found = False
    for item in _guarded(data, name, config):
        found = True
        yield item
    if not found:
        yield Rejected("", "empty", "it has no rows")


def _guarded(data: bytes, name: str, config: IngestConfig) -> Iterator[Record | Rejected]:
    """What the reader gives, with every error turned into a `Rejected`."""
    try:
        yield from _records(data, name, config)
    except DocumentRejected as rejected:
        yield Rejected("", rejected.reason, rejected.message)
    except ImportError:  # a fault of the installation, not of the file
        raise
    except MemoryError:
        yield Rejected("", "crashed", "out of memory while reading it")
    except Exception as error:  # noqa: BLE001  # parsers raise anything on damaged input
        yield Rejected("", "broken", f"{type(error).__name__}: {error}"[:MESSAGE_CHARS])


def _records(data: bytes, name: str, config: IngestConfig) -> Iterator[Record | Rejected]:
    """What the reader of this kind of content gives, cleaned and checked."""
    stream: io.BufferedReader = io.BufferedReader(io.BytesIO(data), sniff.HEAD_BYTES)
    kind = media_type(data, name)
    if len(data) > config.max_bytes:
        raise DocumentRejected("too_large", f"{len(data)} bytes; the limit is ingest.max_bytes")
    if kind in EXPANDERS:
        stream = expand.bounded(EXPANDERS[kind](stream), config)
        kind = media_type(stream.peek(sniff.HEAD_BYTES), expand.inner(name))
    if kind == sniff.EMPTY:
        raise DocumentRejected("empty", "the file has no bytes")
    if kind not in READERS:
        raise DocumentRejected("unknown_format", f"no reader for {kind}")
    for item in READERS[kind](stream, config):
        yield item if isinstance(item, Rejected) else _checked(item, kind, config)


def _checked(record: Record, kind: str, config: IngestConfig) -> Record | Rejected:
    """The record with its texts cleaned, or why it is refused."""
    if len(record.text) > config.max_chars:
        message = f"{len(record.text)} characters; the limit is ingest.max_chars"
        return Rejected(record.record, "too_large", message)
    text = clean(record.text)
    if not text:
        hint = "; if it is a scan, run OCR first" if record.pages else ""
        return Rejected(record.record, "empty", f"no text in it{hint}")
    return replace(
        record,
        text=text,
        title=one_line(record.title),
        author=one_line(record.author),
        media_type=kind,
    )
