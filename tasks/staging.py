"""Sources read, but not yet in the tables: a hidden folder a batch, named by what was read.

A batch's name is a digest of the reader's fingerprint and of each source's bytes, so a run that was
killed finds what it has read already. A batch appears whole (its folder is renamed into place).
"""

import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from schemas.errors import CorpusError
from schemas.tables import TABLES
from tasks.rows import from_rows

_ROWS = 1000
"""Documents a row group: what is read at once to hand a document on."""

Row = dict[str, object]


@dataclass(frozen=True)
class Batch:
    """A staged batch and what it holds."""

    folder: Path

    def sources(self) -> pa.Table:
        """Its rows for the table sources."""
        return self._read("sources")

    def rejects(self) -> pa.Table:
        """Its rows for the table rejects."""
        return self._read("rejects")

    def notes(self) -> list[str]:
        """What was rejected and why, a line each for the log."""
        return [
            f"ingest: {row['source']} {row['record']}".rstrip()
            + f": {row['reason']}: {row['message']}"
            for row in self.rejects().to_pylist()
        ]

    def index(self, columns: Iterable[str]) -> pa.Table:
        """These columns of its documents, and the row group (int32) that each stands in."""
        names = list(columns)
        with self.open("documents") as file:
            groups = [
                file.read_row_group(g, columns=names).append_column(
                    "group", pa.array([g] * file.metadata.row_group(g).num_rows, pa.int32())
                )
                for g in range(file.num_row_groups)
            ]
        schema = pa.schema([*map(TABLES["documents"].field, names), ("group", pa.int32())])
        return pa.concat_tables([schema.empty_table(), *groups], promote_options="permissive")

    def _read(self, table: str) -> pa.Table:
        with self.open(table) as file:
            return file.read()

    @contextmanager
    def open(self, table: str) -> Iterator[pq.ParquetFile]:
        """One of its files; raises `CorpusError`, and removes the batch, where it is damaged."""
        path = self.folder / f"{table}.parquet"
        try:
            with pq.ParquetFile(path, page_checksum_verification=True) as file:
                yield file
        except (OSError, pa.ArrowException) as error:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise CorpusError(
                f"what was read of the corpus is damaged ({error}); it has been removed: run again"
            ) from error


@lru_cache(maxsize=4)
def row_group(batch: Batch, group: int) -> pa.Table:
    """One row group of a batch's documents; the last few are kept."""
    with batch.open("documents") as file:
        return file.read_row_group(group)


def stage(folder: Path, documents: Iterable[Row], sources: list[Row], rejects: list[Row]) -> Batch:
    """Write a batch; `sources` and `rejects` are filled while `documents` is consumed."""
    temporary = folder.with_name(f".{folder.name}")
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    schema = TABLES["documents"]
    with _writer(temporary / "documents.parquet", schema) as writer:
        for rows in _chunks(documents):
            writer.write_table(from_rows("documents", rows))
    for table, rows in (("sources", sources), ("rejects", rejects)):
        with _writer(temporary / f"{table}.parquet", TABLES[table]) as writer:
            writer.write_table(from_rows(table, rows))
    shutil.rmtree(folder, ignore_errors=True)
    temporary.replace(folder)
    return Batch(folder)


def _writer(path: Path, schema: pa.Schema) -> pq.ParquetWriter:
    return pq.ParquetWriter(path, schema, compression="zstd", write_page_checksum=True)


def _chunks(rows: Iterable[Row]) -> Iterator[list[Row]]:
    chunk: list[Row] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == _ROWS:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
