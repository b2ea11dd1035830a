"""Archives: zip and tar files, walked as folders are; nothing is written to disk."""

import io
import stat
import tarfile
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import BinaryIO, cast

from schemas.config import IngestConfig
from schemas.errors import DocumentRejected
from schemas.receipts import Refusal
from tasks.readers.parts import Budget, Part
from tasks.skips import skip_reason

_UTF8_NAME = 0x800
"""Bit 11 of a zip entry's flags: its name is UTF-8 (APPNOTE 4.4.4)."""
_ENCRYPTED = 0x1
"""Bit 0 of a zip entry's flags."""
_FILE, _ENTRY, _END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
"""What begins a file, an entry of the directory, and the end of it (APPNOTE 4.3.7, 12 and 16)."""
_ENTRY_BYTES = 46


def zipped(stream: BinaryIO, config: IngestConfig, budget: Budget) -> Iterator[Part]:
    """The files of a zip archive, in the order of its directory."""
    with _opened(stream, config) as archive:
        for entry in archive.infolist():
            budget.entry()
            if not entry.is_dir():
                yield _zip_part(archive, entry, budget)


def _opened(stream: BinaryIO, config: IngestConfig) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(stream)
    except UnicodeDecodeError:
        stream.seek(0)
        return zipfile.ZipFile(io.BytesIO(_unmarked(stream.read(config.max_bytes))))
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise DocumentRejected("broken", f"the archive is damaged: {error}") from error


def _unmarked(data: bytes) -> bytes:
    """A zip file that does not say that its names are UTF-8, as they are not."""
    changed = bytearray(data)
    end = data.rfind(_END)
    at = data.find(_ENTRY, int.from_bytes(data[end + 16 : end + 20], "little"))
    while 0 <= at < len(data) - _ENTRY_BYTES:
        file = int.from_bytes(data[at + 42 : at + 46], "little")
        for flags in (at + 8, file + 6):
            if data[flags - 8 : flags - 4] == _ENTRY or data[flags - 6 : flags - 2] == _FILE:
                changed[flags + 1] &= ~(_UTF8_NAME >> 8) & 0xFF
        at = data.find(_ENTRY, at + 1)
    return bytes(changed)


def _zip_part(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, budget: Budget) -> Part:
    name, modified = _zip_name(entry), _zip_time(entry)
    irregular = "not_regular" if _irregular(entry.external_attr >> 16) else ""
    if skipped := _skipped(name) or irregular:
        return Part(name, size=entry.file_size, modified=modified, skipped=skipped)
    if entry.flag_bits & _ENCRYPTED:
        refused = Refusal("encrypted", "it needs a password; provide a copy without one")
        return Part(name, size=entry.file_size, modified=modified, refused=refused)
    data, why = _zip_data(archive, entry, budget)
    return Part(name, data, len(data) if why is None else entry.file_size, modified, refused=why)


def _zip_data(
    archive: zipfile.ZipFile, entry: zipfile.ZipInfo, budget: Budget
) -> tuple[bytes, Refusal | None]:
    """The bytes of an entry, or why there are none."""
    try:
        with archive.open(entry) as file:
            return budget.read(cast("BinaryIO", file))
    except (DocumentRejected, MemoryError):
        raise
    except NotImplementedError as error:
        return b"", Refusal("unknown_format", f"{error}; unpack it, or pack it with deflate")
    except Exception as error:  # noqa: BLE001  # damaged entries raise anything
        return b"", Refusal("broken", f"{type(error).__name__}: {error}")


def tarred(stream: BinaryIO, config: IngestConfig, budget: Budget) -> Iterator[Part]:  # noqa: ARG001  # as all walkers
    """The files of a tar archive, in its order; it is read once, from its beginning."""
    try:
        with tarfile.open(fileobj=stream, mode="r|", errors="surrogateescape") as archive:
            for entry in archive:
                budget.entry()
                archive.members = []  # type: ignore[attr-defined]  # it would keep them all
                if not entry.isdir():
                    yield _tar_part(entry, archive, budget)
    except (tarfile.TarError, EOFError) as error:
        raise DocumentRejected("broken", f"the archive is damaged: {error}") from error


def _tar_part(entry: tarfile.TarInfo, archive: tarfile.TarFile, budget: Budget) -> Part:
    name = entry.name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    modified = _time(entry.mtime)
    skipped = _skipped(name) or ("" if entry.isreg() else "not_regular")
    if skipped:
        return Part(name, size=entry.size, modified=modified, skipped=skipped)
    data, why = budget.read(cast("BinaryIO", archive.extractfile(entry)))
    return Part(name, data, len(data) if why is None else entry.size, modified, refused=why)


def _skipped(name: str) -> str:
    """Why an entry of this name is not read."""
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts:
        return "outside"
    return skip_reason(name)


def _irregular(mode: int) -> bool:
    """Whether the mode that Unix gave an entry is a link's or a device's; others give none."""
    return stat.S_IFMT(mode) not in {0, stat.S_IFREG}


def _zip_name(entry: zipfile.ZipInfo) -> str:
    """The entry's name; many programs write UTF-8 without saying so."""
    if entry.flag_bits & _UTF8_NAME:
        return entry.filename
    raw = entry.filename.encode("cp437", "replace")
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return entry.filename


def _zip_time(entry: zipfile.ZipInfo) -> datetime | None:
    try:
        return datetime(*entry.date_time, tzinfo=UTC)
    except ValueError:
        return None


def _time(seconds: float) -> datetime | None:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None
