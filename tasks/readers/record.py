"""What a reader gives."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from io import BufferedReader
from typing import AnyStr

from schemas.config import IngestConfig
from schemas.errors import DocumentRejected

Json = str | int | float | bool | None | Sequence["Json"] | Mapping[str, "Json"]


@dataclass(frozen=True, slots=True)
class Record:
    """One document of a source, before it has an identity."""

    text: str
    """The text; `read` gives it cleaned."""
    record: str = ""
    """A row's id or number; empty for a plain file."""
    title: str = ""
    author: str = ""
    published_at: datetime | None = None
    """Aware, UTC; never the file's own time."""
    published_from: str = ""
    """metadata, header, column, front_matter, html or path; empty without a date."""
    media_type: str = ""
    """Filled in by `read`; of the content of a compressed file, not of the compression."""
    encoding: str = ""
    """Character encoding the bytes were read in; empty if not text."""
    pages: int = 0
    page_starts: tuple[int, ...] = ()
    """Code point of the text at which each page begins."""
    metadata: Mapping[str, Json] = field(default_factory=dict)
    """What else the source says."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """A file, or a row of it, that gave no document."""

    record: str
    """The row's id or number; empty for the whole file."""
    reason: str
    """A code of `schemas.tables.REJECT_REASONS`."""
    message: str


def whole(stream: BufferedReader, config: IngestConfig) -> bytes:
    """All bytes of a document that is read in one piece, at most `max_bytes`."""
    data = stream.read(config.max_bytes + 1)
    if len(data) > config.max_bytes:
        message = f"more than {config.max_bytes} bytes once expanded; the limit is ingest.max_bytes"
        raise DocumentRejected("too_large", message)
    return data


def lines(readline: Callable[[int], AnyStr], limit: int) -> Iterator[AnyStr]:
    """The lines that `readline` gives; one above `limit` characters or bytes is refused."""
    while line := readline(limit + 1):
        if len(line) > limit:
            message = f"a line of more than {limit} bytes; the limit is ingest.max_bytes"
            raise DocumentRejected("too_large", message)
        yield line


def dated(at: datetime | None, origin: str) -> str:
    """`published_from` of a time: its origin, or nothing where there is no time."""
    return origin if at else ""
