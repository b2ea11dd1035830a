"""What there is in a corpus: everything found, told apart from what is not to be read, and hashed.

A corpus is a folder, a glob pattern, one file, a list of files (`@list.txt`), or a URL of any of
the first three; a table is a file. `tasks.places` knows how each is gone through.
"""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

from schemas.config import IngestConfig
from schemas.errors import CorpusError
from tasks.places import storage
from tasks.places.patterns import Choice
from tasks.places.source import Source

__all__ = ["Source", "hashed", "scan"]

_ON_DISK = ("file://", "local://")
_TOGETHER = 64
"""Sources that a thread hashes at a time: what waits for each takes 2 kB."""

_SOON_S = 0.02
"""Where so many take longer, threads share them: the disk lets wait, or there is much to hash. Else
the threads would only wait for each other: two took twice the time of one for 20,000 small files.
"""


def scan(corpus: str, config: IngestConfig) -> list[Source]:
    """What there is in the corpus, in order of names, what is not read among it.

    Raises `CorpusError` where nothing can be read, and where the corpus itself cannot be listed.
    """
    storage.check(corpus)
    found = {source.source: _large(source, config) for source in _find(corpus, Choice(config))}
    if not any(not source.skipped and not source.refused for source in found.values()):
        raise CorpusError(
            f"nothing to read in {corpus}: check the path, and ingest.include and ingest.exclude; "
            "the results that stand are untouched"
        )
    return [found[name] for name in sorted(found)]


def hashed(sources: list[Source], *, threads: int, trust: bool = True) -> list[Source]:
    """The same sources with the SHA-256 of their bytes; one that cannot be read keeps none.

    Nor has one whose version we `trust`: a large file, and an object that has an ETag.
    """
    parts = (sources[at : at + _TOGETHER] for at in range(0, len(sources), _TOGETHER))
    done: list[Source] = []
    for part in parts:
        began = time.perf_counter()
        done += _hashed(part, trust=trust)
        if time.perf_counter() - began > _SOON_S:
            break
    with ThreadPoolExecutor(threads) as pool:
        for some in pool.map(partial(_hashed, trust=trust), parts):
            done += some
    return done


def _hashed(sources: list[Source], *, trust: bool) -> list[Source]:
    return [source.hashed(trust=trust) for source in sources]


def _find(corpus: str, choice: Choice) -> Iterator[Source]:
    from tasks.places import buckets, folders, lists

    if corpus.startswith(lists.PREFIX):
        return lists.find(corpus.removeprefix(lists.PREFIX), choice)
    if corpus.startswith(_ON_DISK):
        return folders.find(storage.filesystem(corpus)[1], choice)
    if storage.is_url(corpus):
        return buckets.find(corpus, choice)
    return folders.find(corpus, choice)


def _large(source: Source, config: IngestConfig) -> Source:
    """A large file is told from others by size and stamp, so that it need not be hashed."""
    if source.size <= config.max_bytes or source.version or source.skipped:
        return source
    return replace(source, version=source.stamp or source.modified.isoformat())
