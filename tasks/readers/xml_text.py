"""XML: a feed gives a record an entry, anything else one record of its text."""

from collections.abc import Iterator
from io import BufferedReader

from schemas.config import IngestConfig
from tasks.readers import feeds, office, xml_stream
from tasks.readers.record import Record, whole


def read(stream: BufferedReader, config: IngestConfig) -> Iterator[Record]:
    """The entries of a feed (RSS, Atom, RDF); else the text between tags, a line an element."""
    text, encoding = office.decoded(whole(stream, config))
    if feeds.is_feed(text):
        yield from feeds.entries(text, encoding)
        return
    yield Record("\n".join(xml_stream.lines(text)), encoding=encoding)
