"""Plain text."""

from collections.abc import Iterator
from io import BufferedReader

from schemas.config import IngestConfig
from tasks.readers.record import Record, whole
from tasks.readers.text import decode


def read(stream: BufferedReader, config: IngestConfig) -> Iterator[Record]:
    """One record: the text as it stands."""
    text, encoding = decode(whole(stream, config))
    yield Record(text, encoding=encoding)
