"""The table sources of a run: what stood and what was read, with the duplicates found.

By columns, for there is a row for every file of the corpus.
"""

from collections.abc import Iterable, Mapping

import pyarrow as pa
import pyarrow.compute as pc

from schemas.receipts import Outcome
from schemas.tables import TABLES
from tasks.ingest import Changes
from tasks.rows import from_columns


def table(
    old: pa.Table, read: Iterable[pa.Table], repeated: Mapping[str, int], changes: Changes
) -> pa.Table:
    """The rows of unchanged sources as they are in `old`, and those `read`, in order of sources.

    `repeated` is the number of documents of a source that repeat another to the letter. What stands
    of a lost source is kept without the digest by which it would count as current.
    """
    schema = TABLES["sources"]
    kept = old.filter(_among(old["container"], changes.unchanged)).cast(schema)
    rows = pa.concat_tables([kept, *read])
    rows = rows.take(pc.sort_indices(rows["source"]))
    copies = [repeated.get(source, 0) for source in rows["source"].to_pylist()]
    lost = _among(rows["container"], changes.lost)
    counts = zip(*(rows[n].to_pylist() for n in ("outcome", "records", "documents")), strict=True)
    made: dict[str, list[object] | pa.Array] = {
        "source_sha256": pc.if_else(lost, "", rows["source_sha256"]).combine_chunks(),
        "version": pc.if_else(lost, "", rows["version"]).combine_chunks(),
        "duplicates": copies,
        "outcome": [
            outcome if outcome == Outcome.SKIPPED or not records else _outcome(documents, repeats)
            for (outcome, records, documents), repeats in zip(counts, copies, strict=True)
        ],
    }
    for field in schema:
        if field.name not in made:
            whole = rows[field.name].combine_chunks()
            # Labels are numbered by their order here, not by that of the batches.
            made[field.name] = whole.to_pylist() if pa.types.is_dictionary(field.type) else whole
    return from_columns("sources", made)


def _among(column: pa.ChunkedArray, names: Iterable[str]) -> pa.ChunkedArray:
    """Whether each value is one of these names."""
    return pc.is_in(column, value_set=pa.array(list(names), pa.string()))


def _outcome(documents: int, duplicates: int) -> Outcome:
    if not documents:
        return Outcome.REJECTED
    return Outcome.DUPLICATE if documents == duplicates else Outcome.DONE
