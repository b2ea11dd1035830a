"""JSON lines: one object a line."""

import json
from collections.abc import Iterator
from dataclasses import replace
from io import BufferedReader
from itertools import chain

from schemas.config import IngestConfig
from tasks.readers import tables
from tasks.readers.encodings import decode
from tasks.readers.record import Record, Rejected, lines


def read(stream: BufferedReader, config: IngestConfig) -> Iterator[Record | Rejected]:
    """One record a line, or one of all lines where none has the text; blank lines are no rows."""
    found = (line for line in lines(stream.readline, config.max_bytes) if line.strip())
    rows: Iterator[tables.Row | Rejected] = map(_row, found)
    if tables.is_whole((), config):
        passed, texts = _without_text(rows, config)
        if texts:
            yield tables.whole(filter(None, texts), config, "utf-8", between="\n\n")
            bad = ((n, row) for n, row in enumerate(passed) if isinstance(row, Rejected))
            yield from (replace(row, record=str(number)) for number, row in bad)
            return
        rows = chain(passed, rows)
    yield from tables.records(rows, config, "utf-8")


def _without_text(
    rows: Iterator[tables.Row | Rejected], config: IngestConfig
) -> tuple[list[tables.Row | Rejected], list[str]]:
    """The rows up to the first that has the text column and, where none has, the texts of each.

    Of a row without it only the names are kept. Raises `DocumentRejected` as `tables.whole` does.
    """
    passed, texts, left = list[tables.Row | Rejected](), list[str](), config.max_chars
    for row in rows:
        if isinstance(row, Rejected):
            passed.append(row)
            continue
        if not tables.is_whole(row, config):
            return [*passed, row], []
        passed.append(dict.fromkeys(row))
        texts.append("\n".join(tables.strings(row)))
        left -= len(texts[-1])
        if left < 0:
            raise tables.too_long()
    return passed, texts


def _row(line: bytes) -> tables.Row | Rejected:
    """The object of a line, or why it is none."""
    try:
        value = json.loads(decode(line)[0])
    except (ValueError, RecursionError) as error:
        return Rejected("", "broken", f"not a JSON line: {error}")
    if not isinstance(value, dict):
        return Rejected("", "broken", f"the line holds no object but a {type(value).__name__}")
    return value
