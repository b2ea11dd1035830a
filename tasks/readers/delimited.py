"""Tables in text: fields parted by commas, semicolons, tabs or bars."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from io import BufferedReader
from itertools import chain

from schemas.config import IngestConfig
from tasks.readers import tables
from tasks.readers.encodings import decode
from tasks.readers.record import Record, Rejected, lines
from tasks.readers.sniff import HEAD_BYTES

DELIMITERS = ",;\t|"
_ESCAPED = re.compile("[\udc80-\udcff]")  # bytes that surrogateescape lets through
MAX_FIELD_CHARS = 2**31 - 1
"""Longest field of the csv module, raised from 131,072: `max_chars` is the limit for texts."""


def read(stream: BufferedReader, config: IngestConfig) -> Iterator[Record | Rejected]:
    """One record a row, or one of all rows; the first row names the columns."""
    text, encoding = _opened(stream)
    with text:
        csv.field_size_limit(MAX_FIELD_CHARS)
        head = text.readline(config.max_bytes)
        mark = delimiter(head, config.text_column or tables.TEXT_COLUMN)
        columns = [name.strip() for name in next(csv.reader([head], delimiter=mark), [])]
        body = lines(text.readline, config.max_bytes)
        if tables.is_whole(columns, config):
            cells = chain([columns], csv.reader(body, delimiter=mark))
            found = (tables.line(map(_mended, fields)) for fields in cells)
            yield tables.whole(filter(None, found), config, encoding)
            return
        tables.require(columns, config)
        rows = csv.reader(body, delimiter=mark, strict=True)
        yield from tables.records(_rows(rows, columns), config, encoding)


def delimiter(head: str, column: str) -> str:
    """What parts the fields of the first line: with it there is the column, or most fields.

    >>> delimiter("id;text;price in $, tax excluded", "text")
    ';'
    """
    fields = {mark: next(csv.reader([head], delimiter=mark), []) for mark in DELIMITERS}
    named = [mark for mark, names in fields.items() if column in names]
    return named[0] if named else max(DELIMITERS, key=lambda mark: len(fields[mark]))


def _opened(stream: BufferedReader) -> tuple[io.TextIOWrapper, str]:
    """The stream as text, in the encoding of its first 64 KiB."""
    head = stream.peek(HEAD_BYTES)
    _, encoding = decode(head[: head.rfind(b"\n") + 1] or head)
    codec, errors = encoding, "replace"
    if encoding == "utf-8":
        codec, errors = "utf-8-sig", "surrogateescape"
    return io.TextIOWrapper(stream, codec, errors, newline=""), encoding


def _rows(rows: Iterator[Sequence[str]], columns: Sequence[str]) -> Iterator[tables.Row | Rejected]:
    """The rows as mappings; blank lines are no rows."""
    while True:
        try:
            fields = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            yield Rejected("", "broken", f"not a row: {error}")
            continue
        if len(fields) == len(columns):
            yield dict(zip(columns, map(_mended, fields), strict=True))
        elif fields:
            message = f"the row has {len(fields)} fields, the header {len(columns)}"
            yield Rejected("", "broken", message)


def _mended(field: str) -> str:
    """`field`, with bytes that the encoding of the file cannot hold read in their own."""
    if _ESCAPED.search(field):
        return decode(field.encode("utf-8", "surrogateescape"))[0]
    return field
