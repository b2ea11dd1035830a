"""Questions in SQL over the tables, answered by DuckDB; nothing can be written by them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from schemas.errors import ConfigError
from schemas.tables import TABLES
from tasks.store import Store

if TYPE_CHECKING:
    import duckdb


def ask(store: Store, sql: str, limit: int | None = None) -> pa.Table:
    """The rows of a query, the first `limit` of them; every table that has a part is a view.

    Raises `ConfigError` where it is no query, or DuckDB refuses it.
    """
    import duckdb

    with _connected(store) as base:
        try:
            for statement in base.extract_statements(sql):
                if statement.type not in {
                    duckdb.StatementType.SELECT,
                    duckdb.StatementType.EXPLAIN,
                }:
                    raise ConfigError("a query only reads: begin it with SELECT, FROM or WITH")
            found = base.sql(sql)
            if found is None:
                raise ConfigError("there is no query: begin it with SELECT, FROM or WITH")
            return (found.limit(limit) if limit is not None else found).to_arrow_table()
        except duckdb.Error as error:
            raise ConfigError(f"DuckDB refuses the query: {error}") from error


@contextmanager
def _connected(store: Store) -> Iterator["duckdb.DuckDBPyConnection"]:
    import duckdb

    base = duckdb.connect()
    try:
        for table in TABLES:
            if parts := store.parts(table):
                _view(base, store, table, parts)
        if isinstance(store.root, Path):
            base.execute("SET allowed_directories = [?]", [str(store.root)])
        base.execute("SET enable_external_access = false")
        base.execute("SET lock_configuration = true")
        yield base
    finally:
        base.close()


def _view(base: "duckdb.DuckDBPyConnection", store: Store, table: str, parts: list[str]) -> None:
    """A table as a view: of the files, or in an object store of what is read when it is asked."""
    if isinstance(store.root, Path):
        files = [str(store.root / part) for part in parts]
        base.from_parquet(files).create_view(table)
        return
    schema = TABLES[table]
    rows = pa.concat_tables([schema.empty_table(), *store.stream(table, schema.names)])
    half = pa.list_(pa.float16())
    single = [
        field.with_type(pa.list_(pa.float32())) if field.type == half else field
        for field in rows.schema
    ]
    base.register(table, rows.cast(pa.schema(single)))
