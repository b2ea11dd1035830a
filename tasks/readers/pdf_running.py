"""Running headers and footers: what stands at the same place of page after page."""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from tasks.readers.pdf_lines import Line, Page

MARGIN_SHARE, MARGIN_LINES = 0.15, 4
"""Share of a page's height, at its top and at its bottom, in which they stand, and how many lines
there may be of them."""
NEAR_PAGES = 4
"""How many pages ahead and back a line is compared with: headers change with the chapter, and
differ between left and right pages."""
MIN_OTHERS = 2
"""On so many other near pages must it stand, so on three in all."""
MAX_SHIFT = 3.0
"""How far it may stand higher or lower there, in points."""
MIN_DISTANCE = 1.35
"""How far the text is from them at least, in line heights: further than its lines."""
_NUMBER = re.compile(r"\d+")
_PAGE_NUMBER = re.compile(r"\W*(?:\w{1,6}\W+)?#\W*(?:(?:\w{1,3}\W+)?#\W*)?")
"""A line that says the number of the page: 7, - 7 -, Page 7 of 20, 7/20."""


class _Seen(NamedTuple):
    """A line in the margin of a page."""

    page: int
    bottom: float
    numbers: tuple[int, ...]


def without_running(pages: Sequence[Page]) -> tuple[list[list[Line]], list[str]]:
    """The lines of each page but for headers and footers, and these, each once.

    A line is one where it stands at the same place of at least two other pages near by, with the
    same words and, but for the number of the page, the same numbers. Page numbers alone need one.
    """
    margins = [_margins(page) for page in pages]
    places: dict[str, list[_Seen]] = defaultdict(list)
    for number, lines in enumerate(margins):
        for line in lines:
            places[_key(line)].append(_Seen(number, line.bottom, _numbers(line)))
    dropped: dict[str, str] = {}
    kept = []
    for number, page in enumerate(pages):
        found = [m for m in margins[number] if _runs(number, m, places[_key(m)])]
        out = _apart(found, page)
        if len(out) < len(page.lines):
            dropped |= {_key(m): m.text for m in found if m in out and _key(m) not in dropped}
            kept.append([line for line in page.lines if line not in out])
        else:
            kept.append(page.lines)
    return kept, list(dropped.values())


def _apart(found: Sequence[Line], page: Page) -> set[Line]:
    """Those that a space parts from the text: the others are its first or last lines."""
    middle = (page.bottom + page.top) / 2
    apart = set(found)
    for line in sorted(found, key=lambda line: abs(line.bottom - middle)):
        up = 1 if line.bottom > middle else -1
        reach = MIN_DISTANCE * line.height
        if any(0 < up * (line.bottom - o.bottom) < reach for o in page.lines if o not in apart):
            apart.remove(line)
    return apart


def _margins(page: Page) -> list[Line]:
    """The lines at the top and at the bottom of a page."""
    margin = MARGIN_SHARE * (page.top - page.bottom)
    low, high = page.bottom + margin, page.top - margin
    top = sorted((line for line in page.lines if line.bottom >= high), key=lambda x: -x.bottom)
    bottom = sorted((line for line in page.lines if line.bottom <= low), key=lambda x: x.bottom)
    return top[:MARGIN_LINES] + bottom[:MARGIN_LINES]


def _key(line: Line) -> str:
    """The words of a line, with each number the same."""
    return _NUMBER.sub("#", line.text).casefold()


def _numbers(line: Line) -> tuple[int, ...]:
    return tuple(int(digits[:9]) for digits in _NUMBER.findall(line.text))


def _runs(page: int, line: Line, places: Sequence[_Seen]) -> bool:
    """Whether enough of the places where such a line stands are near, and count on."""
    if len(places) == 1:
        return False
    numbers = _numbers(line)
    alone = _PAGE_NUMBER.fullmatch(_key(line)) is not None
    others = set()
    for seen in places[bisect_left(places, (page - NEAR_PAGES,)) :]:
        if seen.page > page + NEAR_PAGES:
            break
        if seen.page == page or abs(seen.bottom - line.bottom) > MAX_SHIFT:
            continue
        changes = [b - a for a, b in zip(numbers, seen.numbers, strict=True) if a != b]
        if changes == [seen.page - page] or not (changes or alone):
            others.add(seen.page)
    return len(others) >= (1 if alone else MIN_OTHERS)
