"""Word documents (docx)."""

from collections.abc import Iterator
from datetime import UTC, datetime
from io import BufferedReader
from itertools import takewhile
from typing import TYPE_CHECKING

from schemas.config import IngestConfig
from schemas.errors import DocumentRejected
from tasks.readers.office import Package
from tasks.readers.record import Record, dated

if TYPE_CHECKING:
    from lxml.etree import _Element

TEMPLATE_CREATED = datetime(2013, 12, 23, 23, 15, tzinfo=UTC)
"""Creation time in the template of python-docx, which every file written with it inherits."""
NOTES = ("word/footnotes.xml", "word/endnotes.xml")
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_P, _TBL, _TR, _TC, _T = (f"{_W}{name}" for name in ("p", "tbl", "tr", "tc", "t"))
_BLOCKS = (_P, _TBL, f"{_W}sdt", f"{_W}sdtContent")
_BOX = f"{_W}txbxContent"
_SIGNS = {f"{_W}tab": "\t", f"{_W}br": "\n", f"{_W}cr": "\n", f"{_W}noBreakHyphen": "-"}
_UNSAID = frozenset({_BOX, *(f"{_W}{name}" for name in ("del", "moveFrom", "pPr", "rPr"))})


def read(stream: BufferedReader, config: IngestConfig) -> Iterator[Record]:
    """One record: paragraphs and tables in their order, then notes; cells are parted by tabs."""
    package = Package(stream, config)
    main = package.target("", "officeDocument", "word/document.xml")
    body = package.tree(main).find(f"{_W}body")
    if body is None:
        raise DocumentRejected("broken", f"there is no text body in {main!r}; save it anew as docx")
    lines = [*_lines(body), *_notes(package)]
    title, author, created = package.about()
    published_at = None if created == TEMPLATE_CREATED else created
    yield Record(
        "\n".join(lines),
        title=title or _titled(body, package, main),
        author=author if author != "python-docx" else "",
        published_at=published_at,
        published_from=dated(published_at, "metadata"),
        metadata=package.more_about(),
    )


def _lines(parent: "_Element") -> Iterator[str]:
    """The text of the blocks under `parent`, one line a paragraph or row of a table."""
    for block in parent.iterchildren(*_BLOCKS):
        if block.tag == _P:
            yield _said(block)
            yield from (_said(inner) for inner in _boxed(block))
        elif block.tag == _TBL:
            yield from (_row(row) for row in block.iter(_TR))
        else:  # a content control: a wrapper around blocks
            yield from _lines(block)


def _row(row: "_Element") -> str:
    """The cells of a row, parted by tabs; rows of a table in a cell are rows of their own."""
    cells = row.iterchildren(_TC)
    return "\t".join(" ".join(map(_said, cell.iterchildren(_P))) for cell in cells)


def _notes(package: Package) -> Iterator[str]:
    """Footnotes, then endnotes; the lines drawn above them are no notes."""
    for part in NOTES:
        for note in package.tree(part) if part in package else ():
            if note.get(f"{_W}type", "normal") == "normal":
                yield from _lines(note)


def _said(paragraph: "_Element") -> str:
    """The text of a paragraph: what was inserted, not what was deleted or moved away."""
    pieces = []
    for piece in paragraph.iter(_T, *_SIGNS):
        above = takewhile(lambda each: each is not paragraph, piece.iterancestors())
        if _UNSAID.isdisjoint([each.tag for each in above]):
            pieces.append(_SIGNS.get(piece.tag, piece.text or ""))
    return "".join(pieces)


def _boxed(paragraph: "_Element") -> Iterator["_Element"]:
    """The paragraphs in text boxes that hang on a paragraph, each once."""
    for box in paragraph.iter(_BOX):
        if next(box.iterancestors(_FALLBACK), None) is None:
            yield from box.iter(_P)


def _titled(body: "_Element", package: Package, main: str) -> str:
    """The first paragraph in the style Title, where there is one."""
    styles = package.target(main, "styles", "word/styles.xml")
    if styles not in package:
        return ""
    titles = {
        style.get(f"{_W}styleId")
        for style in package.tree(styles).iterchildren(f"{_W}style")
        for name in style.iterchildren(f"{_W}name")
        if name.get(f"{_W}val") == "Title"
    }
    for paragraph in body.iterchildren(_P):
        style = paragraph.find(f"{_W}pPr/{_W}pStyle")
        if style is not None and style.get(f"{_W}val") in titles:
            return _said(paragraph)
    return ""
