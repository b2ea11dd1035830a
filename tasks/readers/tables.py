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


def require(columns: Sequence[str], config: IngestConfig) -> None:
    """Refuse a table without the text column, or without the id column that is asked for."""
    if config.text_column not in columns:
        message = missing("text_column", config.text_column, columns)
        raise DocumentRejected("missing_column", message)
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
    if config.text_column not in row:
        message = missing("text_column", config.text_column, row)
        return Rejected(name, "missing_column", message)
    value = row[config.text_column]
    if isinstance(value, Mapping | list):
        message = f"column {config.text_column!r} holds no text but a {type(value).__name__}"
        return Rejected(name, "broken", message)
    published_at = dates.parse(_value(row, config.date_column), day_first=config.day_first)
    used = {config.text_column, config.id_column, config.title_column, config.author_column}
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
