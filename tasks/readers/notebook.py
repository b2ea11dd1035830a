"""Jupyter notebooks (nbformat 3 and 4)."""

import json
from collections.abc import Iterator
from io import BufferedReader

from schemas.config import IngestConfig
from schemas.errors import DocumentRejected
from tasks.readers import dates
from tasks.readers.encodings import decode
from tasks.readers.record import Record, dated, whole


def read(stream: BufferedReader, config: IngestConfig) -> Iterator[Record]:
    """One record: cells of Markdown and code, each with its outputs of text; nothing is run."""
    text, encoding = decode(whole(stream, config))
    book = json.loads(text)
    if not isinstance(book, dict) or not ({"cells", "worksheets"} & book.keys()):
        raise DocumentRejected("broken", "no notebook: it has neither cells nor worksheets")
    sheets = [book, *_dicts(book.get("worksheets"))]
    cells = [cell for sheet in sheets for cell in _dicts(sheet.get("cells"))]
    metadata = book.get("metadata")
    about = metadata if isinstance(metadata, dict) else {}
    published_at = dates.parse(about.get("date"))
    authors = [_joined(each.get("name")) for each in _dicts(about.get("authors"))]
    yield Record(
        "\n\n".join(piece for cell in cells for piece in _pieces(cell) if piece.strip()),
        title=_joined(about.get("title")) or _heading(cells),
        author=", ".join(filter(None, authors)),
        published_at=published_at,
        published_from=dated(published_at, "metadata"),
        encoding=encoding,
    )


def _pieces(cell: dict[str, object]) -> Iterator[str]:
    """The source of a cell (`input` in format 3), then the text of its outputs."""
    yield _joined(cell.get("source", cell.get("input")))
    for output in _dicts(cell.get("outputs")):
        data = output.get("data")
        plain = data.get("text/plain") if isinstance(data, dict) else None
        yield _joined(output.get("text")) or _joined(plain)


def _heading(cells: list[dict[str, object]]) -> str:
    """The first heading of the first order in a cell of Markdown."""
    texts = (_joined(c.get("source")) for c in cells if c.get("cell_type") == "markdown")
    lines = (line for text in texts for line in text.splitlines())
    return next((line[2:].strip() for line in lines if line.startswith("# ")), "")


def _joined(value: object) -> str:
    """A text, which notebooks may write as a list of lines."""
    if isinstance(value, list):
        return "".join(line for line in value if isinstance(line, str))
    return value if isinstance(value, str) else ""


def _dicts(value: object) -> list[dict[str, object]]:
    """The objects in a list; nothing where it is none."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
