"""The data dictionary: every table and column, made from the schemas.

Run as a module it prints the Markdown page `data/tables.md`.
"""

import sys
from collections.abc import Iterator, Sequence
from typing import TypedDict

import pyarrow as pa

from schemas.tables import ROWS, TABLES


class Column(TypedDict):
    """One column of a table."""

    table: str
    column: str
    type: str
    nullable: bool
    description: str


def columns(tables: Sequence[str] = tuple(TABLES)) -> list[Column]:
    """The columns of these tables, in order."""
    return [
        {
            "table": table,
            "column": field.name,
            "type": kind(field.type),
            "nullable": field.nullable,
            "description": field.metadata[b"description"].decode(),
        }
        for table in tables
        for field in TABLES[table]
    ]


def kind(of: pa.DataType) -> str:
    """The type of a column, as short as it can be said.

    >>> kind(pa.list_(pa.float32())), kind(pa.dictionary(pa.int32(), pa.string()))
    ('list of float', 'label')
    """
    if pa.types.is_dictionary(of):
        return "label"
    if pa.types.is_list(of):
        return f"list of {kind(of.value_type)}"
    if pa.types.is_struct(of):
        return f"struct of {', '.join(field.name for field in of)}"
    if pa.types.is_timestamp(of):
        return "time, UTC"
    return str(of)


def page() -> str:
    """The dictionary as Markdown."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "# Tables"
    yield ""
    yield "Made from `schemas/tables.py` by `python -m flows tables --markdown`. Offsets are code"
    yield "points of `documents.text`, the end excluded; a label is text of few different values."
    for table in TABLES:
        yield from ("", f"## {table}", "", f"A row is {ROWS[table]}.", "")
        yield "| column | type | what it is |"
        yield "|---|---|---|"
        for column in columns([table]):
            null = " or null" if column["nullable"] else ""
            said = column["description"].replace("|", "\\|")
            yield f"| {column['column']} | {column['type']}{null} | {said} |"


if __name__ == "__main__":
    sys.stdout.write(page())
