"""Rows of a table to records: what csv, json, jsonl and Parquet have in common."""

import difflib
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time

from schemas.config import IngestConfig
from schemas.errors import DocumentRejected
from tasks.readers import dates
from tasks.readers.encodings import decode
from tasks.readers.record import Json, Record, Rejected, dated
from tasks.readers.text import clean

Row = Mapping[str, object]

TEXT_COLUMN = "text"
"""Column of the text where none is set."""
LISTED_COLUMNS = 20
"""Most columns that a message lists."""


def records(
    rows: Iterable[Row | Rejected], config: IngestConfig, encoding: str = ""
) -> Iterator[Record | Rejected]:
    """One record a row; a row that cannot be one is a `Rejected`, and the others go on.

    A row is known by its `id_column`, or its number from 0. An id that comes again gets a number:
    the second `a` is `a#2`. Where no row at all has the text column, the table is refused as one.
    """
    taken: dict[str, int] = {}
    waiting: list[Rejected] = []  # rows before the first that is a record
    found = False
    for number, row in enumerate(rows):
        item = _item(row, _unique(_name(row, number, config), taken), config, encoding)
        found = found or isinstance(item, Record)
        if found:
            yield from waiting
            waiting.clear()
            yield item
        elif isinstance(item, Rejected):
            waiting.append(item)
    if waiting and all(item.reason == "missing_column" for item in waiting):
        raise DocumentRejected("missing_column", waiting[0].message)
    yield from waiting


def is_whole(columns: Iterable[str], config: IngestConfig) -> bool:
    """Whether a table of these columns is one document: none is the text, and none was set.

    Who sets the column of the text or of the id means rows.
    """
    return not config.text_column and config.id_column is None and TEXT_COLUMN not in columns


def whole(
    rows: Iterable[str], config: IngestConfig, encoding: str = "", between: str = "\n"
) -> Record:
    """A table as one record: the cells of each row, in reading order."""
    kept, left = list[str](), config.max_chars
    for row in rows:
        left -= len(row)
        if left < 0:
            raise too_long()
        kept.append(row)
    return Record(between.join(kept), encoding=encoding)


def too_long() -> DocumentRejected:
    """That a table is too long for one document."""
    return DocumentRejected(
        "too_large",
        "the table has more characters than the limit ingest.max_chars; to make each row a "
        "document, set ingest.text_column",
    )


def line(cells: Iterable[object]) -> str:
    """The cells of a row in one line, parted by tabs, up to the last that holds something."""
    return "\t".join(map(cell, cells)).rstrip("\t")


def cell(value: object) -> str:
    """A value as text in one line: days without a time of midnight, whole numbers without .0."""
    if isinstance(value, datetime) and not (value.hour or value.minute or value.second):
        return value.date().isoformat()
    if isinstance(value, datetime | date):
        return value.isoformat(" ") if isinstance(value, datetime) else value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    text = " ".join(strings(value)) if isinstance(value, Mapping | list) else _text(value)
    return " ".join(text.split())


def strings(value: object) -> Iterator[str]:
    """The texts in a value of JSON, in their order; keys and numbers are none.

    >>> list(strings({"a": ["x", {"b": "y"}], "c": 3, "d": "z"}))
    ['x', 'y', 'z']
    """
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, str):
            yield each
        elif isinstance(each, Mapping):
            waiting.extend(reversed(list(each.values())))
        elif isinstance(each, list):
            waiting.extend(reversed(each))


def require(columns: Sequence[str], config: IngestConfig) -> None:
    """Refuse a table without the text column, or without the id column that is asked for."""
    column = config.text_column or TEXT_COLUMN
    if column not in columns:
        raise DocumentRejected("missing_column", missing("text_column", column, columns))
    if config.id_column is not None and config.id_column not in columns:
        raise DocumentRejected("missing_column", missing("id_column", config.id_column, columns))


def missing(setting: str, column: str, columns: Iterable[str]) -> str:
    """That a column is not there, which ones are, and which of them may be meant."""
    names = list(columns)
    folded = {name.casefold(): name for name in names}
    near = difflib.get_close_matches(column.casefold(), folded, n=1)
    hint = f"; did you mean {folded[near[0]]!r}?" if near else ""
    listed = ", ".join(repr(name) for name in names[:LISTED_COLUMNS]) or "no columns"
    more = ", …" if len(names) > LISTED_COLUMNS else ""
    return f"ingest.{setting} is {column!r}, the table has {listed}{more}{hint}"


def _item(row: Row | Rejected, name: str, config: IngestConfig, encoding: str) -> Record | Rejected:
    """The record of a row, or why there is none."""
    if isinstance(row, Rejected):
        return Rejected(name, row.reason, row.message)
    column = config.text_column or TEXT_COLUMN
    if column not in row:
        return Rejected(name, "missing_column", missing("text_column", column, row))
    value = row[column]
    if isinstance(value, Mapping | list):
        message = f"column {column!r} holds no text but a {type(value).__name__}"
        return Rejected(name, "broken", message)
    published_at = dates.parse(_value(row, config.date_column), day_first=config.day_first)
    used = {column, config.id_column, config.title_column, config.author_column}
    used |= {config.date_column} if published_at else set()
    return Record(
        _text(value),
        record=name,
        title=_text(_value(row, config.title_column)),
        author=_text(_value(row, config.author_column)),
        published_at=published_at,
        published_from=dated(published_at, "column"),
        encoding=encoding,
        metadata={clean(key): _json(value) for key, value in row.items() if key not in used},
    )


def _value(row: Row, column: str | None) -> object:
    """The value of a column; None where the table does not have it."""
    return None if column is None else row.get(column)


def _name(row: Row | Rejected, number: int, config: IngestConfig) -> str:
    """The row's id, or its number where it has none."""
    if isinstance(row, Rejected):
        return row.record or str(number)
    return clean(_text(_value(row, config.id_column))) or str(number)


def _unique(name: str, taken: dict[str, int]) -> str:
    """`name`, with a number from 2 where it is taken; `taken` remembers it."""
    unique = name
    while unique in taken:
        taken[name] += 1
        unique = f"{name}#{taken[name]}"
    taken[unique] = 1
    return unique


def _text(value: object) -> str:
    """A cell as text; nothing for an empty one."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bytes):
        return decode(value)[0]
    return ", ".join(map(_text, value)) if isinstance(value, list) else str(value)


def _json(value: object) -> Json:
    """A cell as JSON can hold it: times as ISO 8601, what is no number as null."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {clean(str(key)): _json(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_json(inner) for inner in value]
    return clean(_text(value))
