"""The lines of a PDF page, each with its place."""

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from tasks.readers import pdf_pieces
from tasks.readers.pdf_gaps import parted
from tasks.readers.pdf_pieces import Boxes

if TYPE_CHECKING:
    from pypdfium2 import PdfPage

SAME_ROW_SHARE = 0.5
"""Share of the lower one's height that two pieces have in common where they stand in one row."""
MAX_GAP, MIN_SPACE = 0.6, 0.12
"""Gap in line heights up to which pieces of a row are one line, and from which it is a space."""


class Line(NamedTuple):
    """A line of text and its place, in points, y upwards, with the page held so that it is read."""

    text: str
    """Without space around it, and without the hyphen at its end where `cut`."""
    left: float
    bottom: float
    right: float
    height: float
    """From the deepest to the highest that the font draws, so the same for all of a font."""
    cut: bool = False
    """Whether a hyphen ends it."""

    @property
    def top(self) -> float:
        """Where it ends upwards."""
        return self.bottom + self.height

    @property
    def pitch(self) -> float:
        """Mean width of its characters, in points."""
        return (self.right - self.left) / len(self.text)


class Page(NamedTuple):
    """What stands on a page, and where it ends."""

    lines: list[Line]
    bottom: float
    top: float


def page_of(page: "PdfPage") -> Page:
    """The lines of a page in the order of its content stream; those outside of it left out."""
    left, bottom, right, top = edges = page.get_bbox()
    textpage = page.get_textpage()
    pieces = list(pdf_pieces.pieces(textpage))
    longest = max(pieces, key=lambda piece: len(piece.text), default=None)
    quarters = pdf_pieces.turn(textpage, longest) if longest else 0
    lines: list[Line] = []
    for piece in pieces if quarters else parted(Boxes(textpage), pieces, right - left):
        x, y, far, high = piece.box
        if x <= right and far >= left and y <= top and high >= bottom:
            if quarters:
                x, y, far, high = pdf_pieces.turned(piece.box, quarters)
            _add(lines, Line(piece.text, x, y, far, high - y, piece.cut))
    textpage.close()
    if quarters and 2 * sum(b.bottom > a.bottom for a, b in pairwise(lines)) >= len(lines):
        lines.reverse()  # PDFium takes them from left to right, whichever way they are turned
    _, low, _, high = pdf_pieces.turned(edges, quarters)
    return Page(lines, low, high)


def _add(lines: list[Line], line: Line) -> None:
    """Append a line, or add it to the last one where that goes on in the same row.

    PDFium ends a line at every change of the baseline, so at every footnote mark.
    """
    if not lines or not _same_row(lines[-1], line):
        lines.append(line)
        return
    last = lines[-1]
    space = " " if line.left - last.right > MIN_SPACE * last.height else ""
    lines[-1] = last._replace(
        text=f"{last.text}{space}{line.text}", right=max(last.right, line.right), cut=line.cut
    )


def _same_row(last: Line, line: Line) -> bool:
    """Whether a line begins where the last one, of the same row, ended."""
    reach = MAX_GAP * max(last.height, line.height)
    if last.cut or line.left < last.left or not -reach <= line.left - last.right <= reach:
        return False
    common = min(last.top, line.top) - max(last.bottom, line.bottom)
    return common >= SAME_ROW_SHARE * min(last.height, line.height)
