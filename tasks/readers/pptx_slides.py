"""Presentations (pptx): slides in their order, each followed by its speaker's notes."""

from collections.abc import Iterator
from io import BufferedReader
from typing import TYPE_CHECKING

from schemas.config import IngestConfig
from schemas.errors import DocumentRejected
from tasks.readers.office import Package
from tasks.readers.paged import paged
from tasks.readers.record import Record, dated

if TYPE_CHECKING:
    from lxml.etree import _Element

_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_NOT_SAID = {"dt", "ftr", "hdr", "sldNum", "sldImg"}
"""Placeholders that hold no text of the slide (ECMA-376-1, 19.7.10): date, footer, number."""
_TITLES = {"title", "ctrTitle"}


def read(stream: BufferedReader, config: IngestConfig) -> Iterator[Record]:
    """One record: shapes in their order on the slide, the title first; a slide is a page."""
    package = Package(stream, config)
    presentation = "ppt/presentation.xml"
    targets = package.targets(presentation)
    order = [each.get(f"{_R}id") for each in package.tree(presentation).iter(f"{_P}sldId")]
    slides = [targets[key][1] for key in order if key in targets]
    if len(slides) > config.max_pages:
        raise DocumentRejected("too_large", f"{len(slides)} slides; the limit is ingest.max_pages")
    text, starts = paged("\n".join(_slide(package, slide)) for slide in slides)
    title, author, published_at = package.about()
    yield Record(
        text,
        title=title if title != "PowerPoint Presentation" else "",
        author=author,
        published_at=published_at,
        published_from=dated(published_at, "metadata"),
        pages=len(starts),
        page_starts=starts,
    )


def _slide(package: Package, part: str) -> Iterator[str]:
    """The lines of a slide, then those of its notes."""
    yield from _lines(package.tree(part))
    for kind, target in package.targets(part).values():
        if kind.endswith("/notesSlide"):
            yield from _lines(package.tree(target))


def _lines(slide: "_Element") -> Iterator[str]:
    """Paragraphs and rows of tables; those of groups too, for shapes are taken as they come."""
    shapes = [
        shape
        for shape in slide.iter(f"{_P}sp", f"{_P}graphicFrame")
        if _placeholder(shape) not in _NOT_SAID
        and next(shape.iterancestors(_FALLBACK), None) is None
    ]
    for shape in sorted(shapes, key=lambda shape: _placeholder(shape) not in _TITLES):
        for block in shape.iter(f"{_A}p", f"{_A}tr"):
            if block.tag == f"{_A}tr":
                yield "\t".join(_cell(cell) for cell in block.iterchildren(f"{_A}tc"))
            elif next(block.iterancestors(f"{_A}tc"), None) is None:
                yield _said(block)


def _cell(cell: "_Element") -> str:
    """The paragraphs of a cell in one line."""
    return " ".join(" ".join(_said(p).split()) for p in cell.iter(f"{_A}p"))


def _said(paragraph: "_Element") -> str:
    """The text of a paragraph, with its line breaks."""
    pieces = paragraph.iter(f"{_A}t", f"{_A}br")
    return "".join("\n" if each.tag == f"{_A}br" else each.text or "" for each in pieces)


def _placeholder(shape: "_Element") -> str:
    """What a shape holds the place of: title, body, ftr …; empty where it is no placeholder."""
    place = next(shape.iter(f"{_P}ph"), None)
    return "" if place is None else str(place.get("type", "body"))
