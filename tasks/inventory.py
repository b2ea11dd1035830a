"""What a results folder holds: its tables, one document across all of them."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from schemas.errors import ResultsError
from schemas.tables import TABLES
from tasks.store import Store, part_of

Facts = Mapping[str, list[dict[str, object]]]
"""Rows by table."""


@dataclass(frozen=True)
class TableState:
    """One table on disk."""

    table: str
    parts: int
    rows: int
    size: int
    """Bytes."""
    fingerprints: Mapping[str, int]
    """Documents answered for (rows, where a table is not per document) by fingerprint."""


def tables(store: Store) -> list[TableState]:
    """The state of every table that has a part (footers only)."""
    return [_state(store, table, parts) for table in TABLES if (parts := store.parts(table))]


def reject_reasons(store: Store) -> Counter[tuple[str, str]]:
    """Rejects by stage and reason."""
    counts: Counter[tuple[str, str]] = Counter()
    for part in store.stream("rejects", ["stage", "reason"]):
        counts.update(zip(part["stage"].to_pylist(), part["reason"].to_pylist(), strict=True))
    return counts


def last_run(store: Store, *, whole: bool = False) -> dict[str, object] | None:
    """The latest row of the table runs; where `whole`, of those that were no backfills."""
    for number in reversed(store.partitions("runs")):
        row: dict[str, object] = store.read("runs", number).to_pylist()[0]
        if not (whole and row["backfill"]):
            return row
    return None


def facts(store: Store, document: str) -> Facts:
    """All that is known of one document, given by its doc_id or by its source.

    Raises `ResultsError` where there is none, or several.
    """
    doc_id, partition = _find(store, document)
    found: dict[str, list[dict[str, object]]] = {}
    for table, schema in TABLES.items():
        if "doc_id" not in schema.names or table == "rejects":
            continue
        found[table] = store.read(table, partition, docs=[doc_id]).to_pylist()
    found["rejects"] = [
        row
        for part in store.stream("rejects", TABLES["rejects"].names)
        for row in part.to_pylist()
        if row["doc_id"] == doc_id
    ]
    return found


def _state(store: Store, table: str, parts: list[str]) -> TableState:
    prints: Counter[str] = Counter()
    rows = 0
    for part in parts:
        footer = store.footer(table, *part_of(part))
        here = store.rows(part)
        rows += here
        if footer is not None:
            made_by = Counter(answer.made_by for answer in footer.answers.values())
            prints.update(made_by or {footer.fingerprint: here})
    return TableState(table, len(parts), rows, sum(map(store.folder.size, parts)), dict(prints))


def _find(store: Store, document: str) -> tuple[str, int]:
    """The doc_id and partition of a document given by doc_id or source."""
    hits: list[tuple[str, int]] = []
    for partition in store.partitions("documents"):
        footer = store.footer("documents", partition)
        if footer is not None and document in footer.answers:
            return document, partition
    for partition in store.partitions("documents"):
        rows = store.read("documents", partition, ["doc_id", "source"]).to_pylist()
        hits += [(str(row["doc_id"]), partition) for row in rows if row["source"] == document]
    if not hits:
        raise ResultsError(
            f"no document {document} in {store.root}: give a doc_id or a source of the table "
            "documents"
        )
    if len(hits) > 1:
        raise ResultsError(
            f"{document} has {len(hits)} documents: give the doc_id of one, {hits[0][0]} for one"
        )
    return hits[0]
