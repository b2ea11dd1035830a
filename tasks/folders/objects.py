"""The objects below a URL, in any object store that fsspec writes to.

An object is put whole by one request, so there is nothing to rename and nothing half-written to
clean. Reading takes one request too: what another puts meanwhile is never mixed in.
"""

import errno
import io
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from tasks.folders.lease import Lease
from tasks.places import storage

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

_FOOTER_BYTES = 2**17
"""Asked for at once: the footer of a part of 500 documents has 40 to 60 KB."""
_LENGTH = 8
"""A Parquet file ends with the length of its footer (4 bytes, little-endian) and `PAR1`."""


@dataclass(frozen=True)
class Objects:
    """The objects below a URL; see `tasks.folders.Folder`. Errors are `OSError` and name the URL.

    The storage's own client tries again what may pass, before it gives up.
    """

    url: str

    def names(self, below: str) -> list[str]:
        """The names of what stands below a prefix, hidden ones too, in order."""
        with suppress(FileNotFoundError), self._asked(below) as (files, path):
            return sorted(
                found.rstrip("/").rpartition("/")[2] for found in files.ls(path, detail=False)
            )
        return []

    def url_of(self, name: str) -> str:
        """The URL of an object."""
        return f"{self.url}/{name}"

    def exists(self, name: str) -> bool:
        """Whether there is such an object."""
        with suppress(FileNotFoundError):
            return self.size(name) >= 0
        return False

    def size(self, name: str) -> int:
        """The bytes of an object. Raises `FileNotFoundError`."""
        with self._asked(name) as (files, path):
            return int(files.info(path)["size"])

    def stamp(self, name: str) -> str:  # noqa: ARG002  # any object
        """Nothing: to ask for an ETag costs as much as to ask for a footer."""
        return ""

    def source(self, name: str) -> pa.BufferReader:
        """The object in memory."""
        return pa.BufferReader(self.read(name))

    def read(self, name: str) -> bytes:
        """The bytes of an object, of one moment. Raises `FileNotFoundError`."""
        with self._asked(name) as (files, path):
            data: bytes = files.cat_file(path, start=0)  # without a start, s3fs asks in pieces
            return data

    def end(self, name: str) -> pa.BufferReader:
        """The end of the object that holds its Parquet footer."""
        data = self.tail(name, _FOOTER_BYTES)
        if len(data) == _FOOTER_BYTES:
            length = int.from_bytes(data[-_LENGTH:-4], "little") + _LENGTH
            data = self.read(name) if length > len(data) else data
        return pa.BufferReader(data)

    @contextmanager
    def opened(self, name: str) -> Iterator[io.BufferedIOBase]:
        """A stream that asks for the ranges that are read."""
        with storage.opened(f"{self.url}/{name}") as file:
            yield file  # type: ignore[misc]  # a BufferedReader

    def tail(self, name: str, size: int) -> bytes:
        """The last bytes of an object. Raises `FileNotFoundError`."""
        with self._asked(name) as (files, path):
            data: bytes = files.cat_file(path, start=-size)
            return data

    @contextmanager
    def replacing(self, name: str, *, durable: bool = True) -> Iterator[Path]:  # noqa: ARG002  # what is put is durable
        """A file of this machine, put by one request on leaving, and its size asked for."""
        with tempfile.TemporaryDirectory(prefix="corpusmill-") as here:
            temporary = Path(here) / name.rpartition("/")[2]
            yield temporary
            with self._asked(name) as (files, path):
                files.put_file(str(temporary), path)
            if self.size(name) != temporary.stat().st_size:
                raise OSError(errno.EIO, "another size than was written", f"{self.url}/{name}")

    def create(self, name: str, data: bytes) -> bool:
        """Put an object where there is none; whether that is so."""
        with suppress(FileExistsError), self._asked(name) as (files, path):
            files.pipe_file(path, data, mode="create")
            return True
        return False

    def put(self, name: str, data: bytes) -> None:
        """Put a small object, over the one that stands there."""
        with self._asked(name) as (files, path):
            files.pipe_file(path, data)

    def move(self, name: str, other: str) -> None:
        """Copy an object within the storage, and remove it."""
        with self._asked(name) as (files, path):
            files.mv(path, f"{path.removesuffix(name)}{other}")

    def remove(self, name: str) -> None:
        """Remove an object, if it is there."""
        with suppress(FileNotFoundError), self._asked(name) as (files, path):
            files.rm_file(path)

    def remove_all(self, below: str) -> None:
        """Remove the objects below a prefix, if there are any."""
        with suppress(FileNotFoundError), self._asked(below) as (files, path):
            files.rm(path, recursive=True)

    def clean(self, below: str) -> None:
        """Nothing: what is not put whole is not there."""

    def below(self, name: str) -> str:
        """The URL of a prefix."""
        return f"{self.url}/{name}"

    def exchange(
        self,
        below: str,  # noqa: ARG002  # the names say it
        new: Mapping[str, str],
        gone: Collection[str],
        staging: str,  # noqa: ARG002  # nothing is needed
    ) -> None:
        """One by one, as object stores have nothing else: meanwhile a reader may see rows twice."""
        for name, staged in new.items():
            with self._asked(name) as (files, path):
                files.copy(path.removesuffix(name) + staged, path)
        for name in gone:
            self.remove(name)

    @contextmanager
    def locked(self, timeout_s: float) -> Iterator[Callable[[], None]]:
        """Be the one writer, by a lease that must be renewed."""
        with Lease(self).held(timeout_s) as still_held:
            yield still_held

    @contextmanager
    def _asked(self, name: str) -> "Iterator[tuple[AbstractFileSystem, str]]":
        """The storage and the path of an object in it, as they are now."""
        try:
            with storage.plain_errors():
                files, root = storage.filesystem(self.url)
                path = f"{root.rstrip('/')}/{name}".rstrip("/")
                files.invalidate_cache(path)
                yield files, path
        except OSError as error:
            raise type(error)(error.errno, error.strerror, f"{self.url}/{name}") from None
