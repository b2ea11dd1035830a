"""Counting what a table says, part by part; memory is bounded by what is counted."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

MAX_GROUPS = 1_000_000
"""Most groups kept between parts, some 100 MB; beyond it the rarest are let go."""


@dataclass(frozen=True)
class Count:
    """How often something occurs."""

    name: str
    count: int
    share: float
    """Of all that was counted, 0 to 1."""
    width: float
    """Of the largest count beside it, 0 to 1: the length of its bar."""


def counts(found: Mapping[str, int]) -> tuple[Count, ...]:
    """Counts, the largest first; equal ones by name."""
    total, largest = sum(found.values()), max(found.values(), default=0)
    ordered = sorted(found.items(), key=lambda item: (-item[1], item[0]))
    return tuple(Count(name, n, n / total, n / largest) for name, n in ordered if n)


def tally(parts: Iterable[pa.Table], keys: Sequence[str]) -> pa.Table:
    """Each combination of the text columns `keys`, with its rows and the documents that hold it.

    Columns: the keys, `rows` and `documents` (int64), in order of documents, rows (most first) and
    keys. A document stands in one part only.
    """
    total, pending = _empty(keys), list[pa.Table]()
    for part in parts:
        pending.append(_counted(part, keys))
        if sum(more.num_rows for more in pending) > total.num_rows:
            total, pending = _merged([total, *pending], keys), []
    return _merged([total, *pending], keys)


def best(rows: pa.Table, group: str, order: str, count: int) -> pa.Table:
    """The `count` rows of each group with the largest `order`; equal ones by `doc_id`."""
    sorting = [(group, "ascending"), (order, "descending"), ("doc_id", "ascending")]
    ordered = rows.sort_by(sorting)
    if not ordered.num_rows:
        return ordered
    names = ordered.column(group).combine_chunks()
    changed = pc.not_equal(names[1:], names[:-1]).to_numpy(zero_copy_only=False)
    starts = np.concatenate([[0], np.flatnonzero(changed) + 1])
    sizes = np.diff(np.append(starts, ordered.num_rows))
    place = np.arange(ordered.num_rows) - np.repeat(starts, sizes)
    return ordered.filter(pa.array(place < count))


def as_text(rows: pa.Table, names: Iterable[str]) -> pa.Table:
    """The table with these columns as plain text, not as dictionaries."""
    for name in names:
        at = rows.schema.get_field_index(name)
        rows = rows.set_column(at, name, rows.column(name).cast(pa.string()))
    return rows


def _counted(part: pa.Table, keys: Sequence[str]) -> pa.Table:
    rows = as_text(part, keys)
    in_document = rows.group_by([*keys, "doc_id"]).aggregate([([], "count_all")])
    found = in_document.group_by([*keys]).aggregate([([], "count_all"), ("count_all", "sum")])
    return found.rename_columns([*keys, "documents", "rows"]).select([*keys, "rows", "documents"])


def _merged(parts: Sequence[pa.Table], keys: Sequence[str]) -> pa.Table:
    names = ["rows", "documents"]
    found = pa.concat_tables(parts).group_by([*keys])
    summed = found.aggregate([(name, "sum") for name in names]).rename_columns([*keys, *names])
    order = [("documents", "descending"), ("rows", "descending")]
    return summed.sort_by([*order, *((key, "ascending") for key in keys)]).slice(0, MAX_GROUPS)


def _empty(keys: Sequence[str]) -> pa.Table:
    texts = [(key, pa.string()) for key in keys]
    return pa.schema([*texts, ("rows", pa.int64()), ("documents", pa.int64())]).empty_table()
