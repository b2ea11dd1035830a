"""Objects of a storage: those below a URL, those that a pattern in it names, or one alone."""

import glob
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from schemas.errors import CorpusError
from tasks.folders import MARKER
from tasks.places.patterns import Asked, Choice
from tasks.places.source import NO_TIME, Source, reason_of, unreadable
from tasks.places.storage import filesystem, plain_errors

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

Info = Mapping[str, object]
_TIMES = ("LastModified", "last_modified", "mtime", "updated", "created")
_TAGS = ("ETag", "etag")


def find(url: str, choice: Choice) -> Iterator[Source]:
    """What a URL names. Raises `CorpusError` where there is nothing, or it cannot be listed."""
    storage, path = filesystem(url)
    try:
        with plain_errors():
            storage.invalidate_cache()
            about = _info(storage, path)
            if about is None and glob.has_magic(path):
                root, asked = _parted(path)
                objects = storage.find(root, detail=True)
            elif about is None:
                raise CorpusError(f"there is no {url}: give a prefix, an object, or a pattern")
            elif about["type"] == "directory":
                root, asked = path.rstrip("/"), Asked("")
                objects = storage.find(root, detail=True)
            else:
                root, asked, objects = path.rpartition("/")[0], Asked(""), {path: about}
    except OSError as error:
        raise CorpusError(
            f"{url} cannot be listed ({reason_of(error)}): credentials and endpoint come from the "
            "environment and the storage's own files; the results that stand are untouched"
        ) from None
    results = tuple(
        full.removesuffix(MARKER)
        for full in objects
        if full.endswith(f"/{MARKER}") and full != f"{root}/{MARKER}"
    )
    for folder in results:
        name = folder.removeprefix(f"{root}/").rstrip("/")
        yield Source(name, _url(folder, url), 0, NO_TIME, skipped="results")
    for full, about in objects.items():
        if full.startswith(results):
            continue
        name = full.removeprefix(f"{root}/")
        marks_a_folder = full.endswith("/") and not about["size"]
        if not marks_a_folder and asked.takes(name):
            yield _source(name, _url(full, url), about, choice)


def named(url: str, choice: Choice) -> Source:
    """The one object of a URL, called by it."""
    storage, path = filesystem(url)
    try:
        with plain_errors():
            return _source(url, url, storage.info(path), choice)
    except OSError as error:
        return unreadable(url, url, error)


def _info(storage: "AbstractFileSystem", path: str) -> Info | None:
    try:
        info: Info = storage.info(path)
    except FileNotFoundError:
        return None
    return info


def _parted(path: str) -> tuple[str, Asked]:
    """A path with a pattern as the folder before the pattern, and the pattern."""
    parts = path.split("/")
    first = next(i for i, part in enumerate(parts) if glob.has_magic(part))
    return "/".join(parts[:first]), Asked("/".join(parts[first:]))


def _url(path: str, asked: str) -> str:
    protocol = asked.partition("://")[0]
    return asked if protocol.startswith("http") else f"{protocol}://{path.removeprefix('/')}"


def _source(name: str, url: str, about: Info, choice: Choice) -> Source:
    skipped = choice.of_file(name) or ("" if about["type"] == "file" else "not_regular")
    size = about.get("size")
    return Source(
        name,
        url,
        size if isinstance(size, int) else 0,
        _time(about),
        version=_version(about),
        skipped=skipped,
    )


def _version(about: Info) -> str:
    """The object's ETag, unless it is a weak one, which says little (RFC 9110, 8.8.1)."""
    tag = next((about[name] for name in _TAGS if about.get(name)), "")
    return "" if str(tag).startswith("W/") else str(tag).strip('"')


def _time(about: Info) -> datetime:
    value = next((about[name] for name in _TIMES if about.get(name)), None)
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    if isinstance(value, float | int):
        value = datetime.fromtimestamp(value, UTC)
    if not isinstance(value, datetime):
        return NO_TIME
    return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
