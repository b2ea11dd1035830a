"""Pieces that PDFium takes for one line and that are of two columns, one beside the other.

Some writers draw a page row by row, across its columns, and PDFium sees rows. They are parted where
most of the long ones of a page have a wide gap at one place, and words, not cells, on both sides.
"""

from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from tasks.readers.pdf_pieces import Boxes, Piece

MIN_ROWS, MIN_ROW_SHARE, MAX_ROWS = 6, 0.5, 500
"""Long pieces that a page must have, the share of them that must have the gap, and how many are
looked at; a page of print has below 100."""
MIN_LENGTH_SHARE = 0.5
"""Length of a long piece, as a share of the page's width."""
MIN_GAP = 0.9
"""Width of a gap in line heights; words of justified text stand nearer."""
MAX_RISE = 1.4
"""Height of a piece in line heights, up to which it is of one row."""
MIN_STEP = 0.35
"""Step between rows in line heights; marks of footnotes stand less high."""
MIN_CHARS = 12
"""Median characters on each side; the cells of a table have fewer."""

MAX_CHARS = 20_000
"""Longest piece that is cut into rows; a page of print has below 10,000 characters."""

Gap = tuple[float, float, int]
"""Left and right end, and index of the space in the text."""


def parted(boxes: Boxes, pieces: Sequence[Piece], width: float) -> Sequence[Piece]:
    """The pieces, those of two columns as two."""
    rows = [piece for piece in pieces if _is_long(piece, width)]
    if any(_is_tall(row) for row in rows):
        pieces = [p for piece in pieces for p in _levelled(boxes, piece, width)]
        rows = [piece for piece in pieces if _is_long(piece, width)]
    if not MIN_ROWS <= len(rows) <= MAX_ROWS:
        return pieces
    if not all(_gaps(boxes, rows[n * len(rows) // 3]) for n in (1, 2)):  # samples: it is dear
        return pieces
    gaps = {row: _gaps(boxes, row) for row in rows}
    gutter = _gutter(list(gaps.values()))
    if gutter is None:
        return pieces
    cuts = {
        row: at for row, some in gaps.items() for left, right, at in some if left < gutter < right
    }
    sides = (
        median(at for at in cuts.values()),
        median(len(row.text) - at for row, at in cuts.items()),
    )
    if min(sides) < MIN_CHARS:
        return pieces
    return [
        half
        for piece in pieces
        for half in (boxes.halves(piece, cuts[piece]) if piece in cuts else (piece,))
    ]


def _is_long(piece: Piece, width: float) -> bool:
    """Whether a piece is long and each character of it is one to PDFium."""
    long = piece.box[2] - piece.box[0] > MIN_LENGTH_SHARE * width
    return long and piece.end - piece.start + 1 == len(piece.text)


def _is_tall(piece: Piece) -> bool:
    """Whether a piece begins and ends in different rows."""
    return piece.box[3] - piece.box[1] > MAX_RISE * piece.height


def _levelled(boxes: Boxes, piece: Piece, width: float) -> list[Piece]:
    """A piece cut where it leaves its row.

    PDFium joins what overlaps in height: columns whose rows are not level become one long line.
    """
    parts = [piece]
    if not (_is_tall(piece) and _is_long(piece, width) and len(piece.text) <= MAX_CHARS):
        return parts
    for index in range(len(piece.text) - 1, 0, -1):
        if piece.text[index] == " ":
            _, low, _, high = boxes.at(piece.start + index - 1)
            if abs(boxes.at(piece.start + index + 1)[1] - low) > MIN_STEP * (high - low):
                parts[:1] = boxes.halves(parts[0], index)
    return parts


def _gaps(boxes: Boxes, piece: Piece) -> list[Gap]:
    """The wide gaps of a piece."""
    least = MIN_GAP * piece.height
    found = []
    for index, char in enumerate(piece.text):
        if char == " ":
            left = boxes.at(piece.start + index - 1)[2]
            right = boxes.at(piece.start + index + 1)[0]
            if right - left >= least:
                found.append((left, right, index))
    return found


def _gutter(rows: Sequence[Sequence[Gap]]) -> float | None:
    """The place at which most rows have a gap, where these are most of the rows."""
    ends = [(left, 1) for gaps in rows for left, _, _ in gaps]
    ends += [(right, -1) for gaps in rows for _, right, _ in gaps]
    most, place, depth = 0, 0.0, 0
    for (at, step), (after, _) in pairwise(sorted(ends)):
        depth += step
        if depth > most and after > at:
            most, place = depth, (at + after) / 2
    return place if most >= max(MIN_ROWS, MIN_ROW_SHARE * len(rows)) else None
