"""Sources read, but not yet in the tables: a hidden folder a batch, named by what was read.

A batch's name is a digest of the reader's fingerprint and of each source's bytes, so a run that was
killed finds what it has read already. Its table of sources is written last: with it, it is whole.
"""

import errno
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache

import pyarrow as pa
import pyarrow.parquet as pq

from schemas.errors import CorpusError
from schemas.tables import TABLES
from tasks.folders import Folder, Results, folder
from tasks.rows import from_rows

_LAST = "sources"
_ROWS = 1000
"""Documents a row group: what is read at once to hand a document on."""

Row = dict[str, object]


@dataclass(frozen=True)
class Batch:
    """A staged batch and what it holds."""

    results: Results
    name: str
    """Where it is in the results folder."""

    def exists(self) -> bool:
        """Whether it is there, and whole."""
        return folder(self.results).exists(self.file(_LAST))

    def sound(self) -> bool:
        """Whether it is there, and every checksum is right; it is removed where one is not.

        What is staged is not synced: the power may have failed since.
        """
        if not self.exists():
            return False
        try:
            for table in ("sources", "rejects", "documents"):
                with self.open(table) as file:
                    for group in range(file.num_row_groups):
                        file.read_row_group(group)
        except CorpusError:
            return False
        return True

    def file(self, table: str) -> str:
        """The name of one of its files."""
        return f"{self.name}/{table}.parquet"

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
        place = folder(self.results)
        try:
            with (
                place.opened(self.file(table)) as source,
                pq.ParquetFile(source, page_checksum_verification=True) as file,
            ):
                yield file
        except (OSError, pa.ArrowException) as error:
            if getattr(error, "errno", None) not in {None, errno.ENOENT}:  # of disk or network
                raise
            place.remove_all(self.name)
            raise CorpusError(
                f"what was read of the corpus is damaged ({error}); it has been removed: run again"
            ) from error


@lru_cache(maxsize=4)
def row_group(batch: Batch, group: int) -> pa.Table:
    """One row group of a batch's documents; the last few are kept."""
    with batch.open("documents") as file:
        return file.read_row_group(group)


def stage(batch: Batch, documents: Iterable[Row], sources: list[Row], rejects: list[Row]) -> Batch:
    """Write a batch; `sources` and `rejects` are filled while `documents` is consumed."""
    place = folder(batch.results)
    with _writer(place, batch, "documents") as writer:
        for rows in _chunks(documents):
            writer.write_table(from_rows("documents", rows))
    for table, rows in (("rejects", rejects), (_LAST, sources)):
        with _writer(place, batch, table) as writer:
            writer.write_table(from_rows(table, rows))
    return batch


@contextmanager
def _writer(place: Folder, batch: Batch, table: str) -> Iterator[pq.ParquetWriter]:
    with (
        place.replacing(batch.file(table), durable=False) as path,
        pq.ParquetWriter(
            path, TABLES[table], compression="zstd", write_page_checksum=True
        ) as writer,
    ):
        yield writer


def _chunks(rows: Iterable[Row]) -> Iterator[list[Row]]:
    chunk: list[Row] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == _ROWS:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
