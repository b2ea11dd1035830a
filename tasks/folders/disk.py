"""A folder of this machine."""

import ctypes
import os
import shutil
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import filelock

from schemas.errors import ResultsError, ResultsLocked

_HERE, _RENAME_EXCHANGE = -100, 2
"""AT_FDCWD of fcntl.h, and the flag of renameat2(2)."""


@contextmanager
def replacing(path: Path, *, durable: bool = True) -> Iterator[Path]:
    """A hidden path beside `path` to write to; on leaving it is synced and renamed over `path`.

    On an error, a full disk for one, the file that stood there is untouched. What is not `durable`
    is not synced: it may be lost where the power fails.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}")
    try:
        yield temporary
        if durable:
            sync(temporary)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    if durable:
        sync(path.parent)


def sync(path: Path) -> None:
    """Force a file or folder to the disk (fsync)."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _link(file: Path, other: Path) -> None:
    """Give a file a second name; a copy where the file system has no links."""
    try:
        os.link(file, other)
    except OSError:
        shutil.copy2(file, other)
        sync(other)


def _exchange(new: Path, old: Path, aside: Path) -> None:
    """Exchange two folders at once (renameat2 of Linux 3.15), or by two renames; remove `old`."""
    call = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if (
        call is not None
        and call(_HERE, os.fsencode(new), _HERE, os.fsencode(old), _RENAME_EXCHANGE) == 0
    ):
        shutil.rmtree(new)
        return
    shutil.rmtree(aside, ignore_errors=True)
    old.replace(aside)
    new.replace(old)
    shutil.rmtree(aside)


@dataclass(frozen=True)
class Disk:
    """A folder of this machine, or of a file system that it shares; see `tasks.folders.Folder`."""

    root: Path

    def names(self, below: str) -> list[str]:
        """The names of what stands in a folder of it, hidden ones too, in order."""
        try:
            return sorted(os.listdir(self.root / below))  # noqa: PTH208  # half the time of iterdir
        except FileNotFoundError:
            return []

    def url_of(self, name: str) -> str:
        """A file URL."""
        return (self.root / name).absolute().as_uri()

    def exists(self, name: str) -> bool:
        """Whether there is such a file."""
        return (self.root / name).exists()

    def size(self, name: str) -> int:
        """The bytes of a file. Raises `FileNotFoundError`."""
        return (self.root / name).stat().st_size

    def source(self, name: str) -> Path:
        """The path, which pyarrow reads as fast as it can."""
        return self.root / name

    end = source

    @contextmanager
    def opened(self, name: str) -> Iterator[Path]:
        """The path again."""
        yield self.root / name

    def read(self, name: str) -> bytes:
        """A whole file. Raises `FileNotFoundError`."""
        return (self.root / name).read_bytes()

    def tail(self, name: str, size: int) -> bytes:
        """The last bytes of a file. Raises `FileNotFoundError`."""
        with (self.root / name).open("rb") as file:
            file.seek(max(file.seek(0, os.SEEK_END) - size, 0))
            return file.read()

    @contextmanager
    def replacing(self, name: str, *, durable: bool = True) -> Iterator[Path]:
        """A hidden path beside the file, renamed over it on leaving."""
        with replacing(self.root / name, durable=durable) as path:
            yield path

    def move(self, name: str, other: str) -> None:
        """Give a file another name."""
        (self.root / name).replace(self.root / other)

    def remove(self, name: str) -> None:
        """Remove a file, if it is there."""
        (self.root / name).unlink(missing_ok=True)

    def remove_all(self, below: str) -> None:
        """Remove a folder of it, if it is there."""
        shutil.rmtree(self.root / below, ignore_errors=True)

    def clean(self, below: str, prefix: str) -> None:
        """Remove what a killed writer left half-written: hidden files that begin so."""
        for path in (self.root / below).glob(f".{prefix}*"):
            path.unlink(missing_ok=True)

    def below(self, name: str) -> Path:
        """The path of a folder of it."""
        return self.root / name

    def exchange(
        self, below: str, new: Mapping[str, str], gone: Collection[str], staging: str
    ) -> None:
        """All at once: a folder of links to what stays and what is new takes the old one's place.

        Where the file system cannot exchange two folders there is none for an instant.
        """
        old, made = self.root / below, self.root / staging / f".new-{below}"
        if not old.exists():  # it was ended in that instant
            (self.root / staging / f".old-{below}").replace(old)
        shutil.rmtree(made, ignore_errors=True)
        made.mkdir(parents=True)
        leaving = {self.root / name for name in (*gone, *new)}
        for file in old.iterdir():
            if file not in leaving:
                _link(file, made / file.name)
        for name, staged in new.items():
            _link(self.root / staged, made / Path(name).name)
        sync(made)
        _exchange(made, old, self.root / staging / f".old-{below}")
        sync(self.root)

    @contextmanager
    def locked(self, timeout_s: float) -> Iterator[Callable[[], None]]:
        """Be the one writer; the kernel lets go when the process dies."""
        lock = filelock.FileLock(self.root / ".lock", timeout=timeout_s)
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            lock.acquire()
        except filelock.Timeout as error:
            raise ResultsLocked(
                f"another run is writing {self.root}: wait for it, or let this one wait with "
                "run.lock_timeout_s"
            ) from error
        except OSError as error:
            raise ResultsError(
                f"{self.root} cannot be written ({error.strerror}): mend its permissions, or give "
                "another folder with --results"
            ) from error
        try:
            yield lambda: None
        finally:
            lock.release()
