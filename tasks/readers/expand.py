"""Compressed files, expanded within a limit that is counted while reading."""

import gzip
import io
from collections.abc import Callable
from pathlib import PurePath
from typing import BinaryIO, cast

from schemas.config import IngestConfig
from schemas.errors import DocumentRejected
from tasks.readers.sniff import HEAD_BYTES

Expander = Callable[[io.BufferedReader], BinaryIO]


def gzipped(stream: io.BufferedReader) -> BinaryIO:
    """What a gzip stream expands to."""
    return cast("BinaryIO", gzip.GzipFile(fileobj=stream))


def inner(name: str) -> str:
    """Name of the file that was compressed: without the extension of the compression."""
    return name if PurePath(name).suffix.lower() != ".gz" else name[: -len(".gz")]


def bounded(stream: BinaryIO, config: IngestConfig) -> io.BufferedReader:
    """`stream`, refusing to give more than `max_expanded_bytes`."""
    return io.BufferedReader(_Bounded(stream, config.max_expanded_bytes), HEAD_BYTES)


class _Bounded(io.RawIOBase):
    """A stream that counts what it gives and stops at a limit."""

    def __init__(self, stream: BinaryIO, limit: int) -> None:
        super().__init__()
        self._stream, self._left, self._limit = stream, limit, limit

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview | bytearray") -> int:  # type: ignore[override]
        data = self._stream.read(len(buffer))
        self._left -= len(data)
        if self._left < 0:
            message = f"expands to more than {self._limit} bytes; the limit is"
            raise DocumentRejected("too_large", f"{message} ingest.max_expanded_bytes")
        buffer[: len(data)] = data
        return len(data)
