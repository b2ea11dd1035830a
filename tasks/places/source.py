"""One thing found in the corpus: what it is called, where its bytes are, and how to read them."""

import errno
import hashlib
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import BinaryIO

from schemas.errors import DocumentRejected
from schemas.receipts import Refusal
from tasks.places import disk, storage

_PIECE = 2**18
"""Bytes that are hashed at once; `hashlib.file_digest` takes as much for the smallest file."""
NO_TIME = datetime.fromtimestamp(0, UTC)
"""The time of what has none."""


@dataclass(frozen=True, slots=True)
class Source:
    """One thing found; plain values, so that it travels to the worker that reads it."""

    source: str
    """Its name: the path relative to the corpus, with slashes."""
    place: str
    """Where its bytes are: a path of this machine, or a URL."""
    size: int
    """Bytes; 0 where it is no file."""
    modified: datetime
    sha256: str = ""
    """SHA-256 of its bytes, hexadecimal; empty where they have not been read."""
    version: str = ""
    """What stands for the bytes unread: the storage's ETag, or the stamp of a large file."""
    skipped: str = ""
    """Why it is not read: a code of `SKIP_REASONS`."""
    refused: Refusal | None = None
    """Why it cannot be read."""
    stamp: str = ""
    """What stands for the bytes of a file that is too large to hash: when it was last changed."""
    hides: bool = False
    """Whether it is a folder that cannot be listed, so that what lies in it is not known."""

    @property
    def state(self) -> str:
        """What tells its bytes from others."""
        return self.sha256 or f"{self.size} {self.version or self.modified.isoformat()}"

    @property
    def has_own_host(self) -> bool:
        """Whether it is of the web, where each may be of another server."""
        return self.place.startswith(("http://", "https://"))

    @contextmanager
    def open(self, most: int) -> Iterator[BinaryIO]:
        """A stream of its bytes: of one moment if they are not more than `most`, else in pieces.

        Raises `DocumentRejected` where a small one has grown above `most` (too_large); `OSError`
        where it cannot be opened, is no regular file any more, or changes while it is read.
        """
        if self.size <= most:
            yield io.BytesIO(self.read(most))
            return
        opened = storage.opened if storage.is_url(self.place) else disk.opened
        with opened(self.place) as file:
            yield file

    def read(self, most: int) -> bytes:
        """Its bytes, of one moment; raises as `open` does."""
        if storage.is_url(self.place):
            data = storage.read(self.place, most + 1, self.size)
        else:
            data = disk.read(self.place, most + 1)
        if len(data) > most:
            raise DocumentRejected("too_large", f"more than {most} bytes: raise ingest.max_bytes")
        return data

    def hashed(self, *, trust: bool = True) -> "Source":
        """The same with the SHA-256 of its bytes, which are read in pieces.

        Without it where it is not to be read, cannot be read, or has a version that we `trust`.
        """
        if self.skipped or self.refused or (self.version and trust):
            return self
        digest, piece = hashlib.sha256(), min(self.size + 1, _PIECE)
        try:
            with self.open(most=-1) as file:
                while data := file.read(piece):
                    digest.update(data)
        except OSError:
            return self
        return replace(self, sha256=digest.hexdigest())


def unreadable(name: str, place: str, error: OSError, *, folder: bool = False) -> Source:
    """A source that is known by its name only."""
    why = Refusal("unreadable", reason_of(error))
    return Source(name, place, 0, NO_TIME, refused=why, hides=folder)


def reason_of(error: OSError) -> str:
    """What an error of the system says, in a few words and without the path."""
    if error.strerror:
        return error.strerror
    if isinstance(error, FileNotFoundError):
        return os.strerror(errno.ENOENT)
    return storage.without_secrets(str(error)) or type(error).__name__
