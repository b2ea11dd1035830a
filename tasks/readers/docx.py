"""Word documents (docx)."""

import io
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BufferedReader
from typing import TYPE_CHECKING

from schemas.config import IngestConfig
from schemas.errors import DocumentRejected
from tasks.readers import dates
from tasks.readers.record import Record, dated, whole

if TYPE_CHECKING:
    from docx.document import Document
    from docx.oxml.xmlchemy import BaseOxmlElement

TEMPLATE_CREATED = datetime(2013, 12, 23, 23, 15, tzinfo=UTC)
"""Creation time in the template of python-docx, which every file written with it inherits."""
_BLOCKS = {"p", "tbl", "sdt", "sdtContent"}


def read(stream: BufferedReader, config: IngestConfig) -> Iterator[Record]:
    """One record: paragraphs and tables in their order; cells of a row are parted by tabs."""
    import docx

    archive = io.BytesIO(whole(stream, config))
    _refuse_bombs(archive, config)
    document = docx.Document(archive)
    lines = list(_lines(document.element.body))
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


def _refuse_bombs(stream: io.BytesIO, config: IngestConfig) -> None:
    """Refuse an archive that would grow too large.

    The sizes are those in the directory: zipfile never gives more than is written there.
    """
    with zipfile.ZipFile(stream) as archive:
        sizes = [member.file_size for member in archive.infolist()]
    if sum(sizes) > config.max_expanded_bytes:
        message = f"expands to {sum(sizes)} bytes; the limit is ingest.max_expanded_bytes"
        raise DocumentRejected("too_large", message)
    if max(sizes, default=0) > config.max_bytes:
        message = f"a part expands to {max(sizes)} bytes; the limit is ingest.max_bytes"
        raise DocumentRejected("too_large", message)


def _lines(parent: "BaseOxmlElement") -> Iterator[str]:
    """The text of the blocks under `parent`, one line a paragraph or row of a table."""
    from docx.oxml.ns import qn

    for block in parent.iterchildren(*(qn(f"w:{name}") for name in _BLOCKS)):
        if block.tag == qn("w:p"):
            yield block.text
        elif block.tag == qn("w:tbl"):
            yield from (_row(row) for row in block.iter(qn("w:tr")))
        else:  # a content control: a wrapper around blocks
            yield from _lines(block)


def _row(row: "BaseOxmlElement") -> str:
    """The cells of a row, parted by tabs; rows of a table in a cell are rows of their own."""
    from docx.oxml.ns import qn

    cells = row.iterchildren(qn("w:tc"))
    return "\t".join(" ".join(p.text for p in cell.iterchildren(qn("w:p"))) for cell in cells)


def _titled(document: "Document") -> str:
    """The first paragraph in the style Title, where there is one."""
    return next((p.text for p in document.paragraphs if p.style and p.style.name == "Title"), "")


def _created(document: "Document") -> datetime | None:
    """When the document was created, if its writer said so."""
    created = dates.parse(document.core_properties.created)
    return None if created == TEMPLATE_CREATED else created
