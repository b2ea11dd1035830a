"""File lists: a path or URL a line, or ended by a NUL as `find -print0` writes them."""

import os
from collections.abc import Iterator
from pathlib import Path

from schemas.errors import CorpusError
from tasks.places import buckets, folders, storage
from tasks.places.patterns import Choice
from tasks.places.source import Source, reason_of, unreadable

PREFIX = "@"
"""What stands before the path of a list."""
_BOM = b"\xef\xbb\xbf"


def find(path: str, choice: Choice) -> Iterator[Source]:
    """What a list names; relative paths are those from the folder of the list.

    What is not there is unreadable, and costs nothing else. Raises `CorpusError` where the list
    itself cannot be read.
    """
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise CorpusError(f"the list {path} cannot be read ({reason_of(error)})") from error
    root = Path(path).absolute().parent
    for entry in entries(data):
        if storage.is_url(entry):
            storage.check(entry)
            yield buckets.named(entry, choice)
        else:
            name = os.path.normpath(entry)
            place = root / name
            base = place.parent if name.startswith(("..", os.sep)) else root
            called = folders.as_text(name)
            try:
                yield folders.found(place, base, called, choice)
            except OSError as error:
                yield unreadable(called, str(place), error)


def entries(data: bytes) -> Iterator[str]:
    r"""The paths of a list, each once, in their order; names that are not UTF-8 as Python has them.

    >>> list(entries(b"a.txt\r\n\nb c.txt\na.txt"))
    ['a.txt', 'b c.txt']
    >>> list(entries(b"a\nb\0c\0"))
    ['a\nb', 'c']
    """
    data = data.removeprefix(_BOM)
    lines = data.split(b"\0") if b"\0" in data else data.splitlines()
    yield from dict.fromkeys(os.fsdecode(line) for line in lines if line.strip())
