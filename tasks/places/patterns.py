"""Which names of a corpus are wanted: glob patterns, as those of a shell and of .gitignore.

`*` and `?` stay within a name, `**` stands for any number of folders, `[a-z]` for one character.
A pattern without a slash is held against every name of a path; one with a slash against the path
from its beginning. A pattern that takes a folder takes all that is in it, and one that ends with a
slash takes folders alone. Upper and lower case differ.
"""

from collections.abc import Callable, Iterable
from itertools import accumulate

from wcmatch import glob

from schemas.config import IngestConfig
from tasks.skips import skip_reason

_FLAGS = glob.GLOBSTAR | glob.DOTGLOB | glob.FORCEUNIX
"""Names that begin with a dot match too (they are skipped as hidden); rules of Unix everywhere."""

Test = Callable[[str], bool]


def taking(patterns: Iterable[str]) -> Callable[[str, bool], bool]:
    """A test of a path, and whether it is a folder's: does one of the patterns take it.

    >>> takes = taking(["*.md", "old/", "2024/*/draft"])
    >>> [takes(path, False) for path in ("a/b.md", "a/old/x", "a/old", "2024/5/draft", "5/draft")]
    [True, True, False, True, False]
    """
    loose, rooted = _matcher(patterns, rooted=False), _matcher(patterns, rooted=True)
    loose_folder, rooted_folder = (
        _matcher((p.rstrip("/") for p in patterns if p.endswith("/")), rooted=rooted)
        for rooted in (False, True)
    )

    def takes(path: str, folder: bool) -> bool:  # noqa: FBT001  # by position
        names = path.split("/")
        whole = list(accumulate(names, "{}/{}".format))
        folders = len(names) if folder else len(names) - 1
        return (
            any(map(loose, names))
            or any(map(rooted, whole))
            or any(map(loose_folder, names[:folders]))
            or any(map(rooted_folder, whole[:folders]))
        )

    return takes


class Choice:
    """What of a corpus is wanted, by the names of things alone."""

    def __init__(self, config: IngestConfig) -> None:
        self._includes_all = not config.include
        self._included, self._excluded = taking(config.include), taking(config.exclude)

    def of_folder(self, path: str) -> str:
        """Why nothing in a folder is read: a code of `SKIP_REASONS`, or nothing."""
        return skip_reason(path) or ("excluded" if self._excluded(path, True) else "")

    def of_file(self, path: str) -> str:
        """Why a file is not read: a code of `SKIP_REASONS`, or nothing."""
        if reason := skip_reason(path):
            return reason
        if self._excluded(path, False):
            return "excluded"
        return "" if self._includes_all or self._included(path, False) else "not_included"


class Asked:
    """The pattern in the name of a corpus, such as `*/2024/**/*.txt`; an empty one asks for all."""

    def __init__(self, pattern: str) -> None:
        self._names = [(name, _compiled([name])) for name in pattern.split("/")] if pattern else []
        self._whole = _compiled([pattern]) if pattern else _anything

    def takes(self, path: str) -> bool:
        """Whether the pattern names this path."""
        return self._whole(path)

    def enters(self, folder: str) -> bool:
        """Whether the pattern may name something in this folder."""
        if not self._names:
            return True
        for i, name in enumerate(folder.split("/")):
            pattern, matches = self._names[min(i, len(self._names) - 1)]
            if pattern == "**":
                return True
            if i >= len(self._names) - 1 or not matches(name):
                return False
        return True


def _matcher(patterns: Iterable[str], *, rooted: bool) -> Test:
    """A test of the patterns with a slash, or of those without."""
    some = [p.lstrip("/") for p in patterns if not p.endswith("/") and ("/" in p) == rooted]
    return _compiled(some)


def _compiled(patterns: list[str]) -> Test:
    return glob.compile(patterns, flags=_FLAGS).match if patterns else _nothing


def _nothing(_path: str) -> bool:
    return False


def _anything(_path: str) -> bool:
    return True
