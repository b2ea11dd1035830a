"""Office files behind a password."""

from collections.abc import Iterator
from io import BufferedReader

from schemas.config import IngestConfig
from schemas.errors import DocumentRejected
from tasks.readers.record import Record


def read(_stream: BufferedReader, _config: IngestConfig) -> Iterator[Record]:
    """No record: it needs a password."""
    raise DocumentRejected("encrypted", "the office file needs a password; provide a copy without")
