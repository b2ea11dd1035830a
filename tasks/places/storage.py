"""Bytes behind URLs: whatever fsspec reads, such as s3://bucket/key or https://host/file.zip.

Credentials and endpoints come from the environment and the storage's own files, never from a URL:
what a run is asked is recorded.
"""

import errno
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, BinaryIO

from schemas.errors import CorpusError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer
    from fsspec import AbstractFileSystem

_URL = re.compile(r"(?:\w+::)*[A-Za-z][A-Za-z0-9+.-]*://")
_SECRET = re.compile(
    r"s3a?://(?!arn:)[^/@]*:[^@]*@"  # no port can stand there
    r"|://(?!arn:)[^/@]+:(?!\d{2,5}/)[^@]*@"
)
"""A user with a password; what looks like the port of a host is none."""
_SECRETS = re.compile(r"(?<=://)[^/@\s]*:[^@\s]*@|\?[^\s'\"]*")
_WEB_SECRET = re.compile(r"https?://(?:[^/]*@|.*\?)", re.IGNORECASE)
"""A user, or a query, which often is a key."""
_PIECE_BYTES = 2**20
_NO_ANSWER = {"ConnectionError", "HTTPClientError", "ClientConnectionError", "TimeoutError"}
"""What the libraries call a storage that does not answer: Python and requests, botocore (two),
aiohttp. By name, for none of them need be installed."""


def is_url(text: str) -> bool:
    """Whether this is a URL, rather than a path of this machine.

    >>> is_url("s3://bucket/texts"), is_url("texts/2024"), is_url("/data/a:b//c")
    (True, False, False)
    """
    return _URL.match(text) is not None


def check(text: str) -> None:
    """Refuse a URL that may hold a password or a key; `CorpusError` does not repeat it."""
    if not is_url(text):
        return
    if _SECRET.search(text) or _WEB_SECRET.match(text):
        raise CorpusError(
            "a URL of a run must hold no password, and of the web no query, for it is "
            "recorded: put credentials into the environment or the storage's own files"
        )
    if "::" in text.partition("://")[0] or re.search(r"::\w+://", text):
        raise CorpusError("give the archive itself, not a chain of URLs: it is read as a folder is")


def without_secrets(text: str) -> str:
    """A message without the passwords and queries of the URLs in it.

    >>> without_secrets("no answer from http://me:pass@host:9000/bucket?X-Amz-Signature=1 now")
    'no answer from http://host:9000/bucket now'
    """
    return _SECRETS.sub("", text)


def filesystem(url: str) -> "tuple[AbstractFileSystem, str]":
    """The storage of a URL, and the path in it.

    Raises `CorpusError` where there is no such storage, or its package is not installed.
    """
    import fsspec

    protocol = url.partition("://")[0]
    try:
        storage, path = fsspec.core.url_to_fs(url)
    except ImportError as error:
        extra = {"s3": "s3", "s3a": "s3", "http": "s3", "https": "s3"}.get(protocol)
        remedy = f"`pip install -c constraints.txt '.[{extra}]'`" if extra else str(error)
        raise CorpusError(f"{protocol}:// needs a package that is not there: {remedy}") from error
    except ValueError as error:
        raise CorpusError(f"{protocol}:// cannot be read: {without_secrets(str(error))}") from error
    return storage, path


@contextmanager
def plain_errors() -> Iterator[None]:
    """Whatever a storage raises becomes an `OSError` that holds no secret.

    It is a `ConnectionError` where the storage does not answer.
    """
    try:
        yield
    except CorpusError:
        raise
    except FileNotFoundError:
        raise FileNotFoundError(errno.ENOENT, "No such file or directory") from None
    except FileExistsError:
        raise FileExistsError(errno.EEXIST, "File exists") from None
    except PermissionError as error:
        said = without_secrets(str(error)) or "Permission denied"
        raise PermissionError(errno.EACCES, said) from None
    except Exception as error:  # noqa: BLE001  # of botocore, aiohttp and others
        said = without_secrets(f"{type(error).__name__}: {error}")
        if any(each.__name__ in _NO_ANSWER for each in type(error).__mro__):
            raise ConnectionError(errno.EHOSTUNREACH, said) from None
        raise OSError(errno.EIO, said) from None


class _Quiet(io.RawIOBase):
    """A stream of a storage, whose errors are plain ones."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream

    def readinto(self, buffer: "WriteableBuffer") -> int:
        """Fill the buffer as far as there are bytes."""
        with plain_errors(), memoryview(buffer) as view:
            data = self._stream.read(len(view))
            view[: len(data)] = data
            return len(data)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to another place; the new one."""
        return self._stream.seek(offset, whence)

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """Every storage reads from anywhere."""
        return True


@contextmanager
def opened(url: str) -> Iterator[BinaryIO]:
    """The object, to be read in pieces. Raises `OSError` where that fails."""
    with plain_errors():
        storage, path = filesystem(url)
        stream = storage.open(path, "rb")
    with stream, io.BufferedReader(_Quiet(stream), _PIECE_BYTES) as file:
        yield file


def read(url: str, most: int, size: int) -> bytes:
    """The first `most` bytes of an object of about this size, in one request, so of one moment.

    Raises `OSError` where that fails.
    """
    with plain_errors():
        storage, path = filesystem(url)
        if size == 0 and storage.size(path) == 0:  # of nothing, no range can be asked
            return b""
        data: bytes = storage.cat_file(path, start=0, end=most)
        return data[:most]
