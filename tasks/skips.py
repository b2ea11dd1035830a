"""Names that are not worth reading: hidden files, and those that programs leave while they work."""

import re
from fnmatch import translate

HIDDEN = "hidden"
TEMPORARY = "temporary"
_TEMPORARY = (
    "~$*", ".~lock.*#", "~*.tmp", "*.tmp", "*.temp", "*.swp", "*.swo", "*.part", "*.partial",
    "*.crdownload", "*.download", "*~", "thumbs.db", "desktop.ini", "ehthumbs.db",
)  # fmt: skip
"""Lock and scratch files of office programs, editors and browsers, and of Windows' folders."""
_LEFT_BEHIND = re.compile("|".join(map(translate, _TEMPORARY)), re.IGNORECASE)
_FOLDERS = frozenset({"__macosx"})
"""Folders that macOS puts into archives: its forks of the files beside them."""


def skip_reason(path: str) -> str:
    """Why a path is skipped for one of its names: a code of `SKIP_REASONS`, or nothing.

    >>> skip_reason("2024/report.docx"), skip_reason("2024/~$report.docx"), skip_reason(".git/HEAD")
    ('', 'temporary', 'hidden')
    """
    names = [name for name in path.split("/") if name not in {"", ".", ".."}]
    for name in names:
        if _LEFT_BEHIND.match(name):
            return TEMPORARY
        if name.startswith(".") or name.lower() in _FOLDERS:
            return HIDDEN
    return ""
