"""Pages, slides, sheets and chapters joined to one text."""

from collections.abc import Iterable

from tasks.readers.text import clean


def paged(pages: Iterable[str]) -> tuple[str, tuple[int, ...]]:
    r"""The pages cleaned and parted by an empty line, and where each begins.

    A page without text begins where the next one does.

    >>> paged(["One", "", "Two"])
    ('One\n\nTwo', (0, 5, 5))
    """
    kept: list[str] = []
    starts: list[int] = []
    at = 0
    for page in map(clean, pages):
        starts.append(at)
        if page:
            kept.append(page)
            at += len(page) + 2
    text = "\n\n".join(kept)
    return text, tuple(min(start, len(text)) for start in starts)
