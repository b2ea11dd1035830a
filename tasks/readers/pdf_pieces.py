"""What PDFium tells of the text of a page: pieces of lines, and the boxes around them."""

import math
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pypdfium2 import PdfTextPage

HYPHEN = "\ufffe"
"""PDFium's mark for a hyphen that ends a line, with the line end (kHyphen of cpdf_textpage.cpp)."""
_MARKS = frozenset({HYPHEN, "\uffff", "\x02"})
_PIECE = re.compile(
    f"[^\\s{HYPHEN}\uffff\x02](?:[^\r\n{HYPHEN}\uffff\x02]*[^\\s{HYPHEN}\uffff\x02])?"
)

Box = tuple[float, float, float, float]
"""Left, bottom, right, top, in points, y upwards."""


class Piece(NamedTuple):
    """What PDFium takes for a line."""

    text: str
    """Without space around it."""
    start: int
    """Index of its first character on the page."""
    end: int
    """Index of its last one."""
    cut: bool
    """Whether a hyphen ended it, which the text is without."""
    box: Box
    """Around its first and its last character."""
    height: float
    """Of its first or last character, the higher one, as high as the font."""


def pieces(textpage: "PdfTextPage") -> Iterator[Piece]:
    """The pieces in the order of the content stream."""
    from pypdfium2 import raw

    text = textpage.get_text_range()
    unlike = len(text) != textpage.count_chars()
    shift = 0  # characters beyond the basic plane are two to PDFium
    around = Boxes(textpage).around
    for match in _PIECE.finditer(text):
        words, end = match[0], match.end()
        cut = text[end : end + 1] in _MARKS
        start, end = match.start() + shift, end - 1 + shift
        if unlike:
            beyond = sum(char > "\uffff" for char in words)
            shift, end = shift + beyond, end + beyond
            start = max(0, raw.FPDFText_GetCharIndexFromTextIndex(textpage, start))
            end = max(start, raw.FPDFText_GetCharIndexFromTextIndex(textpage, end))
        yield Piece(words, start, end, cut, *around(start, end))


def turn(textpage: "PdfTextPage", piece: Piece) -> int:
    """Quarter turns, counter-clockwise, by which a piece is turned on its page."""
    from pypdfium2 import raw

    clockwise = raw.FPDFText_GetCharAngle(textpage, piece.start)
    return int(round(-clockwise / (math.pi / 2)) % 4)


def turned(box: Box, quarters: int) -> Box:
    """The box on a page that is turned back by so many quarters."""
    left, bottom, right, top = box
    match quarters:
        case 1:
            return bottom, -right, top, -left
        case 2:
            return -right, -top, -left, -bottom
        case 3:
            return -top, left, -bottom, right
        case _:
            return box


class Boxes:
    """The boxes around characters of a page, as high as their font."""

    def __init__(self, textpage: "PdfTextPage") -> None:
        from pypdfium2 import raw

        self._page = textpage.raw
        self._get = raw.FPDFText_GetLooseCharBox
        self._first, self._last = raw.FS_RECTF(), raw.FS_RECTF()

    def at(self, index: int) -> Box:
        """The box of one character."""
        box = self._first
        self._get(self._page, index, box)
        return box.left, box.bottom, box.right, box.top

    def around(self, start: int, end: int) -> tuple[Box, float]:
        """The box around two characters, and the height of the higher one."""
        first, last = self._first, self._last
        self._get(self._page, start, first)
        self._get(self._page, end, last)
        left, low, right, high = first.left, first.bottom, last.right, first.top
        bottom, top = last.bottom, last.top
        if (low, high) == (bottom, top) and left <= right:  # of one font and size, as most are
            return (left, low, right, high), high - low
        box = (
            min(left, last.left),
            min(low, bottom),
            max(right, first.right),
            max(high, top),
        )
        return box, max(high - low, top - bottom)

    def halves(self, piece: Piece, at: int) -> tuple[Piece, Piece]:
        """A piece cut at a space; each character of it must be one to PDFium."""
        left, right = piece.text[:at].rstrip(), piece.text[at:].lstrip()
        end, start = piece.start + len(left) - 1, piece.end - len(right) + 1
        return (
            Piece(left, piece.start, end, False, *self.around(piece.start, end)),
            Piece(right, start, piece.end, piece.cut, *self.around(start, piece.end)),
        )
