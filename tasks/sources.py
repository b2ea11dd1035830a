"""What there is in a corpus: files found, hashed, and told apart from what is not to be read."""

import glob
import hashlib
import os
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from fnmatch import fnmatch
from pathlib import Path

from schemas.config import IngestConfig
from schemas.errors import CorpusError


@dataclass(frozen=True)
class Source:
    """One file of the corpus; `skipped` says why it is not read, `sha256` is empty until hashed."""

    source: str
    path: Path
    size: int
    modified: datetime
    sha256: str = ""
    skipped: str = ""


def scan(corpus: str, config: IngestConfig) -> list[Source]:
    """The files of a folder, of a glob pattern, or the one file named, in order of their names.

    Only regular files inside the corpus are taken: hidden ones, links that leave it, devices,
    pipes and sockets are listed as skipped. Raises `CorpusError` where nothing is found.
    """
    root, paths = _paths(corpus)
    inside = root.resolve()
    found = [
        source
        for path, skipped in paths
        if (source := _source(path, root, inside, skipped)) is not None
        if source.skipped or _wanted(source.source, config)
    ]
    if not any(not source.skipped for source in found):
        raise CorpusError(
            f"nothing to read in {corpus}: check the path, and ingest.include and ingest.exclude; "
            "the results that stand are untouched"
        )
    return sorted(found, key=lambda source: source.source)


def hashed(sources: list[Source], *, threads: int) -> list[Source]:
    """The same sources with the SHA-256 of their bytes; one that cannot be read keeps none."""
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(_hashed, sources))


def _paths(corpus: str) -> tuple[Path, Iterator[tuple[Path, str]]]:
    """The root that names are relative to, and each path with the reason to skip it."""
    path = Path(corpus)
    if path.is_dir():
        return path, _walk(path)
    if path.exists():
        return path.parent, iter([(path, "")])
    if glob.has_magic(corpus):
        root = Path(*path.parts[: _first_magic(path)])
        hits = (Path(hit) for hit in glob.iglob(corpus, recursive=True))  # noqa: PTH207  # absolute too
        return root, ((hit, "") for hit in hits if not hit.is_dir())
    raise CorpusError(f"there is no {corpus}: give a folder, a file, or a glob pattern in quotes")


def _first_magic(path: Path) -> int:
    return next(i for i, part in enumerate(path.parts) if glob.has_magic(part))


def _walk(root: Path) -> Iterator[tuple[Path, str]]:
    for folder, subfolders, names in os.walk(root, onerror=_unlisted):
        here = Path(folder)
        for name in [n for n in subfolders if n.startswith(".")]:
            yield here / name, "hidden"
        for name in [n for n in subfolders if (here / n).is_symlink()]:
            yield here / name, "link to a folder"
        subfolders[:] = [
            n for n in subfolders if not n.startswith(".") and not (here / n).is_symlink()
        ]
        for name in names:
            yield here / name, "hidden" if name.startswith(".") else ""


def _unlisted(error: OSError) -> None:
    """A folder that cannot be listed must not look like one whose files are gone."""
    if not isinstance(error, FileNotFoundError):
        raise CorpusError(
            f"{error.filename} cannot be listed ({error.strerror}): mend its permissions; the "
            "results that stand are untouched"
        ) from error


def _source(path: Path, root: Path, inside: Path, skipped: str) -> Source | None:
    """The path as a source; None if it vanished while the corpus was listed."""
    try:
        info = path.lstat()
        if stat.S_ISLNK(info.st_mode) and not skipped:
            if not Path(os.path.realpath(path)).is_relative_to(inside):
                skipped = "link out of the corpus"
            info = path.stat()
        if not stat.S_ISREG(info.st_mode) and not skipped:
            skipped = "not a regular file"
    except OSError:  # it leads nowhere, or in a circle
        if not path.is_symlink():
            return None
        info, skipped = path.lstat(), "broken link"
    name = os.fsencode(path.relative_to(root)).decode("utf-8", "backslashreplace")
    return Source(
        name.replace(os.sep, "/"),
        path,
        info.st_size,
        datetime.fromtimestamp(info.st_mtime, UTC),
        skipped=skipped,
    )


def _wanted(source: str, config: IngestConfig) -> bool:
    if any(fnmatch(source, pattern) for pattern in config.exclude):
        return False
    return not config.include or any(fnmatch(source, pattern) for pattern in config.include)


def _hashed(source: Source) -> Source:
    if source.skipped:
        return source
    try:
        with source.path.open("rb") as file:
            return replace(source, sha256=hashlib.file_digest(file, "sha256").hexdigest())
    except OSError:
        return source
