"""XML: a feed gives a record an entry, anything else one record of its text."""

from collections.abc import Iterator
from io import BufferedReader

from schemas.config import IngestConfig
from schemas.errors import DocumentRejected
from tasks.readers import feeds, office
from tasks.readers.record import Record, whole


def read(stream: BufferedReader, config: IngestConfig) -> Iterator[Record]:
    """The entries of a feed (RSS, Atom, RDF); else the text between tags, a line an element."""
    text, encoding = office.decoded(whole(stream, config))
    if len(text) > office.MAX_PART_BYTES:
        message = f"{len(text)} characters of XML, more than {office.MAX_PART_BYTES}; split it"
        raise DocumentRejected("too_large", message)
    if feeds.is_feed(text):
        yield from feeds.entries(text, encoding)
        return
    root = office.tree(text)
    lines = (" ".join(piece.split()) for piece in root.itertext("*"))
    yield Record("\n".join(line for line in lines if line), encoding=encoding)
