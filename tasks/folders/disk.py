"""A folder of this machine."""

import ctypes
import errno
import os
import shutil
import socket
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import filelock

from schemas.errors import ResultsError, ResultsLocked

_HERE, _RENAME_EXCHANGE = -100, 2
"""AT_FDCWD of fcntl.h, and the flag of renameat2(2)."""
_OF_THE_DISK = frozenset(
    {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO}
)
"""Errors of a disk, which libraries raise without saying of which."""
_NEW = ".new"
"""Ends the name of what is being written: the collectors of metrics pass over it, and so do we."""
_TICK_NS = 2_000_000_000
"""The coarsest clock among common file systems: FAT's."""
_LOCK = ".lock"
"""Says who holds it; what a run that has ended left there is of no weight."""


@contextmanager
def replacing(path: Path, *, durable: bool = True) -> Iterator[Path]:
    """A hidden path beside `path` to write to; on leaving it is synced and renamed over `path`.

    On an error, a full disk for one, the file that stood there is untouched. What is not `durable`
    is not synced: it may be lost, or be there without its bytes, where the power fails. An error of
    the disk names `path`.
    """
    temporary = path.with_name(f".{path.name}{_NEW}")
    try:
        make(path.parent, durable=durable)
        yield temporary
        if durable:
            sync(temporary)
        temporary.replace(path)
        if durable:
            sync(path.parent)
    except BaseException as error:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.errno in _OF_THE_DISK:
            raise OSError(error.errno, os.strerror(error.errno), str(path)) from error
        raise


def make(folder: Path, *, durable: bool = True) -> None:
    """Make a folder, and those above it; where `durable`, each outlasts a power failure."""
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    for each in reversed(missing):
        each.mkdir(exist_ok=True)
        if durable:
            sync(each.parent)


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

    def stamp(self, name: str) -> str:
        """Inode, size and time of the last change; empty where that is too young to tell.

        Two writes within a tick of the file system's clock have one time. Git calls such an entry
        of its index "racily clean", and looks at the file again, too.
        """
        stat = (self.root / name).stat()
        young = abs(time.time_ns() - stat.st_mtime_ns) < _TICK_NS
        return "" if young else f"{stat.st_ino} {stat.st_size} {stat.st_mtime_ns}"

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

    def clean(self, below: str) -> None:
        """Remove what a killed writer left half-written in a folder of it."""
        for path in (self.root / below).glob(f".*{_NEW}"):
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
        path = self.root / _LOCK
        lock = filelock.FileLock(path, timeout=timeout_s)
        try:
            make(self.root)
            lock.acquire()
            path.write_text(_holder(), encoding="utf-8")
        except filelock.Timeout as error:
            said = ""
            with suppress(OSError):
                said = path.read_text(encoding="utf-8", errors="replace")
            raise ResultsLocked(
                f"another run is writing {self.root}: {said or 'it has not said which'}: wait for "
                "it, or let this one wait with run.lock_timeout_s"
            ) from error
        except OSError as error:
            lock.release()
            raise ResultsError(
                f"{self.root} cannot be written ({error.strerror}): mend its permissions, or give "
                "another folder with --results"
            ) from error
        try:
            yield lambda: None
        finally:
            lock.release()


def _holder() -> str:
    """This process, as another is told of it."""
    now = datetime.now(UTC).isoformat(" ", "seconds")
    return f"process {os.getpid()} on {socket.gethostname()}, since {now}"
