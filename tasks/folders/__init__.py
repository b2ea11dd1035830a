"""Where results lie: a folder of this machine, or the objects below a URL, used alike.

A file is named by its path from there, such as `entities/part-00003.parquet`. It is written whole
or not at all, and read as it was at one moment.
"""

import io
from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

import pyarrow as pa

from tasks.folders.disk import Disk
from tasks.folders.objects import Objects
from tasks.places.storage import is_url

MARKER = ".corpusmill.json"
"""What a results folder holds, and no other."""
Results = Path | str
"""A folder of this machine, or a URL; a plain value, so that it travels."""
Held = Callable[[], None]
"""Raises `ResultsLocked` where the folder is no longer ours."""


class Folder(Protocol):
    """What the store asks of the place where it keeps its files."""

    def names(self, below: str) -> list[str]:
        """The names of what stands in a folder of it, hidden ones too, in order."""

    def url_of(self, name: str) -> str:
        """Where a person finds a file."""

    def exists(self, name: str) -> bool:
        """Whether there is such a file."""

    def size(self, name: str) -> int:
        """The bytes of a file. Raises `FileNotFoundError`."""

    def stamp(self, name: str) -> str:
        """Tells a file from any that stood under its name before; empty where nothing does.

        Raises `FileNotFoundError`.
        """

    def source(self, name: str) -> Path | pa.BufferReader:
        """The whole file, for pyarrow to read. May raise `FileNotFoundError`."""

    def end(self, name: str) -> Path | pa.BufferReader:
        """As much of a Parquet file as holds its footer. May raise `FileNotFoundError`."""

    def opened(self, name: str) -> AbstractContextManager[Path | io.BufferedIOBase]:
        """A file that no one changes, to be read here and there."""

    def read(self, name: str) -> bytes:
        """A whole file. Raises `FileNotFoundError`."""

    def tail(self, name: str, size: int) -> bytes:
        """The last bytes of a file. Raises `FileNotFoundError`."""

    def replacing(self, name: str, *, durable: bool = True) -> AbstractContextManager[Path]:
        """A path to write to; what stands there on leaving becomes the file.

        On an error the file that stood there is untouched. What is not `durable` may be lost where
        the power fails.
        """

    def move(self, name: str, other: str) -> None:
        """Give a file another name."""

    def remove(self, name: str) -> None:
        """Remove a file, if it is there."""

    def remove_all(self, below: str) -> None:
        """Remove a folder of it, if it is there."""

    def clean(self, below: str) -> None:
        """Remove what a killed writer left half-written in a folder of it."""

    def below(self, name: str) -> "Results":
        """Where a folder of it is."""

    def exchange(
        self, below: str, new: Mapping[str, str], gone: Collection[str], staging: str
    ) -> None:
        """Let files of staging take their place in a folder of it, and remove others from there.

        `new` maps each name to where the file is staged. Safe to repeat, and to end at any instant:
        a repetition ends it. `staging` is a folder for what it needs meanwhile.
        """

    def locked(self, timeout_s: float) -> AbstractContextManager[Held]:
        """Be the one writer. Raises `ResultsLocked` if another is, after so many seconds."""


def located(results: Results) -> Results:
    """A folder or URL as a person gives it, made independent of the working directory."""
    if isinstance(results, str) and is_url(results):
        return results.rstrip("/")
    return Path(results).absolute()


def folder(results: Results) -> Folder:
    """The folder of this machine, or the objects below a URL."""
    if isinstance(results, str) and is_url(results):
        return Objects(results.rstrip("/"))
    return Disk(Path(results))
