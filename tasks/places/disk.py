"""Bytes of files on this machine: of regular ones, as they stood at one moment."""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

_TRIES = 3
"""Times that a file which changes while it is read is read from its beginning."""
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
    for _ in range(_TRIES):
        with _regular(path) as file:
            before = _state(file)
            data = file.read(most)
            if _state(file) == before:
                return data
    raise OSError(*_CHANGES)


def _regular(path: str) -> BinaryIO:
    number = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(number).st_mode):
        os.close(number)
        raise OSError(errno.EINVAL, "it is not a regular file any more")
    return os.fdopen(number, "rb")


def _state(file: BinaryIO) -> tuple[int, int]:
    info = os.fstat(file.fileno())
    return info.st_size, info.st_mtime_ns
