"""Bytes of files on this machine: of regular ones, as they stood at one moment."""

import errno
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

_TRIES = 3
"""Times that a file which changes while it is read, or cannot be read, is read anew."""
_PASSING = frozenset({errno.EIO, errno.ESTALE, errno.ETIMEDOUT})
"""Errors of a disk or of a shared file system that another try may get over."""
_WAIT_S = 0.1
"""Before the second try; doubled each time."""
_CHANGES = errno.EAGAIN, "it changes while it is read: run again once it is written"


@contextmanager
def opened(path: str) -> Iterator[BinaryIO]:
    """The file, to be read in pieces.

    Raises `OSError` where it cannot be opened, or is a link or a pipe by now; and at the end where
    it was written to meanwhile.
    """
    with _regular(path) as file:
        before = _state(file)
        yield file
        if _state(file) != before:
            raise OSError(*_CHANGES)


def read(path: str, most: int) -> bytes:
    """The first `most` bytes of the file. Raises `OSError` as `opened` does."""
    for tried in range(1, _TRIES + 1):
        try:
            with _regular(path) as file:
                before = _state(file)
                data = file.read(most)
                if _state(file) == before:
                    return data
        except OSError as error:
            if error.errno not in _PASSING or tried == _TRIES:
                raise
        if tried < _TRIES:
            time.sleep(_WAIT_S * 2 ** (tried - 1))
    raise OSError(*_CHANGES)


def _regular(path: str) -> BinaryIO:
    number = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(number).st_mode):
        os.close(number)
        raise OSError(errno.EINVAL, "it is not a regular file any more")
    return os.fdopen(number, "rb")


def _state(file: BinaryIO) -> tuple[int, ...]:
    """What a write changes; the kernel's own time of the change cannot be set back."""
    info = os.fstat(file.fileno())
    return info.st_size, info.st_mtime_ns, info.st_ctime_ns
