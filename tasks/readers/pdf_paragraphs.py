"""The lines of pages to running text: paragraphs joined, words at line ends made whole."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from operator import and_
from statistics import median
from typing import NamedTuple
from unicodedata import is_normalized

from tasks.readers.pdf_hyphens import UNSPACED, Words
from tasks.readers.pdf_lines import Line
from tasks.readers.text import clean

PARAGRAPH = "\n\n"
MAX_LEADING = 1.35
"""Distance of lines of a paragraph, as a multiple of the usual one of the page."""
MAX_SIZE_RATIO = 1.3
"""Ratio of line heights within a paragraph: a heading is larger than its text."""
MIN_INDENT, MAX_INDENT = 0.6, 6.0
"""How far the first line of a paragraph is set in, in line heights."""
MIN_LENGTH_SHARE = 0.6
"""Length of a line, as a share of its block's width, from which a sentence may go on in the next
one though a word would still have fitted: text that is not justified."""
FULL_SHARE = 0.75
"""Length of a full line of text that is not justified, as a share of the block's width."""
MIN_WIDTH = 6.0
"""Width of a paragraph in line heights, some 15 letters; what is narrower is a column of cells."""
MIN_DENSITY = 1.4
"""Characters a line height of width; prose has 1.7 to 2.9, the rows of a table, with their gaps,
0.4 to 1.2 (measured on PDFs of eight writers; a letter beyond Latin counts as two)."""
_BULLET = re.compile(
    r"(?:[-–—*•‣▪●◦■\uf0b7]|\(?(?:\d{1,3}|[a-z]|[ivx]{1,4})[.)]|\d\d?(?:\.\d\d?)+[.:]?|\[\d{1,3}\])\s",
    re.IGNORECASE,
)
_TO_CLEAN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff]")
"""What `clean` takes out of text whose lines have no space at their ends and are parted as here."""
_WIDE = re.compile("[\u2e80-\ua4cf\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]")


def text_of(pages: Sequence[Sequence[Line]]) -> tuple[str, tuple[int, ...]]:
    """The clean text of pages, and the offset at which each begins."""
    words = Words(pages)
    parts, length, starts = [""], 0, []
    last: Line | None = None
    for lines in pages:
        text = _page(lines, words)
        if _TO_CLEAN.search(text) or not is_normalized("NFC", text):  # mostly not, and it is dear
            text = clean(text)
        if text and last and _crosses(last, lines[0]):
            gone, between = words.joint(last, lines[0])
            parts[-1] = parts[-1].removesuffix(gone)
            length -= len(gone)
        else:
            between = _ending(last) + PARAGRAPH if text and length else ""
        starts.append(length + len(between))
        parts.append(between + text)
        length += len(parts[-1])
        last = lines[-1] if text else last
    return "".join(parts) + _ending(last), tuple(starts)


def _ending(last: Line | None) -> str:
    """The hyphen that ends a line, where no word goes on."""
    return "-" if last and last.cut else ""


def _crosses(last: Line, first: Line) -> bool:
    """Whether a paragraph goes on in the next column or page: amid a sentence, in one size."""
    small, large = sorted((last.height, first.height))
    return (
        _amid_sentence(last, first)
        and large <= MAX_SIZE_RATIO * small
        and min(_density(last), _density(first)) >= MIN_DENSITY
    )


def _flows(last: Line, first: Line, leading: float) -> bool:
    """Whether a paragraph goes on in the next block: in the next column, or right below."""
    step = last.bottom - first.bottom
    return (step < 0 or step <= MAX_LEADING * max(leading, last.height)) and _crosses(last, first)


def _amid_sentence(line: Line, after: Line) -> bool:
    """Whether a sentence surely goes on: none has ended, and none begins in small letters."""
    return after.text[0].islower() and line.text[-1] not in ".!?:;"


def _page(lines: Sequence[Line], words: Words) -> str:
    """The text of a page."""
    parts: list[str] = []
    before: list[Line] = []
    leading = _leading(lines)
    for block in _blocks(lines, leading):
        for number, paragraph in enumerate(_paragraphs(block)):
            gone, between = "", ""
            if before and _flows(before[-1], paragraph[0], leading):
                gone, between = words.joint(before[-1], paragraph[0])
            elif before:
                apart = number == 0 or len(paragraph) > 1 or len(before) > 1
                between = _ending(before[-1]) + (PARAGRAPH if apart else "\n")
            if gone:
                parts[-1] = parts[-1].removesuffix(gone)
            parts += (between, paragraph[0].text)
            for line, after in pairwise(paragraph):
                gone, between = words.joint(line, after)
                if gone:
                    parts[-1] = parts[-1].removesuffix(gone)
                parts += (between, after.text)
            before = paragraph
    return "".join(parts)


def _leading(lines: Sequence[Line]) -> float:
    """The usual distance of the lines of a page, in points."""
    steps = [a.bottom - b.bottom for a, b in pairwise(lines)]
    near = [s for s, a in zip(steps, lines, strict=False) if a.height / 2 < s < 3 * a.height]
    return median(near) if near else 0.0


def _blocks(lines: Sequence[Line], leading: float) -> Iterator[list[Line]]:
    """Lines of one size, one under the other."""
    block: list[Line] = []
    for line in lines:
        if block and not _under(block[-1], line, leading):
            yield block
            block = []
        block.append(line)
    if block:
        yield block


def _under(line: Line, after: Line, leading: float) -> bool:
    """Whether the second line stands right under the first, in the same size."""
    step = line.bottom - after.bottom
    small, large = sorted((line.height, after.height))
    return (
        small / 2 < step <= MAX_LEADING * max(leading, large)
        and large <= MAX_SIZE_RATIO * small
        and line.left < after.right
        and after.left < line.right
    )


class _Extent(NamedTuple):
    """What a block of lines takes up."""

    left: float
    right: float
    filled: bool
    """Whether most of its lines are about as long as it is wide: a list's are not."""


def _paragraphs(block: Sequence[Line]) -> Iterator[list[Line]]:
    """The paragraphs of a block: one ends where the next word would still have fitted."""
    if len(block) == 1:
        yield [block[0]]
        return
    left, right = min(line.left for line in block), max(line.right for line in block)
    reach = left + FULL_SHARE * (right - left)
    full = sum(line.right >= reach for line in block[:-1])
    extent = _Extent(left, right, 2 * full >= len(block) - 1)
    dense = [_density(line) >= MIN_DENSITY for line in block]
    paragraph = [block[0]]
    for (line, after), prose in zip(pairwise(block), map(and_, dense, dense[1:]), strict=True):
        if not line.cut and not (prose and _goes_on(line, after, extent)):
            yield paragraph
            paragraph = []
        paragraph.append(after)
    yield paragraph


def _goes_on(line: Line, after: Line, extent: _Extent) -> bool:
    """Whether the paragraph of a line goes on in the next one: two of prose, of no cut word."""
    if _BULLET.match(after.text):
        return False
    indent = (after.left - max(extent.left, line.left)) / after.height
    if MIN_INDENT <= indent <= MAX_INDENT and not _BULLET.match(line.text):
        return False
    width = extent.right - extent.left
    if _amid_sentence(line, after) and line.right - extent.left > MIN_LENGTH_SHARE * width:
        return True
    word = after.text.partition(" ")[0]
    chars = 1 if UNSPACED.match(word) else len(word) + 1
    fits = line.right + (chars - 0.5) * line.pitch <= extent.right
    return extent.filled and width >= MIN_WIDTH * line.height and not fits


def _density(line: Line) -> float:
    """Characters a line height of width."""
    count = len(line.text)
    if not line.text.isascii():
        count += len(_WIDE.findall(line.text))
    return count * line.height / max(line.right - line.left, 1e-6)
