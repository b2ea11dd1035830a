"""What a container gives: its parts, and the budget within which they are expanded."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

from schemas.config import IngestConfig
from schemas.errors import DocumentRejected
from schemas.receipts import Refusal

_SMALL_BYTES = 16 * 2**20
"""Bytes that any container may expand to: ratios of small ones say little."""


@dataclass(frozen=True, slots=True)
class Part:
    """One thing in a container; its path within it, with / between folders."""

    name: str
    data: bytes = b""
    size: int = 0
    modified: datetime | None = None
    kind: str = ""
    """Its media type, where the container knows better than its bytes and name."""
    skipped: str = ""
    """Why it is not read: a code of `SKIP_REASONS`."""
    refused: Refusal | None = None
    """Why it cannot be read."""


class Budget:
    """How much may come out of a container, counted while it is expanded.

    What comes out of a container counts for those that it lies in as well. None is refused for
    what it holds uncompressed: as many bytes as it has itself may always come out.
    """

    def __init__(self, packed: int, config: IngestConfig, within: "Budget | None" = None) -> None:
        ratio = max(_SMALL_BYTES, packed * config.max_expansion_ratio)
        self._most = max(packed, min(config.max_expanded_bytes, ratio))
        self._ratio = ratio < config.max_expanded_bytes
        self._packed, self._config, self._within = packed, config, within
        self._bytes = self._entries = 0

    def again(self) -> "Budget":
        """The same limits, counted anew: for a compression around what is counted itself."""
        return Budget(self._packed, self._config)

    def entry(self) -> None:
        """Count an entry. Raises `DocumentRejected` where there are too many."""
        if self._within is not None:
            self._within.entry()
        self._entries += 1
        if self._entries > self._config.max_entries:
            message = f"more than {self._config.max_entries} entries; the limit is"
            raise DocumentRejected("too_large", f"{message} ingest.max_entries")

    def spend(self, count: int) -> None:
        """Count bytes that came out. Raises `DocumentRejected` where they are too many."""
        if self._within is not None:
            self._within.spend(count)
        self._bytes += count
        if self._bytes > self._most:
            limit = "ingest.max_expansion_ratio" if self._ratio else "ingest.max_expanded_bytes"
            message = f"expands to more than {self._most} bytes; the limit is {limit}"
            raise DocumentRejected("too_large", message)

    def read(self, stream: BinaryIO) -> tuple[bytes, Refusal | None]:
        """The bytes of an entry, or why there are too many of them for one document."""
        most, chunks, size = self._config.max_bytes, list[bytes](), 0
        while chunk := stream.read(2**20):
            self.spend(len(chunk))
            size += len(chunk)
            if size > most:
                message = f"more than {most} bytes once expanded; the limit is ingest.max_bytes"
                return b"", Refusal("too_large", message)
            chunks.append(chunk)
        return b"".join(chunks), None


def unique(parts: Iterator[Part]) -> Iterator[tuple[str, Part]]:
    """Each part with a path of its own: the second `a` is `a@2`."""
    taken: dict[str, int] = {}
    for part in parts:
        name = part.name
        while name in taken:
            taken[part.name] += 1
            name = f"{part.name}@{taken[part.name]}"
        taken[name] = 1
        yield name, part
