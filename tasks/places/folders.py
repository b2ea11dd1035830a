"""Files of this machine: those in a folder, those that a glob pattern names, or one alone.

Regular files inside the corpus only: a link that leaves it, a device, a pipe and a socket are
listed as skipped, and what may not be listed or opened as unreadable.
"""

import glob
import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from schemas.errors import CorpusError
from tasks.folders import MARKER
from tasks.places.patterns import Asked, Choice
from tasks.places.source import NO_TIME, Source, reason_of, unreadable


def find(corpus: str, choice: Choice) -> Iterator[Source]:
    """What a path or pattern names. Raises `CorpusError` where there is nothing."""
    path = Path(corpus)
    here = path.absolute()
    if path.is_dir():
        yield from _walk(here, choice, Asked(""))
    elif path.exists():
        yield found(here, here.parent, name_of(here, here.parent), choice)
    elif glob.has_magic(corpus):
        first = next(i for i, part in enumerate(path.parts) if glob.has_magic(part))
        yield from _walk(
            Path(*path.parts[:first]).absolute(), choice, Asked("/".join(path.parts[first:]))
        )
    else:
        raise CorpusError(f"there is no {corpus}: give a folder, a file, or a pattern in quotes")


def found(path: Path, root: Path, name: str, choice: Choice) -> Source:
    """The file as a source of this name; it may link to what lies in `root`.

    Raises `FileNotFoundError` where it is gone.
    """
    skipped = choice.of_file(name)
    try:
        info = path.lstat()
    except FileNotFoundError:
        raise
    except OSError as error:
        return unreadable(name, str(path), error)
    if stat.S_ISLNK(info.st_mode):
        return _linked(path, name, root, skipped)
    return _source(name, path, info, skipped)


def name_of(path: Path, root: Path) -> str:
    r"""The path relative to the root, as text that no other path has.

    Bytes that are not UTF-8 are written `\xff`, and a backslash of the name itself twice.
    """
    return as_text(path.relative_to(root))


def as_text(path: str | Path) -> str:
    """A path with slashes; what of it is not UTF-8 is escaped, and so is the escape character."""
    name = os.fsencode(path).replace(b"\\", rb"\\").decode("utf-8", "backslashreplace")
    return name.replace(os.sep, "/")


def _walk(root: Path, choice: Choice, asked: Asked) -> Iterator[Source]:
    failed: list[OSError] = []
    for folder, folders, files in os.walk(root, onerror=failed.append):
        here = Path(folder)
        if MARKER in files and here != root:
            folders.clear()
            yield _left_out(name_of(here, root), here, "results")
            continue
        entered = []
        for name in folders:
            path, of_it = here / name, name_of(here / name, root)
            reason = choice.of_folder(of_it) or ("link_to_folder" if path.is_symlink() else "")
            if not reason and asked.enters(of_it):
                entered.append(name)
            elif reason and asked.takes(of_it):
                yield _left_out(of_it, path, reason)
        folders[:] = entered
        for name in files:
            of_it = name_of(here / name, root)
            if asked.takes(of_it):
                with suppress(FileNotFoundError):  # it vanished while the folder was listed
                    yield found(here / name, root, of_it, choice)
    for error in failed:
        yield from _not_listed(error, root)


def _not_listed(error: OSError, root: Path) -> Iterator[Source]:
    """A folder that cannot be listed must not look like one whose files are gone."""
    folder = Path(error.filename)
    if folder == root:
        raise CorpusError(
            f"{root} cannot be listed ({reason_of(error)}): mend that; the results that stand are "
            "untouched"
        ) from error
    if not isinstance(error, FileNotFoundError):
        yield unreadable(name_of(folder, root), str(folder), error, folder=True)


def _linked(path: Path, name: str, root: Path, skipped: str) -> Source:
    """What a link leads to, if that lies in the corpus."""
    try:
        place = Path(os.path.realpath(path, strict=True))
        info = place.lstat()
    except OSError:  # it leads nowhere, or in a circle
        return _left_out(name, path, skipped or "link_broken")
    if not place.is_relative_to(root.resolve()):
        return _left_out(name, path, skipped or "link_outside")
    if stat.S_ISDIR(info.st_mode):
        return _left_out(name, path, skipped or "link_to_folder")
    return _source(name, place, info, skipped)


def _source(name: str, place: Path, info: os.stat_result, skipped: str) -> Source:
    if not stat.S_ISREG(info.st_mode):
        return _left_out(name, place, skipped or "not_regular")
    time, stamp = _time(info.st_mtime), f"{info.st_ino} {info.st_mtime_ns} {info.st_ctime_ns}"
    return Source(name, str(place), info.st_size, time, skipped=skipped, stamp=stamp)


def _left_out(name: str, place: Path, reason: str) -> Source:
    return Source(name, str(place), 0, NO_TIME, skipped=reason)


def _time(seconds: float) -> datetime:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):  # beyond the year 9999
        return NO_TIME
