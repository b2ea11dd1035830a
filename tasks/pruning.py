"""Documents that are gone from the corpus, taken out of every table with all that is said of them.

A run does that in the tables of its stages. Here it is done in all tables, those too whose stages
are asked for no more, in what was written down of earlier changes, and without computing anything.
Sources that are merely new, changed or unreadable stay as they stand.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from schemas.config import PipelineConfig
from schemas.errors import DamagedPart
from schemas.fingerprints import Recipe
from schemas.stages import STAGES, Kind
from schemas.tables import TABLES
from tasks import assembly, changes, history, ingest, neighbours, partitions, verification
from tasks.assembly import Assembly
from tasks.ingest import Changes
from tasks.partitions import Job
from tasks.sources import Source
from tasks.store import Store, part_of

_OF_DOCUMENTS = [stage for stage in STAGES.values() if stage.kind is Kind.DOCUMENT]


@dataclass(frozen=True)
class Prunable:
    """What can be taken out."""

    changes: Changes
    """Of the corpus, without what is to be read."""
    documents: Mapping[str, str]
    """The source of each document that is gone; empty where only facts are left of it."""
    rows: Mapping[str, int]
    """Rows by table."""
    leftovers: Mapping[str, int]
    """Damaged parts that were set aside, and their bytes."""

    @property
    def nothing(self) -> bool:
        """Whether there is nothing to take out."""
        return not (self.documents or self.changes.gone or self.leftovers)


def prunable(
    store: Store, found: list[Source], made_by: Recipe, config: PipelineConfig
) -> Prunable:
    """What `prune` would take out, the corpus being as `found`; writes nothing.

    Raises `CorpusError` where so many sources are gone that the corpus may not be there at all.
    """
    moved = ingest.changed(store, found, made_by, keep_stale=True)
    ingest.check_vanished(moved, config.ingest)
    moved = moved.without({source.source for source in moved.unread})
    here = _documents(store)
    containers = _containers(store)
    gone = {
        doc: source for doc, source in here.items() if containers.get(source, source) in moved.gone
    }
    left = {doc: "" for stage in _OF_DOCUMENTS for doc in _answered(store, stage.writes[0])}
    gone = {doc: source for doc, source in left.items() if doc not in here} | gone
    rows = Counter[str]()
    for table in TABLES:
        for part in _parts(store, table):
            rows[table] += pc.sum(_told(table, part, gone)).as_py() or 0
    leftovers = {name: store.folder.size(name) for name in verification.set_aside(store)}
    return Prunable(moved, gone, +rows, leftovers)


def prune(store: Store, what: Prunable, made_by: Recipe, config: PipelineConfig) -> None:
    """Take it out; call it under the lock only. A repetition ends what was killed."""
    run = history.next_run(store)
    if what.changes.gone:
        size, threshold = config.run.partition_size, config.ingest.near_duplicate_threshold
        kept = what.changes.kept or made_by
        assembly.assemble(store, Assembly(what.changes, (), kept, size, threshold, run))
    for stage in _OF_DOCUMENTS:
        for partition in store.partitions(stage.writes[0]):
            footer = store.footer(stage.writes[0], partition)
            recipe = footer.recipe if footer else {}
            job = Job(store.root, stage.name, partition, config, recipe, only=frozenset(), run=run)
            partitions.run(job)
    neighbours.forget(store, what.documents)
    _forget_changes(store, what.documents)
    for name in what.leftovers:
        store.folder.remove(name)


def _documents(store: Store) -> dict[str, str]:
    """The source of every document that stands."""
    return {
        row["doc_id"]: row["source"]
        for rows in store.stream("documents", ["doc_id", "source"])
        for row in rows.to_pylist()
    }


def _containers(store: Store) -> dict[str, str]:
    """The file that each source lies in."""
    rows = store.read("sources", 0, ["source", "container"]).to_pylist()
    return {row["source"]: row["container"] for row in rows}


def _answered(store: Store, table: str) -> Iterator[str]:
    """The documents that a table answers for; a damaged part is left to the next run."""
    for partition in store.partitions(table):
        try:
            footer = store.footer(table, partition)
        except DamagedPart:
            continue
        yield from footer.answers if footer else ()


def _parts(store: Store, table: str) -> Iterator[pa.Table]:
    """The columns of a table that say of which documents its rows are, a part at a time."""
    names = ("doc_id", "other_doc_id", "table")
    if "doc_id" not in TABLES[table].names:
        return
    columns = [name for name in names if name in TABLES[table].names]
    for number, stage in map(part_of, store.parts(table)):
        try:
            yield store.read(table, number, columns, stage=stage)
        except DamagedPart:
            continue


def _told(table: str, rows: pa.Table, gone: Mapping[str, str]) -> pa.ChunkedArray:
    """Whether each row tells of a document that is gone; that it is gone may be said for ever."""
    docs = pa.array(list(gone), pa.string())
    told = pc.is_in(rows["doc_id"], docs)
    if "other_doc_id" in rows.column_names:
        told = pc.or_(told, pc.is_in(rows["other_doc_id"], docs))
    if table == changes.TABLE:
        told = pc.and_(told, pc.not_equal(rows["table"].cast(pa.string()), "documents"))
    return told


def _forget_changes(store: Store, gone: Mapping[str, str]) -> None:
    """Remove what was written down of the facts of documents that are gone."""
    table = changes.TABLE
    for number, name in map(part_of, store.parts(table)):
        rows, footer = store.read(table, number, stage=name), store.footer(table, number, name)
        kept = rows.filter(pc.invert(_told(table, rows, gone)))
        if footer is None or kept.num_rows == rows.num_rows:
            continue
        if kept.num_rows:
            store.write(table, number, kept, footer, name)
        else:
            store.drop(table, number, name)
