"""JSON: an array of objects, or one object."""

import io
import json
from collections.abc import Iterator
from io import BufferedReader

from schemas.config import IngestConfig
from tasks.readers import json_lines, tables
from tasks.readers.encodings import decode
from tasks.readers.record import Record, Rejected, whole


def read(stream: BufferedReader, config: IngestConfig) -> Iterator[Record | Rejected]:
    """One record an object of the array, or one of all its texts, where no object has the text.

    JSON lines under the name .json are read as such.
    """
    text, encoding = decode(whole(stream, config))
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        if error.msg != "Extra data":
            raise
        yield from json_lines.read(BufferedReader(io.BytesIO(text.encode())), config)
        return
    values = value if isinstance(value, list) else [value]
    columns = {name for each in values if isinstance(each, dict) for name in each}
    if tables.is_whole(columns, config):
        found = ("\n".join(tables.strings(each)) for each in values)
        yield tables.whole(filter(None, found), config, encoding, between="\n\n")
        return
    yield from tables.records(map(_row, values), config, encoding)


def _row(value: object) -> tables.Row | Rejected:
    """The value, if it is an object."""
    if isinstance(value, dict):
        return value
    return Rejected("", "broken", f"the array holds no object but a {type(value).__name__}")
