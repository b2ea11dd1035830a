"""Reading order of the lines of a page.

The order of the content stream is what the writer of the file meant, mostly. Where it visibly is
not, the page is cut into columns, and they are read one after another (after the XY-cut of Nagy
and Seth 1984; what stands across all columns parts them into bands).
"""

from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from tasks.readers.pdf_lines import Line

MAX_JUMP_SHARE = 0.25
"""Share of lines up to which steps are mistakes; beyond it the page itself is upside down."""
MIN_JUMP = 3.0
"""Height of such a step, in line heights: the parts of a formula are nearer."""
MAX_TURN_SHARE = 0.25
"""Share of lines after which it goes back to the column on the left."""
MIN_SIDE_LINES, MIN_SIDE_SHARE = 4, 0.15
"""Lines on each side of a gutter, and their share of all."""
MAX_CROSSING_SHARE = 0.3
"""Share of lines that may stand across a gutter: titles, figures."""
MIN_GUTTER, MIN_COLUMN = 0.5, 6.0
"""Width of a gutter and of a column's median line, in line heights; below it is a table."""
MAX_LINES = 2_000
"""Lines of a page up to which it is looked at; a page of print has below 200."""


def in_reading_order(lines: Sequence[Line]) -> Sequence[Line]:
    """The lines as a person reads them."""
    if len(lines) > MAX_LINES or not (_is_jumbled(lines) or _is_mixed(lines)):
        return lines
    return _read(lines) if _gutter(lines) is not None else lines


def _is_jumbled(lines: Sequence[Line]) -> bool:
    """Whether the next line stands higher, and not to the right: no one reads so."""
    jumps = sum(
        after.bottom > line.bottom + MIN_JUMP * line.height and after.left < line.right
        for line, after in pairwise(lines)
    )
    return 0 < jumps <= MAX_JUMP_SHARE * len(lines)


def _is_mixed(lines: Sequence[Line]) -> bool:
    """Whether it goes back to the left, and lower, every few lines: from column to column."""
    turns = sum(
        after.right < line.left and after.bottom < line.bottom for line, after in pairwise(lines)
    )
    return turns > MAX_TURN_SHARE * len(lines)


def _read(lines: Sequence[Line]) -> list[Line]:
    """From top to bottom, each column of a band for itself."""
    gutter = _gutter(lines)
    if gutter is None:
        return _rows(lines)
    ordered: list[Line] = []
    left: list[Line] = []
    right: list[Line] = []
    for line in sorted(lines, key=lambda line: -line.bottom):
        if line.right <= gutter:
            left.append(line)
        elif line.left >= gutter:
            right.append(line)
        else:
            ordered += [*_read(left), *_read(right), line]
            left, right = [], []
    return [*ordered, *_read(left), *_read(right)]


def _rows(lines: Sequence[Line]) -> list[Line]:
    """From top to bottom, and from left to right where lines share a row."""
    ordered: list[Line] = []
    row: list[Line] = []
    for line in sorted(lines, key=lambda line: -line.bottom):
        if row and row[0].bottom - line.bottom > line.height / 2:
            ordered += sorted(row, key=lambda line: line.left)
            row = []
        row.append(line)
    return ordered + sorted(row, key=lambda line: line.left)


def _gutter(lines: Sequence[Line]) -> float | None:
    """Where to cut from top to bottom: the place that fewest lines cross, the widest of those."""
    count = len(lines)
    least = max(MIN_SIDE_LINES, MIN_SIDE_SHARE * count)
    if count < 2 * MIN_SIDE_LINES:
        return None
    height = median(line.height for line in lines)
    starts = sorted(line.left for line in lines)
    ends = sorted(line.right for line in lines)
    best: tuple[int, float, float] | None = None
    begun = 0
    for done, end in enumerate(ends, 1):
        while begun < count and starts[begun] <= end:
            begun += 1
        if begun == count:
            break
        crossing, width = begun - done, starts[begun] - end
        wide = width >= MIN_GUTTER * height and (done == count or ends[done] >= starts[begun])
        if wide and done >= least and count - begun >= least:
            best = min(best or (count, 0.0, 0.0), (crossing, -width, end + width / 2))
    if best is None or best[0] > MAX_CROSSING_SHARE * count:
        return None
    return best[2] if _prose(lines, best[2], height) else None


def _prose(lines: Sequence[Line], gutter: float, height: float) -> bool:
    """Whether both sides are as wide as columns of prose; the cells of a table are narrow."""
    left = [line.right - line.left for line in lines if line.right <= gutter]
    right = [line.right - line.left for line in lines if line.left >= gutter]
    return min(median(left), median(right)) >= MIN_COLUMN * height
