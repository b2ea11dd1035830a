"""Reading what was found."""

import errno
import hashlib
import os
import pickle
import time
from datetime import UTC, datetime
from io import BufferedReader
from pathlib import Path
from unittest import mock

import pytest

from schemas.errors import DocumentRejected
from tasks.places.source import Source

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def source(path: Path, size: int = 4) -> Source:
    return Source("a.txt", str(path), size, NOW)


def test_it_travels(tmp_path: Path) -> None:
    """Another process reads the same, whatever the name."""
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.txt"))
    path.write_bytes(b"text")

    assert pickle.loads(pickle.dumps(source(path))).read(10) == b"text"  # noqa: S301  # its own


@pytest.mark.parametrize("size", [4, 40])
def test_a_stream_of_a_small_and_of_a_large_file(tmp_path: Path, size: int) -> None:
    """Both go back to their beginning."""
    (tmp_path / "a.txt").write_bytes(b"text")

    with source(tmp_path / "a.txt", size).open(10) as file:
        assert (file.read(2), file.seek(0), file.read()) == (b"te", 0, b"text")


def test_a_file_that_has_grown(tmp_path: Path) -> None:
    """It is not read beyond the limit, whatever size it had when it was found."""
    (tmp_path / "a.txt").write_bytes(b"a longer text")

    with pytest.raises(DocumentRejected, match=r"more than 10 bytes: raise ingest.max_bytes"):
        source(tmp_path / "a.txt").read(10)


@pytest.mark.parametrize(("times", "told"), [(1, b"changed"), (3, None)])
def test_a_file_that_is_written_to_meanwhile(
    tmp_path: Path, times: int, told: bytes | None
) -> None:
    """It is read again, three times at most, and never half."""
    path, writes = tmp_path / "a.txt", iter(range(times))
    path.write_bytes(b"text")

    class Slow(BufferedReader):
        def read(self, size: int | None = -1, /) -> bytes:
            data = super().read(size)
            if (number := next(writes, None)) is not None:
                path.write_bytes(b"changed")
                os.utime(path, (number, number))
            return data

    def slowly(number: int, mode: str) -> Slow:
        return Slow(open(number, mode, buffering=0))  # type: ignore[arg-type]  # unbuffered

    with mock.patch("os.fdopen", slowly):
        if told is None:
            with pytest.raises(OSError, match="it changes while it is read"):
                source(path).read(10)
        else:
            assert source(path).read(10) == told


def test_a_large_file_that_is_written_to_meanwhile(tmp_path: Path) -> None:
    """What was read of it is not trusted."""
    path = tmp_path / "a.txt"
    path.write_bytes(b"text")

    def read() -> None:
        with source(path).open(1) as file:
            file.read()
            path.write_bytes(b"more text")

    with pytest.raises(OSError, match="it changes"):
        read()


@pytest.mark.parametrize("what", ["pipe", "link", "folder", "nothing"])
def test_what_is_no_file_any_more(tmp_path: Path, what: str) -> None:
    """A file that was replaced after it was found is not opened, nor waited for."""
    path = tmp_path / "a.txt"
    if what == "pipe":
        os.mkfifo(path)
    elif what == "link":
        path.symlink_to(__file__)
    elif what == "folder":
        path.mkdir()

    with pytest.raises(OSError, match=r"not a regular file|No such file|Too many levels"):
        source(path).read(10)


def test_the_hash(tmp_path: Path) -> None:
    """Of all bytes; none where there is a version, and none where it cannot be read."""
    (tmp_path / "a.txt").write_bytes(b"text" * 10**6)
    there = source(tmp_path / "a.txt")

    assert there.hashed().sha256 == hashlib.sha256(b"text" * 10**6).hexdigest()
    assert source(tmp_path / "gone.txt").hashed().sha256 == ""
    assert Source("a", there.place, 4, NOW, version="1").hashed().sha256 == ""


def test_states_differ() -> None:
    """By hash, by version, or by size and time."""
    plain = Source("a", "/a", 4, NOW)
    others = (
        Source("a", "/a", 4, NOW, sha256="ab"),
        Source("a", "/a", 4, NOW, version="ab"),
        Source("a", "/a", 5, NOW),
    )

    assert len({plain.state, *(other.state for other in others)}) == 4


@pytest.mark.parametrize(("times", "told"), [(1, b"text"), (3, None)])
def test_a_disk_that_fails(tmp_path: Path, times: int, told: bytes | None) -> None:
    """Once, and it is read again; for good, and it is an error."""
    path, fails = tmp_path / "a.txt", iter(range(times))
    path.write_bytes(b"text")

    class Failing(BufferedReader):
        def read(self, size: int | None = -1, /) -> bytes:
            if next(fails, None) is not None:
                raise OSError(errno.EIO, "Input/output error")
            return super().read(size)

    def opened(number: int, mode: str) -> Failing:
        return Failing(open(number, mode, buffering=0))  # type: ignore[arg-type]  # unbuffered

    with mock.patch("os.fdopen", opened), mock.patch("tasks.places.disk.time.sleep"):
        if told is None:
            with pytest.raises(OSError, match="Input/output error"):
                source(path).read(10)
        else:
            assert source(path).read(10) == told


def test_a_change_that_hides_its_time_is_seen(tmp_path: Path) -> None:
    """Same size, time set back: the kernel's time of the change tells."""
    path = tmp_path / "a.txt"
    path.write_bytes(b"text")
    os.utime(path, (1, 1))

    def read() -> None:
        with source(path).open(1) as file:
            file.read()
            time.sleep(0.02)  # longer than a tick of the kernel's clock
            path.write_bytes(b"TEXT")
            os.utime(path, (1, 1))

    with pytest.raises(OSError, match="it changes"):
        read()


def test_a_version_that_is_not_trusted(tmp_path: Path) -> None:
    """Its bytes are hashed nevertheless, and it keeps its version."""
    (tmp_path / "a.txt").write_bytes(b"text")

    found = Source("a", str(tmp_path / "a.txt"), 4, NOW, version="1").hashed(trust=False)

    assert (found.version, found.sha256) == ("1", hashlib.sha256(b"text").hexdigest())
