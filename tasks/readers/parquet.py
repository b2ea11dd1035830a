"""Parquet tables."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from io import BufferedReader
from typing import TYPE_CHECKING

from schemas.config import IngestConfig
from schemas.errors import DocumentRejected
from tasks.readers import tables
from tasks.readers.record import Record, Rejected, whole

if TYPE_CHECKING:
    import pyarrow as pa

BATCH_ROWS = 1000
"""Rows held in memory at a time."""


def read(stream: BufferedReader, config: IngestConfig) -> Iterator[Record | Rejected]:
    """One record a row, or one of all rows; page checksums are verified where there are any."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    data = pa.BufferReader(whole(stream, config))
    with pq.ParquetFile(data, page_checksum_verification=True) as file:
        columns = file.schema_arrow.names
        rows = _rows(file.iter_batches(batch_size=BATCH_ROWS, use_threads=False), config)
        if tables.is_whole(columns, config):
            yield from _whole(columns, rows, config)
            return
        tables.require(columns, config)
        yield from tables.records(rows, config)


def _whole(
    columns: Sequence[str], rows: Iterator[tables.Row | Rejected], config: IngestConfig
) -> Iterator[Record | Rejected]:
    """All rows as one record, then those that cannot be read."""
    bad = list[Rejected]()

    def lines() -> Iterator[str]:
        yield tables.line(columns)
        for number, row in enumerate(rows):
            if isinstance(row, Rejected):
                bad.append(replace(row, record=str(number)))
            else:
                yield tables.line(row.values())

    yield tables.whole(filter(None, lines()), config)
    yield from bad


def _rows(
    batches: Iterator["pa.RecordBatch"], config: IngestConfig
) -> Iterator[tables.Row | Rejected]:
    """The rows of all batches; their bytes are counted against `max_expanded_bytes`."""
    expanded = 0
    for batch in batches:
        expanded += batch.nbytes
        if expanded > config.max_expanded_bytes:
            message = f"expands to {expanded} bytes and more; the limit is"
            raise DocumentRejected("too_large", f"{message} ingest.max_expanded_bytes")
        yield from (_row(batch, number) for number in range(batch.num_rows))


def _row(batch: "pa.RecordBatch", number: int) -> tables.Row | Rejected:
    """One row; a cell that cannot be decoded costs that row only."""
    try:
        return {name: batch.column(name)[number].as_py() for name in batch.schema.names}
    except (ValueError, OverflowError) as error:
        return Rejected("", "broken", f"row cannot be read: {error}")
