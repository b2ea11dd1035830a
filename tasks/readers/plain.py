"""Plain text."""

import re
from collections.abc import Iterator
from io import BufferedReader

from schemas.config import IngestConfig
from tasks.readers.encodings import decode
from tasks.readers.hyphens import joined
from tasks.readers.record import Record, whole

_LINE_END = re.compile("\r\n?")


def read(stream: BufferedReader, config: IngestConfig) -> Iterator[Record]:
    """One record: the text as it stands."""
    text, encoding = decode(whole(stream, config))
    yield Record(joined(_LINE_END.sub("\n", text)), encoding=encoding)
