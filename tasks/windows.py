"""Cuts a text into windows that a model can read, between sentences where it can."""

import re
from collections.abc import Iterator, Sequence

Span = tuple[int, int]

_SENTENCE_END = re.compile(r"[.!?…。！？]['\"”’)\]]*$")


def windows(text: str, pieces: Sequence[Span], size: int) -> Iterator[Span]:
    """Spans of a text that cover its pieces in order, at most `size` pieces each.

    They end at the end of a sentence where one falls in their second half, else between words.

    >>> list(windows("ab. cd ef", [(0, 2), (2, 3), (4, 6), (7, 9)], 3))
    [(0, 3), (4, 9)]
    """
    first = 0
    while first < len(pieces):
        last = min(first + size, len(pieces))
        if last < len(pieces):
            last = _cut_before(text, pieces, first, last)
        yield pieces[first][0], pieces[last - 1][1]
        first = last


def _cut_before(text: str, pieces: Sequence[Span], first: int, last: int) -> int:
    """The best place to end a window of pieces `first` to `last`, excluded."""
    between = [i for i in range(last, first, -1) if pieces[i - 1][1] < pieces[i][0]]
    for i in between:
        if i - first < (last - first) // 2:
            break
        if _SENTENCE_END.search(text[max(pieces[i - 1][1] - 4, 0) : pieces[i - 1][1]]):
            return i
    if between:
        return between[0]
    # A character of several pieces stays whole, unless it fills the window.
    whole = (i for i in range(last, first, -1) if pieces[i - 1][1] <= pieces[i][0])
    return next(whole, last)
