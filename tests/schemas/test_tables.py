"""The tables: what analysts read must not change unseen."""

import json
from pathlib import Path

import pyarrow as pa
import pytest

from schemas.stages import PRODUCER
from schemas.tables import REJECT_REASONS, TABLES

GOLDEN = Path(__file__).with_name("tables.golden.txt")
RENEW = """The schemas are not those of tables.golden.txt. If the change is meant, raise the version
of the stages that write the table (schemas/stages.py) and renew the file:

    python -m tests.schemas.test_tables > tests/schemas/tables.golden.txt
"""


def listing() -> str:
    """Every table, column, type and description, a line each."""
    lines = []
    for table, schema in TABLES.items():
        lines.append(table)
        for field in schema:
            null = " or null" if field.nullable else ""
            lines.append(f"    {field.name}: {field.type}{null}: {_description(field)}")
    return "\n".join(lines) + "\n"


def _description(field: pa.Field) -> str:
    return str((field.metadata or {}).get(b"description", b""), "utf-8")


def test_schemas_are_those_on_record() -> None:
    """Names, types, nullability and descriptions are as the golden file has them."""
    assert listing() == GOLDEN.read_text(encoding="utf-8"), RENEW


@pytest.mark.parametrize("table", sorted(TABLES))
def test_every_column_is_described(table: str) -> None:
    """Each description is a sentence or phrase with a full stop, without stray blanks."""
    for field in TABLES[table]:
        description = _description(field)
        assert description.endswith((".", "…")), field.name
        assert description == description.strip()


@pytest.mark.parametrize("table", sorted(TABLES))
def test_every_table_has_one_producer(table: str) -> None:
    """A stage writes it, or, for rejects, runs and changes, the engine does."""
    assert (table in PRODUCER) != (table in {"rejects", "runs", "changes"})


@pytest.mark.parametrize("table", sorted(t for t in TABLES if "doc_id" in TABLES[t].names))
def test_doc_id_comes_first(table: str) -> None:
    """The first column tells whose row it is."""
    assert TABLES[table].names[0] == "doc_id"


@pytest.mark.parametrize("table", sorted(TABLES))
def test_numbers_are_never_null(table: str) -> None:
    """Pandas would make floats of integers with nulls."""
    assert not [f.name for f in TABLES[table] if f.nullable and pa.types.is_integer(f.type)]


@pytest.mark.parametrize("table", sorted(TABLES))
def test_times_are_in_utc(table: str) -> None:
    """Times are microseconds in UTC."""
    times = [f.type for f in TABLES[table] if pa.types.is_temporal(f.type)]

    assert all(kind == pa.timestamp("us", tz="UTC") for kind in times)


def test_reject_reasons_name_the_fix() -> None:
    """Each code is one word that a script can match, each text says more than the code."""
    assert json.loads(json.dumps(dict(REJECT_REASONS))) == dict(REJECT_REASONS)
    assert all(code.replace("_", "").isalpha() for code in REJECT_REASONS)
    assert all(len(text.split()) > 4 for text in REJECT_REASONS.values())


if __name__ == "__main__":
    import sys

    sys.stdout.write(listing())
