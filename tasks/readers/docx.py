"""Word documents (docx)."""

from collections.abc import Iterator
from datetime import UTC, datetime
from io import BufferedReader
from itertools import takewhile
from typing import TYPE_CHECKING

from schemas.config import IngestConfig
from tasks.readers import dates
from tasks.readers.office import Package
from tasks.readers.record import Record, dated

if TYPE_CHECKING:
    from docx.document import Document
    from docx.oxml.xmlchemy import BaseOxmlElement

TEMPLATE_CREATED = datetime(2013, 12, 23, 23, 15, tzinfo=UTC)
"""Creation time in the template of python-docx, which every file written with it inherits."""
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
NOTES = ("word/footnotes.xml", "word/endnotes.xml")
_BLOCKS = {"p", "tbl", "sdt", "sdtContent"}


def read(stream: BufferedReader, config: IngestConfig) -> Iterator[Record]:
    """One record: paragraphs and tables in their order, then notes; cells are parted by tabs."""
    import docx

    package = Package(stream, config)
    document = docx.Document(package.checked())
    lines = [*_lines(document.element.body), *_notes(package)]
    about = document.core_properties
    published_at = _created(document)
    metadata = {
        "subject": about.subject,
        "keywords": about.keywords,
        "category": about.category,
        "last_modified_by": about.last_modified_by,
    }
    yield Record(
        "\n".join(lines),
        title=about.title or _titled(document),
        author=about.author if about.author != "python-docx" else "",
        published_at=published_at,
        published_from=dated(published_at, "metadata"),
        metadata={key: value for key, value in metadata.items() if value},
    )


def _lines(parent: "BaseOxmlElement") -> Iterator[str]:
    """The text of the blocks under `parent`, one line a paragraph or row of a table."""
    from docx.oxml.ns import qn

    for block in parent.iterchildren(*(qn(f"w:{name}") for name in _BLOCKS)):
        if block.tag == qn("w:p"):
            yield _said(block)
            yield from (_said(inner) for inner in _boxed(block))
        elif block.tag == qn("w:tbl"):
            yield from (_row(row) for row in block.iter(qn("w:tr")))
        else:  # a content control: a wrapper around blocks
            yield from _lines(block)


def _row(row: "BaseOxmlElement") -> str:
    """The cells of a row, parted by tabs; rows of a table in a cell are rows of their own."""
    from docx.oxml.ns import qn

    cells = row.iterchildren(qn("w:tc"))
    return "\t".join(" ".join(map(_said, cell.iterchildren(qn("w:p")))) for cell in cells)


def _notes(package: Package) -> Iterator[str]:
    """Footnotes, then endnotes; the lines drawn above them are no notes."""
    from docx.oxml.ns import qn

    for part in NOTES:
        for note in package.tree(part) if part in package else ():
            if note.get(qn("w:type"), "normal") == "normal":
                yield from _lines(note)


def _said(paragraph: "BaseOxmlElement") -> str:
    """The text of a paragraph: what was inserted, not what was deleted or moved away."""
    from docx.oxml.ns import qn

    signs = {qn("w:tab"): "\t", qn("w:br"): "\n", qn("w:cr"): "\n", qn("w:noBreakHyphen"): "-"}
    unsaid = {qn("w:del"), qn("w:moveFrom"), qn("w:txbxContent"), qn("w:pPr"), qn("w:rPr")}
    pieces = []
    for piece in paragraph.iter(qn("w:t"), *signs):
        above = {
            each.tag for each in takewhile(lambda e: e is not paragraph, piece.iterancestors())
        }
        if not above & unsaid:
            pieces.append(signs.get(piece.tag, piece.text or ""))
    return "".join(pieces)


def _boxed(paragraph: "BaseOxmlElement") -> Iterator["BaseOxmlElement"]:
    """The paragraphs in text boxes that hang on a paragraph, each once."""
    from docx.oxml.ns import qn

    for box in paragraph.iter(qn("w:txbxContent")):
        if next(box.iterancestors(_FALLBACK), None) is None:
            yield from box.iter(qn("w:p"))


def _titled(document: "Document") -> str:
    """The first paragraph in the style Title, where there is one."""
    return next((p.text for p in document.paragraphs if p.style and p.style.name == "Title"), "")


def _created(document: "Document") -> datetime | None:
    """When the document was created, if its writer said so."""
    created = dates.parse(document.core_properties.created)
    return None if created == TEMPLATE_CREATED else created
