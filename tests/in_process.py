"""A run in this process: the same planning and the same stages, without Prefect or workers."""

import importlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from unittest import mock

import pyarrow as pa

from schemas.config import PipelineConfig, Settings
from schemas.fingerprints import fingerprint
from schemas.receipts import Books, Receipt
from schemas.stages import STAGES, Kind
from schemas.tables import TABLES
from tasks import assembly, corpus, ingest, neighbours, page, partitions, planning
from tasks.computing import Compute
from tasks.folders import Results
from tasks.partitions import Job
from tasks.sources import hashed, scan
from tasks.store import Store

_HISTORY = ("attempts", "modified", "topic_uid")
_TABLES_OF_HISTORY = ("runs", "changes", "topic_history")


@dataclass
class Ran:
    """What a run did."""

    fingerprints: dict[str, str] = field(default_factory=dict)
    books: dict[str, Books] = field(default_factory=dict)
    computed: dict[str, list[str]] = field(default_factory=dict)
    """The documents that each stage was asked to compute."""
    written: list[str] = field(default_factory=list)


def run(
    folder: Path | str,
    results: Results,
    config: PipelineConfig,
    stages: Sequence[str] = tuple(STAGES),
) -> Ran:
    """Bring the results up to date with the corpus; the books balance, or this raises."""
    store, ran = Store(results), Ran()
    store.open(create=True)
    store.clean()
    with _counted(ran, stages):
        done = {name: _stage(name, folder, store, config, stages, ran) for name in stages}
    recipes = planning.recipes(store, config, stages)
    ran.fingerprints = {name: fingerprint(recipes[name]) for name in stages}
    for name in stages:
        stage = STAGES[name]
        if stage.kind is Kind.SOURCE:
            books = assembly.books(store, done=done[name])
        elif stage.kind is Kind.DOCUMENT:
            books = partitions.books(store, stage, recipes[name], config, done=done[name])
        elif stage.kind is Kind.REPORT:
            continue
        else:
            books = corpus.books(store, stage.reads[0], done=done[name])
        books.check(name)
        ran.books[name] = books
    return ran


def rows(results: Results) -> dict[str, list[dict[str, object]]]:
    """All rows but those of history, in an order that does not depend on the partitions.

    How often a document was tried, when its file was touched and how a topic is named are left out:
    that is history too, and a file whose bytes are the same is not read again.
    """
    store = Store(results)
    found = {}
    for table, schema in TABLES.items():
        if table in _TABLES_OF_HISTORY:
            continue
        columns = [name for name in schema.names if name not in _HISTORY]
        exact = [f.name for f in schema if f.name in columns and not _has_floats(f.type)]
        some = [row for part in store.stream(table, columns) for row in part.to_pylist()]
        found[table] = sorted(some, key=partial(_order, exact))
    return found


def _order(columns: Sequence[str], row: Mapping[str, object]) -> list[str]:
    return [repr(row[name]) for name in columns]


def _has_floats(kind: pa.DataType) -> bool:
    return bool(pa.types.is_floating(kind.value_type if pa.types.is_list(kind) else kind))


def _stage(
    name: str,
    folder: Path | str,
    store: Store,
    config: PipelineConfig,
    stages: Sequence[str],
    ran: Ran,
) -> int:
    """Bring one stage up to date; how many documents it did."""
    stage = STAGES[name]
    made_by = planning.recipes(store, config, stages)[name]
    job = Job(store.root, name, 0, config, made_by)
    receipts: list[Receipt] = []
    if stage.kind is Kind.SOURCE:
        receipts = list(_ingest(folder, store, job))
    elif stage.kind is Kind.DOCUMENT:
        plan = planning.document_stage(
            planning.Ask(store, config, planning.standing(config)), stage, made_by
        )
        receipts = [
            partitions.run(Job(store.root, name, partition, config, made_by))
            for partition in plan.partitions
        ]
    elif stage.kind is Kind.CORPUS:
        receipts = [corpus.run(job)]
    elif stage.kind is Kind.NEIGHBOUR:
        stale = neighbours.stale(store, made_by)
        receipts = [
            neighbours.run(neighbours.Neighbours(job, block)) for block in neighbours.blocks(stale)
        ]
        if stale:
            neighbours.finish(store, made_by)
    elif page.stale(store, made_by):
        receipts = [page.write(job, _no_runs())]
    ran.written += [path for receipt in receipts for path in receipt.written]
    return sum(receipt.done for receipt in receipts)


def _ingest(folder: Path | str, store: Store, job: Job) -> Iterator[Receipt]:
    found = hashed(scan(str(folder), job.config.ingest), threads=2)
    changes = ingest.changed(store, found, job.recipe)
    ingest.check_vanished(changes, job.config.ingest)
    if changes.settled:
        return
    batches = [
        ingest.read_batch(ingest.ReadJob(store.root, sources, job.config.ingest, job.recipe))[0]
        for sources in ingest.batches(changes)
    ]
    size = job.config.run.partition_size
    yield assembly.assemble(store, assembly.Assembly(changes, batches, job.recipe, size))
    store.clear_staging()


def _no_runs() -> pa.Table:
    return TABLES["runs"].empty_table()


@contextmanager
def _counted(ran: Ran, stages: Sequence[str]) -> Iterator[None]:
    """Note which documents each stage is asked to compute."""
    with ExitStack() as stack:
        for name in stages:
            if STAGES[name].kind is Kind.DOCUMENT:
                ran.computed[name] = []
                module = importlib.import_module(f"tasks.{name}")
                stack.enter_context(
                    mock.patch.object(
                        module, "compute", _noting(module.compute, ran.computed[name])
                    )
                )
        yield


def _noting(compute: Compute, into: list[str]) -> Compute:
    def noting(tables: Mapping[str, pa.Table], settings: Settings) -> dict[str, pa.Table]:
        into.extend(tables["documents"].column("doc_id").to_pylist())
        return compute(tables, settings)

    return noting
