"""Compressed files, expanded within limits that are counted while reading."""

import bz2
import gzip
import io
import lzma
from collections.abc import Callable, Iterator, Mapping
from pathlib import PurePath
from types import MappingProxyType
from typing import BinaryIO, cast

from tasks.readers import sniff
from tasks.readers.parts import Budget, Part

Expander = Callable[[BinaryIO], BinaryIO]


def _xz(stream: BinaryIO) -> BinaryIO:
    return cast("BinaryIO", lzma.open(stream))


def _zstd(stream: BinaryIO) -> BinaryIO:
    from zstandard import ZstdDecompressor

    reader = ZstdDecompressor().stream_reader(stream, read_across_frames=True, closefd=False)
    return cast("BinaryIO", reader)


EXPANDERS: Mapping[str, Expander] = MappingProxyType(
    {
        sniff.GZIP: lambda stream: cast("BinaryIO", gzip.GzipFile(fileobj=stream)),
        sniff.BZIP2: lambda stream: cast("BinaryIO", bz2.BZ2File(stream)),
        sniff.XZ: _xz,
        sniff.ZSTD: _zstd,
    }
)
"""What a compressed stream expands to, by its kind."""

_INNER: Mapping[str, str] = MappingProxyType(
    {
        ".gz": "", ".bz2": "", ".xz": "", ".zst": "", ".zstd": "",
        ".tgz": ".tar", ".tbz2": ".tar", ".tbz": ".tar", ".txz": ".tar", ".tzst": ".tar",
    }
)  # fmt: skip


def inner(name: str) -> str:
    """Name of the file that was compressed: without the extension of the compression.

    >>> inner("logs/a.txt.gz"), inner("b.tgz"), inner("c")
    ('logs/a.txt', 'b.tar', 'c')
    """
    suffix = PurePath(name).suffix
    if suffix.lower() not in _INNER:
        return name
    return name[: -len(suffix)] + _INNER[suffix.lower()]


def expanded(stream: BinaryIO, kind: str, budget: Budget) -> io.BufferedReader:
    """What comes out of a compressed stream, refusing to give more than the budget allows."""
    return io.BufferedReader(_Bounded(EXPANDERS[kind](stream), budget), sniff.HEAD_BYTES)


def content(stream: io.BufferedReader, name: str, budget: Budget) -> Iterator[Part]:
    """The one part of a compressed file that holds a container: what was compressed."""
    budget.entry()
    data, why = budget.read(cast("BinaryIO", stream))
    yield Part(name.rpartition("/")[2], data, len(data), refused=why)


class _Bounded(io.RawIOBase):
    """A stream that counts what it gives."""

    def __init__(self, stream: BinaryIO, budget: Budget) -> None:
        super().__init__()
        self._stream, self._budget = stream, budget

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview | bytearray") -> int:  # type: ignore[override]
        data = self._stream.read(len(buffer))
        self._budget.spend(len(data))
        buffer[: len(data)] = data
        return len(data)
