"""Between rows and Arrow tables: the two moves that every stage makes."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from schemas.tables import TABLES

Stream = Callable[[str, Sequence[str]], Iterator[pa.Table]]
"""Streams the named columns of a table, one partition at a time, each sorted by `doc_id`."""


def from_rows(name: str, rows: Iterable[Mapping[str, object]]) -> pa.Table:
    """The table `name` of these rows, in its fixed schema."""
    return pa.Table.from_pylist(list(rows), schema=TABLES[name])


def from_columns(
    name: str, columns: Mapping[str, Sequence[object] | np.ndarray | pa.Array]
) -> pa.Table:
    """The table `name` of these columns, in its fixed schema; the fast way for long tables."""
    schema = TABLES[name]
    return pa.table([pa.array(columns[field.name], field.type) for field in schema], schema=schema)


def by_document(table: pa.Table) -> Iterator[tuple[str, pa.Table]]:
    """(doc_id, its rows) for each document of a table sorted by `doc_id`; slices, not copies."""
    if not table.num_rows:
        return
    ids = table.column("doc_id").combine_chunks()
    changes = pc.not_equal(ids[1:], ids[:-1]).to_numpy(zero_copy_only=False)
    bounds = [0, *(np.flatnonzero(changes) + 1).tolist(), table.num_rows]
    for start, end in pairwise(bounds):
        yield ids[start].as_py(), table.slice(start, end - start)
