"""JSON lines: one object a line."""

import json
from collections.abc import Iterator
from io import BufferedReader

from schemas.config import IngestConfig
from tasks.readers import tables
from tasks.readers.encodings import decode
from tasks.readers.record import Record, Rejected, lines


def read(stream: BufferedReader, config: IngestConfig) -> Iterator[Record | Rejected]:
    """One record a line; blank lines are no rows."""
    found = (line for line in lines(stream.readline, config.max_bytes) if line.strip())
    yield from tables.records(map(_row, found), config, "utf-8")


def _row(line: bytes) -> tables.Row | Rejected:
    """The object of a line, or why it is none."""
    try:
        value = json.loads(decode(line)[0])
    except (ValueError, RecursionError) as error:
        return Rejected("", "broken", f"not a JSON line: {error}")
    if not isinstance(value, dict):
        return Rejected("", "broken", f"the line holds no object but a {type(value).__name__}")
    return value
