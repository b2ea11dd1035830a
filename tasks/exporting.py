"""Tables written out whole, one file each, for programs that read no folder of Parquet.

Text stays text: a cell of a CSV file that a spreadsheet would take for a formula gets an apostrophe
in front (OWASP, CSV Injection).
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from schemas.errors import ConfigError
from schemas.tables import TABLES
from tasks.folders.disk import replacing
from tasks.store import Store

if TYPE_CHECKING:
    import duckdb

_FORMULA = r"^[=+\-@\t\r\n＝＋－＠]"  # full-width ones count, too
"""What OWASP names, and line feeds."""
_BOM = b"\xef\xbb\xbf"
"""Without it, Excel takes UTF-8 for the encoding of the country."""
DUCKDB = "duckdb"

Rows = Iterator[pa.Table]
Write = Callable[[Path, pa.Schema, Rows], None]


def export(store: Store, target: Path, tables: Sequence[str], form: str) -> list[Path]:
    """Write tables to `target`: a folder with a file each, or one DuckDB file. What was written.

    A file is there whole or not at all. Memory holds a part at a time. Raises `ConfigError` on a
    form that there is none of, `DamagedPart` where a part cannot be read.
    """
    wanted = [name for name in tables if store.parts(name)]
    if form == DUCKDB:
        with replacing(target) as temporary:
            temporary.unlink(missing_ok=True)  # of an export that was killed
            _write_duckdb(temporary, {name: store.stream(name, _columns(name)) for name in wanted})
        return [target]
    if form not in FORMS:
        raise ConfigError(f"--format: there is no {form}; choose of {', '.join([*FORMS, DUCKDB])}")
    written = []
    for name in wanted:
        path = target / f"{name}.{form}"
        with replacing(path) as temporary:
            FORMS[form](temporary, TABLES[name], store.stream(name, _columns(name)))
        written.append(path)
    return written


def csv(rows: pa.Table) -> str:
    """Rows as CSV, as `export` writes them."""
    sink = pa.BufferOutputStream()
    options = pyarrow.csv.WriteOptions(quoting_style="all_valid")
    pyarrow.csv.write_csv(cells(rows), sink, options)
    return str(sink.getvalue().to_pybytes(), "utf-8")


def form_of(target: Path) -> str:
    """The form that a name asks for: DuckDB by its suffix, else CSV."""
    return DUCKDB if target.suffix in {".duckdb", ".db"} else "csv"


def cells(rows: pa.Table) -> pa.Table:
    """The rows as CSV has them: nested values as JSON, and no text that is a formula."""
    columns = [_cells(column) for column in rows.columns]
    return pa.table(columns, names=rows.column_names)


def _columns(table: str) -> list[str]:
    return list(TABLES[table].names)


def _cells(column: pa.ChunkedArray) -> pa.ChunkedArray:
    kind = column.type
    if pa.types.is_dictionary(kind):
        column = column.cast(kind.value_type)
    elif pa.types.is_binary(kind):
        said = [None if value is None else value.hex() for value in column.to_pylist()]
        column = pa.chunked_array([pa.array(said, pa.string())])
    elif pa.types.is_nested(kind):
        said = [None if value is None else _json(value) for value in column.to_pylist()]
        column = pa.chunked_array([pa.array(said, pa.string())])
    elif pa.types.is_timestamp(kind):
        column = pc.strftime(column, format="%Y-%m-%dT%H:%M:%SZ")
    if not pa.types.is_string(column.type):
        return column
    formula = pc.match_substring_regex(column, _FORMULA)
    return pc.if_else(formula, pc.binary_join_element_wise("'", column, ""), column)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def _write_csv(path: Path, schema: pa.Schema, parts: Rows) -> None:
    with path.open("wb") as file:
        file.write(_BOM)
        head = cells(schema.empty_table())
        options = pyarrow.csv.WriteOptions(quoting_style="all_valid")
        with pyarrow.csv.CSVWriter(file, head.schema, write_options=options) as writer:
            for rows in parts:
                writer.write_table(cells(rows).cast(head.schema))


def _write_jsonl(path: Path, _schema: pa.Schema, parts: Rows) -> None:
    with path.open("w", encoding="utf-8") as file:
        for rows in parts:
            for batch in rows.to_batches(max_chunksize=1_000):
                file.writelines(f"{_json(_plain(row))}\n" for row in batch.to_pylist())


def _plain(row: Mapping[str, object]) -> dict[str, object]:
    """The row with its times in ISO 8601, and its bytes in hexadecimal."""
    return {
        name: value.isoformat()
        if hasattr(value, "isoformat")
        else value.hex()
        if isinstance(value, bytes)
        else value
        for name, value in row.items()
    }


def _write_parquet(path: Path, schema: pa.Schema, parts: Rows) -> None:
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for rows in parts:
            writer.write_table(rows.select(schema.names).cast(schema))


def _write_duckdb(path: Path, tables: Mapping[str, Rows]) -> None:
    """One database file: a table each, described as the columns are."""
    with _connected(path) as base:
        for name, parts in tables.items():
            schema = TABLES[name]
            base.register("rows", _wide(schema.empty_table()))
            base.execute(f'CREATE TABLE "{name}" AS SELECT * FROM rows')  # noqa: S608  # ours
            for part in parts:
                base.register("rows", _wide(part.select(schema.names)))
                base.execute(f'INSERT INTO "{name}" SELECT * FROM rows')  # noqa: S608  # ours
            base.unregister("rows")
            for field in schema:
                said = field.metadata[b"description"].decode().replace("'", "''")
                base.execute(f'COMMENT ON COLUMN "{name}"."{field.name}" IS \'{said}\'')


def _wide(rows: pa.Table) -> pa.Table:
    """The rows with lists of half-precision numbers as single ones: DuckDB knows no others."""
    half, single = pa.list_(pa.float16()), pa.list_(pa.float32())
    kinds = [single if field.type == half else field.type for field in rows.schema]
    return rows.cast(pa.schema(zip(rows.column_names, kinds, strict=True)))


@contextmanager
def _connected(path: Path) -> Iterator["duckdb.DuckDBPyConnection"]:
    import duckdb

    base = duckdb.connect(str(path))
    try:
        yield base
    finally:
        base.close()


FORMS: Mapping[str, Write] = MappingProxyType(
    {"csv": _write_csv, "jsonl": _write_jsonl, "parquet": _write_parquet}
)
"""How a table is written to a file with this ending."""
